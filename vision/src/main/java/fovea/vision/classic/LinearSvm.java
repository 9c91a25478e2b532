package fovea.vision.classic;

import fovea.core.array.Shape;
import fovea.core.memory.Scope;
import fovea.core.tensor.Graph;
import fovea.core.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.stream.IntStream;

/// A linear support vector machine for each class against the rest, with squared hinge loss: the
/// least of ½‖w‖² + C·Σ max(0, 1 − y·(w·x + b))², where w includes b, as in LIBLINEAR (Fan et al.,
/// "LIBLINEAR: a library for large linear classification", JMLR 2008; its solver 2).
///
/// Found by limited-memory BFGS (Nocedal & Wright, "Numerical optimization", algorithm 7.5), for
/// all classes side by side: what costs are two products a step with the matrix of all examples,
/// which serve every class. Along a direction the function is piecewise quadratic, so that the best
/// step is found exactly, from scores that are known already. LIBLINEAR's Java port would hold each
/// of 80 million features as an object of its own.
///
/// @param weight `[classes, width]`
/// @param bias `[classes]`
record LinearSvm(float[] weight, float[] bias) {
  private static final int MOST_STEPS = 300;
  private static final double ENOUGH = 1e-3;
  private static final int REMEMBERED = 10;
  private static final int SEARCHES = 50;

  /// Fits to examples.
  ///
  /// @param x `[N, width]`
  /// @param labels a class for each example
  static LinearSvm fit(Tensor x, int[] labels, int classes, double c) {
    int width = x.shape().size(1);
    var machines = new Machine[classes];
    Arrays.setAll(machines, k -> new Machine(k, labels, width, c));
    gradients(x, machines);
    for (int step = 0; step < MOST_STEPS; step++) {
      for (var machine : machines) {
        machine.turn();
      }
      if (Arrays.stream(machines).allMatch(m -> m.done)) {
        break;
      }
      move(x, machines);
      gradients(x, machines);
    }
    var weight = new float[classes * width];
    var bias = new float[classes];
    for (int k = 0; k < classes; k++) {
      for (int p = 0; p < width; p++) {
        weight[k * width + p] = (float) machines[k].w[p];
      }
      bias[k] = (float) machines[k].w[width];
    }
    return new LinearSvm(weight, bias);
  }

  /// Moves each along its direction as far as is best.
  private static void move(Tensor x, Machine[] machines) {
    int classes = machines.length;
    int width = x.shape().size(1);
    var directions = new float[classes * width];
    for (int k = 0; k < classes; k++) {
      for (int p = 0; p < width; p++) {
        directions[k * width + p] = (float) machines[k].direction[p];
      }
    }
    try (var _ = Scope.open("support vectors")) {
      var changes =
          Graph.unrecorded(() -> x.linear(Tensor.of(directions, Shape.of(classes, width)), null))
              .toFloats();
      IntStream.range(0, classes).parallel().forEach(k -> machines[k].move(changes, k, classes));
    }
  }

  private static void gradients(Tensor x, Machine[] machines) {
    int n = x.shape().size(0);
    int classes = machines.length;
    int width = x.shape().size(1);
    var violations = new float[classes * n];
    IntStream.range(0, classes).parallel().forEach(k -> machines[k].violations(violations, k * n));
    try (var _ = Scope.open("support vectors")) {
      var sums =
          Graph.unrecorded(() -> Tensor.of(violations, Shape.of(classes, n)).matmul(x)).toFloats();
      for (int k = 0; k < classes; k++) {
        double all = 0;
        for (int i = 0; i < n; i++) {
          all += violations[k * n + i];
        }
        machines[k].see(sums, k * width, all);
      }
    }
  }

  /// One class against the rest.
  private static final class Machine {
    private final double c;
    private final boolean[] positive;
    private final double[] w;
    private final double[] scores;
    private double[] gradient;
    private double[] direction;
    private double first = -1;
    private double step;
    private boolean done;
    private final Deque<Pair> past = new ArrayDeque<>();

    /// A step and how the gradient changed in it.
    private record Pair(double[] s, double[] y, double sy) {}

    Machine(int of, int[] labels, int width, double c) {
      this.c = c;
      positive = new boolean[labels.length];
      for (int i = 0; i < labels.length; i++) {
        positive[i] = labels[i] == of;
      }
      w = new double[width + 1];
      scores = new double[labels.length];
      gradient = new double[width + 1];
      direction = new double[width + 1];
    }

    /// y·max(0, 1 − y·score) of each example.
    void violations(float[] to, int at) {
      for (int i = 0; i < scores.length; i++) {
        double y = positive[i] ? 1 : -1;
        to[at + i] = (float) (y * Math.max(0, 1 - y * scores[i]));
      }
    }

    /// Takes in Σ violation·x, for a gradient of w − 2C·Σ violation·x.
    void see(float[] sums, int at, double sum) {
      var now = new double[w.length];
      for (int p = 0; p < w.length - 1; p++) {
        now[p] = w[p] - 2 * c * sums[at + p];
      }
      now[w.length - 1] = w[w.length - 1] - 2 * c * sum;
      double size = Math.sqrt(dot(now, now));
      if (first < 0) {
        first = size;
      } else if (!done) {
        remember(now);
      }
      done = size <= ENOUGH * first;
      gradient = now;
    }

    private void remember(double[] now) {
      var s = direction.clone();
      var y = now.clone();
      for (int p = 0; p < s.length; p++) {
        s[p] *= step;
        y[p] -= gradient[p];
      }
      double sy = dot(s, y);
      if (sy > 0) {
        past.addFirst(new Pair(s, y, sy));
        if (past.size() > REMEMBERED) {
          past.removeLast();
        }
      }
    }

    /// Chooses the next direction: none when done.
    void turn() {
      var q = gradient.clone();
      if (done) {
        Arrays.fill(q, 0);
      }
      var alphas = new double[past.size()];
      int k = 0;
      for (var pair : past) {
        alphas[k] = dot(pair.s, q) / pair.sy;
        add(q, -alphas[k], pair.y);
        k++;
      }
      if (!past.isEmpty()) {
        var last = past.getFirst();
        double scale = last.sy / dot(last.y, last.y);
        for (int p = 0; p < q.length; p++) {
          q[p] *= scale;
        }
      }
      for (Iterator<Pair> pairs = past.descendingIterator(); pairs.hasNext(); ) {
        var pair = pairs.next();
        k--;
        add(q, alphas[k] - dot(pair.y, q) / pair.sy, pair.s);
      }
      for (int p = 0; p < q.length; p++) {
        q[p] = -q[p];
      }
      direction = q;
    }

    /// @param changes of the scores of all classes along their directions, without the bias
    void move(float[] changes, int k, int classes) {
      if (done) {
        return;
      }
      var change = new double[scores.length];
      for (int i = 0; i < change.length; i++) {
        change[i] = changes[i * classes + k] + direction[w.length - 1];
      }
      step = bestStep(change);
      add(w, step, direction);
      add(scores, step, change);
    }

    /// Where the slope along the direction is 0: Newton's method, which on a piecewise quadratic
    /// function ends after finitely many steps, kept between what is known to be too short and too
    /// long.
    private double bestStep(double[] change) {
      double along = dot(w, direction);
      double square = dot(direction, direction);
      double low = 0;
      double high = Double.POSITIVE_INFINITY;
      double t = 1;
      for (int search = 0; search < SEARCHES; search++) {
        double slope = along + t * square;
        double bend = square;
        for (int i = 0; i < change.length; i++) {
          double y = positive[i] ? 1 : -1;
          double violation = 1 - y * (scores[i] + t * change[i]);
          if (violation > 0) {
            slope -= 2 * c * violation * y * change[i];
            bend += 2 * c * change[i] * change[i];
          }
        }
        if (slope < 0) {
          low = t;
        } else {
          high = t;
        }
        double next = t - slope / bend;
        if (Math.abs(next - t) <= 1e-9 * Math.abs(t)) {
          return t;
        }
        t =
            next > low && next < high
                ? next
                : high < Double.POSITIVE_INFINITY ? (low + high) / 2 : 2 * t;
      }
      return t;
    }

    private static double dot(double[] a, double[] b) {
      double sum = 0;
      for (int i = 0; i < a.length; i++) {
        sum += a[i] * b[i];
      }
      return sum;
    }

    private static void add(double[] to, double factor, double[] what) {
      for (int i = 0; i < to.length; i++) {
        to[i] += factor * what[i];
      }
    }
  }
}
