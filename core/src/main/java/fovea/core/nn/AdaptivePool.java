package fovea.core.nn;

import fovea.core.tensor.Pooling;
import fovea.core.tensor.Tensor;
import java.util.Arrays;

/// What layers have in common that pool to a given size.
abstract sealed class AdaptivePool extends Layer
    permits AdaptiveAvgPool1d,
        AdaptiveAvgPool2d,
        AdaptiveAvgPool3d,
        AdaptiveMaxPool1d,
        AdaptiveMaxPool2d,
        AdaptiveMaxPool3d {
  private final boolean max;
  private final int[] sizes;

  AdaptivePool(boolean max, int... sizes) {
    if (Arrays.stream(sizes).anyMatch(size -> size < 1)) {
      throw new IllegalArgumentException(
          "the output has at least one pixel, not " + Windows.grid(sizes));
    }
    this.max = max;
    this.sizes = sizes;
  }

  @Override
  protected final Tensor compute(Tensor x) {
    return max ? Pooling.adaptiveMaxPool(x, sizes) : Pooling.adaptiveAvgPool(x, sizes);
  }

  @Override
  public final String describe() {
    return getClass().getSimpleName() + "(" + Windows.grid(sizes) + ")";
  }
}
