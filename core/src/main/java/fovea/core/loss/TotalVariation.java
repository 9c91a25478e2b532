package fovea.core.loss;

import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;

/// The total variation of images (Rudin, Osher & Fatemi 1992): how much neighbouring pixels differ,
/// small where an image is smooth but for edges. The sum over an image's pixels.
///
/// @param power of each difference: 1, or 2 for a smoother penalty
public record TotalVariation(int power, Reduction reduction) {
  public TotalVariation {
    if (power != 1 && power != 2) {
      throw new IllegalArgumentException("differences count by power 1 or 2, not " + power);
    }
  }

  /// The mean over the images of absolute differences.
  public TotalVariation() {
    this(1, Reduction.MEAN);
  }

  public TotalVariation power(int p) {
    return new TotalVariation(p, reduction);
  }

  public TotalVariation reduction(Reduction r) {
    return new TotalVariation(power, r);
  }

  /// The total variation of images.
  ///
  /// @param images `[N, C, H, W]`
  /// @return of shape [], or [N] without reduction
  /// @throws ShapeException for other shapes
  public Tensor of(Tensor images) {
    var s = images.shape();
    if (s.rank() != 4) {
      throw new ShapeException("totalVariation", s + " is not [N, C, H, W]");
    }
    return reduction.of(along(images, 2).add(along(images, 3)));
  }

  private Tensor along(Tensor images, int axis) {
    int size = images.shape().size(axis);
    if (size < 2) {
      return Tensor.zeros(images.shape(), images.dtype()).sum(1, 2, 3);
    }
    var steps = images.slice(axis, 1, size).sub(images.slice(axis, 0, size - 1));
    return (power == 1 ? steps.abs() : steps.mul(steps)).sum(1, 2, 3);
  }
}
