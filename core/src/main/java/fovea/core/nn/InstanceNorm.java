package fovea.core.nn;

import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Kernels;
import fovea.core.tensor.Graph;
import fovea.core.tensor.Normalization;
import fovea.core.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// Instance normalisation: each channel of each image by its own mean and variance (Ulyanov,
/// Vedaldi & Lempitsky 2016).
///
/// State `weight`, `bias`, `running_mean`, `running_var`, all `[C]`, as far as the options want
/// them.
///
/// **Differs** from PyTorch: there must be an axis of images; the number of batches seen is not
/// kept.
public abstract sealed class InstanceNorm extends Layer
    permits InstanceNorm1d, InstanceNorm2d, InstanceNorm3d {

  /// How instance norm is done.
  ///
  /// @param eps added to the variance, lest it be 0
  /// @param momentum how far running statistics move towards the mean of the batch's, 0 … 1
  /// @param affine whether there are a scale and a shift
  /// @param runningStatistics whether there are any: then evaluation normalises by them
  public record Options(double eps, double momentum, boolean affine, boolean runningStatistics) {
    /// PyTorch's: eps 1e-5, momentum 0.1, without scale, shift and running statistics.
    public static final Options DEFAULT = new Options(1e-5, 0.1, false, false);

    public Options {
      if (!(eps > 0) || !(momentum >= 0 && momentum <= 1)) {
        throw new IllegalArgumentException(
            "instance norm takes an eps above 0 and momentum in 0 … 1, not "
                + eps
                + ", "
                + momentum);
      }
    }

    public Options eps(double newEps) {
      return new Options(newEps, momentum, affine, runningStatistics);
    }

    public Options momentum(double newMomentum) {
      return new Options(eps, newMomentum, affine, runningStatistics);
    }

    public Options withAffine() {
      return new Options(eps, momentum, true, runningStatistics);
    }

    public Options withRunningStatistics() {
      return new Options(eps, momentum, affine, true);
    }
  }

  private final int channels;
  private final Options options;
  private final @Nullable Parameter weight;
  private final @Nullable Parameter bias;
  private final @Nullable Running running;

  private record Running(Parameter mean, Parameter variance) {}

  InstanceNorm(int channels, Options options) {
    this.channels = channels;
    this.options = options;
    var shape = Shape.of(channels);
    weight = options.affine ? param("weight", shape, Init.constant(1)) : null;
    bias = options.affine ? param("bias", shape, Init.constant(0)) : null;
    running =
        options.runningStatistics
            ? new Running(
                buffer("running_mean", shape, Init.constant(0)),
                buffer("running_var", shape, Init.constant(1)))
            : null;
  }

  /// How many axes its inputs have.
  abstract int rank();

  /// What they are like, for errors.
  abstract String shape();

  @Override
  protected Tensor compute(Tensor x) {
    var name = getClass().getSimpleName();
    var operation = Character.toLowerCase(name.charAt(0)) + name.substring(1);
    if (x.shape().rank() != rank() || x.shape().size(1) != channels) {
      throw new ShapeException(
          operation, "input %s is not %s with C = %d".formatted(x.shape(), shape(), channels));
    }
    var scale = weight == null ? null : weight.get();
    var shift = bias == null ? null : bias.get();
    boolean training = Mode.current() instanceof Mode.Train && !isFrozen();
    if (running != null && !training) {
      var mean = running.mean.get();
      var one = scale == null ? Tensor.full(1, mean.shape(), mean.dtype()) : scale;
      var zero = shift == null ? Tensor.full(0, mean.shape(), mean.dtype()) : shift;
      return Normalization.batchNorm(x, one, zero, mean, running.variance.get(), options.eps);
    }
    long values = x.shape().elements() / Math.max(1, (long) x.shape().size(0) * channels);
    if (values == 1 && training) {
      throw new ShapeException(
          operation, "training needs more than one value a channel, input is " + x.shape());
    }
    var y = Normalization.instanceNorm(x, scale, shift, options.eps);
    if (running != null) {
      follow(running, y, (double) values);
    }
    return y.y();
  }

  /// Moves towards the mean over the images, of the variances that of the unbiased ones.
  private void follow(Running running, Normalization.Groups batch, double n) {
    double momentum = options.momentum;
    Graph.unrecorded(
        () -> {
          var variance = batch.inverse().pow(-2).sub(options.eps).mean(0);
          var kernels = Kernels.best();
          kernels.blend(
              running.mean.get().array(), 1 - momentum, batch.mean().mean(0).array(), momentum);
          kernels.blend(
              running.variance.get().array(),
              1 - momentum,
              variance.array(),
              momentum * n / (n - 1));
          return null;
        });
  }

  @Override
  public String describe() {
    return "%s(%d%s%s)"
        .formatted(
            getClass().getSimpleName(),
            channels,
            options.affine ? ", affine" : "",
            options.runningStatistics ? ", running statistics" : "");
  }
}
