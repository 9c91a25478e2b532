package fovea.core.nn;

import fovea.core.array.Shape;
import fovea.core.tensor.Normalization;
import fovea.core.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// Root-mean-square normalisation: layer norm without taking off the mean (Zhang & Sennrich 2019).
///
/// **Shapes**: `x […, sizes]` → as x; state `weight` of shape `sizes`.
public final class RMSNorm extends Layer {
  /// The distance from 1 to the next float32, which PyTorch takes where no eps is given.
  private static final double EPS = Math.ulp(1f);

  private final Shape sizes;
  private final double eps;
  private final @Nullable Parameter weight;

  /// Over the last axis, with a scale.
  public RMSNorm(int size) {
    this(Shape.of(size), EPS, true);
  }

  /// With all options.
  ///
  /// @param sizes those of the last axes
  /// @param eps added to the mean square, lest it be 0
  /// @param withScale whether there is a `weight`
  public RMSNorm(Shape sizes, double eps, boolean withScale) {
    this.sizes = sizes;
    this.eps = eps;
    weight = withScale ? param("weight", sizes, Init.constant(1)) : null;
  }

  @Override
  protected Tensor compute(Tensor x) {
    return Normalization.rmsNorm(x, sizes, weight == null ? null : weight.get(), eps);
  }

  @Override
  public String describe() {
    return "RMSNorm(" + sizes + (weight == null ? ", no scale)" : ")");
  }
}
