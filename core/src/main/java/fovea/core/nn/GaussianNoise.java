package fovea.core.nn;

import fovea.core.tensor.Tensor;

/// Adds normal noise while training, so that what is learned does not hang on exact values (Bishop
/// 1995); in evaluation, or frozen, it does nothing.
///
/// **Shapes**: any → the same.
public final class GaussianNoise extends Layer {
  private final double deviation;

  /// With a standard deviation of its own.
  ///
  /// @throws IllegalArgumentException when that is below 0
  public GaussianNoise(double deviation) {
    if (!(deviation >= 0)) {
      throw new IllegalArgumentException(
          "noise has a standard deviation of 0 or more, not " + deviation);
    }
    this.deviation = deviation;
  }

  @Override
  protected Tensor compute(Tensor x) {
    if (deviation == 0 || isFrozen() || !(Mode.current() instanceof Mode.Train(var rng))) {
      return x;
    }
    return x.add(Tensor.normal(rng, 0, deviation, x.shape(), x.dtype()));
  }

  @Override
  public String describe() {
    return "GaussianNoise(" + deviation + ")";
  }
}
