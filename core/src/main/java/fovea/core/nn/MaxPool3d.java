package fovea.core.nn;

import fovea.core.kernel.Window;

/// The largest value under a window on volumes, each channel by itself.
///
/// **Shapes**: `x [N, C, D, H, W]` → `y [N, C, OD, OH, OW]`.
public final class MaxPool3d extends MaxPool {
  public MaxPool3d(Window window) {
    this(window, false);
  }

  /// A cube that moves by its own size.
  public MaxPool3d(int size) {
    this(moving(Window.cube(size)));
  }

  /// With all options.
  ///
  /// @param ceil whether windows may hang over the end, see [fovea.core.tensor.Pooling#ceil]
  public MaxPool3d(Window window, boolean ceil) {
    super(3, window, ceil);
  }
}
