package fovea.core.nn;

import fovea.core.array.Shape;
import fovea.core.tensor.Normalization;
import fovea.core.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// Group normalisation: the channels of each image are split into groups, and each is normalised by
/// its own mean and variance, in training as in evaluation (Wu & He 2018).
///
/// **Shapes**: `x [N, C, …]` → as x; state `weight`, `bias [C]`.
public final class GroupNorm extends Layer {
  private final int groups;
  private final int channels;
  private final double eps;
  private final @Nullable Parameter weight;
  private final @Nullable Parameter bias;

  /// With scale and shift, and PyTorch's eps of 1e-5.
  public GroupNorm(int groups, int channels) {
    this(groups, channels, 1e-5, true);
  }

  /// With all options.
  ///
  /// @param eps added to the variance, lest it be 0
  /// @param affine whether there are a `weight` and a `bias`
  /// @throws IllegalArgumentException when the channels cannot be split so
  public GroupNorm(int groups, int channels, double eps, boolean affine) {
    if (groups < 1 || channels % groups != 0) {
      throw new IllegalArgumentException(
          "%d channels cannot be split into %d groups".formatted(channels, groups));
    }
    this.groups = groups;
    this.channels = channels;
    this.eps = eps;
    weight = affine ? param("weight", Shape.of(channels), Init.constant(1)) : null;
    bias = affine ? param("bias", Shape.of(channels), Init.constant(0)) : null;
  }

  @Override
  protected Tensor compute(Tensor x) {
    return Normalization.groupNorm(
            x, groups, weight == null ? null : weight.get(), bias == null ? null : bias.get(), eps)
        .y();
  }

  @Override
  public String describe() {
    return "GroupNorm(%d groups of %d%s)"
        .formatted(groups, channels / groups, weight == null ? ", no affine" : "");
  }
}
