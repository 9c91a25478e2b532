package fovea.core.metric;

import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;

/// The share of samples whose largest logit is at their true class, over all batches added.
public final class Accuracy {
  private long correct;
  private long samples;

  /// Of nothing yet.
  public Accuracy() {}

  /// How many of a batch are right.
  ///
  /// @param prediction logits `[N, K]`
  /// @param target classes `[N]`
  public static int correct(Tensor prediction, Tensor target) {
    check(prediction, target);
    var p = prediction.argMax(1).toInts();
    var t = target.toInts();
    int n = 0;
    for (int i = 0; i < p.length; i++) {
      n += p[i] == t[i] ? 1 : 0;
    }
    return n;
  }

  /// How many of a batch have their true class among the `k` largest logits; of equal ones the
  /// lower class goes first.
  ///
  /// @param prediction logits `[N, K]`
  /// @param target classes `[N]`
  /// @param k at least 1
  public static int correctInTop(int k, Tensor prediction, Tensor target) {
    check(prediction, target);
    var p = prediction.toDoubles();
    var t = target.toInts();
    int n = 0;
    for (int i = 0; i < t.length; i++) {
      n += rank(p, i * prediction.shape().size(1), prediction.shape().size(1), t[i]) < k ? 1 : 0;
    }
    return n;
  }

  /// How many classes go before one.
  private static int rank(double[] scores, int from, int classes, int of) {
    int before = 0;
    for (int c = 0; c < classes; c++) {
      double s = scores[from + c];
      before += s > scores[from + of] || (s == scores[from + of] && c < of) ? 1 : 0;
    }
    return before;
  }

  private static void check(Tensor prediction, Tensor target) {
    if (prediction.shape().rank() != 2
        || target.shape().rank() != 1
        || prediction.shape().size(0) != target.shape().size(0)) {
      throw new ShapeException(
          "accuracy",
          "prediction %s and target %s are not [N, K] and [N]"
              .formatted(prediction.shape(), target.shape()));
    }
  }

  /// Adds a batch.
  public void add(Tensor prediction, Tensor target) {
    correct += correct(prediction, target);
    samples += target.shape().size(0);
  }

  /// In [0, 1]; NaN before any sample.
  public double value() {
    return samples == 0 ? Double.NaN : correct / (double) samples;
  }
}
