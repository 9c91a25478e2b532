package fovea.lab.parity;

import fovea.lab.parity.Trajectory.Formula;
import fovea.lab.parity.Trajectory.Whole;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.IntToDoubleFunction;
import java.util.function.Supplier;

/// Update rules in plain Java, as their papers or PyTorch's Python write them: for those that
/// LibTorch does not have.
final class UpdateRules {
  private UpdateRules() {}

  private static double[][] memory(int n, int slots) {
    return new double[slots][n];
  }

  /// Zeiler 2012, algorithm 1.
  static Formula adaDelta(int n, double rate, double rho, double eps, double decay) {
    var s = memory(n, 2);
    return (_, p, g) -> {
      for (int i = 0; i < n; i++) {
        double d = g[i] + decay * p[i];
        s[0][i] = rho * s[0][i] + (1 - rho) * d * d;
        double change = d * Math.sqrt(s[1][i] + eps) / Math.sqrt(s[0][i] + eps);
        s[1][i] = rho * s[1][i] + (1 - rho) * change * change;
        p[i] -= rate * change;
      }
    };
  }

  /// Kingma & Ba 2015, algorithm 2, with PyTorch's eps.
  static Formula adamax(int n, double rate, double b1, double b2, double eps, double decay) {
    var s = memory(n, 2);
    return (t, p, g) -> {
      for (int i = 0; i < n; i++) {
        double d = g[i] + decay * p[i];
        s[0][i] = b1 * s[0][i] + (1 - b1) * d;
        s[1][i] = Math.max(b2 * s[1][i], Math.abs(d) + eps);
        p[i] -= rate / (1 - Math.pow(b1, t)) * s[0][i] / s[1][i];
      }
    };
  }

  /// Dozat 2016, algorithm 2, as PyTorch has it.
  static Formula nAdam(
      int n, double rate, double b1, double b2, double eps, double momentumDecay, double decay) {
    var s = memory(n, 2);
    double[] product = {1};
    return (t, p, g) -> {
      double mu = b1 * (1 - 0.5 * Math.pow(0.96, t * momentumDecay));
      double next = b1 * (1 - 0.5 * Math.pow(0.96, (t + 1) * momentumDecay));
      product[0] *= mu;
      for (int i = 0; i < n; i++) {
        double d = g[i] + decay * p[i];
        s[0][i] = b1 * s[0][i] + (1 - b1) * d;
        s[1][i] = b2 * s[1][i] + (1 - b2) * d * d;
        double root = Math.sqrt(s[1][i] / (1 - Math.pow(b2, t))) + eps;
        p[i] -= rate * (1 - mu) / (1 - product[0]) * d / root;
        p[i] -= rate * next / (1 - product[0] * next) * s[0][i] / root;
      }
    };
  }

  /// Liu et al. 2020, algorithm 2, as PyTorch has it.
  static Formula rAdam(int n, double rate, double b1, double b2, double eps, double decay) {
    var s = memory(n, 2);
    return (t, p, g) -> {
      double share = 1 - Math.pow(b2, t);
      double most = 2 / (1 - b2) - 1;
      double length = most - 2 * t * Math.pow(b2, t) / share;
      double rectified =
          Math.sqrt((length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length));
      for (int i = 0; i < n; i++) {
        double d = g[i] + decay * p[i];
        s[0][i] = b1 * s[0][i] + (1 - b1) * d;
        s[1][i] = b2 * s[1][i] + (1 - b2) * d * d;
        double mean = s[0][i] / (1 - Math.pow(b1, t));
        p[i] -=
            length > 5
                ? rate * mean * rectified * Math.sqrt(share) / (Math.sqrt(s[1][i]) + eps)
                : rate * mean;
      }
    };
  }

  /// Chen et al. 2023, algorithm 2.
  static Formula lion(int n, double rate, double b1, double b2, double decay) {
    var m = new double[n];
    return (_, p, g) -> {
      for (int i = 0; i < n; i++) {
        double way = Math.signum(b1 * m[i] + (1 - b1) * g[i]);
        p[i] -= rate * (way + decay * p[i]);
        m[i] = b2 * m[i] + (1 - b2) * g[i];
      }
    };
  }

  /// You, Gitman & Ginsburg 2017, algorithm 1.
  static Formula lars(int n, double rate, double momentum, double decay, double trust) {
    var v = new double[n];
    return (_, p, g) -> {
      double local = trust * norm(p) / (norm(g) + decay * norm(p));
      for (int i = 0; i < n; i++) {
        v[i] = momentum * v[i] + rate * local * (g[i] + decay * p[i]);
        p[i] -= v[i];
      }
    };
  }

  /// You et al. 2020, algorithm 2.
  static Formula lamb(int n, double rate, double b1, double b2, double eps, double decay) {
    var s = memory(n, 3);
    return (t, p, g) -> {
      for (int i = 0; i < n; i++) {
        s[0][i] = b1 * s[0][i] + (1 - b1) * g[i];
        s[1][i] = b2 * s[1][i] + (1 - b2) * g[i] * g[i];
        double mean = s[0][i] / (1 - Math.pow(b1, t));
        double square = s[1][i] / (1 - Math.pow(b2, t));
        s[2][i] = mean / (Math.sqrt(square) + eps) + decay * p[i];
      }
      double ratio = norm(p) / norm(s[2]);
      for (int i = 0; i < n; i++) {
        p[i] -= rate * ratio * s[2][i];
      }
    };
  }

  /// Plain gradient descent.
  static Formula descent(double rate) {
    return (_, p, g) -> {
      for (int i = 0; i < p.length; i++) {
        p[i] -= rate * g[i];
      }
    };
  }

  /// Jordan et al. 2024, of a matrix of so many rows.
  static Formula muon(int n, int rows, double rate, double momentum, double decay) {
    int columns = n / rows;
    var b = new double[n];
    return (_, p, g) -> {
      var way = new double[rows][columns];
      double squares = 0;
      for (int i = 0; i < n; i++) {
        b[i] = momentum * b[i] + (1 - momentum) * g[i];
        double w = (1 - momentum) * g[i] + momentum * b[i];
        way[i / columns][i % columns] = w;
        squares += w * w;
      }
      double length = Math.max(Math.sqrt(squares), 1e-7);
      var x = rows > columns ? transposed(way) : way;
      for (var row : x) {
        for (int i = 0; i < row.length; i++) {
          row[i] /= length;
        }
      }
      for (int i = 0; i < 5; i++) {
        var gram = times(x, transposed(x));
        var polynomial = sum(-4.7750, gram, 2.0315, times(gram, gram));
        x = sum(3.4445, x, 1, times(polynomial, x));
      }
      var o = rows > columns ? transposed(x) : x;
      double scale = Math.sqrt(Math.max(1, rows / (double) columns));
      for (int i = 0; i < n; i++) {
        p[i] = (1 - rate * decay) * p[i] - rate * scale * o[i / columns][i % columns];
      }
    };
  }

  private static double[][] transposed(double[][] x) {
    var t = new double[x[0].length][x.length];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < x[0].length; j++) {
        t[j][i] = x[i][j];
      }
    }
    return t;
  }

  private static double[][] times(double[][] a, double[][] b) {
    var y = new double[a.length][b[0].length];
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < b[0].length; j++) {
        for (int k = 0; k < b.length; k++) {
          y[i][j] += a[i][k] * b[k][j];
        }
      }
    }
    return y;
  }

  private static double[][] sum(double a, double[][] x, double b, double[][] y) {
    var s = new double[x.length][x[0].length];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < x[0].length; j++) {
        s[i][j] = a * x[i][j] + b * y[i][j];
      }
    }
    return s;
  }

  static double norm(double[] values) {
    return Math.sqrt(Arrays.stream(values).map(v -> v * v).sum());
  }

  private static List<double[]> copies(List<double[]> values) {
    return values.stream().map(double[]::clone).toList();
  }

  private static void put(List<double[]> from, List<double[]> to) {
    for (int i = 0; i < to.size(); i++) {
      System.arraycopy(from.get(i), 0, to.get(i), 0, to.get(i).length);
    }
  }

  /// a ← keep·a + (1 − keep)·b.
  private static void average(List<double[]> a, double keep, List<double[]> b) {
    for (int i = 0; i < a.size(); i++) {
      for (int j = 0; j < a.get(i).length; j++) {
        a.get(i)[j] = keep * a.get(i)[j] + (1 - keep) * b.get(i)[j];
      }
    }
  }

  /// Another rule with its gradients changed.
  static Whole adjusting(Whole rule, BiFunction<List<double[]>, List<double[]>, List<double[]>> f) {
    return (t, p, gradient) -> rule.step(t, p, () -> f.apply(p, gradient.get()));
  }

  /// Pascanu, Mikolov & Bengio 2013, algorithm 1.
  static List<double[]> clipped(List<double[]> g, double most) {
    double norm = Math.sqrt(g.stream().mapToDouble(v -> norm(v) * norm(v)).sum());
    double factor = Math.min(1, most / norm);
    return g.stream().map(v -> Arrays.stream(v).map(x -> factor * x).toArray()).toList();
  }

  /// The gradient of loss + l1·Σ|p| + l2/2·Σp².
  static List<double[]> penalized(List<double[]> p, List<double[]> g, double l1, double l2) {
    var sums = copies(g);
    for (int i = 0; i < sums.size(); i++) {
      for (int j = 0; j < sums.get(i).length; j++) {
        double x = p.get(i)[j];
        sums.get(i)[j] += l1 * Math.signum(x) + l2 * x;
      }
    }
    return sums;
  }

  /// A step for every so many gradients, of their mean.
  static Whole accumulated(Whole rule, int count) {
    var sums = new ArrayList<double[]>();
    return (t, p, gradient) -> {
      var g = gradient.get();
      if (sums.isEmpty()) {
        g.forEach(v -> sums.add(new double[v.length]));
      }
      for (int i = 0; i < g.size(); i++) {
        for (int j = 0; j < g.get(i).length; j++) {
          sums.get(i)[j] += g.get(i)[j] / count;
        }
      }
      if (t % count == 0) {
        var means = copies(sums);
        rule.step(t / count, p, () -> means);
        sums.forEach(v -> Arrays.fill(v, 0));
      }
    };
  }

  /// Foret et al. 2021, algorithm 1.
  static Whole sam(Whole rule, double radius) {
    return (t, p, gradient) -> {
      var here = gradient.get();
      double norm = Math.sqrt(here.stream().mapToDouble(v -> norm(v) * norm(v)).sum());
      var before = copies(p);
      for (int i = 0; i < p.size(); i++) {
        for (int j = 0; j < p.get(i).length; j++) {
          p.get(i)[j] += radius * here.get(i)[j] / norm;
        }
      }
      var there = gradient.get();
      put(before, p);
      rule.step(t, p, () -> there);
    };
  }

  /// A rule whose average is used in the end.
  ///
  /// @param keep how much of the average is kept at a step; 0 at the first that counts
  static Whole averaging(Whole rule, IntToDoubleFunction keep) {
    var average = new ArrayList<double[]>();
    return new Whole() {
      @Override
      public void step(int t, List<double[]> p, Supplier<List<double[]>> gradient) {
        rule.step(t, p, gradient);
        if (average.isEmpty()) {
          average.addAll(copies(p));
        }
        average(average, keep.applyAsDouble(t), p);
      }

      @Override
      public List<double[]> averaged(List<double[]> p) {
        return average;
      }
    };
  }

  /// Zhang et al. 2019, algorithm 1.
  static Whole lookahead(Whole rule, int every, double share) {
    var slow = new ArrayList<double[]>();
    return new Whole() {
      @Override
      public void step(int t, List<double[]> p, Supplier<List<double[]>> gradient) {
        if (slow.isEmpty()) {
          slow.addAll(copies(p));
        }
        rule.step(t, p, gradient);
        if (t % every == 0) {
          average(slow, 1 - share, p);
          put(slow, p);
        }
      }

      @Override
      public List<double[]> averaged(List<double[]> p) {
        return slow;
      }
    };
  }

  /// Defazio et al. 2024, equations 3 to 5, with a constant rate: the mean of all z.
  static Whole scheduleFree(double rate, double beta) {
    var z = new ArrayList<double[]>();
    var x = new ArrayList<double[]>();
    return new Whole() {
      @Override
      public void step(int t, List<double[]> y, Supplier<List<double[]>> gradient) {
        if (z.isEmpty()) {
          z.addAll(copies(y));
          x.addAll(copies(y));
        }
        var g = gradient.get();
        for (int i = 0; i < y.size(); i++) {
          for (int j = 0; j < y.get(i).length; j++) {
            z.get(i)[j] -= rate * g.get(i)[j];
          }
        }
        average(x, 1 - 1.0 / t, z);
        put(copies(z), y);
        average(y, 1 - beta, x);
      }

      @Override
      public List<double[]> averaged(List<double[]> p) {
        return x;
      }
    };
  }
}
