package fovea.core.loss;

import fovea.core.tensor.Tensor;

/// Huber's loss of each element (Huber 1964): d²/2 where d = |prediction − target| is at most
/// delta, beyond it delta·(d − delta/2): a square that outliers do not rule.
///
/// **Shapes**: `prediction` and `target` alike → `[]`, or alike without reduction.
///
/// **Differs** from PyTorch, which broadcasts unlike shapes with a warning: this refuses them.
///
/// @param delta above 0
/// @param overDelta whether it is divided by delta, so that its slope ends at 1 (Girshick 2015,
///   "Fast R-CNN", equation 3; PyTorch's `SmoothL1Loss`)
public record Huber(double delta, boolean overDelta, Reduction reduction) implements Loss {
  public Huber {
    Checks.positive("Huber's loss", "delta", delta);
  }

  /// The mean, with a delta of 1.
  public Huber() {
    this(1, false, Reduction.MEAN);
  }

  /// The smooth L1 loss with a square up to `beta`: Huber's over beta, the mean.
  public static Huber smoothL1(double beta) {
    return new Huber(beta, true, Reduction.MEAN);
  }

  public Huber delta(double d) {
    return new Huber(d, overDelta, reduction);
  }

  public Huber reduction(Reduction r) {
    return new Huber(delta, overDelta, r);
  }

  /// @throws fovea.core.array.ShapeException when the shapes differ
  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    Checks.alike("huber", prediction, target);
    var distance = prediction.sub(target).abs();
    var near = distance.clamp(0, delta);
    var loss = near.mul(distance.sub(near.mul(0.5)));
    return reduction.of(overDelta ? loss.div(delta) : loss);
  }
}
