package fovea.core.nn;

import fovea.core.kernel.Window;

/// (Σ xᵖ)^(1/p) under a window on sequences, each channel by itself: L2 pooling for p = 2; see
/// [fovea.core.tensor.Pooling#lpPool].
///
/// **Shapes**: `x [N, C, L]` → `y [N, C, OL]`.
public final class LPPool1d extends LPPool {
  public LPPool1d(double p, Window window) {
    this(p, window, false);
  }

  /// A window that moves by its own size.
  public LPPool1d(double p, int size) {
    this(p, moving(Window.line(size)));
  }

  /// With all options.
  ///
  /// @param p the power, above 0
  /// @param ceil whether windows may hang over the end, see [fovea.core.tensor.Pooling#ceil]
  public LPPool1d(double p, Window window, boolean ceil) {
    super(1, p, window, ceil);
  }
}
