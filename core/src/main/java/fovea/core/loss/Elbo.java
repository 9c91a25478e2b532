package fovea.core.loss;

import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;

/// The negative evidence lower bound of a variational auto-encoder (Kingma & Welling 2014, equation
/// 10): what the reconstruction lacks, plus how far the code's distribution N(μ, σ²) is from N(0,
/// 1). Means over the samples.
///
/// @param reconstruction of one sample, its elements summed: [BinaryCrossEntropy] of pixels in [0,
///   1], or [MeanSquaredError], which is a Gaussian's with a variance of ½; with [Reduction#SUM]
/// @param beta the weight of the divergence, at least 0 (Higgins et al. 2017, "beta-VAE")
public record Elbo(Loss reconstruction, double beta) {
  public Elbo {
    if (!(beta >= 0)) {
      throw new IllegalArgumentException("beta is at least 0, not " + beta);
    }
  }

  /// With binary cross-entropy from logits, and a beta of 1.
  public Elbo() {
    this(new BinaryCrossEntropy().reduction(Reduction.SUM), 1);
  }

  public Elbo beta(double b) {
    return new Elbo(reconstruction, b);
  }

  /// The loss of a batch.
  ///
  /// @param prediction `[N, …]`, as the reconstruction takes it
  /// @param target `[N, …]`
  /// @param mean μ `[N, D]`
  /// @param logVariance log σ² `[N, D]`
  /// @return of shape []
  public Tensor of(Tensor prediction, Tensor target, Tensor mean, Tensor logVariance) {
    int samples = mean.shape().rank() == 0 ? 0 : mean.shape().size(0);
    if (target.shape().rank() == 0 || target.shape().size(0) != samples) {
      throw new ShapeException(
          "elbo", "%s codes are not of %s targets".formatted(mean.shape(), target.shape()));
    }
    var lacking = reconstruction.of(prediction, target).div(samples);
    return lacking.add(divergence(mean, logVariance).mean().mul(beta));
  }

  /// The divergence of N(μ, σ²) from N(0, 1), −½·Σ(1 + log σ² − μ² − σ²), of each sample.
  ///
  /// @param mean μ `[N, D]`
  /// @param logVariance log σ² `[N, D]`
  /// @return of shape [N]
  public static Tensor divergence(Tensor mean, Tensor logVariance) {
    Checks.vectors("elbo", mean, logVariance);
    var terms = mean.mul(mean).add(logVariance.exp()).sub(logVariance).sub(1);
    return terms.sum(1).mul(0.5);
  }
}
