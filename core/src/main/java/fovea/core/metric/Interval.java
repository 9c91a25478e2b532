package fovea.core.metric;

/// A figure with what it may as well be: were the test repeated on other samples of the same kind,
/// `level` of such intervals would hold the true value.
///
/// @param value the figure itself
/// @param low the lower end
/// @param high the upper end
/// @param level in (0, 1), usually 0.95
public record Interval(double value, double low, double high, double level) {
  public Interval {
    if (!(level > 0 && level < 1)) {
      throw new IllegalArgumentException("a level of confidence lies in (0, 1), not at " + level);
    }
  }

  /// Of a share (Wilson 1927), which unlike the normal approximation stays within [0, 1] and holds
  /// near its ends.
  ///
  /// @param hits 0 to `n`
  /// @param n at least 1
  public static Interval wilson(long hits, long n, double level) {
    if (hits < 0 || hits > n || n < 1) {
      throw new IllegalArgumentException("%d of %d is no share".formatted(hits, n));
    }
    double p = hits / (double) n;
    double z = Normal.quantile((1 + level) / 2);
    double centre = (p + z * z / (2 * n)) / (1 + z * z / n);
    double reach = z / (1 + z * z / n) * Math.sqrt(p * (1 - p) / n + z * z / (4.0 * n * n));
    return new Interval(p, Math.max(0, centre - reach), Math.min(1, centre + reach), level);
  }
}
