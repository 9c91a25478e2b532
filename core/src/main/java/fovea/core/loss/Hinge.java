package fovea.core.loss;

import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;

/// The hinge loss of each element, max(0, margin − target·prediction), of a binary support vector
/// machine (Cortes & Vapnik 1995).
///
/// **Shapes**: `prediction` (scores) and `target` (−1 or 1) alike → `[]`, or alike without
/// reduction.
///
/// @param margin above 0
/// @param squared whether it is squared
public record Hinge(double margin, boolean squared, Reduction reduction) implements Loss {
  public Hinge {
    Checks.positive("the hinge loss", "margin", margin);
  }

  /// The mean over all elements, with a margin of 1.
  public Hinge() {
    this(1, false, Reduction.MEAN);
  }

  public Hinge margin(double m) {
    return new Hinge(m, squared, reduction);
  }

  public Hinge squared(boolean s) {
    return new Hinge(margin, s, reduction);
  }

  public Hinge reduction(Reduction r) {
    return new Hinge(margin, squared, r);
  }

  /// @throws ShapeException when the shapes differ
  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    Checks.alike("hinge", prediction, target);
    return reduction.of(Checks.hinge(prediction.mul(target).neg().add(margin), squared));
  }
}
