package fovea.core.nn;

import fovea.core.tensor.Pooling;
import fovea.core.tensor.Tensor;

/// The mean over a grid of parts, so many whatever the image's size; 1×1 is global average pooling
/// (Lin, Chen & Yan 2014, section 3.2).
///
/// **Shapes**: `x [N, C, H, W]` → `y [N, C, height, width]`.
public final class AdaptiveAvgPool2d extends Layer {
  private final int height;
  private final int width;

  /// A square grid.
  public AdaptiveAvgPool2d(int size) {
    this(size, size);
  }

  public AdaptiveAvgPool2d(int height, int width) {
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "the output has at least one pixel, not " + height + "×" + width);
    }
    this.height = height;
    this.width = width;
  }

  @Override
  protected Tensor compute(Tensor x) {
    return Pooling.adaptiveAvgPool2d(x, height, width);
  }

  @Override
  public String describe() {
    return "AdaptiveAvgPool2d(" + height + "×" + width + ")";
  }
}
