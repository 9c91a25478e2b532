package fovea.core.nn;

import fovea.core.kernel.Unary;
import fovea.core.tensor.Tensor;

/// Dropout for networks with [Activation#selu]: sets each element to SELU's limit −1.7581 with a
/// probability while training, then scales and shifts so that mean 0 and variance 1 stay (Klambauer
/// et al. 2017, section 3); in evaluation, or frozen, it does nothing.
///
/// **Shapes**: any → the same.
public final class AlphaDropout extends Layer {
  private static final double LIMIT = -Unary.SELU_ALPHA * Unary.SELU_SCALE;

  private final double probability;

  /// With a probability of its own.
  ///
  /// @param probability of being dropped, in [0, 1)
  public AlphaDropout(double probability) {
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
    double keep = 1 - probability;
    double scale = 1 / Math.sqrt(keep * (1 + probability * LIMIT * LIMIT));
    double shift = -scale * probability * LIMIT;
    var kept = Tensor.uniform(rng, 0, 1, x.shape(), x.dtype()).ge(probability).to(x.dtype());
    // scale·x + shift where it is kept, scale·LIMIT + shift elsewhere.
    return x.mul(kept.mul(scale)).add(kept.mul(-scale * LIMIT).add(scale * LIMIT + shift));
  }

  @Override
  public String describe() {
    return "AlphaDropout(" + probability + ")";
  }
}
