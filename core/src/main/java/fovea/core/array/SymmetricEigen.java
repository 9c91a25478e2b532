package fovea.core.array;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/// Eigenvalues and eigenvectors of a symmetric matrix: by Householder reflections to a tridiagonal
/// one, from there by implicit QL steps (Golub & Van Loan, "Matrix computations", sections 8.3.1
/// and 8.3.3; the recurrences of EISPACK's `tql2`). All inner loops run along rows.
///
/// @param values largest first
/// @param vectors of length 1, orthogonal, in the values' order
public record SymmetricEigen(double[] values, double[][] vectors) {
  /// Each value takes two or three.
  private static final int STEPS = 60;

  /// Below this size the work of a reflection is not worth sharing.
  private static final int SHARED_FROM = 256;

  /// Of a matrix of which only the symmetry is relied on; it is left as it is.
  ///
  /// @throws IllegalArgumentException when it holds values that are not finite
  public static SymmetricEigen of(double[][] matrix) {
    int n = matrix.length;
    var a = new double[n][];
    for (int i = 0; i < n; i++) {
      a[i] = matrix[i].clone();
      if (!Arrays.stream(a[i]).allMatch(Double::isFinite)) {
        throw new IllegalArgumentException("the matrix holds values that are not finite");
      }
    }
    var reflectors = tridiagonalise(a);
    var diagonal = new double[n];
    var beside = new double[n];
    for (int i = 0; i < n; i++) {
      diagonal[i] = a[i][i];
      beside[i] = i + 1 < n ? a[i + 1][i] : 0;
    }
    var vectors = product(reflectors, n);
    diagonalise(diagonal, beside, vectors);
    var order =
        IntStream.range(0, n)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -diagonal[i]))
            .mapToInt(i -> i)
            .toArray();
    return new SymmetricEigen(
        IntStream.of(order).mapToDouble(i -> diagonal[i]).toArray(),
        IntStream.of(order).mapToObj(i -> vectors[i]).toArray(double[][]::new));
  }

  private static IntStream rows(int from, int to) {
    var rows = IntStream.range(from, to);
    return to - from >= SHARED_FROM ? rows.parallel() : rows;
  }

  /// Brings a matrix to tridiagonal form, column by column, each by a ← H·a·H with H = 1 − 2·v·vᵀ.
  ///
  /// @return the v of each column, of length 1; zeros where nothing was to do
  private static double[][] tridiagonalise(double[][] a) {
    int n = a.length;
    var reflectors = new double[Math.max(0, n - 2)][n];
    for (int k = 0; k < n - 2; k++) {
      var v = reflectors[k];
      double below = 0;
      for (int i = k + 1; i < n; i++) {
        v[i] = a[i][k];
        below += i > k + 1 ? v[i] * v[i] : 0;
      }
      if (below == 0) {
        v[k + 1] = 0;
        continue;
      }
      double beside = -Math.copySign(Math.sqrt(below + v[k + 1] * v[k + 1]), v[k + 1]);
      v[k + 1] -= beside;
      double length = Math.sqrt(below + v[k + 1] * v[k + 1]);
      for (int i = k + 1; i < n; i++) {
        v[i] /= length;
      }
      reflect(a, v, k + 1);
      a[k + 1][k] = beside;
    }
    return reflectors;
  }

  /// a ← H·a·H below and to the right of a place: a − v·qᵀ − q·vᵀ.
  private static void reflect(double[][] a, double[] v, int from) {
    int n = a.length;
    var q = new double[n];
    rows(from, n).forEach(i -> q[i] = 2 * dot(a[i], v, from));
    double half = dot(q, v, from);
    for (int i = from; i < n; i++) {
      q[i] -= half * v[i];
    }
    rows(from, n)
        .forEach(
            i -> {
              var row = a[i];
              double vi = v[i];
              double qi = q[i];
              for (int j = from; j < row.length; j++) {
                row[j] -= vi * q[j] + qi * v[j];
              }
            });
  }

  /// The transposed product of all reflections.
  private static double[][] product(double[][] reflectors, int n) {
    var q = new double[n][n];
    for (int i = 0; i < n; i++) {
      q[i][i] = 1;
    }
    for (int k = reflectors.length - 1; k >= 0; k--) {
      var v = reflectors[k];
      int from = k + 1;
      rows(from, n)
          .forEach(
              i -> {
                double twice = 2 * dot(q[i], v, from);
                for (int j = from; j < n; j++) {
                  q[i][j] -= twice * v[j];
                }
              });
    }
    return q;
  }

  private static double dot(double[] a, double[] b, int from) {
    double sum = 0;
    for (int i = from; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /// Turns a tridiagonal matrix into a diagonal one and takes the rows of `vectors` along.
  ///
  /// @param beside what stands beside the diagonal, `beside[i]` between i and i + 1
  private static void diagonalise(double[] diagonal, double[] beside, double[][] vectors) {
    int n = diagonal.length;
    for (int l = 0; l < n; l++) {
      for (int step = 0; ; step++) {
        int m = l;
        while (m < n - 1 && !isNothing(beside[m], diagonal[m], diagonal[m + 1])) {
          m++;
        }
        if (m == l) {
          break;
        }
        if (step == STEPS) {
          throw new IllegalArgumentException("the eigenvalues of the matrix are not to be found");
        }
        qlStep(diagonal, beside, vectors, l, m);
      }
    }
  }

  private static boolean isNothing(double beside, double d, double next) {
    return Math.abs(beside) <= Math.ulp(1.0) * (Math.abs(d) + Math.abs(next));
  }

  /// One implicit QL step, with Wilkinson's shift, on rows `l` to `m`.
  private static void qlStep(double[] d, double[] e, double[][] vectors, int l, int m) {
    double g = (d[l + 1] - d[l]) / (2 * e[l]);
    g = d[m] - d[l] + e[l] / (g + Math.copySign(Math.hypot(g, 1), g));
    double sin = 1;
    double cos = 1;
    double p = 0;
    for (int i = m - 1; i >= l; i--) {
      double f = sin * e[i];
      double b = cos * e[i];
      double r = Math.hypot(f, g);
      e[i + 1] = r;
      if (r == 0) {
        // Falls apart into two smaller matrices.
        d[i + 1] -= p;
        e[m] = 0;
        return;
      }
      sin = f / r;
      cos = g / r;
      g = d[i + 1] - p;
      r = (d[i] - g) * sin + 2 * cos * b;
      p = sin * r;
      d[i + 1] = g + p;
      g = cos * r - b;
      rotate(vectors[i], vectors[i + 1], cos, sin);
    }
    d[l] -= p;
    e[l] = g;
    e[m] = 0;
  }

  private static void rotate(double[] a, double[] b, double cos, double sin) {
    for (int k = 0; k < a.length; k++) {
      double x = a[k];
      double y = b[k];
      b[k] = sin * x + cos * y;
      a[k] = cos * x - sin * y;
    }
  }
}
