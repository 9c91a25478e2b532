package fovea.core.loss;

import fovea.core.tensor.Tensor;

/// |prediction − target| of each element (PyTorch's `L1Loss`). Its gradient at 0 is 0.
///
/// **Shapes**: `prediction` and `target` alike → `[]`, or alike without reduction.
///
/// **Differs** from PyTorch, which broadcasts unlike shapes with a warning: this refuses them.
public record MeanAbsoluteError(Reduction reduction) implements Loss {
  /// The mean over all elements.
  public MeanAbsoluteError() {
    this(Reduction.MEAN);
  }

  public MeanAbsoluteError reduction(Reduction r) {
    return new MeanAbsoluteError(r);
  }

  /// @throws fovea.core.array.ShapeException when the shapes differ
  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    Checks.alike("meanAbsoluteError", prediction, target);
    return reduction.of(prediction.sub(target).abs());
  }
}
