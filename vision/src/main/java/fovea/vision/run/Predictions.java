package fovea.vision.run;

import fovea.core.metric.Calibration;
import fovea.core.metric.ConfusionMatrix;
import fovea.core.metric.PrecisionRecallCurve;
import fovea.core.metric.RocCurve;
import java.util.List;
import java.util.stream.IntStream;

/// What a classifier said of each image of a set, and what was true: all that figures of merit are
/// computed from.
///
/// @param classes their names
/// @param labels the true class of each image
/// @param logs the logarithm of the probability given to each class, image by image
public record Predictions(List<String> classes, int[] labels, float[] logs) {
  public Predictions {
    classes = List.copyOf(classes);
    if (logs.length != (long) labels.length * classes.size()) {
      throw new IllegalArgumentException(
          "%d numbers are not of %d classes for each of %d images"
              .formatted(logs.length, classes.size(), labels.length));
    }
  }

  /// How many images there are.
  public int size() {
    return labels.length;
  }

  private int count() {
    return classes.size();
  }

  /// The probability given to a class, in [0, 1].
  public double probability(int image, int of) {
    return Math.min(1, Math.exp(logs[image * count() + of]));
  }

  /// The most probable class; of equal ones the first.
  public int predicted(int image) {
    int best = 0;
    for (int c = 1; c < count(); c++) {
      best = logs[image * count() + c] > logs[image * count() + best] ? c : best;
    }
    return best;
  }

  /// −log of the probability given to the truth.
  public double loss(int image) {
    return -logs[image * count() + labels[image]];
  }

  /// Which images are right.
  public boolean[] right() {
    var right = new boolean[size()];
    for (int i = 0; i < right.length; i++) {
      right[i] = predicted(i) == labels[i];
    }
    return right;
  }

  /// The share of images whose true class is among the `k` most probable.
  public double top(int k) {
    long hits = 0;
    for (int i = 0; i < size(); i++) {
      int before = 0;
      for (int c = 0; c < count(); c++) {
        float other = logs[i * count() + c];
        float own = logs[i * count() + labels[i]];
        before += other > own || (other == own && c < labels[i]) ? 1 : 0;
      }
      hits += before < k ? 1 : 0;
    }
    return hits / (double) size();
  }

  /// Who was taken for whom.
  public ConfusionMatrix confusion() {
    var confusion = new ConfusionMatrix(classes);
    for (int i = 0; i < size(); i++) {
      confusion.add(labels[i], predicted(i));
    }
    return confusion;
  }

  /// How rightly it is sure.
  ///
  /// @param bins of equal width; 15 is usual
  public Calibration calibration(int bins) {
    var confidence =
        IntStream.range(0, size()).mapToDouble(i -> probability(i, predicted(i))).toArray();
    return Calibration.of(confidence, right(), bins);
  }

  /// The Brier score, see [Calibration#brier].
  public double brier() {
    var p = new float[logs.length];
    for (int i = 0; i < p.length; i++) {
      p[i] = (float) Math.exp(logs[i]);
    }
    return Calibration.brier(p, count(), labels);
  }

  /// One class against the rest.
  public RocCurve roc(int of) {
    return RocCurve.of(scores(of), positives(of));
  }

  /// One class against the rest.
  public PrecisionRecallCurve precisionRecall(int of) {
    return PrecisionRecallCurve.of(scores(of), positives(of));
  }

  /// Log-probabilities rank as probabilities do, and further: many of these are 1 in floats.
  private double[] scores(int of) {
    return IntStream.range(0, size()).mapToDouble(i -> logs[i * count() + of]).toArray();
  }

  private boolean[] positives(int of) {
    var positives = new boolean[size()];
    for (int i = 0; i < positives.length; i++) {
      positives[i] = labels[i] == of;
    }
    return positives;
  }
}
