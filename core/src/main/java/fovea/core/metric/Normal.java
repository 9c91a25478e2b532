package fovea.core.metric;

import fovea.core.kernel.Erf;

/// The standard normal distribution.
final class Normal {
  /// Beyond this many deviations nothing is left in float64.
  private static final double FAR = 39;

  private Normal() {}

  /// How probable a value of at most x is.
  static double below(double x) {
    return Erf.erfc(-x / Math.sqrt(2)) / 2;
  }

  /// The value that lies above a share p of all: the inverse of [#below].
  static double quantile(double p) {
    if (!(p > 0 && p < 1)) {
      return p == 0 ? Double.NEGATIVE_INFINITY : p == 1 ? Double.POSITIVE_INFINITY : Double.NaN;
    }
    double low = -FAR;
    double high = FAR;
    while (true) {
      double middle = (low + high) / 2;
      if (middle == low || middle == high) {
        return middle;
      }
      if (below(middle) < p) {
        low = middle;
      } else {
        high = middle;
      }
    }
  }
}
