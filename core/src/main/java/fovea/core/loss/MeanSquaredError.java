package fovea.core.loss;

import fovea.core.tensor.Tensor;

/// (prediction − target)² of each element.
///
/// **Shapes**: `prediction` and `target` alike → `[]`, or alike without reduction.
///
/// **Differs** from PyTorch, which broadcasts unlike shapes with a warning: this refuses them.
public record MeanSquaredError(Reduction reduction) implements Loss {
  /// The mean over all elements.
  public MeanSquaredError() {
    this(Reduction.MEAN);
  }

  public MeanSquaredError reduction(Reduction r) {
    return new MeanSquaredError(r);
  }

  /// @throws fovea.core.array.ShapeException when the shapes differ
  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    Checks.alike("meanSquaredError", prediction, target);
    var difference = prediction.sub(target);
    return reduction.of(difference.mul(difference));
  }
}
