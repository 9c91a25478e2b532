package fovea.core.nn;

import fovea.core.kernel.Window;

/// A transposed convolution of volumes; see [ConvTranspose2d].
///
/// **Shapes**: `x [N, C, D, H, W]` → `y [N, K, OD, OH, OW]`, each size as that of
/// [ConvTranspose2d]; state `weight [C, K/groups, KD, KH, KW]`, `bias [K]`.
///
/// Weights start uniform within ±√(1/(K/groups·KD·KH·KW)), biases too, as in PyTorch.
public final class ConvTranspose3d extends ConvolvingTransposed {
  /// With bias, without output padding and groups.
  ///
  /// @param in channels
  /// @param out filters
  public ConvTranspose3d(int in, int out, Window window) {
    this(in, out, window, ConvOptions.standard());
  }

  /// With all options.
  ///
  /// @param outputPads how much is added to the end of each axis of the output, less than the
  ///   stride: none, one for all axes, or one for each
  /// @throws IllegalArgumentException when channels or filters cannot be split into the groups, the
  ///   output padding is not less than the stride, the window has other axes, or the options want
  ///   what only a convolution has
  public ConvTranspose3d(int in, int out, Window window, ConvOptions options, int... outputPads) {
    super(3, in, out, window, options, outputPads);
  }
}
