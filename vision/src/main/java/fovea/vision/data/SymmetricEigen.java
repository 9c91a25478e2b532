package fovea.vision.model;

import java.util.Comparator;
import java.util.stream.IntStream;

/// Eigenvalues and eigenvectors of a small symmetric matrix by Jacobi's cyclic method (Golub & Van
/// Loan, "Matrix computations", section 8.5): rotations that set one off-diagonal element after the
/// other to zero.
///
/// @param values largest first
/// @param vectors of length 1, orthogonal, in the values' order
record SymmetricEigen(double[] values, double[][] vectors) {
  /// Convergence is quadratic in the end; matrices of this size take fewer than ten.
  private static final int SWEEPS = 50;

  /// Of a matrix of which only the symmetry is relied on; it is left as it is.
  static SymmetricEigen of(double[][] matrix) {
    int n = matrix.length;
    var a = new double[n][];
    var v = new double[n][n];
    for (int i = 0; i < n; i++) {
      a[i] = matrix[i].clone();
      v[i][i] = 1;
    }
    for (int sweep = 0; sweep < SWEEPS && !isDiagonal(a); sweep++) {
      for (int p = 0; p < n; p++) {
        for (int q = p + 1; q < n; q++) {
          rotate(a, v, p, q);
        }
      }
    }
    var order =
        IntStream.range(0, n)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -a[i][i]))
            .mapToInt(i -> i)
            .toArray();
    var vectors = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < n; k++) {
        vectors[i][k] = v[k][order[i]];
      }
    }
    return new SymmetricEigen(IntStream.of(order).mapToDouble(i -> a[i][i]).toArray(), vectors);
  }

  /// Whether what lies off the diagonal is lost in rounding.
  private static boolean isDiagonal(double[][] a) {
    double on = 0;
    double off = 0;
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a.length; j++) {
        if (i == j) {
          on += a[i][i] * a[i][i];
        } else {
          off += a[i][j] * a[i][j];
        }
      }
    }
    return off <= 1e-32 * on;
  }

  /// a ← Jᵀ·a·J with a[p][q] = 0 after, and v ← v·J.
  private static void rotate(double[][] a, double[][] v, int p, int q) {
    if (a[p][q] == 0) {
      return;
    }
    // tan of the angle, the smaller of two solutions of t² + 2·theta·t = 1.
    double theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
    double t = Math.copySign(1, theta) / (Math.abs(theta) + Math.hypot(theta, 1));
    double cos = 1 / Math.hypot(t, 1);
    double sin = t * cos;
    for (int k = 0; k < a.length; k++) {
      rotateColumns(a[k], p, q, cos, sin);
      rotateColumns(v[k], p, q, cos, sin);
    }
    for (int k = 0; k < a.length; k++) {
      double x = a[p][k];
      double y = a[q][k];
      a[p][k] = cos * x - sin * y;
      a[q][k] = sin * x + cos * y;
    }
  }

  private static void rotateColumns(double[] row, int p, int q, double cos, double sin) {
    double x = row[p];
    double y = row[q];
    row[p] = cos * x - sin * y;
    row[q] = sin * x + cos * y;
  }
}
