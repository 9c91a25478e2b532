package fovea.vision.run;

import fovea.core.FoveaException;
import fovea.core.array.Rng;
import fovea.core.metric.Interval;
import fovea.core.metric.McNemar;
import fovea.core.metric.Resampling;
import java.util.Arrays;

/// Two classifiers on the same images.
///
/// @param first its accuracy
/// @param second its accuracy
/// @param difference of the second's accuracy from the first's, with the bootstrap's 95 % interval
///   over images, each drawn for both
/// @param test McNemar's, whether they differ by more than chance
/// @param both how many images both have right
/// @param neither how many neither has right
public record Comparison(
    double first, double second, Interval difference, McNemar test, long both, long neither) {
  private static final int ROUNDS = 2000;
  private static final double LEVEL = 0.95;

  /// Compares what two said of the same images.
  ///
  /// @throws FoveaException when it is not the same images, as far as their classes tell
  public static Comparison of(Predictions first, Predictions second) {
    if (!first.classes().equals(second.classes())
        || !Arrays.equals(first.labels(), second.labels())) {
      throw new FoveaException("the two were not judged on the same images");
    }
    var a = first.right();
    var b = second.right();
    int n = a.length;
    long both = 0;
    long neither = 0;
    for (int i = 0; i < n; i++) {
      both += a[i] && b[i] ? 1 : 0;
      neither += a[i] || b[i] ? 0 : 1;
    }
    var test = McNemar.of(a, b);
    var difference =
        Resampling.bootstrap(
            n,
            images -> {
              long sum = 0;
              for (int i : images) {
                sum += (b[i] ? 1 : 0) - (a[i] ? 1 : 0);
              }
              return sum / (double) images.length;
            },
            ROUNDS,
            LEVEL,
            Rng.of(0).split("comparison"));
    return new Comparison(
        (both + test.onlyFirst()) / (double) n,
        (both + test.onlySecond()) / (double) n,
        difference,
        test,
        both,
        neither);
  }

  /// Whether the difference is more than chance gives one time in twenty.
  public boolean isSignificant() {
    return test.p() < 1 - LEVEL;
  }
}
