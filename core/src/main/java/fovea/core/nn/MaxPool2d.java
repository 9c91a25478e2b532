package fovea.core.nn;

import fovea.core.kernel.Window;

/// The largest value under a window on images, each channel by itself.
///
/// **Shapes**: `x [N, C, H, W]` → `y [N, C, OH, OW]`.
public final class MaxPool2d extends MaxPool {
  public MaxPool2d(Window window) {
    this(window, false);
  }

  /// A square window that moves by its own size.
  public MaxPool2d(int size) {
    this(moving(Window.of(size)));
  }

  /// With all options.
  ///
  /// @param ceil whether windows may hang over the end, see [fovea.core.tensor.Pooling#ceil]
  public MaxPool2d(Window window, boolean ceil) {
    super(2, window, ceil);
  }
}
