package fovea.core.loss;

import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// The focal loss of each element, from logits (Lin et al. 2017, equation 5): binary cross-entropy
/// times (1 − pₜ)^gamma, pₜ the probability given to what is true, so that what is right already
/// hardly counts.
///
/// **Shapes**: `prediction` (logits) and `target` (0 or 1) alike → `[]`, or alike without
/// reduction.
///
/// @param gamma at least 0; the paper has 2
/// @param alpha the weight of what is positive, 1 − alpha that of what is not, in (0, 1); the paper
///   has 0.25; `null` for 1 each
public record Focal(double gamma, @Nullable Double alpha, Reduction reduction) implements Loss {
  public Focal {
    if (!(gamma >= 0) || (alpha != null && !(alpha > 0 && alpha < 1))) {
      throw new IllegalArgumentException(
          "the focal loss takes a gamma of at least 0 and an alpha in (0, 1), not %s and %s"
              .formatted(gamma, alpha));
    }
  }

  /// The mean over all elements, with the paper's gamma of 2 and alpha of 0.25.
  public Focal() {
    this(2, 0.25, Reduction.MEAN);
  }

  public Focal gamma(double g) {
    return new Focal(g, alpha, reduction);
  }

  public Focal alpha(@Nullable Double a) {
    return new Focal(gamma, a, reduction);
  }

  public Focal reduction(Reduction r) {
    return new Focal(gamma, alpha, r);
  }

  /// @throws ShapeException when the shapes differ
  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    Checks.alike("focal", prediction, target);
    var loss = BinaryCrossEntropy.losses(prediction, target, 1);
    if (gamma != 0) {
      var p = prediction.sigmoid();
      var wrong = p.add(target).sub(p.mul(target).mul(2));
      loss = loss.mul(wrong.pow(gamma));
    }
    if (alpha != null) {
      loss = loss.mul(target.mul(2 * alpha - 1).add(1 - alpha));
    }
    return reduction.of(loss);
  }
}
