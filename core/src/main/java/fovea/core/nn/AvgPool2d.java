package fovea.core.nn;

import fovea.core.kernel.Window;

/// The mean under a window on images (padding counts as zeros), each channel by itself.
///
/// **Shapes**: `x [N, C, H, W]` → `y [N, C, OH, OW]`.
public final class AvgPool2d extends AvgPool {
  public AvgPool2d(Window window) {
    this(window, false, true);
  }

  /// A square window that moves by its own size.
  public AvgPool2d(int size) {
    this(moving(Window.of(size)));
  }

  /// With all options.
  ///
  /// @param ceil whether windows may hang over the end, see [fovea.core.tensor.Pooling#ceil]
  /// @param countPad whether padding counts as zeros, else it is left out of the mean
  public AvgPool2d(Window window, boolean ceil, boolean countPad) {
    super(2, window, ceil, countPad);
  }
}
