package fovea.core.nn;

import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;
import java.util.Arrays;

/// Sets each element to zero with a probability while training, and scales the others by 1/(1 − p)
/// so that the expectation stays (Srivastava et al. 2014, in the inverted form); in evaluation, or
/// frozen, it does nothing.
///
/// **Shapes**: any → the same.
public final class Dropout extends Layer {
  private final double probability;
  private final boolean channels;

  /// With a probability of its own.
  ///
  /// @param probability of becoming zero, in [0, 1)
  public Dropout(double probability) {
    this(probability, false);
  }

  private Dropout(double probability, boolean channels) {
    if (!(probability >= 0 && probability < 1)) {
      throw new IllegalArgumentException(
          "the probability of dropping lies in [0, 1), not " + probability);
    }
    this.probability = probability;
    this.channels = channels;
  }

  /// Drops whole channels, since pixels next to each other say much the same (Tompson et al. 2015,
  /// section 3.2): PyTorch's `Dropout1d`, `Dropout2d` and `Dropout3d`.
  ///
  /// **Shapes**: `[N, C, …]` → the same.
  ///
  /// @param probability of becoming zero, in [0, 1)
  public static Dropout channels(double probability) {
    return new Dropout(probability, true);
  }

  @Override
  protected Tensor compute(Tensor x) {
    var shape = channels ? ofChannels(x.shape()) : x.shape();
    if (probability == 0 || isFrozen() || !(Mode.current() instanceof Mode.Train(var rng))) {
      return x;
    }
    var kept = Tensor.uniform(rng, 0, 1, shape, x.dtype()).ge(probability);
    return x.mul(kept.to(x.dtype()).mul(1 / (1 - probability)));
  }

  private static Shape ofChannels(Shape x) {
    if (x.rank() < 3) {
      throw new ShapeException("dropout", "input " + x + " is not [N, C, …]");
    }
    var sizes = x.sizes();
    Arrays.fill(sizes, 2, sizes.length, 1);
    return Shape.of(sizes);
  }

  @Override
  public String describe() {
    return "Dropout(" + probability + (channels ? ", channels)" : ")");
  }
}
