package fovea.core.nn;

import fovea.core.kernel.Window;

/// (Σ xᵖ)^(1/p) under a window on images, each channel by itself: L2 pooling for p = 2; see
/// [fovea.core.tensor.Pooling#lpPool].
///
/// **Shapes**: `x [N, C, H, W]` → `y [N, C, OH, OW]`.
public final class LPPool2d extends LPPool {
  public LPPool2d(double p, Window window) {
    this(p, window, false);
  }

  /// A square window that moves by its own size.
  public LPPool2d(double p, int size) {
    this(p, moving(Window.of(size)));
  }

  /// With all options.
  ///
  /// @param p the power, above 0
  /// @param ceil whether windows may hang over the end, see [fovea.core.tensor.Pooling#ceil]
  public LPPool2d(double p, Window window, boolean ceil) {
    super(2, p, window, ceil);
  }
}
