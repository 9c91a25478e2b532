package fovea.core.metric;

/// Whether two classifiers that were judged on the same samples differ by more than chance (McNemar
/// 1947). Only the samples on which one is right and the other wrong tell anything.
///
/// @param onlyFirst how many samples only the first has right
/// @param onlySecond how many samples only the second has right
/// @param p how probable a difference at least as large is between equally good classifiers, from
///   the binomial distribution, exactly (two-sided)
public record McNemar(long onlyFirst, long onlySecond, double p) {

  /// Counts the samples on which the two disagree.
  ///
  /// @param first which samples the first classifier has right
  /// @param second which of the same samples the second has right
  /// @throws IllegalArgumentException when they are not of the same samples
  public static McNemar of(boolean[] first, boolean[] second) {
    if (first.length != second.length) {
      throw new IllegalArgumentException(
          "%d and %d samples are not the same ones".formatted(first.length, second.length));
    }
    long onlyFirst = 0;
    long onlySecond = 0;
    for (int i = 0; i < first.length; i++) {
      onlyFirst += first[i] && !second[i] ? 1 : 0;
      onlySecond += second[i] && !first[i] ? 1 : 0;
    }
    return new McNemar(onlyFirst, onlySecond, exact(onlyFirst, onlySecond));
  }

  /// The chi-squared statistic with Edwards's continuity correction (1948), (|b − c| − 1)²/(b + c),
  /// for comparison with books; 0 where nothing differs.
  public double chiSquared() {
    double distance = Math.max(0, Math.abs(onlyFirst - onlySecond) - 1);
    long n = onlyFirst + onlySecond;
    return n == 0 ? 0 : distance * distance / n;
  }

  /// Twice the probability of at most the smaller of both among n tosses of a fair coin.
  private static double exact(long a, long b) {
    double n = a + b;
    double logOfTerm = -n * Math.log(2);
    double sum = 0;
    for (double k = 0; k <= Math.min(a, b); k++) {
      sum += Math.exp(logOfTerm);
      logOfTerm += Math.log((n - k) / (k + 1));
    }
    return Math.min(1, 2 * sum);
  }
}
