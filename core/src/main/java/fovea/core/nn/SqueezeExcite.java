package fovea.core.nn;

import fovea.core.kernel.Window;
import fovea.core.tensor.Activations;
import fovea.core.tensor.Tensor;

/// Squeeze-and-excitation: each channel is weighted by what the means of all of them say (Hu, Shen
/// & Sun 2018, section 3).
///
/// **Shapes**: `x [N, C, H, W]` → as x; state `fc1.weight [squeezed, C, 1, 1]`, `fc1.bias`,
/// `fc2.weight [C, squeezed, 1, 1]`, `fc2.bias`, as torchvision's `SqueezeExcitation`.
public final class SqueezeExcite extends Layer {
  private final AdaptiveAvgPool2d pool;
  private final Conv2d fc1;
  private final Conv2d fc2;
  private final boolean hard;

  /// With a sixteenth of the channels in between, at least one.
  public SqueezeExcite(int channels) {
    this(channels, Math.max(1, channels / 16), false);
  }

  /// With all options.
  ///
  /// @param squeezed channels in between
  /// @param hard whether weights come from the hard sigmoid, as in MobileNet v3
  public SqueezeExcite(int channels, int squeezed, boolean hard) {
    pool = child("avgpool", new AdaptiveAvgPool2d(1));
    fc1 = child("fc1", new Conv2d(channels, squeezed, Window.of(1)));
    fc2 = child("fc2", new Conv2d(squeezed, channels, Window.of(1)));
    this.hard = hard;
  }

  @Override
  protected Tensor compute(Tensor x) {
    var squeezed = fc1.forward(pool.forward(x), null, null, true);
    var weights = fc2.forward(squeezed);
    return x.mul(hard ? Activations.hardSigmoid(weights) : weights.sigmoid());
  }
}
