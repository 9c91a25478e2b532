package fovea.core.nn;

import fovea.core.tensor.Tensor;

/// Sets each element to zero with a probability while training, and scales the others by 1/(1 − p)
/// so that the expectation stays (Srivastava et al. 2014, in the inverted form); in evaluation, or
/// frozen, it does nothing.
///
/// **Shapes**: any → the same.
public final class Dropout extends Layer {
  private final double probability;

  /// With a probability of its own.
  ///
  /// @param probability of becoming zero, in [0, 1)
  public Dropout(double probability) {
    if (!(probability >= 0 && probability < 1)) {
      throw new IllegalArgumentException(
          "the probability of dropping lies in [0, 1), not " + probability);
    }
    this.probability = probability;
  }

  @Override
  protected Tensor compute(Tensor x) {
    if (probability == 0 || isFrozen() || !(Mode.current() instanceof Mode.Train(var rng))) {
      return x;
    }
    var kept = Tensor.uniform(rng, 0, 1, x.shape(), x.dtype()).ge(probability);
    return x.mul(kept.to(x.dtype()).mul(1 / (1 - probability)));
  }

  @Override
  public String describe() {
    return "Dropout(" + probability + ")";
  }
}
