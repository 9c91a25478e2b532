package fovea.core.nn;

import fovea.core.kernel.Window;
import fovea.core.tensor.Convolution;
import fovea.core.tensor.Graph;
import fovea.core.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// A convolution of images (cross-correlation, as the field calls it).
///
/// ```java
/// new Conv2d(64, 128, Window.of(3).stride(2).pad(1))
/// new Conv2d(64, 64, Window.of(3).same(), ConvOptions.standard().groups(64))       // depthwise
/// new Conv2d(64, 64, Window.of(3).same(), ConvOptions.standard().padding(REFLECT))
/// ```
///
/// **Shapes**: `x [N, C, H, W]` → `y [N, K, OH, OW]`, OH = ⌊(H + pads − dilation·(KH − 1) −
/// 1)/stride⌋ + 1; state `weight [K, C/groups, KH, KW]`, `bias [K]`.
///
/// Weights start uniform within ±√(1/fan-in), biases too, as in PyTorch.
public final class Conv2d extends Convolving {
  /// With bias, without groups.
  ///
  /// @param in channels
  /// @param out filters
  public Conv2d(int in, int out, Window window) {
    this(in, out, window, ConvOptions.standard());
  }

  /// With the options that matter most.
  ///
  /// @param groups parts into which channels and filters are split, each convolved alone
  /// @throws IllegalArgumentException when channels or filters cannot be split so
  public Conv2d(int in, int out, Window window, int groups, boolean withBias, Init init) {
    this(in, out, window, ConvOptions.standard().groups(groups).bias(withBias).init(init));
  }

  /// With all options.
  ///
  /// @throws IllegalArgumentException when channels or filters cannot be split into the groups, or
  ///   the window is not of images
  public Conv2d(int in, int out, Window window, ConvOptions options) {
    super(2, in, out, window, options);
  }

  /// This convolution and what follows it in many networks, as far as it is wanted: batch norm,
  /// then the addition of `residual`, then ReLU. The same values as one after the other, up to
  /// rounding, but for inference in a single pass.
  public Tensor forward(
      Tensor x, @Nullable BatchNorm2d norm, @Nullable Tensor residual, boolean relu) {
    var given = norm == null ? null : norm.given();
    if (Graph.isRecording() || Observer.CURRENT.isBound() || (norm != null && given == null)) {
      return separately(x, norm, residual, relu);
    }
    return apply(
        x,
        z ->
            Convolution.conv2dThen(
                padded(z), filters(), biases(), placed(), groups(), given, residual, relu));
  }

  private Tensor separately(
      Tensor x, @Nullable BatchNorm2d norm, @Nullable Tensor residual, boolean relu) {
    var y = forward(x);
    if (norm != null && relu) {
      return residual == null ? norm.forwardRelu(y) : norm.forwardAddRelu(y, residual);
    }
    if (norm != null) {
      y = norm.forward(y);
    }
    if (residual == null) {
      return relu ? y.relu() : y;
    }
    return relu ? y.addRelu(residual) : y.add(residual);
  }
}
