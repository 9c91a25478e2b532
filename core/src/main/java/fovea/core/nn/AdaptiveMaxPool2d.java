package fovea.core.nn;

/// The largest value over each part of a grid of images, so many whatever their size; 1×1 is global
/// max pooling. See [fovea.core.tensor.Pooling#adaptiveMaxPool].
///
/// **Shapes**: `x [N, C, H, W]` → `y [N, C, height, width]`.
public final class AdaptiveMaxPool2d extends AdaptivePool {
  /// As many parts along each axis.
  public AdaptiveMaxPool2d(int size) {
    this(size, size);
  }

  public AdaptiveMaxPool2d(int height, int width) {
    super(true, height, width);
  }
}
