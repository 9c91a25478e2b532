package fovea.core.metric;

import fovea.core.array.Rng;
import java.util.Arrays;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/// How sure any figure is that is computed from samples, by computing it again from samples drawn
/// out of them (Efron & Tibshirani, "An introduction to the bootstrap", 1993).
///
/// A statistic is a function of indices: `indices -> mean of values[i] over them`. It must give the
/// same whatever the order of the indices, allow some to come several times, and may be called by
/// several threads at once. What is NaN is left out.
public final class Resampling {
  /// In the mean, groups have the same skewness as samples, and a test set of 10,000 does not cost
  /// 10,000 passes.
  private static final int GROUPS = 1000;

  private Resampling() {}

  /// The bootstrap interval, bias-corrected and accelerated (BCa; Efron 1987; section 14.3 of the
  /// book): the statistic of `rounds` samples of size n drawn with replacement, cut off where their
  /// bias, and its change with the value (by the jackknife over at most 1,000 groups), say. Where
  /// these cannot be computed, for instance because all rounds agree, plain percentiles are taken.
  ///
  /// @param n how many samples there are
  /// @param rounds how often to draw, at least 1; 1,000 and more for an interval
  /// @param level of confidence
  /// @param rng the same gives the same interval
  public static Interval bootstrap(
      int n, ToDoubleFunction<int[]> statistic, int rounds, double level, Rng rng) {
    double value = statistic.applyAsDouble(all(n));
    var drawn = rounds(n, statistic, rounds, rng);
    double below = Arrays.stream(drawn).map(v -> v < value ? 1 : v == value ? 0.5 : 0).sum();
    double bias = Normal.quantile(below / drawn.length);
    double acceleration = acceleration(leftOut(n, Math.min(n, GROUPS), statistic));
    double low = (1 - level) / 2;
    if (!Double.isFinite(bias) || !Double.isFinite(acceleration)) {
      return new Interval(value, percentile(drawn, low), percentile(drawn, 1 - low), level);
    }
    return new Interval(
        value,
        percentile(drawn, corrected(low, bias, acceleration)),
        percentile(drawn, corrected(1 - low, bias, acceleration)),
        level);
  }

  /// What the jackknife finds (Quenouille 1956, Tukey 1958): the statistic with each sample left
  /// out once.
  ///
  /// @param value the statistic of all samples
  /// @param bias by which it is estimated to be too large
  /// @param deviation its standard error
  public record Jackknife(double value, double bias, double deviation) {
    /// `value − bias ± z·deviation`.
    public Interval interval(double level) {
      double reach = Normal.quantile((1 + level) / 2) * deviation;
      double centre = value - bias;
      return new Interval(value, centre - reach, centre + reach, level);
    }
  }

  /// The jackknife. For smooth statistics (means and functions of them); that of a median is
  /// misleading.
  ///
  /// @param n how many samples there are, at least 2
  public static Jackknife jackknife(int n, ToDoubleFunction<int[]> statistic) {
    if (n < 2) {
      throw new IllegalArgumentException("the jackknife takes at least 2 samples, not " + n);
    }
    double value = statistic.applyAsDouble(all(n));
    var leftOut = leftOut(n, n, statistic);
    double mean = Arrays.stream(leftOut).average().orElse(Double.NaN);
    double squares = Arrays.stream(leftOut).map(v -> (v - mean) * (v - mean)).sum();
    return new Jackknife(value, (n - 1) * (mean - value), Math.sqrt((n - 1.0) / n * squares));
  }

  private static int[] all(int n) {
    return IntStream.range(0, n).toArray();
  }

  /// The statistic of samples drawn with replacement, sorted; without what was NaN.
  private static double[] rounds(int n, ToDoubleFunction<int[]> statistic, int rounds, Rng rng) {
    if (n < 1 || rounds < 1) {
      throw new IllegalArgumentException(
          "the bootstrap takes at least 1 sample and 1 round, not %d and %d".formatted(n, rounds));
    }
    return IntStream.range(0, rounds)
        .parallel()
        .mapToDouble(
            round -> {
              var stream = rng.split(round);
              var drawn = new int[n];
              Arrays.setAll(drawn, _ -> stream.nextInt(n));
              return statistic.applyAsDouble(drawn);
            })
        .filter(v -> !Double.isNaN(v))
        .sorted()
        .toArray();
  }

  /// The statistic with each of some groups of neighbours left out.
  private static double[] leftOut(int n, int groups, ToDoubleFunction<int[]> statistic) {
    return IntStream.range(0, groups)
        .parallel()
        .mapToDouble(
            group -> {
              int from = (int) ((long) group * n / groups);
              int to = (int) ((group + 1L) * n / groups);
              var rest = new int[n - (to - from)];
              Arrays.setAll(rest, i -> i < from ? i : i + to - from);
              return statistic.applyAsDouble(rest);
            })
        .toArray();
  }

  /// A sixth of the skewness of the jackknife's influences; equation 14.15.
  private static double acceleration(double[] leftOut) {
    double mean = Arrays.stream(leftOut).average().orElse(Double.NaN);
    double squares = Arrays.stream(leftOut).map(v -> (mean - v) * (mean - v)).sum();
    double cubes = Arrays.stream(leftOut).map(v -> Math.pow(mean - v, 3)).sum();
    return cubes / (6 * Math.pow(squares, 1.5));
  }

  /// Where to cut instead of at `share`; equation 14.10.
  private static double corrected(double share, double bias, double acceleration) {
    double z = bias + Normal.quantile(share);
    return Normal.below(bias + z / (1 - acceleration * z));
  }

  /// With linear interpolation between neighbours.
  private static double percentile(double[] sorted, double share) {
    if (sorted.length == 0) {
      return Double.NaN;
    }
    double place = Math.clamp(share, 0, 1) * (sorted.length - 1);
    int i = Math.min((int) place, sorted.length - 1);
    int next = Math.min(i + 1, sorted.length - 1);
    return sorted[i] + (place - i) * (sorted[next] - sorted[i]);
  }
}
