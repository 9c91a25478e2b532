package fovea.core.loss;

import fovea.core.tensor.Tensor;

/// One minus the soft Dice coefficient of each class, 2Σpt/(Σp + Σt): how little prediction and
/// truth overlap, however rare a class is (Milletari et al. 2016, section 3, there with squares in
/// the denominator). Sums run over the whole batch.
///
/// **Shapes**: `prediction [N, K, …]` (logits); `target [N, …]` (classes, of which softmax gives
/// the probabilities) or `[N, K, …]` of prediction's type (0 or 1 for each, of which sigmoid does)
/// → `[]`, or `[K]` without reduction.
///
/// @param smooth added above and below, at least 0: what nobody predicts and is not there is right
public record Dice(double smooth, Reduction reduction) implements Loss {
  public Dice {
    Overlap.check(smooth);
  }

  /// The mean over the classes, with 1 added above and below.
  public Dice() {
    this(1, Reduction.MEAN);
  }

  public Dice smooth(double s) {
    return new Dice(s, reduction);
  }

  public Dice reduction(Reduction r) {
    return new Dice(smooth, r);
  }

  /// @throws fovea.core.array.ShapeException when the shapes do not fit or a class lies outside 0 …
  ///   K − 1
  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    var overlap = Overlap.of("dice", prediction, target);
    var both = overlap.both();
    var all = overlap.all();
    return reduction.of(both.mul(2).add(smooth).div(all.add(smooth)).neg().add(1));
  }
}
