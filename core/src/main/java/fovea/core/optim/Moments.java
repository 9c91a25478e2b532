package fovea.core.optim;

import fovea.core.kernel.Pass;

/// What Adam's kin share: running means of the gradient and of its square.
final class Moments {
  static final String MEAN = "exp_avg";
  static final String SQUARE = "exp_avg_sq";
  static final String LARGEST = "max_exp_avg_sq";

  private Moments() {}

  static void check(
      String rule, double rate, double beta1, double beta2, double eps, double decay) {
    Require.positive(rule, "rate", rate);
    Require.kept(rule, "beta1", beta1);
    Require.kept(rule, "beta2", beta2);
    Require.positive(rule, "eps", eps);
    Require.atLeast0(rule, "weight decay", decay);
  }

  /// 1 − betaˢᵗᵉᵖ: how much of a running mean that began with 0 is of gradients.
  static double share(double beta, long step) {
    return 1 - Math.pow(beta, (double) step);
  }

  /// A step of Adam by the largest mean square so far; the tiles are parameter, mean, mean square,
  /// the largest, gradient.
  static Pass amsgrad(double rate, double beta1, double beta2, double eps, long step) {
    double stride = rate / share(beta1, step);
    double root = 1 / Math.sqrt(share(beta2, step));
    return (t, n) -> {
      var v = t[2];
      var largest = t[3];
      var g = t[4];
      Tile.average(t[1], beta1, g, n);
      Tile.averageSquare(v, beta2, g, n);
      for (int i = 0; i < n; i++) {
        largest[i] = Math.max(largest[i], v[i]);
      }
      Tile.addByRoot(t[0], -stride, t[1], largest, root, eps, n);
    };
  }
}
