package fovea.core.nn;

import fovea.core.kernel.Window;

/// The largest value under a window on sequences, each channel by itself.
///
/// **Shapes**: `x [N, C, L]` → `y [N, C, OL]`.
public final class MaxPool1d extends MaxPool {
  public MaxPool1d(Window window) {
    this(window, false);
  }

  /// A window that moves by its own size.
  public MaxPool1d(int size) {
    this(moving(Window.line(size)));
  }

  /// With all options.
  ///
  /// @param ceil whether windows may hang over the end, see [fovea.core.tensor.Pooling#ceil]
  public MaxPool1d(Window window, boolean ceil) {
    super(1, window, ceil);
  }
}
