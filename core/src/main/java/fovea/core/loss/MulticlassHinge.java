package fovea.core.loss;

import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;

/// The multi-class hinge loss of a support vector machine (Weston & Watkins 1999): Σ max(0, sⱼ − s
/// + margin) over all classes j but the true one, whose score is s.
///
/// **Shapes**: `prediction [N, K]` (scores), `target [N]` (classes 0 … K − 1, int64 or int32) →
/// `[]`, or `[N]` without reduction.
///
/// **Differs** from PyTorch's `MultiMarginLoss`, which divides by K: see `overClasses`.
///
/// @param margin above 0
/// @param squared whether each term is squared
/// @param overClasses whether the sum is divided by K
public record MulticlassHinge(
    double margin, boolean squared, boolean overClasses, Reduction reduction) implements Loss {
  public MulticlassHinge {
    Checks.positive("the multi-class hinge loss", "margin", margin);
  }

  /// The mean over the samples, with a margin of 1.
  public MulticlassHinge() {
    this(1, false, false, Reduction.MEAN);
  }

  public MulticlassHinge margin(double m) {
    return new MulticlassHinge(m, squared, overClasses, reduction);
  }

  public MulticlassHinge squared(boolean s) {
    return new MulticlassHinge(margin, s, overClasses, reduction);
  }

  public MulticlassHinge overClasses(boolean mean) {
    return new MulticlassHinge(margin, squared, mean, reduction);
  }

  public MulticlassHinge reduction(Reduction r) {
    return new MulticlassHinge(margin, squared, overClasses, r);
  }

  /// @throws ShapeException when the shapes do not fit or a class lies outside 0 … K − 1
  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    var labels = Labels.of("multiclassHinge", prediction, target, null, null);
    var score = labels.pick("multiclassHinge", prediction);
    var terms = Checks.hinge(prediction.sub(score).add(margin), squared).sum(1);
    // The true class itself came to the margin.
    var loss = terms.sub(squared ? margin * margin : margin);
    return reduction.of(overClasses ? loss.div(prediction.shape().size(1)) : loss);
  }
}
