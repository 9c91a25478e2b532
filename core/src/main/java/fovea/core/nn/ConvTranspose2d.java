package fovea.core.nn;

import fovea.core.array.Shape;
import fovea.core.kernel.Window;
import fovea.core.tensor.Convolution;
import fovea.core.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// A transposed convolution of images, which makes them larger: what [Conv2d] with the same window
/// does to gradients (Zeiler et al. 2010; Long, Shelhamer & Darrell 2015, section 3.3).
///
/// **Shapes**: `x [N, C, H, W]` → `y [N, K, OH, OW]`, OH = (H − 1)·stride − pads + dilation·(KH −
/// 1)
/// + 1 + outputPad; state `weight [C, K/groups, KH, KW]`, `bias [K]`.
///
/// Weights start uniform within ±√(1/(K/groups·KH·KW)), biases too, as in PyTorch.
public final class ConvTranspose2d extends Layer {
  private final int in;
  private final int out;
  private final Window window;
  private final int outputPad;
  private final int groups;
  private final Parameter weight;
  private final @Nullable Parameter bias;

  /// With bias, without output padding and groups.
  ///
  /// @param in channels
  /// @param out filters
  public ConvTranspose2d(int in, int out, Window window) {
    this(in, out, window, 0, 1, true, Init.fanInUniform());
  }

  /// With all options.
  ///
  /// @param outputPad rows below and columns on the right that are added to the output, less than
  ///   the stride
  /// @param groups parts into which channels and filters are split, each by itself
  /// @throws IllegalArgumentException when channels or filters cannot be split so, or the output
  ///   padding is not less than the stride
  public ConvTranspose2d(
      int in, int out, Window window, int outputPad, int groups, boolean withBias, Init init) {
    if (groups < 1 || in % groups != 0 || out % groups != 0) {
      throw new IllegalArgumentException(
          "%d channels and %d filters cannot be split into %d groups".formatted(in, out, groups));
    }
    if (outputPad < 0 || outputPad >= Math.min(window.strideH(), window.strideW())) {
      throw new IllegalArgumentException(
          "output padding of %d must be less than the stride, %d×%d"
              .formatted(outputPad, window.strideH(), window.strideW()));
    }
    this.in = in;
    this.out = out;
    this.window = window;
    this.outputPad = outputPad;
    this.groups = groups;
    var shape = Shape.of(in, out / groups, window.height(), window.width());
    weight = param("weight", shape, init);
    bias =
        withBias
            ? param("bias", Shape.of(out), Init.uniform(Math.sqrt(1.0 / Init.fanIn(shape))))
            : null;
  }

  @Override
  protected Tensor compute(Tensor x) {
    return Convolution.convTranspose2d(
        x, weight.get(), bias == null ? null : bias.get(), window, outputPad, outputPad, groups);
  }

  @Override
  protected long multiplyAdds(Shape x, Shape y) {
    return x.elements() * (out / groups) * window.area();
  }

  @Override
  public String describe() {
    return "ConvTranspose2d(%d → %d, %s%s%s%s)"
        .formatted(
            in,
            out,
            Windows.describe(window),
            outputPad == 0 ? "" : ", output pad " + outputPad,
            groups == 1 ? "" : ", groups " + groups,
            bias == null ? ", no bias" : "");
  }
}
