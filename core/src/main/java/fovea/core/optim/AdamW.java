package fovea.core.optim;

import fovea.core.kernel.Pass;
import fovea.core.tensor.Tensor;
import java.util.SequencedMap;

/// Adam with decoupled weight decay (Loshchilov & Hutter 2019, algorithm 2): p ← (1 −
/// rate·decay)·p, then a step as [Adam]'s. The decay is not divided by the gradient's size, as it
/// is where it is coupled.
///
/// @param rate learning rate, above 0
/// @param beta1 how much of the mean is kept a step, in [0, 1)
/// @param beta2 how much of the mean square is kept a step, in [0, 1)
/// @param eps added to the root
/// @param weightDecay of every parameter, decoupled
/// @param amsgrad whether to divide by the largest mean square so far, see [Adam]
public record AdamW(
    double rate, double beta1, double beta2, double eps, double weightDecay, boolean amsgrad)
    implements UpdateRule {

  public AdamW {
    Moments.check("AdamW", rate, beta1, beta2, eps, weightDecay);
  }

  /// With PyTorch's other settings: betas 0.9 and 0.999, eps 1e-8, decay 0.01. Its rate is 0.001.
  public static AdamW adamW(double rate) {
    return new AdamW(rate, 0.9, 0.999, 1e-8, 0.01, false);
  }

  public AdamW betas(double b1, double b2) {
    return new AdamW(rate, b1, b2, eps, weightDecay, amsgrad);
  }

  public AdamW eps(double e) {
    return new AdamW(rate, beta1, beta2, e, weightDecay, amsgrad);
  }

  public AdamW weightDecay(double decay) {
    return new AdamW(rate, beta1, beta2, eps, decay, amsgrad);
  }

  /// Dividing by the largest mean square so far.
  public AdamW withAmsgrad() {
    return new AdamW(rate, beta1, beta2, eps, weightDecay, true);
  }

  @Override
  public Optimizer over(SequencedMap<String, Tensor> parameters) {
    return amsgrad
        ? new Elementwise(
            parameters, this::withLargest, Moments.MEAN, Moments.SQUARE, Moments.LARGEST)
        : AdamAtWork.over(parameters, rate, beta1, beta2, eps, 0, weightDecay);
  }

  private Pass withLargest(long step, double rateFactor) {
    double r = rate * rateFactor;
    var amsgrad = Moments.amsgrad(r, beta1, beta2, eps, step);
    return (t, n) -> {
      Tile.scale(t[0], 1 - r * weightDecay, n);
      amsgrad.apply(t, n);
    };
  }
}
