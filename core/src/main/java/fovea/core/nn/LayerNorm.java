package fovea.core.nn;

import fovea.core.array.Shape;
import fovea.core.tensor.Normalization;
import fovea.core.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// Layer normalisation: the last axes together, by their own mean and variance, in training as in
/// evaluation (Ba, Kiros & Hinton 2016).
///
/// **Shapes**: `x […, sizes]` → as x; state `weight`, `bias` of shape `sizes`.
public final class LayerNorm extends Layer {
  private final Shape sizes;
  private final double eps;
  private final @Nullable Parameter weight;
  private final @Nullable Parameter bias;

  /// Over the last axis, with scale and shift, and PyTorch's eps of 1e-5.
  public LayerNorm(int size) {
    this(Shape.of(size), 1e-5, true, true);
  }

  /// With all options.
  ///
  /// @param sizes those of the last axes
  /// @param eps added to the variance, lest it be 0
  /// @param withScale whether there is a `weight`
  /// @param withShift whether there is a `bias`
  public LayerNorm(Shape sizes, double eps, boolean withScale, boolean withShift) {
    this.sizes = sizes;
    this.eps = eps;
    weight = withScale ? param("weight", sizes, Init.constant(1)) : null;
    bias = withShift ? param("bias", sizes, Init.constant(0)) : null;
  }

  @Override
  protected Tensor compute(Tensor x) {
    return Normalization.layerNorm(
        x, sizes, weight == null ? null : weight.get(), bias == null ? null : bias.get(), eps);
  }

  @Override
  public String describe() {
    return "LayerNorm("
        + sizes
        + (weight == null ? ", no scale" : "")
        + (bias == null ? ", no shift" : "")
        + ")";
  }
}
