package fovea.core.optim;

import fovea.core.kernel.Pass;
import fovea.core.tensor.Tensor;
import java.util.SequencedMap;

/// RMSProp (Tieleman & Hinton 2012, lecture 6.5): steps by the gradient over the root of its
/// running mean square: v ← alpha·v + (1 − alpha)·g²; p ← p − rate·g/(√v + eps).
///
/// @param rate learning rate, above 0
/// @param alpha how much of the mean square is kept a step, in [0, 1)
/// @param eps added to the root
/// @param momentum b ← momentum·b + g/(√v + eps); p ← p − rate·b; in [0, 1)
/// @param centered whether the variance takes the place of the mean square (Graves 2013, equations
///   38 to 45)
/// @param weightDecay of every parameter, coupled
public record RmsProp(
    double rate, double alpha, double eps, double momentum, boolean centered, double weightDecay)
    implements UpdateRule {
  private static final String SQUARE = "square_avg";
  private static final String MEAN = "grad_avg";
  private static final String VELOCITY = "momentum_buffer";

  public RmsProp {
    Require.positive("RMSProp", "rate", rate);
    Require.kept("RMSProp", "alpha", alpha);
    Require.positive("RMSProp", "eps", eps);
    Require.kept("RMSProp", "momentum", momentum);
    Require.atLeast0("RMSProp", "weight decay", weightDecay);
  }

  /// With PyTorch's other settings: alpha 0.99, eps 1e-8, nothing else. Its rate is 0.01.
  public static RmsProp rmsProp(double rate) {
    return new RmsProp(rate, 0.99, 1e-8, 0, false, 0);
  }

  public RmsProp alpha(double kept) {
    return new RmsProp(rate, kept, eps, momentum, centered, weightDecay);
  }

  public RmsProp eps(double e) {
    return new RmsProp(rate, alpha, e, momentum, centered, weightDecay);
  }

  public RmsProp momentum(double m) {
    return new RmsProp(rate, alpha, eps, m, centered, weightDecay);
  }

  /// By the variance instead of the mean square.
  public RmsProp byVariance() {
    return new RmsProp(rate, alpha, eps, momentum, true, weightDecay);
  }

  public RmsProp weightDecay(double decay) {
    return new RmsProp(rate, alpha, eps, momentum, centered, decay);
  }

  @Override
  public Optimizer over(SequencedMap<String, Tensor> parameters) {
    if (centered) {
      return momentum == 0
          ? new Elementwise(parameters, this::at, SQUARE, MEAN)
          : new Elementwise(parameters, this::at, SQUARE, MEAN, VELOCITY);
    }
    return momentum == 0
        ? new Elementwise(parameters, this::at, SQUARE)
        : new Elementwise(parameters, this::at, SQUARE, VELOCITY);
  }

  private Pass at(long step, double rateFactor) {
    double r = rate * rateFactor;
    return (t, n) -> {
      var p = t[0];
      var v = t[1];
      var g = t[(centered ? 3 : 2) + (momentum == 0 ? 0 : 1)];
      Tile.add(g, weightDecay, p, n);
      Tile.averageSquare(v, alpha, g, n);
      if (centered) {
        var mean = t[2];
        Tile.average(mean, alpha, g, n);
        for (int i = 0; i < n; i++) {
          // Rounding may leave a variance of 0 just below it.
          g[i] = g[i] / (Math.sqrt(Math.max(v[i] - mean[i] * mean[i], 0)) + eps);
        }
      } else {
        for (int i = 0; i < n; i++) {
          g[i] = g[i] / (Math.sqrt(v[i]) + eps);
        }
      }
      if (momentum == 0) {
        Tile.add(p, -r, g, n);
      } else {
        var b = t[centered ? 3 : 2];
        for (int i = 0; i < n; i++) {
          b[i] = momentum * b[i] + g[i];
        }
        Tile.add(p, -r, b, n);
      }
    };
  }
}
