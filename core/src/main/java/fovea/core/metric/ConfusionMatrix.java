package fovea.core.metric;

import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/// How often each class was taken for each: rows are true classes, columns predicted ones.
///
/// The samples may be images or, for a segmentation, pixels; [#accuracy] is then the pixel
/// accuracy, the macro [#recall(Average)] the class average, and [#meanIou] the mean IoU.
public final class ConfusionMatrix {
  private final List<String> classes;
  private final long[][] counts;

  /// Of nothing yet.
  ///
  /// @param classes names, in the order of their indices
  public ConfusionMatrix(List<String> classes) {
    this.classes = List.copyOf(classes);
    counts = new long[classes.size()][classes.size()];
  }

  /// Adds a batch.
  ///
  /// @param prediction logits `[N, K]`
  /// @param target classes `[N]`
  /// @throws ShapeException when K is not the number of classes
  public void add(Tensor prediction, Tensor target) {
    if (prediction.shape().rank() != 2 || prediction.shape().size(1) != classes.size()) {
      throw new ShapeException(
          "confusionMatrix",
          "prediction %s is not [N, %d]".formatted(prediction.shape(), classes.size()));
    }
    var p = prediction.argMax(1).toInts();
    var t = target.toInts();
    for (int i = 0; i < p.length; i++) {
      add(t[i], p[i]);
    }
  }

  /// Adds one sample.
  public void add(int truth, int predicted) {
    counts[truth][predicted]++;
  }

  /// Adds the pixels of a segmentation.
  ///
  /// @param ignored the label of pixels that do not count, for instance 255
  /// @throws IllegalArgumentException when there are not as many predictions as truths
  public void addAll(int[] truths, int[] predicted, int ignored) {
    if (truths.length != predicted.length) {
      throw new IllegalArgumentException(
          "%d predictions are of %d pixels".formatted(predicted.length, truths.length));
    }
    for (int i = 0; i < truths.length; i++) {
      if (truths[i] != ignored) {
        add(truths[i], predicted[i]);
      }
    }
  }

  public List<String> classes() {
    return classes;
  }

  /// How often `truth` was taken for `predicted`.
  public long count(int truth, int predicted) {
    return counts[truth][predicted];
  }

  /// All samples.
  public long total() {
    return sum(this::support);
  }

  /// How many samples a class has.
  public long support(int truth) {
    long n = 0;
    for (long c : counts[truth]) {
      n += c;
    }
    return n;
  }

  /// How often a class was predicted.
  private long predicted(int predicted) {
    long n = 0;
    for (var row : counts) {
      n += row[predicted];
    }
    return n;
  }

  /// How many samples were right.
  private long right() {
    return sum(c -> counts[c][c]);
  }

  private long sum(IntToLong of) {
    long n = 0;
    for (int c = 0; c < counts.length; c++) {
      n += of.of(c);
    }
    return n;
  }

  private interface IntToLong {
    long of(int c);
  }

  /// The share on the diagonal, in [0, 1]; NaN without samples.
  public double accuracy() {
    return share(right(), total());
  }

  // ---- of a class

  /// Of the samples of a class, the share that was recognised; NaN where it has none.
  public double recall(int truth) {
    return share(counts[truth][truth], support(truth));
  }

  /// Of what was taken for a class, the share that was; NaN where nothing was.
  public double precision(int predicted) {
    return share(counts[predicted][predicted], predicted(predicted));
  }

  /// The harmonic mean of precision and recall (van Rijsbergen 1979), which for the pixels of a
  /// segmentation is the Dice coefficient: 2·TP / (2·TP + FP + FN). NaN for a class that neither
  /// occurs nor was predicted.
  public double f1(int of) {
    return share(2 * counts[of][of], support(of) + predicted(of));
  }

  /// Intersection over union (Jaccard 1912): TP / (TP + FP + FN). NaN for a class that neither
  /// occurs nor was predicted.
  public double iou(int of) {
    return share(counts[of][of], support(of) + predicted(of) - counts[of][of]);
  }

  // ---- of all classes

  /// Precision over all classes that have samples or were predicted; 0 for one that has samples but
  /// was never predicted.
  public double precision(Average average) {
    return averaged(average, this::precision);
  }

  /// Recall over all classes that have samples; the macro average is also called balanced accuracy.
  ///
  /// **Differs** from scikit-learn's `recall_score`, but not from its `balanced_accuracy_score`, in
  /// leaving out a class that was predicted but has no samples.
  public double recall(Average average) {
    return averaged(average, this::recall);
  }

  /// F1 over all classes that have samples or were predicted.
  public double f1(Average average) {
    return averaged(average, this::f1);
  }

  /// The mean IoU over the classes that occur or were predicted; NaN without samples.
  public double meanIou() {
    return averaged(Average.MACRO, this::iou);
  }

  private double averaged(Average average, IntToDoubleFunction figure) {
    if (average == Average.MICRO) {
      return accuracy();
    }
    double sum = 0;
    double weights = 0;
    for (int c = 0; c < counts.length; c++) {
      double value = figure.applyAsDouble(c);
      if (Double.isNaN(value) && support(c) == 0) {
        continue;
      }
      double weight = average == Average.MACRO ? 1 : support(c);
      sum += Double.isNaN(value) ? 0 : weight * value;
      weights += weight;
    }
    return weights == 0 ? Double.NaN : sum / weights;
  }

  /// Cohen's kappa (1960): by how much the agreement passes what chance would give, 1 for perfect
  /// agreement, 0 for chance. NaN where chance alone would agree on all.
  public double kappa() {
    double n = total();
    double chance =
        IntStream.range(0, counts.length)
            .mapToDouble(c -> support(c) / n * (predicted(c) / n))
            .sum();
    return chance == 1 ? Double.NaN : (accuracy() - chance) / (1 - chance);
  }

  private static double share(long part, long whole) {
    return whole == 0 ? Double.NaN : part / (double) whole;
  }
}
