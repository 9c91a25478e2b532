package fovea.core.nn;

import fovea.core.kernel.Window;

/// (Σ xᵖ)^(1/p) under a window on volumes, each channel by itself: L2 pooling for p = 2; see
/// [fovea.core.tensor.Pooling#lpPool].
///
/// **Shapes**: `x [N, C, D, H, W]` → `y [N, C, OD, OH, OW]`.
public final class LPPool3d extends LPPool {
  public LPPool3d(double p, Window window) {
    this(p, window, false);
  }

  /// A cube that moves by its own size.
  public LPPool3d(double p, int size) {
    this(p, moving(Window.cube(size)));
  }

  /// With all options.
  ///
  /// @param p the power, above 0
  /// @param ceil whether windows may hang over the end, see [fovea.core.tensor.Pooling#ceil]
  public LPPool3d(double p, Window window, boolean ceil) {
    super(3, p, window, ceil);
  }
}
