package fovea.core.nn;

import fovea.core.kernel.Window;
import fovea.core.tensor.Pooling;
import fovea.core.tensor.Tensor;

/// What [AvgPool1d], [AvgPool2d] and [AvgPool3d] have in common.
abstract sealed class AvgPool extends WindowPool permits AvgPool1d, AvgPool2d, AvgPool3d {
  private final boolean countPad;

  AvgPool(int rank, Window window, boolean ceil, boolean countPad) {
    super(rank, window, ceil);
    this.countPad = countPad;
  }

  @Override
  protected final Tensor compute(Tensor x) {
    return ceil ? Pooling.avgPoolCeil(x, window, countPad) : Pooling.avgPool(x, window, countPad);
  }

  @Override
  final String options() {
    return countPad ? "" : ", padding not counted";
  }
}
