package fovea.core.nn;

import fovea.core.tensor.Tensor;

/// Joins all axes but the first.
///
/// **Shapes**: `x [N, …]` → `y [N, product of the rest]`, in row-major (channel, row, column)
/// order.
public final class Flatten extends Layer {
  /// It has no options.
  public Flatten() {}

  @Override
  protected Tensor compute(Tensor x) {
    return x.flatten(1);
  }
}
