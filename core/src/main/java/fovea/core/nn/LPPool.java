package fovea.core.nn;

import fovea.core.kernel.Window;
import fovea.core.tensor.Pooling;
import fovea.core.tensor.Tensor;

/// What [LPPool1d], [LPPool2d] and [LPPool3d] have in common.
abstract sealed class LPPool extends WindowPool permits LPPool1d, LPPool2d, LPPool3d {
  private final double p;

  LPPool(int rank, double p, Window window, boolean ceil) {
    super(rank, window, ceil);
    if (!(p > 0) || Double.isInfinite(p)) {
      throw new IllegalArgumentException("the power must be above 0, not " + p);
    }
    this.p = p;
  }

  @Override
  protected final Tensor compute(Tensor x) {
    return Pooling.lpPool(x, p, window, ceil);
  }

  @Override
  final String options() {
    return ", p " + p;
  }
}
