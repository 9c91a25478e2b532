package fovea.core.nn;

import fovea.core.kernel.Window;

/// A transposed convolution of sequences; see [ConvTranspose2d].
///
/// **Shapes**: `x [N, C, L]` → `y [N, K, OL]`, OL = (L − 1)·stride − pads + dilation·(KL − 1) + 1 +
/// outputPad; state `weight [C, K/groups, KL]`, `bias [K]`.
///
/// Weights start uniform within ±√(1/(K/groups·KL)), biases too, as in PyTorch.
public final class ConvTranspose1d extends ConvolvingTransposed {
  /// With bias, without output padding and groups.
  ///
  /// @param in channels
  /// @param out filters
  public ConvTranspose1d(int in, int out, Window window) {
    this(in, out, window, ConvOptions.standard());
  }

  /// With all options.
  ///
  /// @param outputPads how much is added to the end of each axis of the output, less than the
  ///   stride: none, one for all axes, or one for each
  /// @throws IllegalArgumentException when channels or filters cannot be split into the groups, the
  ///   output padding is not less than the stride, the window has other axes, or the options want
  ///   what only a convolution has
  public ConvTranspose1d(int in, int out, Window window, ConvOptions options, int... outputPads) {
    super(1, in, out, window, options, outputPads);
  }
}
