package fovea.core.optim;

/// What Adam's kin share: running means of the gradient and of its square.
final class Moments {
  static final String MEAN = "exp_avg";
  static final String SQUARE = "exp_avg_sq";

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
}
