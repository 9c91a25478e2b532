package fovea.core.optim;

import fovea.core.kernel.Pass;
import fovea.core.tensor.Tensor;
import java.util.SequencedMap;

/// AdaGrad (Duchi, Hazan & Singer 2011, figure 1, diagonal): each number has a rate of its own,
/// which falls with all that its gradient has been: v ← v + g²; p ← p − rate·g/(√v + eps).
///
/// @param rate learning rate, above 0
/// @param rateDecay the rate of step t is rate/(1 + (t − 1)·rateDecay)
/// @param initial what v starts with, at least 0
/// @param eps added to the root
/// @param weightDecay of every parameter, coupled
public record AdaGrad(double rate, double rateDecay, double initial, double eps, double weightDecay)
    implements UpdateRule {
  private static final String SUM = "sum";

  public AdaGrad {
    Require.positive("AdaGrad", "rate", rate);
    Require.atLeast0("AdaGrad", "decay of the rate", rateDecay);
    Require.atLeast0("AdaGrad", "first sum", initial);
    Require.atLeast0("AdaGrad", "eps", eps);
    Require.atLeast0("AdaGrad", "weight decay", weightDecay);
  }

  /// With PyTorch's other settings: eps 1e-10, nothing else. Its rate is 0.01.
  public static AdaGrad adaGrad(double rate) {
    return new AdaGrad(rate, 0, 0, 1e-10, 0);
  }

  public AdaGrad rateDecay(double decay) {
    return new AdaGrad(rate, decay, initial, eps, weightDecay);
  }

  public AdaGrad initial(double sum) {
    return new AdaGrad(rate, rateDecay, sum, eps, weightDecay);
  }

  public AdaGrad eps(double e) {
    return new AdaGrad(rate, rateDecay, initial, e, weightDecay);
  }

  public AdaGrad weightDecay(double decay) {
    return new AdaGrad(rate, rateDecay, initial, eps, decay);
  }

  @Override
  public Optimizer over(SequencedMap<String, Tensor> parameters) {
    return new Elementwise(parameters, this::at, SUM);
  }

  private Pass at(long step, double rateFactor) {
    double r = rate * rateFactor / (1 + (step - 1) * rateDecay);
    double first = step == 1 ? initial : 0;
    return (t, n) -> {
      var p = t[0];
      var v = t[1];
      var g = t[2];
      Tile.add(g, weightDecay, p, n);
      for (int i = 0; i < n; i++) {
        v[i] = v[i] + first + g[i] * g[i];
      }
      Tile.addByRoot(p, -r, g, v, 1, eps, n);
    };
  }
}
