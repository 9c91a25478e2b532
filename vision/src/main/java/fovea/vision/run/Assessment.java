package fovea.vision.run;

import fovea.core.array.Rng;
import fovea.core.metric.Average;
import fovea.core.metric.Calibration;
import fovea.core.metric.ConfusionMatrix;
import fovea.core.metric.Interval;
import fovea.core.metric.Resampling;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// Figures of merit of a classifier on a set, with 95 % intervals by the bootstrap where they can
/// be had at a reasonable price.
///
/// @param accuracy the share that is right
/// @param loss the mean cross-entropy, in nats
/// @param macroF1 the mean F1 of the classes; its interval is empty of width for more than 100
/// @param kappa Cohen's
/// @param top5 the share whose class is among the five most probable; null for five classes or less
/// @param calibration in 15 bins
/// @param brier the Brier score
/// @param area under the ROC curve of each class against the rest
/// @param averagePrecision of each class against the rest
public record Assessment(
    Interval accuracy,
    Interval loss,
    Interval macroF1,
    double kappa,
    @Nullable Double top5,
    Calibration calibration,
    double brier,
    double[] area,
    double[] averagePrecision) {
  private static final int ROUNDS = 1000;
  private static final int BINS = 15;
  private static final double LEVEL = 0.95;
  private static final int MOST_CLASSES = 100;

  /// Computes them all. The same predictions give the same intervals.
  public static Assessment of(Predictions p) {
    int n = p.size();
    int classes = p.classes().size();
    var rng = Rng.of(0).split("bootstrap");
    var right = p.right();
    var predicted = new int[n];
    var losses = new double[n];
    for (int i = 0; i < n; i++) {
      predicted[i] = p.predicted(i);
      losses[i] = p.loss(i);
    }
    var area = new double[classes];
    var averagePrecision = new double[classes];
    for (int c = 0; c < classes; c++) {
      area[c] = p.roc(c).area();
      averagePrecision[c] = p.precisionRecall(c).averagePrecision();
    }
    var confusion = p.confusion();
    double f1 = confusion.f1(Average.MACRO);
    return new Assessment(
        interval(n, of -> mean(of, i -> right[i] ? 1 : 0), rng),
        interval(n, of -> mean(of, i -> losses[i]), rng),
        classes > MOST_CLASSES
            ? new Interval(f1, f1, f1, LEVEL)
            : interval(n, of -> macroF1(p, predicted, of), rng),
        confusion.kappa(),
        classes > 5 ? p.top(5) : null,
        p.calibration(BINS),
        p.brier(),
        area,
        averagePrecision);
  }

  private static Interval interval(int n, ToDoubleFunction<int[]> statistic, Rng rng) {
    return Resampling.bootstrap(n, statistic, ROUNDS, LEVEL, rng);
  }

  private interface Of {
    double at(int image);
  }

  private static double mean(int[] images, Of value) {
    double sum = 0;
    for (int i : images) {
      sum += value.at(i);
    }
    return sum / images.length;
  }

  private static double macroF1(Predictions p, int[] predicted, int[] images) {
    var confusion = new ConfusionMatrix(p.classes());
    for (int i : images) {
      confusion.add(p.labels()[i], predicted[i]);
    }
    return confusion.f1(Average.MACRO);
  }
}
