package fovea.core.nn;

/// The mean over each part of a grid of images, so many whatever their size; 1×1 is global average
/// pooling (Lin, Chen & Yan 2014, section 3.2). See [fovea.core.tensor.Pooling#adaptiveAvgPool].
///
/// **Shapes**: `x [N, C, H, W]` → `y [N, C, height, width]`.
public final class AdaptiveAvgPool2d extends AdaptivePool {
  /// As many parts along each axis.
  public AdaptiveAvgPool2d(int size) {
    this(size, size);
  }

  public AdaptiveAvgPool2d(int height, int width) {
    super(false, height, width);
  }
}
