package fovea.core.optim;

import fovea.core.kernel.Pass;
import fovea.core.tensor.Tensor;
import java.util.SequencedMap;

/// Lion (Chen et al. 2023, algorithm 2): steps of one size for all numbers, in the direction of the
/// sign alone: c = beta1·m + (1 − beta1)·g; p ← p − rate·(sign(c) + decay·p); m ← beta2·m + (1 −
/// beta2)·g. Its rate wants to be 3 to 10 times smaller than [AdamW]'s, its decay as much larger.
///
/// @param rate learning rate, above 0
/// @param beta1 how much of the mean goes into the direction, in [0, 1)
/// @param beta2 how much of the mean is kept a step, in [0, 1)
/// @param weightDecay of every parameter, decoupled
public record Lion(double rate, double beta1, double beta2, double weightDecay)
    implements UpdateRule {

  public Lion {
    Require.positive("Lion", "rate", rate);
    Require.kept("Lion", "beta1", beta1);
    Require.kept("Lion", "beta2", beta2);
    Require.atLeast0("Lion", "weight decay", weightDecay);
  }

  /// With the paper's other settings: betas 0.9 and 0.99, no decay. Its rate is 0.0001.
  public static Lion lion(double rate) {
    return new Lion(rate, 0.9, 0.99, 0);
  }

  public Lion betas(double b1, double b2) {
    return new Lion(rate, b1, b2, weightDecay);
  }

  public Lion weightDecay(double decay) {
    return new Lion(rate, beta1, beta2, decay);
  }

  @Override
  public Optimizer over(SequencedMap<String, Tensor> parameters) {
    return new Elementwise(parameters, this::at, Moments.MEAN);
  }

  private Pass at(long step, double rateFactor) {
    double r = rate * rateFactor;
    return (t, n) -> {
      var p = t[0];
      var m = t[1];
      var g = t[2];
      Tile.scale(p, 1 - r * weightDecay, n);
      for (int i = 0; i < n; i++) {
        p[i] = p[i] - r * Math.signum(beta1 * m[i] + (1 - beta1) * g[i]);
      }
      Tile.average(m, beta2, g, n);
    };
  }
}
