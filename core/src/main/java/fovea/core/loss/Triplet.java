package fovea.core.loss;

import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;

/// The triplet loss (Schroff, Kalenichenko & Philbin 2015, there with squared distances): max(0,
/// d(anchor, positive) − d(anchor, negative) + margin), d the p-norm of the difference.
///
/// @param margin above 0
/// @param p of the norm, at least 1
/// @param swap whether the negative's distance is the smaller of those from anchor and positive
///   (Balntas et al. 2016)
public record Triplet(double margin, double p, boolean swap, Reduction reduction) {
  /// Added to differences, as PyTorch does, so that equal vectors have a gradient.
  private static final double EPS = 1e-6;

  public Triplet {
    Checks.positive("the triplet loss", "margin", margin);
    if (!(p >= 1)) {
      throw new IllegalArgumentException("a norm's p is at least 1, not " + p);
    }
  }

  /// The mean over the triplets of Euclidean distances, with a margin of 1.
  public Triplet() {
    this(1, 2, false, Reduction.MEAN);
  }

  public Triplet margin(double m) {
    return new Triplet(m, p, swap, reduction);
  }

  public Triplet p(double ofNorm) {
    return new Triplet(margin, ofNorm, swap, reduction);
  }

  public Triplet swap(boolean s) {
    return new Triplet(margin, p, s, reduction);
  }

  public Triplet reduction(Reduction r) {
    return new Triplet(margin, p, swap, r);
  }

  /// The loss of triplets `[N, D]` each.
  ///
  /// @return of shape [], or [N] without reduction
  /// @throws ShapeException when they are not all [N, D]
  public Tensor of(Tensor anchor, Tensor positive, Tensor negative) {
    Checks.vectors("triplet", anchor, positive);
    Checks.vectors("triplet", anchor, negative);
    var far = distance(anchor, negative);
    if (swap) {
      far = far.minimum(distance(positive, negative));
    }
    return reduction.of(distance(anchor, positive).sub(far).add(margin).relu());
  }

  private Tensor distance(Tensor a, Tensor b) {
    return new PNorm(p).norm(a.sub(b).add(EPS));
  }
}
