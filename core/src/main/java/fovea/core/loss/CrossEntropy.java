package fovea.core.loss;

import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Multi-class cross-entropy from logits: the mean of −log softmax(prediction) at the true class,
/// computed without overflow. For images whose every pixel has a class, the mean over all pixels.
///
/// **Shapes**: `prediction [N, K]` (logits), `target [N]` (classes 0 … K − 1, int64 or int32), or
/// `prediction [N, K, H, W]`, `target [N, H, W]` → `[]`.
///
/// **Differs** from PyTorch where all labels are to be ignored: the loss is then 0, not NaN.
///
/// @param smoothing the share of the true class that is spread evenly over all K, itself among them
///   (Szegedy et al. 2016, section 7), in [0, 1)
/// @param ignored the label of samples or pixels that do not count; `null` where all do
public record CrossEntropy(double smoothing, @Nullable Integer ignored) implements Loss {

  public CrossEntropy {
    if (!(smoothing >= 0 && smoothing < 1)) {
      throw new IllegalArgumentException("label smoothing lies in [0, 1), not " + smoothing);
    }
  }

  /// Without smoothing; all labels count.
  public CrossEntropy() {
    this(0, null);
  }

  public CrossEntropy smoothing(double share) {
    return new CrossEntropy(share, ignored);
  }

  /// Leaves out what has this label, which need not be a class.
  public CrossEntropy ignoring(int label) {
    return new CrossEntropy(smoothing, label);
  }

  /// @throws ShapeException when the shapes do not fit or a class lies outside 0 … K − 1
  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    check(prediction, target);
    var index = target.unsqueeze(1);
    UnaryOperator<Tensor> mean = Tensor::mean;
    if (ignored != null) {
      var counts = index.ne(ignored);
      // What is ignored must point at some class; its weight is 0.
      index = Tensor.where(counts, index, Tensor.zeros(index.shape(), index.dtype()));
      var ones = counts.to(prediction.dtype());
      var weights = ones.div(Math.max(1, ones.sum().itemAsDouble()));
      mean = t -> t.mul(weights).sum();
    }
    var logs = prediction.logSoftmax(1);
    var loss = mean.apply(ofClass(logs, index)).neg();
    if (smoothing == 0) {
      return loss;
    }
    return loss.mul(1 - smoothing).sub(mean.apply(logs.meanKeep(1)).mul(smoothing));
  }

  private static void check(Tensor prediction, Tensor target) {
    var p = prediction.shape();
    if ((p.rank() != 2 && p.rank() != 4) || !target.shape().equals(p.without(1))) {
      throw new ShapeException(
          "crossEntropy",
          "prediction %s and target %s are neither [N, K] and [N] nor [N, K, H, W] and [N, H, W]"
              .formatted(p, target.shape()));
    }
  }

  private static Tensor ofClass(Tensor logs, Tensor index) {
    try {
      return logs.gather(1, index);
    } catch (ShapeException e) {
      int classes = logs.shape().size(1);
      var error =
          new ShapeException(
              "crossEntropy",
              "the prediction has %d classes, so targets are 0 … %d (%s)"
                  .formatted(classes, classes - 1, e.getMessage()));
      error.initCause(e);
      throw error;
    }
  }
}
