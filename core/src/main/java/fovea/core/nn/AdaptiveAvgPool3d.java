package fovea.core.nn;

/// The mean over each part of a grid of volumes, so many whatever their size; 1×1×1 is global
/// average pooling (Lin, Chen & Yan 2014, section 3.2). See
/// [fovea.core.tensor.Pooling#adaptiveAvgPool].
///
/// **Shapes**: `x [N, C, D, H, W]` → `y [N, C, depth, height, width]`.
public final class AdaptiveAvgPool3d extends AdaptivePool {
  /// As many parts along each axis.
  public AdaptiveAvgPool3d(int size) {
    this(size, size, size);
  }

  public AdaptiveAvgPool3d(int depth, int height, int width) {
    super(false, depth, height, width);
  }
}
