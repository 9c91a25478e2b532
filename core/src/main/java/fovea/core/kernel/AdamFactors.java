package fovea.core.kernel;

/// The numbers of one float32 step of Adam, as its loops use them: rate·m̂/(√v̂ + eps) =
/// stride·m/(√v·root + eps), with both corrections for the start at zero out of the loop.
///
/// @param kept1 β₁, how much of the mean is kept
/// @param new1 1 − β₁
/// @param kept2 β₂, how much of the mean square is kept
/// @param new2 1 − β₂
/// @param keep share of the parameter that is kept
public record AdamFactors(
    float stride,
    float root,
    float kept1,
    float new1,
    float kept2,
    float new2,
    float eps,
    float decay,
    float keep) {

  /// The numbers of one step.
  ///
  /// @param step counts from 1
  public static AdamFactors of(
      double rate,
      double beta1,
      double beta2,
      double eps,
      double weightDecay,
      double keep,
      long step) {
    return new AdamFactors(
        (float) (rate / (1 - Math.pow(beta1, (double) step))),
        (float) (1 / Math.sqrt(1 - Math.pow(beta2, (double) step))),
        (float) beta1,
        (float) (1 - beta1),
        (float) beta2,
        (float) (1 - beta2),
        (float) eps,
        (float) weightDecay,
        (float) keep);
  }
}
