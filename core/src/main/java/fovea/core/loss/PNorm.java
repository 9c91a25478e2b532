package fovea.core.loss;

import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;

/// The p-norm of the difference of each sample, (Σ |prediction − target|ᵖ)^(1/p) over all axes but
/// the first. Where prediction and target are equal its gradient is 0.
///
/// **Shapes**: `prediction` and `target` `[N, …]` alike → `[]`, or `[N]` without reduction.
///
/// @param p at least 1; infinity for the largest difference
public record PNorm(double p, Reduction reduction) implements Loss {
  public PNorm {
    if (!(p >= 1)) {
      throw new IllegalArgumentException("a norm's p is at least 1, not " + p);
    }
  }

  /// The mean over the samples.
  public PNorm(double p) {
    this(p, Reduction.MEAN);
  }

  public PNorm reduction(Reduction r) {
    return new PNorm(p, r);
  }

  /// @throws ShapeException when the shapes differ or have no axis for samples
  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    Checks.alike("pNorm", prediction, target);
    if (prediction.shape().rank() == 0) {
      throw new ShapeException("pNorm", "[] has no samples; it takes [N, …]");
    }
    return reduction.of(norm(prediction.sub(target).reshape(prediction.shape().size(0), -1)));
  }

  /// Of the rows of a matrix.
  Tensor norm(Tensor x) {
    var sizes = x.abs();
    if (p == 1) {
      return sizes.sum(1);
    }
    var most = sizes.max(1);
    if (Double.isInfinite(p)) {
      return most;
    }
    // Rows of zeros, whose root has no derivative, are 0 with a gradient of 0. Dividing by the
    // largest keeps powers from overflowing; that the quotient does not depend on it is known.
    var zero = most.detach().eq(0);
    var scale = Tensor.where(zero, Tensor.full(1, most.shape(), most.dtype()), most.detach());
    var sum = sizes.div(scale.unsqueeze(1)).pow(p).sum(1);
    var root = Tensor.where(zero, sum.add(1), sum).pow(1 / p).mul(scale);
    return Tensor.where(zero, sum, root);
  }
}
