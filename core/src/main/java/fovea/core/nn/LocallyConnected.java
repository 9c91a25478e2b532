package fovea.core.nn;

import fovea.core.array.Shape;
import fovea.core.kernel.Window;
import fovea.core.tensor.Patches;
import fovea.core.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;

/// What [LocallyConnected1d] and [LocallyConnected2d] have in common.
abstract sealed class LocallyConnected extends Layer
    permits LocallyConnected1d, LocallyConnected2d {
  private final int in;
  private final int out;
  private final Window window;
  private final Parameter weight;
  private final Parameter bias;

  LocallyConnected(int in, int out, Window window, int... sizes) {
    Windows.checkRank(sizes.length, window);
    this.in = in;
    this.out = out;
    this.window = window;
    int[] places = window.places(sizes);
    if (Arrays.stream(places).anyMatch(n -> n < 1)) {
      throw new IllegalArgumentException(
          "an image of %s, with its padding, is smaller than the %s window"
              .formatted(Windows.grid(sizes), window.size()));
    }
    int all = Arrays.stream(places).reduce(1, Math::multiplyExact);
    int taps = window.area() * in;
    var start = Init.uniform(Math.sqrt(1.0 / taps));
    weight = param("weight", Shape.of(all, taps, out), start);
    bias =
        param(
            "bias",
            Shape.of(IntStream.concat(Arrays.stream(places), IntStream.of(out)).toArray()),
            start);
  }

  @Override
  protected final Tensor compute(Tensor x) {
    return window.rank() == 1
        ? Patches.locallyConnected1d(x, weight.get(), bias.get(), window)
        : Patches.locallyConnected2d(x, weight.get(), bias.get(), window);
  }

  @Override
  protected final long multiplyAdds(Shape x, Shape y) {
    return y.elements() * in * window.area();
  }

  @Override
  public final String describe() {
    return "%s(%d → %d, %s)"
        .formatted(getClass().getSimpleName(), in, out, Windows.describe(window));
  }
}
