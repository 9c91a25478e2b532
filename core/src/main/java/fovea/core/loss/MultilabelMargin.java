package fovea.core.loss;

import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;

/// The multi-label margin loss: Σ max(0, 1 − (sᵢ − sⱼ))/K over each label i that holds and each j
/// that does not.
///
/// **Shapes**: `prediction [N, K]` (scores), `target [N, K]` (0 or 1) → `[]`, or `[N]` without
/// reduction.
///
/// **Differs** from PyTorch's `MultilabelMarginLoss`, which takes the labels that hold as a list of
/// numbers.
public record MultilabelMargin(Reduction reduction) implements Loss {
  /// The mean over the samples.
  public MultilabelMargin() {
    this(Reduction.MEAN);
  }

  public MultilabelMargin reduction(Reduction r) {
    return new MultilabelMargin(r);
  }

  /// @throws ShapeException when the shapes are not both [N, K]
  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    Checks.vectors("multilabelMargin", prediction, target);
    var difference = prediction.unsqueeze(2).sub(prediction.unsqueeze(1));
    var pairs = target.unsqueeze(2).mul(target.neg().add(1).unsqueeze(1));
    var sum = difference.neg().add(1).relu().mul(pairs).sum(1, 2);
    return reduction.of(sum.div(prediction.shape().size(1)));
  }
}
