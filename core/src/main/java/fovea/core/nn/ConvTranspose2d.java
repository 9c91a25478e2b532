package fovea.core.nn;

import fovea.core.kernel.Window;

/// A transposed convolution of images, which makes them larger: what [Conv2d] with the same window
/// does to gradients (Zeiler et al. 2010; Long, Shelhamer & Darrell 2015, section 3.3).
///
/// **Shapes**: `x [N, C, H, W]` → `y [N, K, OH, OW]`, OH = (H − 1)·stride − pads + dilation·(KH −
/// 1)
/// + 1 + outputPad; state `weight [C, K/groups, KH, KW]`, `bias [K]`.
///
/// Weights start uniform within ±√(1/(K/groups·KH·KW)), biases too, as in PyTorch.
public final class ConvTranspose2d extends ConvolvingTransposed {
  /// With bias, without output padding and groups.
  ///
  /// @param in channels
  /// @param out filters
  public ConvTranspose2d(int in, int out, Window window) {
    this(in, out, window, ConvOptions.standard());
  }

  /// With the options that matter most.
  ///
  /// @param outputPad rows below and columns on the right that are added to the output, less than
  ///   the stride
  /// @param groups parts into which channels and filters are split, each by itself
  /// @throws IllegalArgumentException when channels or filters cannot be split so, or the output
  ///   padding is not less than the stride
  public ConvTranspose2d(
      int in, int out, Window window, int outputPad, int groups, boolean withBias, Init init) {
    this(
        in,
        out,
        window,
        ConvOptions.standard().groups(groups).bias(withBias).init(init),
        outputPad);
  }

  /// With all options.
  ///
  /// @param outputPads how much is added to the end of each axis of the output, less than the
  ///   stride: none, one for all axes, or one for each
  /// @throws IllegalArgumentException when channels or filters cannot be split into the groups, the
  ///   output padding is not less than the stride, the window has other axes, or the options want
  ///   what only a convolution has
  public ConvTranspose2d(int in, int out, Window window, ConvOptions options, int... outputPads) {
    super(2, in, out, window, options, outputPads);
  }
}
