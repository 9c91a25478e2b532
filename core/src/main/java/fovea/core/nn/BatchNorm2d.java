package fovea.core.nn;

import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Kernels;
import fovea.core.kernel.Norm;
import fovea.core.tensor.Normalization;
import fovea.core.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// Batch normalisation of images, each channel by itself (Ioffe & Szegedy 2015). In training it
/// normalises by the batch's statistics and moves the running ones towards them: running = (1 −
/// momentum)·running + momentum·batch, with the unbiased variance, as PyTorch does. In evaluation,
/// or frozen, it normalises by the running ones.
///
/// **Shapes**: `x [N, C, H, W]` → `y` as x; state `weight`, `bias`, `running_mean`, `running_var`,
/// all `[C]`.
///
/// **Differs** from PyTorch: the number of batches seen is not kept.
public final class BatchNorm2d extends Layer {
  private final int channels;
  private final double eps;
  private final double momentum;
  private final boolean trainedScale;
  private final Parameter weight;
  private final Parameter bias;
  private final Parameter mean;
  private final Parameter variance;

  public BatchNorm2d(int channels) {
    this(channels, 1e-5, 0.1);
  }

  /// With a trained scale.
  ///
  /// @param eps added to the variance, lest it be 0
  /// @param momentum how far the running statistics move towards the batch's, 0 … 1
  public BatchNorm2d(int channels, double eps, double momentum) {
    this(channels, eps, momentum, true);
  }

  /// With all options.
  ///
  /// @param trainedScale whether `weight` is trained; else it belongs to the state, but stays 1
  /// @throws IllegalArgumentException when eps is not above 0, or momentum not in 0 … 1
  public BatchNorm2d(int channels, double eps, double momentum, boolean trainedScale) {
    if (!(eps > 0) || !(momentum >= 0 && momentum <= 1)) {
      throw new IllegalArgumentException(
          "batch norm takes an eps above 0 and momentum in 0 … 1, not " + eps + ", " + momentum);
    }
    this.trainedScale = trainedScale;
    this.channels = channels;
    this.eps = eps;
    this.momentum = momentum;
    var shape = Shape.of(channels);
    weight =
        trainedScale
            ? param("weight", shape, Init.constant(1))
            : buffer("weight", shape, Init.constant(1));
    bias = param("bias", shape, Init.constant(0));
    mean = buffer("running_mean", shape, Init.constant(0));
    variance = buffer("running_var", shape, Init.constant(1));
  }

  @Override
  protected Tensor compute(Tensor x) {
    return normalise(x, null, false);
  }

  /// max(forward(x), 0), in one pass where that is possible.
  public Tensor forwardRelu(Tensor x) {
    return apply(x, z -> normalise(z, null, true));
  }

  /// max(forward(x) + residual, 0), in one pass where that is possible.
  public Tensor forwardAddRelu(Tensor x, Tensor residual) {
    return apply(x, z -> normalise(z, residual, true));
  }

  /// What it normalises by where that is given, in evaluation or frozen; else `null`.
  @Nullable Norm given() {
    return isByBatch()
        ? null
        : new Norm(
            weight.get().array(),
            bias.get().array(),
            mean.get().array(),
            variance.get().array(),
            eps);
  }

  private boolean isByBatch() {
    return Mode.current() instanceof Mode.Train && !isFrozen();
  }

  private Tensor normalise(Tensor x, @Nullable Tensor residual, boolean relu) {
    if (x.shape().rank() != 4) {
      throw new ShapeException("batchNorm2d", "input " + x.shape() + " is not [N, C, H, W]");
    }
    if (!isByBatch()) {
      var y = Normalization.batchNorm(x, weight.get(), bias.get(), mean.get(), variance.get(), eps);
      if (residual != null) {
        return y.addRelu(residual);
      }
      return relu ? y.relu() : y;
    }
    var batch =
        residual != null
            ? Normalization.batchNormAddRelu(x, weight.get(), bias.get(), eps, residual)
            : relu
                ? Normalization.batchNormRelu(x, weight.get(), bias.get(), eps)
                : Normalization.batchNorm(x, weight.get(), bias.get(), eps);
    double n = x.shape().elements() / (double) channels;
    follow(mean.get(), batch.mean(), 1);
    follow(variance.get(), batch.variance(), n / (n - 1));
    return batch.y();
  }

  /// running = (1 − momentum)·running + momentum·correction·batch, in place. The batch's statistics
  /// stay as they are: the backward pass reads them.
  private void follow(Tensor running, Tensor batch, double correction) {
    Kernels.best().blend(running.array(), 1 - momentum, batch.array(), momentum * correction);
  }

  @Override
  public String describe() {
    return "BatchNorm2d(" + channels + (trainedScale ? ")" : ", scale 1)");
  }
}
