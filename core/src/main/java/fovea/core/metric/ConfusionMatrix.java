package fovea.core.metric;

import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;
import java.util.List;

/// How often each class was taken for each: rows are true classes, columns predicted ones.
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

  public List<String> classes() {
    return classes;
  }

  /// How often `truth` was taken for `predicted`.
  public long count(int truth, int predicted) {
    return counts[truth][predicted];
  }

  /// All samples.
  public long total() {
    long n = 0;
    for (var row : counts) {
      for (long c : row) {
        n += c;
      }
    }
    return n;
  }

  /// The share on the diagonal, in [0, 1]; NaN without samples.
  public double accuracy() {
    long right = 0;
    for (int i = 0; i < counts.length; i++) {
      right += counts[i][i];
    }
    long n = total();
    return n == 0 ? Double.NaN : right / (double) n;
  }

  /// Of the samples of a class, the share that was recognised; NaN where it has none.
  public double recall(int truth) {
    long n = 0;
    for (long c : counts[truth]) {
      n += c;
    }
    return n == 0 ? Double.NaN : counts[truth][truth] / (double) n;
  }

  /// Of what was taken for a class, the share that was; NaN where nothing was.
  public double precision(int predicted) {
    long n = 0;
    for (var row : counts) {
      n += row[predicted];
    }
    return n == 0 ? Double.NaN : counts[predicted][predicted] / (double) n;
  }
}
