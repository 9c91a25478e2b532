package fovea.core.loss;

import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;

/// The margin loss of capsule networks: the length of the true class's capsule should be above 0.9,
/// that of all others below 0.1 (Sabour, Frosst & Hinton 2017, equation 4). The mean over the
/// samples of Σ T·max(0, high − length)² + down·(1 − T)·max(0, length − low)².
///
/// **Shapes**: `prediction [N, K]` (lengths), `target [N]` (classes 0 … K − 1) → `[]`.
///
/// @param high what the true class's length should be above
/// @param low what the others' should be below
/// @param down how much the others weigh
public record MarginLoss(double high, double low, double down) implements Loss {

  /// The paper's 0.9, 0.1 and ½.
  public MarginLoss() {
    this(0.9, 0.1, 0.5);
  }

  /// @throws ShapeException when the shapes do not fit
  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    if (prediction.shape().rank() != 2
        || !target.shape().equals(Shape.of(prediction.shape().size(0)))) {
      throw new ShapeException(
          "marginLoss",
          "lengths %s and classes %s are not [N, K] and [N]"
              .formatted(prediction.shape(), target.shape()));
    }
    var type = prediction.dtype();
    var classes = Tensor.arange(prediction.shape().size(1)).to(target.dtype());
    var there = target.unsqueeze(1).eq(classes).to(type);
    var tooShort = prediction.neg().add(high).relu();
    var tooLong = prediction.sub(low).relu();
    var absent = there.neg().add(1).mul(down);
    var each = there.mul(tooShort).mul(tooShort).add(absent.mul(tooLong).mul(tooLong));
    return each.sum(1).mean();
  }
}
