package fovea.core.optim;

import fovea.core.kernel.Pass;
import fovea.core.tensor.Tensor;
import java.util.SequencedMap;

/// Adamax (Kingma & Ba 2015, algorithm 2): [Adam] with the largest gradient of late in place of the
/// root of the mean square: u ← max(beta2·u, |g| + eps); p ← p − rate/(1 − beta1ᵗ)·m/u.
///
/// @param rate learning rate, above 0
/// @param beta1 how much of the mean is kept a step, in [0, 1)
/// @param beta2 how much of the largest is kept a step, in [0, 1)
/// @param eps added to |g|, as PyTorch does; the paper has none
/// @param weightDecay of every parameter, coupled
public record Adamax(double rate, double beta1, double beta2, double eps, double weightDecay)
    implements UpdateRule {
  private static final String LARGEST = "exp_inf";

  public Adamax {
    Moments.check("Adamax", rate, beta1, beta2, eps, weightDecay);
  }

  /// With PyTorch's other settings: betas 0.9 and 0.999, eps 1e-8. Its rate is 0.002.
  public static Adamax adamax(double rate) {
    return new Adamax(rate, 0.9, 0.999, 1e-8, 0);
  }

  public Adamax betas(double b1, double b2) {
    return new Adamax(rate, b1, b2, eps, weightDecay);
  }

  public Adamax eps(double e) {
    return new Adamax(rate, beta1, beta2, e, weightDecay);
  }

  public Adamax weightDecay(double decay) {
    return new Adamax(rate, beta1, beta2, eps, decay);
  }

  @Override
  public Optimizer over(SequencedMap<String, Tensor> parameters) {
    return new Elementwise(parameters, this::at, Moments.MEAN, LARGEST);
  }

  private Pass at(long step, double rateFactor) {
    double stride = rate * rateFactor / Moments.share(beta1, step);
    return (t, n) -> {
      var p = t[0];
      var m = t[1];
      var u = t[2];
      var g = t[3];
      Tile.add(g, weightDecay, p, n);
      Tile.average(m, beta1, g, n);
      for (int i = 0; i < n; i++) {
        u[i] = Math.max(beta2 * u[i], Math.abs(g[i]) + eps);
      }
      for (int i = 0; i < n; i++) {
        p[i] = p[i] - stride * m[i] / u[i];
      }
    };
  }
}
