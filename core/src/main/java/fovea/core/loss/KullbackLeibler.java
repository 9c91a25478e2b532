package fovea.core.loss;

import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;

/// The Kullback–Leibler divergence of a prediction from a target distribution, Σ t·(log t − log p),
/// from log-probabilities. Where t is 0 there is nothing to add.
///
/// **Shapes**: `prediction` (log-probabilities) and `target` (probabilities) `[N, …]` alike → `[]`,
/// the sum over N where it is the mean; or alike without reduction.
///
/// **Differs** from PyTorch's `KLDivLoss`, whose `mean` divides by the number of elements: this is
/// its `batchmean`.
public record KullbackLeibler(Reduction reduction) implements Loss {
  /// The mean over the samples.
  public KullbackLeibler() {
    this(Reduction.MEAN);
  }

  public KullbackLeibler reduction(Reduction r) {
    return new KullbackLeibler(r);
  }

  /// @throws ShapeException when the shapes differ
  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    Checks.alike("kullbackLeibler", prediction, target);
    if (prediction.shape().rank() == 0) {
      throw new ShapeException("kullbackLeibler", "[] has no samples; it takes [N, …]");
    }
    var some = target.gt(0);
    var logs = Tensor.where(some, target, Tensor.full(1, target.shape(), target.dtype())).log();
    var terms = target.mul(logs.sub(prediction));
    return reduction == Reduction.MEAN
        ? terms.sum().div(prediction.shape().size(0))
        : reduction.of(terms);
  }
}
