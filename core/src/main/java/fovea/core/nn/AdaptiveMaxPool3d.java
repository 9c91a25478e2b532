package fovea.core.nn;

/// The largest value over each part of a grid of volumes, so many whatever their size; 1×1×1 is
/// global max pooling. See [fovea.core.tensor.Pooling#adaptiveMaxPool].
///
/// **Shapes**: `x [N, C, D, H, W]` → `y [N, C, depth, height, width]`.
public final class AdaptiveMaxPool3d extends AdaptivePool {
  /// As many parts along each axis.
  public AdaptiveMaxPool3d(int size) {
    this(size, size, size);
  }

  public AdaptiveMaxPool3d(int depth, int height, int width) {
    super(true, depth, height, width);
  }
}
