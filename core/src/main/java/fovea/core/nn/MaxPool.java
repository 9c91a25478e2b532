package fovea.core.nn;

import fovea.core.kernel.Window;
import fovea.core.tensor.Pooling;
import fovea.core.tensor.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What [MaxPool1d], [MaxPool2d] and [MaxPool3d] have in common.
abstract sealed class MaxPool extends WindowPool permits MaxPool1d, MaxPool2d, MaxPool3d {
  /// What a [MaxUnpool] needs: where the values were, and in an image of what sizes.
  record Switches(Tensor indices, int[] sizes) {}

  /// For each thread, since threads may use one model at the same time.
  private @Nullable ThreadLocal<Switches> switches;

  MaxPool(int rank, Window window, boolean ceil) {
    super(rank, window, ceil);
  }

  @Override
  protected final Tensor compute(Tensor x) {
    if (switches != null) {
      var found = Pooling.maxPoolWithIndices(x, window, ceil);
      switches.set(new Switches(found.indices(), imageSizes(x)));
      return found.y();
    }
    return ceil ? Pooling.maxPoolCeil(x, window) : Pooling.maxPool(x, window);
  }

  /// As [#forward], also saying where each value was found: for [Pooling#maxUnpool].
  public final Pooling.Switched forwardWithIndices(Tensor x) {
    var found = new Pooling.Switched[1];
    apply(
        x,
        z -> {
          found[0] = Pooling.maxPoolWithIndices(z, window, ceil);
          return found[0].y();
        });
    return found[0];
  }

  static int[] imageSizes(Tensor x) {
    return Arrays.copyOfRange(x.shape().sizes(), 2, x.shape().rank());
  }

  /// From now on each forward pass remembers its switches, until they are taken.
  final void remember() {
    if (switches == null) {
      switches = new ThreadLocal<>();
    }
  }

  /// Those of this thread's last forward pass, which forgets them; `null` where there are none.
  final @Nullable Switches takeSwitches() {
    if (switches == null) {
      return null;
    }
    var taken = switches.get();
    switches.remove();
    return taken;
  }
}
