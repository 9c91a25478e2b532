package fovea.core.nn;

import fovea.core.kernel.Window;

/// A convolution of sequences (cross-correlation, as the field calls it).
///
/// **Shapes**: `x [N, C, L]` → `y [N, K, OL]`, OL = ⌊(L + pads − dilation·(KL − 1) − 1)/stride⌋ +
/// 1; state `weight [K, C/groups, KL]`, `bias [K]`.
///
/// Weights start uniform within ±√(1/fan-in), biases too, as in PyTorch.
public final class Conv1d extends Convolving {
  /// With bias, without groups.
  ///
  /// @param in channels
  /// @param out filters
  /// @param window of one axis: `Window.line(3)`
  public Conv1d(int in, int out, Window window) {
    this(in, out, window, ConvOptions.standard());
  }

  /// With all options.
  ///
  /// @throws IllegalArgumentException when channels or filters cannot be split into the groups, or
  ///   the window has other axes
  public Conv1d(int in, int out, Window window, ConvOptions options) {
    super(1, in, out, window, options);
  }
}
