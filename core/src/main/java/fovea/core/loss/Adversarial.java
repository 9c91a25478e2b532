package fovea.core.loss;

import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.tensor.Graph;
import fovea.core.tensor.Tensor;
import java.util.Arrays;
import java.util.function.UnaryOperator;

/// What generator and discriminator of an adversarial pair make small, from the discriminator's raw
/// scores (logits) of real and of generated samples, of any shape. Means over the scores.
public enum Adversarial {
  /// The game's own value (Goodfellow et al. 2014, equation 1): the discriminator is as of
  /// [#NON_SATURATING], the generator makes log(1 − σ(fake)) small, whose gradient vanishes while
  /// the discriminator wins.
  MINIMAX,
  /// The generator makes −log σ(fake) small instead (Goodfellow et al. 2014, section 3).
  NON_SATURATING,
  /// Squares of distances to 1 for real and 0 for fake (Mao et al. 2017, equation 9).
  LEAST_SQUARES,
  /// The difference of mean scores (Arjovsky, Chintala & Bottou 2017, equation 2); the critic needs
  /// [#gradientPenalty] or clipped weights.
  WASSERSTEIN;

  /// The loss of the discriminator, or critic.
  ///
  /// @return of shape []
  public Tensor discriminator(Tensor real, Tensor fake) {
    return switch (this) {
      case MINIMAX, NON_SATURATING ->
          Checks.softplus(real.neg()).mean().add(Checks.softplus(fake).mean());
      case LEAST_SQUARES -> square(real.sub(1)).add(square(fake)).mul(0.5);
      case WASSERSTEIN -> fake.mean().sub(real.mean());
    };
  }

  /// The loss of the generator.
  ///
  /// @return of shape []
  public Tensor generator(Tensor fake) {
    return switch (this) {
      case MINIMAX -> Checks.softplus(fake).mean().neg();
      case NON_SATURATING -> Checks.softplus(fake.neg()).mean();
      case LEAST_SQUARES -> square(fake.sub(1)).mul(0.5);
      case WASSERSTEIN -> fake.mean().neg();
    };
  }

  private static Tensor square(Tensor x) {
    return x.mul(x).mean();
  }

  /// The gradient penalty of a critic (Gulrajani et al. 2017, equation 3, there times 10): the mean
  /// of (‖∂critic(x)/∂x‖ − 1)² at points between real and fake. It can be differentiated again,
  /// with respect to the critic's parameters.
  ///
  /// @param critic scores of samples; each sample's depends on itself alone, so without batch norm
  /// @param real `[N, …]`
  /// @param fake `[N, …]`
  /// @param rng where between, drawn for each sample
  /// @return of shape []
  public static Tensor gradientPenalty(
      UnaryOperator<Tensor> critic, Tensor real, Tensor fake, Rng rng) {
    Checks.alike("gradientPenalty", "real", real, "fake", fake);
    int samples = real.shape().size(0);
    var sizes = new int[real.shape().rank()];
    Arrays.fill(sizes, 1);
    sizes[0] = samples;
    var share = Tensor.uniform(rng, 0, 1, Shape.of(sizes), real.dtype());
    var from = fake.detach();
    var between = from.add(real.detach().sub(from).mul(share)).withGrad();
    var slope = Graph.gradients(critic.apply(between).sum(), between).getFirst();
    var off = new PNorm(2).norm(slope.reshape(samples, -1)).sub(1);
    return off.mul(off).mean();
  }
}
