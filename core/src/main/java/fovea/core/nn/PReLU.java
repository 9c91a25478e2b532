package fovea.core.nn;

import fovea.core.array.Shape;
import fovea.core.tensor.Activations;
import fovea.core.tensor.Tensor;

/// x where x > 0, else slope·x, with slopes that are learned (He et al. 2015).
///
/// **Shapes**: `x [N, C, …]` → as x, of any shape where there is one slope; state `weight [C]` or
/// `[1]`.
public final class PReLU extends Layer {
  private final Parameter weight;

  /// One slope for all, which starts at ¼.
  public PReLU() {
    this(1, 0.25);
  }

  /// With all options.
  ///
  /// @param slopes 1, or the number of channels
  /// @param start what they start at
  public PReLU(int slopes, double start) {
    weight = param("weight", Shape.of(slopes), Init.constant(start));
  }

  @Override
  protected Tensor compute(Tensor x) {
    return Activations.prelu(x, weight.get());
  }

  @Override
  public String describe() {
    return "PReLU(" + weight.shape().size(0) + ")";
  }
}
