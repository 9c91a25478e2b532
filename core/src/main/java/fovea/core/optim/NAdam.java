package fovea.core.optim;

import fovea.core.kernel.Pass;
import fovea.core.tensor.Tensor;
import java.util.SequencedMap;

/// Adam with Nesterov's look-ahead (Dozat 2016, algorithm 2), whose momentum of step t is μₜ =
/// beta1·(1 − 0.96^(t·momentumDecay)/2).
///
/// @param rate learning rate, above 0
/// @param beta1 how much of the mean is kept a step, in [0, 1)
/// @param beta2 how much of the mean square is kept a step, in [0, 1)
/// @param eps added to the root
/// @param momentumDecay how fast the momentum comes to beta1, at least 0
/// @param weightDecay of every parameter, coupled
public record NAdam(
    double rate, double beta1, double beta2, double eps, double momentumDecay, double weightDecay)
    implements UpdateRule {

  public NAdam {
    Moments.check("NAdam", rate, beta1, beta2, eps, weightDecay);
    Require.atLeast0("NAdam", "decay of the momentum", momentumDecay);
  }

  /// With PyTorch's other settings: betas 0.9 and 0.999, eps 1e-8, momentum decay 0.004. Its rate
  /// is 0.002.
  public static NAdam nAdam(double rate) {
    return new NAdam(rate, 0.9, 0.999, 1e-8, 4e-3, 0);
  }

  public NAdam betas(double b1, double b2) {
    return new NAdam(rate, b1, b2, eps, momentumDecay, weightDecay);
  }

  public NAdam eps(double e) {
    return new NAdam(rate, beta1, beta2, e, momentumDecay, weightDecay);
  }

  public NAdam momentumDecay(double decay) {
    return new NAdam(rate, beta1, beta2, eps, decay, weightDecay);
  }

  public NAdam weightDecay(double decay) {
    return new NAdam(rate, beta1, beta2, eps, momentumDecay, decay);
  }

  @Override
  public Optimizer over(SequencedMap<String, Tensor> parameters) {
    return new Elementwise(parameters, this::at, Moments.MEAN, Moments.SQUARE);
  }

  private double momentum(long step) {
    return beta1 * (1 - 0.5 * Math.pow(0.96, step * momentumDecay));
  }

  /// The product of the momenta up to a step. Once it is lost in rounding beside 1, what follows
  /// does not matter.
  private double product(long step) {
    double product = 1;
    for (long t = 1; t <= step && product > 1e-18; t++) {
      product *= momentum(t);
    }
    return product;
  }

  private Pass at(long step, double rateFactor) {
    double r = rate * rateFactor;
    double now = momentum(step);
    double next = momentum(step + 1);
    double product = product(step);
    double ofGradient = r * (1 - now) / (1 - product);
    double ofMean = r * next / (1 - product * next);
    double root = 1 / Math.sqrt(Moments.share(beta2, step));
    return (t, n) -> {
      var p = t[0];
      var m = t[1];
      var v = t[2];
      var g = t[3];
      Tile.add(g, weightDecay, p, n);
      Tile.average(m, beta1, g, n);
      Tile.averageSquare(v, beta2, g, n);
      for (int i = 0; i < n; i++) {
        g[i] = ofGradient * g[i] + ofMean * m[i];
      }
      Tile.addByRoot(p, -1, g, v, root, eps, n);
    };
  }
}
