package fovea.core.optim;

import fovea.core.kernel.Pass;
import fovea.core.tensor.Tensor;
import java.util.SequencedMap;

/// AdaDelta (Zeiler 2012, algorithm 1): steps in the gradient's direction, as large as the latest
/// steps were, so that a rate is hardly needed. E[g²] ← rho·E[g²] + (1 − rho)·g²; Δ = √(E[Δ²] +
/// eps)/√(E[g²] + eps)·g; E[Δ²] ← rho·E[Δ²] + (1 − rho)·Δ²; p ← p − rate·Δ.
///
/// @param rate what steps are multiplied by, above 0; the paper has none, that is 1
/// @param rho how much of the running means is kept a step, in [0, 1)
/// @param eps added under the roots, above 0: the size of the first steps
/// @param weightDecay of every parameter, coupled
public record AdaDelta(double rate, double rho, double eps, double weightDecay)
    implements UpdateRule {
  private static final String SQUARE = "square_avg";
  private static final String STEPS = "acc_delta";

  public AdaDelta {
    Require.positive("AdaDelta", "rate", rate);
    Require.kept("AdaDelta", "rho", rho);
    Require.positive("AdaDelta", "eps", eps);
    Require.atLeast0("AdaDelta", "weight decay", weightDecay);
  }

  /// With PyTorch's other settings: rho 0.9, eps 1e-6. Its rate is 1.
  public static AdaDelta adaDelta(double rate) {
    return new AdaDelta(rate, 0.9, 1e-6, 0);
  }

  public AdaDelta rho(double kept) {
    return new AdaDelta(rate, kept, eps, weightDecay);
  }

  public AdaDelta eps(double e) {
    return new AdaDelta(rate, rho, e, weightDecay);
  }

  public AdaDelta weightDecay(double decay) {
    return new AdaDelta(rate, rho, eps, decay);
  }

  @Override
  public Optimizer over(SequencedMap<String, Tensor> parameters) {
    return new Elementwise(parameters, this::at, SQUARE, STEPS);
  }

  private Pass at(long step, double rateFactor) {
    double r = rate * rateFactor;
    return (t, n) -> {
      var p = t[0];
      var v = t[1];
      var d = t[2];
      var g = t[3];
      Tile.add(g, weightDecay, p, n);
      Tile.averageSquare(v, rho, g, n);
      for (int i = 0; i < n; i++) {
        g[i] = Math.sqrt((d[i] + eps) / (v[i] + eps)) * g[i];
      }
      Tile.averageSquare(d, rho, g, n);
      Tile.add(p, -r, g, n);
    };
  }
}
