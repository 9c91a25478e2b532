package fovea.core.kernel;

/// The inner loops of matrix products.
final class Products {
  private Products() {}

  /// c [m, n] += a [m, k] · b [k, n].
  ///
  /// Rows are arrays of their own: with one index for all arrays of a loop the compiler sees that
  /// no iteration depends on another, and vectorises it. Four rows of b at a time, so that c is
  /// read and written a quarter as often.
  static void multiplyAdd(double[][] a, double[][] b, double[][] c, int m, int k, int n) {
    for (int row = 0; row < m; row++) {
      int i = 0;
      for (; i + 3 < k; i += 4) {
        addFour(
            a[row][i],
            b[i],
            a[row][i + 1],
            b[i + 1],
            a[row][i + 2],
            b[i + 2],
            a[row][i + 3],
            b[i + 3],
            c[row],
            n);
      }
      for (; i < k; i++) {
        addOne(a[row][i], b[i], c[row], n);
      }
    }
  }

  private static void addFour(
      double s0,
      double[] b0,
      double s1,
      double[] b1,
      double s2,
      double[] b2,
      double s3,
      double[] b3,
      double[] c,
      int n) {
    for (int j = 0; j < n; j++) {
      c[j] += (s0 * b0[j] + s1 * b1[j]) + (s2 * b2[j] + s3 * b3[j]);
    }
  }

  private static void addOne(double s, double[] b, double[] c, int n) {
    for (int j = 0; j < n; j++) {
      c[j] += s * b[j];
    }
  }
}
