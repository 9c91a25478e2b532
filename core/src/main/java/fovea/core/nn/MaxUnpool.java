package fovea.core.nn;

import fovea.core.FoveaException;
import fovea.core.tensor.Pooling;
import fovea.core.tensor.Tensor;

/// What [MaxUnpool1d], [MaxUnpool2d] and [MaxUnpool3d] have in common.
abstract sealed class MaxUnpool extends Layer permits MaxUnpool1d, MaxUnpool2d, MaxUnpool3d {
  private final MaxPool pool;

  MaxUnpool(MaxPool pool) {
    this.pool = pool;
    pool.remember();
  }

  @Override
  protected final Tensor compute(Tensor x) {
    var switches = pool.takeSwitches();
    if (switches == null) {
      throw new FoveaException(
          "%s%s has no switches: %s has not pooled on this thread since they were last used"
              .formatted(getClass().getSimpleName(), named(this), pool.describe() + named(pool)));
    }
    return Pooling.maxUnpool(x, switches.indices(), switches.sizes());
  }

  private static String named(Layer layer) {
    var path = layer.path();
    return path.isEmpty() ? "" : " \"" + path + "\"";
  }
}
