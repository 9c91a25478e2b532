package fovea.core.nn;

import fovea.core.array.Shape;
import fovea.core.kernel.Window;
import fovea.core.tensor.Convolution;
import fovea.core.tensor.Graph;
import fovea.core.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// A convolution of images (cross-correlation, as the field calls it).
///
/// **Shapes**: `x [N, C, H, W]` → `y [N, K, OH, OW]`, OH = ⌊(H + pads − dilation·(KH − 1) −
/// 1)/stride⌋ + 1; state `weight [K, C/groups, KH, KW]`, `bias [K]`.
///
/// Weights start uniform within ±√(1/fan-in), biases too, as in PyTorch.
public final class Conv2d extends Layer {
  private final int in;
  private final int out;
  private final Window window;
  private final int groups;
  private final Parameter weight;
  private final @Nullable Parameter bias;

  /// With bias, without groups.
  ///
  /// @param in channels
  /// @param out filters
  public Conv2d(int in, int out, Window window) {
    this(in, out, window, 1, true, Init.fanInUniform());
  }

  /// With all options.
  ///
  /// @param groups parts into which channels and filters are split, each convolved alone
  /// @throws IllegalArgumentException when channels or filters cannot be split so
  public Conv2d(int in, int out, Window window, int groups, boolean withBias, Init init) {
    if (groups < 1 || in % groups != 0 || out % groups != 0) {
      throw new IllegalArgumentException(
          "%d channels and %d filters cannot be split into %d groups".formatted(in, out, groups));
    }
    this.in = in;
    this.out = out;
    this.window = window;
    this.groups = groups;
    var shape = Shape.of(out, in / groups, window.height(), window.width());
    weight = param("weight", shape, init);
    bias =
        withBias
            ? param("bias", Shape.of(out), Init.uniform(Math.sqrt(1.0 / Init.fanIn(shape))))
            : null;
  }

  @Override
  protected Tensor compute(Tensor x) {
    return Convolution.conv2d(x, weight.get(), bias == null ? null : bias.get(), window, groups);
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
                z,
                weight.get(),
                bias == null ? null : bias.get(),
                window,
                groups,
                given,
                residual,
                relu));
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

  @Override
  protected long multiplyAdds(Shape x, Shape y) {
    return y.elements() * (in / groups) * window.area();
  }

  @Override
  public String describe() {
    return "Conv2d(%d → %d, %s%s%s)"
        .formatted(
            in,
            out,
            Windows.describe(window),
            groups == 1 ? "" : ", groups " + groups,
            bias == null ? ", no bias" : "");
  }
}
