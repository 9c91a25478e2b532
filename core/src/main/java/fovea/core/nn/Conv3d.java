package fovea.core.nn;

import fovea.core.kernel.Window;

/// A convolution of volumes (cross-correlation, as the field calls it).
///
/// **Shapes**: `x [N, C, D, H, W]` → `y [N, K, OD, OH, OW]`, each size as that of [Conv2d]; state
/// `weight [K, C/groups, KD, KH, KW]`, `bias [K]`.
///
/// Weights start uniform within ±√(1/fan-in), biases too, as in PyTorch.
public final class Conv3d extends Convolving {
  /// With bias, without groups.
  ///
  /// @param in channels
  /// @param out filters
  /// @param window of three axes: `Window.cube(3)`
  public Conv3d(int in, int out, Window window) {
    this(in, out, window, ConvOptions.standard());
  }

  /// With all options.
  ///
  /// @throws IllegalArgumentException when channels or filters cannot be split into the groups, or
  ///   the window has other axes
  public Conv3d(int in, int out, Window window, ConvOptions options) {
    super(3, in, out, window, options);
  }
}
