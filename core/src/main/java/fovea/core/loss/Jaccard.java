package fovea.core.loss;

import fovea.core.tensor.Tensor;

/// One minus the soft Jaccard index of each class, Σpt/(Σp + Σt − Σpt): intersection over union of
/// prediction and truth (Rahman & Wang 2016, equation 3). Sums run over the whole batch.
///
/// **Shapes**: `prediction [N, K, …]` (logits); `target [N, …]` (classes, of which softmax gives
/// the probabilities) or `[N, K, …]` of prediction's type (0 or 1 for each, of which sigmoid does)
/// → `[]`, or `[K]` without reduction.
///
/// @param smooth added above and below, at least 0: what nobody predicts and is not there is right
public record Jaccard(double smooth, Reduction reduction) implements Loss {
  public Jaccard {
    Overlap.check(smooth);
  }

  /// The mean over the classes, with 1 added above and below.
  public Jaccard() {
    this(1, Reduction.MEAN);
  }

  public Jaccard smooth(double s) {
    return new Jaccard(s, reduction);
  }

  public Jaccard reduction(Reduction r) {
    return new Jaccard(smooth, r);
  }

  /// @throws fovea.core.array.ShapeException when the shapes do not fit or a class lies outside 0 …
  ///   K − 1
  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    var overlap = Overlap.of("jaccard", prediction, target);
    var both = overlap.both();
    var all = overlap.all();
    return reduction.of(both.add(smooth).div(all.sub(both).add(smooth)).neg().add(1));
  }
}
