package fovea.core.nn;

import fovea.core.kernel.Window;

/// The mean under a window on volumes (padding counts as zeros), each channel by itself.
///
/// **Shapes**: `x [N, C, D, H, W]` → `y [N, C, OD, OH, OW]`.
public final class AvgPool3d extends AvgPool {
  public AvgPool3d(Window window) {
    this(window, false, true);
  }

  /// A cube that moves by its own size.
  public AvgPool3d(int size) {
    this(moving(Window.cube(size)));
  }

  /// With all options.
  ///
  /// @param ceil whether windows may hang over the end, see [fovea.core.tensor.Pooling#ceil]
  /// @param countPad whether padding counts as zeros, else it is left out of the mean
  public AvgPool3d(Window window, boolean ceil, boolean countPad) {
    super(3, window, ceil, countPad);
  }
}
