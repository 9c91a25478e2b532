package fovea.core.nn;

import fovea.core.array.Shape;
import fovea.core.kernel.Window;
import fovea.core.tensor.Convolution;
import fovea.core.tensor.Padding;
import fovea.core.tensor.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What [ConvTranspose1d], [ConvTranspose2d] and [ConvTranspose3d] have in common.
abstract sealed class ConvolvingTransposed extends Layer
    permits ConvTranspose1d, ConvTranspose2d, ConvTranspose3d {
  private final int in;
  private final int out;
  private final Window window;
  private final int[] outputPads;
  private final ConvOptions options;
  private final Parameter weight;
  private final @Nullable Parameter bias;

  ConvolvingTransposed(
      int rank, int in, int out, Window window, ConvOptions options, int... outputPads) {
    Windows.checkRank(rank, window);
    options.check(in, out);
    if (options.padding() != Padding.Mode.ZEROS || options.flipped()) {
      throw new IllegalArgumentException(
          "a transposed convolution has padding of zeros only, which it cuts off, and is not"
              + " flipped");
    }
    if (outputPads.length > 1 && outputPads.length != rank) {
      throw new IllegalArgumentException(
          "output padding: one for all axes or one for each of %d, not %d"
              .formatted(rank, outputPads.length));
    }
    this.outputPads = new int[rank];
    for (int i = 0; i < rank; i++) {
      int pad = outputPads.length == 0 ? 0 : outputPads[outputPads.length == 1 ? 0 : i];
      if (pad < 0 || pad >= window.axis(i).stride()) {
        throw new IllegalArgumentException(
            "output padding of %d must be less than the stride, %s"
                .formatted(pad, Windows.strides(window)));
      }
      this.outputPads[i] = pad;
    }
    this.in = in;
    this.out = out;
    this.window = window;
    this.options = options;
    var shape = Windows.weight(in, out / options.groups(), window);
    weight = param("weight", shape, options.init());
    bias =
        options.bias()
            ? param("bias", Shape.of(out), Init.uniform(Math.sqrt(1.0 / Init.fanIn(shape))))
            : null;
  }

  @Override
  protected final Tensor compute(Tensor x) {
    return Convolution.convTranspose(
        x, weight.get(), bias == null ? null : bias.get(), window, options.groups(), outputPads);
  }

  @Override
  protected final long multiplyAdds(Shape x, Shape y) {
    return x.elements() * (out / options.groups()) * window.area();
  }

  @Override
  public final String describe() {
    boolean none = Arrays.stream(outputPads).allMatch(pad -> pad == 0);
    return "%s(%d → %d, %s%s%s)"
        .formatted(
            getClass().getSimpleName(),
            in,
            out,
            Windows.describe(window),
            none ? "" : ", output pad " + Windows.times(outputPads),
            options.describe());
  }
}
