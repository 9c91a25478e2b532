package fovea.core.optim;

import fovea.core.kernel.Kernels;
import fovea.core.kernel.Pass;
import fovea.core.tensor.Gradients;
import fovea.core.tensor.Tensor;
import java.util.Map;
import java.util.SequencedMap;

/// LARS (You, Gitman & Ginsburg 2017, algorithm 1): [Sgd] for large batches, whose rate is for each
/// parameter in proportion to the parameter's size over its gradient's: λ = trust·‖p‖/(‖g‖ +
/// decay·‖p‖); v ← momentum·v + rate·λ·(g + decay·p); p ← p − v. Where p or g is all zeros, λ is 1.
///
/// Biases and the scales of norms are usually left to plain SGD, in a group of their own
/// ([ParameterGroups]).
///
/// @param rate learning rate, above 0
/// @param momentum in [0, 1)
/// @param weightDecay of every parameter, coupled
/// @param trust above 0: the share of its own size that a parameter moves by at a rate of 1
public record Lars(double rate, double momentum, double weightDecay, double trust)
    implements UpdateRule {
  private static final String VELOCITY = "momentum";

  public Lars {
    Require.positive("LARS", "rate", rate);
    Require.kept("LARS", "momentum", momentum);
    Require.atLeast0("LARS", "weight decay", weightDecay);
    Require.positive("LARS", "trust", trust);
  }

  /// With the paper's other settings: momentum 0.9, decay 0.0005, trust 0.001.
  public static Lars lars(double rate) {
    return new Lars(rate, 0.9, 5e-4, 1e-3);
  }

  public Lars momentum(double m) {
    return new Lars(rate, m, weightDecay, trust);
  }

  public Lars weightDecay(double decay) {
    return new Lars(rate, momentum, decay, trust);
  }

  public Lars trust(double share) {
    return new Lars(rate, momentum, weightDecay, share);
  }

  @Override
  public Optimizer over(SequencedMap<String, Tensor> parameters) {
    return new AtWork(this, new ParameterState(parameters, VELOCITY));
  }

  private Pass at(double ofParameter, double ofGradient, double rateFactor) {
    double local =
        ofParameter == 0 || ofGradient == 0
            ? 1
            : trust * ofParameter / (ofGradient + weightDecay * ofParameter);
    double r = rate * rateFactor * local;
    return (t, n) -> {
      var p = t[0];
      var v = t[1];
      var g = t[2];
      Tile.add(g, weightDecay, p, n);
      for (int i = 0; i < n; i++) {
        v[i] = momentum * v[i] + r * g[i];
      }
      Tile.add(p, -1, v, n);
    };
  }

  private record AtWork(Lars rule, ParameterState kept) implements Optimizer {
    @Override
    public void step(Gradients gradients, double rateFactor) {
      var kernels = Kernels.best();
      kept.step(
          gradients,
          (name, p, g) -> {
            double ofParameter = Math.sqrt(kernels.sumOfSquares(p));
            double ofGradient = Math.sqrt(kernels.sumOfSquares(g));
            kernels.pass(rule.at(ofParameter, ofGradient, rateFactor), 2, kept.arrays(name, p, g));
          });
    }

    @Override
    public SequencedMap<String, Tensor> state() {
      return kept.state();
    }

    @Override
    public void load(Map<String, Tensor> state) {
      kept.load(state);
    }
  }
}
