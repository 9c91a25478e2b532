package fovea.core.loss;

import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;

/// The cosine embedding loss: 1 − cos(a, b) of vectors that belong together, max(0, cos(a, b) −
/// margin) of those that do not.
///
/// @param margin in [−1, 1]
public record CosineEmbedding(double margin, Reduction reduction) {
  public CosineEmbedding {
    if (!(margin >= -1 && margin <= 1)) {
      throw new IllegalArgumentException("a cosine's margin lies in [-1, 1], not " + margin);
    }
  }

  /// The mean over the pairs, with a margin of 0.
  public CosineEmbedding() {
    this(0, Reduction.MEAN);
  }

  public CosineEmbedding margin(double m) {
    return new CosineEmbedding(m, reduction);
  }

  public CosineEmbedding reduction(Reduction r) {
    return new CosineEmbedding(margin, r);
  }

  /// The loss of pairs.
  ///
  /// @param a `[N, D]`
  /// @param b `[N, D]`
  /// @param together `[N]`: 1 where they belong together, −1 where not
  /// @return of shape [], or [N] without reduction
  /// @throws ShapeException when the shapes are others
  public Tensor of(Tensor a, Tensor b, Tensor together) {
    Checks.vectors("cosineEmbedding", a, b);
    if (!together.shape().equals(a.shape().without(1))) {
      throw new ShapeException(
          "cosineEmbedding", "%s says nothing of pairs %s".formatted(together.shape(), a.shape()));
    }
    var cosine = Checks.normalized(a).mul(Checks.normalized(b)).sum(1);
    var apart = cosine.sub(margin).relu();
    return reduction.of(Tensor.where(together.gt(0), cosine.neg().add(1), apart));
  }
}
