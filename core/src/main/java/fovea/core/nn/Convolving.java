package fovea.core.nn;

import fovea.core.array.Shape;
import fovea.core.kernel.Window;
import fovea.core.tensor.Convolution;
import fovea.core.tensor.Padding;
import fovea.core.tensor.Tensor;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// What [Conv1d], [Conv2d] and [Conv3d] have in common.
abstract sealed class Convolving extends Layer permits Conv1d, Conv2d, Conv3d {
  private final int rank;
  private final int in;
  private final int out;
  private final Window window;
  private final ConvOptions options;
  private final Parameter weight;
  private final @Nullable Parameter bias;

  Convolving(int rank, int in, int out, Window window, ConvOptions options) {
    Windows.checkRank(rank, window);
    options.check(in, out);
    this.rank = rank;
    this.in = in;
    this.out = out;
    this.window = window;
    this.options = options;
    var shape = Windows.weight(out, in / options.groups(), window);
    weight = param("weight", shape, options.init());
    bias =
        options.bias()
            ? param("bias", Shape.of(out), Init.uniform(Math.sqrt(1.0 / Init.fanIn(shape))))
            : null;
  }

  @Override
  protected final Tensor compute(Tensor x) {
    return Convolution.conv(padded(x), filters(), biases(), placed(), options.groups());
  }

  /// The input with its border, where that is not of zeros.
  final Tensor padded(Tensor x) {
    return options.padding() == Padding.Mode.ZEROS || x.shape().rank() != rank + 2
        ? x
        : Padding.pad(x, options.padding(), window.pads());
  }

  /// The window on what [#padded] gives.
  final Window placed() {
    return options.padding() == Padding.Mode.ZEROS ? window : window.valid();
  }

  /// The weight, as cross-correlation takes it.
  final Tensor filters() {
    var w = weight.get();
    return options.flipped() ? w.flip(IntStream.range(2, 2 + rank).toArray()) : w;
  }

  final @Nullable Tensor biases() {
    return bias == null ? null : bias.get();
  }

  final int groups() {
    return options.groups();
  }

  @Override
  protected final long multiplyAdds(Shape x, Shape y) {
    return y.elements() * (in / options.groups()) * window.area();
  }

  @Override
  public final String describe() {
    return "%s(%d → %d, %s%s)"
        .formatted(
            getClass().getSimpleName(), in, out, Windows.describe(window), options.describe());
  }
}
