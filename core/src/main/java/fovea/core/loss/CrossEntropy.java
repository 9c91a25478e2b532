package fovea.core.loss;

import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;

/// Multi-class cross-entropy from logits: the mean of −log softmax(prediction) at the true class,
/// computed without overflow.
///
/// **Shapes**: `prediction [N, K]` (logits), `target [N]` (classes 0 … K − 1, int64 or int32) →
/// `[]`.
public record CrossEntropy() implements Loss {

  /// @throws ShapeException when the shapes do not fit or a class lies outside 0 … K − 1
  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    var p = prediction.shape();
    if (p.rank() != 2 || target.shape().rank() != 1 || target.shape().size(0) != p.size(0)) {
      throw new ShapeException(
          "crossEntropy",
          "prediction %s and target %s are not [N, K] and [N]".formatted(p, target.shape()));
    }
    var logs = prediction.logSoftmax(1);
    try {
      return logs.gather(1, target.unsqueeze(1)).mean().neg();
    } catch (ShapeException e) {
      var error =
          new ShapeException(
              "crossEntropy",
              "the prediction has %d classes, so targets are 0 … %d (%s)"
                  .formatted(p.size(1), p.size(1) - 1, e.getMessage()));
      error.initCause(e);
      throw error;
    }
  }
}
