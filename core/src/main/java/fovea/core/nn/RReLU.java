package fovea.core.nn;

import fovea.core.tensor.Activations;
import fovea.core.tensor.Tensor;

/// x where x > 0, else slope·x: in training with a slope drawn anew for each element, uniform
/// between two limits; in evaluation, or frozen, with their mean (Xu et al. 2015, section 2.4).
///
/// **Shapes**: any → the same.
public final class RReLU extends Layer {
  private final double low;
  private final double high;

  /// With PyTorch's limits, ⅛ and ⅓.
  public RReLU() {
    this(1.0 / 8, 1.0 / 3);
  }

  /// With limits of its own.
  ///
  /// @throws IllegalArgumentException when `low` is above `high`
  public RReLU(double low, double high) {
    if (!(low <= high)) {
      throw new IllegalArgumentException(
          "slopes are drawn between low and high, not between " + low + " and " + high);
    }
    this.low = low;
    this.high = high;
  }

  @Override
  protected Tensor compute(Tensor x) {
    if (isFrozen() || !(Mode.current() instanceof Mode.Train(var rng))) {
      return Activations.leakyRelu(x, (low + high) / 2);
    }
    var slopes = Tensor.uniform(rng, low, high, x.shape(), x.dtype());
    // The negative part takes the slope, also at 0, where PyTorch's gradient has it.
    return x.relu().add(x.clamp(Double.NEGATIVE_INFINITY, 0).mul(slopes));
  }

  @Override
  public String describe() {
    return "RReLU(%.3g … %.3g)".formatted(low, high);
  }
}
