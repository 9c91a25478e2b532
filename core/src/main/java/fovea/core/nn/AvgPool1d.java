package fovea.core.nn;

import fovea.core.kernel.Window;

/// The mean under a window on sequences (padding counts as zeros), each channel by itself.
///
/// **Shapes**: `x [N, C, L]` → `y [N, C, OL]`.
public final class AvgPool1d extends AvgPool {
  public AvgPool1d(Window window) {
    this(window, false, true);
  }

  /// A window that moves by its own size.
  public AvgPool1d(int size) {
    this(moving(Window.line(size)));
  }

  /// With all options.
  ///
  /// @param ceil whether windows may hang over the end, see [fovea.core.tensor.Pooling#ceil]
  /// @param countPad whether padding counts as zeros, else it is left out of the mean
  public AvgPool1d(Window window, boolean ceil, boolean countPad) {
    super(1, window, ceil, countPad);
  }
}
