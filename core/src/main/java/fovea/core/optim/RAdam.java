package fovea.core.optim;

import fovea.core.kernel.Pass;
import fovea.core.tensor.Tensor;
import java.util.SequencedMap;

/// Rectified Adam (Liu et al. 2020, algorithm 2): [Adam] that makes up for the mean square's being
/// uncertain in the first steps, as a warm-up would: while next to nothing is known of it, steps
/// are those of momentum alone.
///
/// @param rate learning rate, above 0
/// @param beta1 how much of the mean is kept a step, in [0, 1)
/// @param beta2 how much of the mean square is kept a step, in [0, 1)
/// @param eps added to the root
/// @param weightDecay of every parameter, coupled
public record RAdam(double rate, double beta1, double beta2, double eps, double weightDecay)
    implements UpdateRule {
  /// Steps' worth of gradients from which on the variance of the mean square is known.
  private static final double ENOUGH = 5;

  public RAdam {
    Moments.check("RAdam", rate, beta1, beta2, eps, weightDecay);
  }

  /// With PyTorch's other settings: betas 0.9 and 0.999, eps 1e-8. Its rate is 0.001.
  public static RAdam rAdam(double rate) {
    return new RAdam(rate, 0.9, 0.999, 1e-8, 0);
  }

  public RAdam betas(double b1, double b2) {
    return new RAdam(rate, b1, b2, eps, weightDecay);
  }

  public RAdam eps(double e) {
    return new RAdam(rate, beta1, beta2, e, weightDecay);
  }

  public RAdam weightDecay(double decay) {
    return new RAdam(rate, beta1, beta2, eps, decay);
  }

  @Override
  public Optimizer over(SequencedMap<String, Tensor> parameters) {
    return new Elementwise(parameters, this::at, Moments.MEAN, Moments.SQUARE);
  }

  private Pass at(long step, double rateFactor) {
    double stride = rate * rateFactor / Moments.share(beta1, step);
    double share = Moments.share(beta2, step);
    double most = 2 / (1 - beta2) - 1;
    double length = most - 2 * step * (1 - share) / share;
    double rectified =
        length <= ENOUGH
            ? 0
            : Math.sqrt(
                (length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length) * share);
    return (t, n) -> {
      var p = t[0];
      var m = t[1];
      var v = t[2];
      var g = t[3];
      Tile.add(g, weightDecay, p, n);
      Tile.average(m, beta1, g, n);
      Tile.averageSquare(v, beta2, g, n);
      if (rectified == 0) {
        Tile.add(p, -stride, m, n);
      } else {
        Tile.addByRoot(p, -stride * rectified, m, v, 1, eps, n);
      }
    };
  }
}
