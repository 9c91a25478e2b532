package fovea.core.optim;

import fovea.core.kernel.Pass;
import fovea.core.tensor.Tensor;
import java.util.SequencedMap;

/// Adam (Kingma & Ba 2015, algorithm 1): steps by the gradient's running mean over the root of its
/// running mean square, both corrected for their start at zero.
///
/// With `amsgrad`, the largest mean square so far takes the place of the present one, so that rates
/// never grow again (Reddi, Kale & Kumar 2018, algorithm 2; as PyTorch, of what is not corrected).
///
/// @param rate learning rate, above 0
/// @param beta1 how much of the mean is kept a step, in [0, 1)
/// @param beta2 how much of the mean square is kept a step, in [0, 1)
/// @param eps added to the root
/// @param weightDecay of every parameter, coupled (added to the gradient, as PyTorch's Adam does)
/// @param amsgrad whether to divide by the largest mean square so far
public record Adam(
    double rate, double beta1, double beta2, double eps, double weightDecay, boolean amsgrad)
    implements UpdateRule {

  public Adam {
    if (!(rate > 0) || !(beta1 >= 0 && beta1 < 1) || !(beta2 >= 0 && beta2 < 1)) {
      throw new IllegalArgumentException(
          "Adam takes a rate above 0 and betas in [0, 1), not %s, %s, %s"
              .formatted(rate, beta1, beta2));
    }
    if (!(eps > 0) || !(weightDecay >= 0)) {
      throw new IllegalArgumentException(
          "Adam takes eps above 0 and decay of at least 0, not %s, %s".formatted(eps, weightDecay));
    }
  }

  /// With the paper's other settings: betas 0.9 and 0.999, eps 1e-8.
  public static Adam adam(double rate) {
    return new Adam(rate, 0.9, 0.999, 1e-8, 0, false);
  }

  public Adam betas(double b1, double b2) {
    return new Adam(rate, b1, b2, eps, weightDecay, amsgrad);
  }

  public Adam eps(double e) {
    return new Adam(rate, beta1, beta2, e, weightDecay, amsgrad);
  }

  public Adam weightDecay(double decay) {
    return new Adam(rate, beta1, beta2, eps, decay, amsgrad);
  }

  /// Dividing by the largest mean square so far.
  public Adam withAmsgrad() {
    return new Adam(rate, beta1, beta2, eps, weightDecay, true);
  }

  @Override
  public Optimizer over(SequencedMap<String, Tensor> parameters) {
    return amsgrad
        ? new Elementwise(parameters, this::at, Moments.MEAN, Moments.SQUARE, Moments.LARGEST)
        : AdamAtWork.over(parameters, rate, beta1, beta2, eps, weightDecay, 0);
  }

  private Pass at(long step, double rateFactor) {
    var amsgrad = Moments.amsgrad(rate * rateFactor, beta1, beta2, eps, step);
    return (t, n) -> {
      Tile.add(t[4], weightDecay, t[0], n);
      amsgrad.apply(t, n);
    };
  }
}
