package fovea.core.nn;

import fovea.core.array.DType;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Kernels;
import fovea.core.kernel.Norm;
import fovea.core.tensor.Normalization;
import fovea.core.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Batch normalisation, each channel by itself (Ioffe & Szegedy 2015). In training it normalises by
/// the batch's statistics and moves the running ones towards them: running = (1 − momentum)·running
/// + momentum·batch, with the unbiased variance, as PyTorch does. In evaluation, or frozen, it
///   normalises by the running ones.
///
/// State `weight`, `bias`, `running_mean`, `running_var`, all `[C]`, as far as the options leave
/// them.
///
/// **Differs** from PyTorch: the number of batches seen, `num_batches_tracked`, is only kept where
/// it is needed, by [Options#cumulative].
public abstract sealed class BatchNorm extends Layer permits BatchNorm1d, BatchNorm2d, BatchNorm3d {

  /// How batch norm is done.
  ///
  /// @param eps added to the variance, lest it be 0
  /// @param momentum how far the running statistics move towards the batch's, 0 … 1; `null` where
  ///   they are the mean of all batches seen
  /// @param affine whether there are a scale and a shift
  /// @param trainedScale whether the scale is trained; else it belongs to the state, but stays 1
  /// @param runningStatistics whether there are any; else evaluation normalises by its batch too
  public record Options(
      double eps,
      @Nullable Double momentum,
      boolean affine,
      boolean trainedScale,
      boolean runningStatistics) {
    /// PyTorch's: eps 1e-5, momentum 0.1, with all there is.
    public static final Options DEFAULT = new Options(1e-5, 0.1, true, true, true);

    public Options {
      if (!(eps > 0) || (momentum != null && !(momentum >= 0 && momentum <= 1))) {
        throw new IllegalArgumentException(
            "batch norm takes an eps above 0 and momentum in 0 … 1, not " + eps + ", " + momentum);
      }
    }

    public Options eps(double newEps) {
      return new Options(newEps, momentum, affine, trainedScale, runningStatistics);
    }

    public Options momentum(double newMomentum) {
      return new Options(eps, newMomentum, affine, trainedScale, runningStatistics);
    }

    /// Running statistics that are the mean of all batches seen (PyTorch's `momentum=None`).
    public Options cumulative() {
      return new Options(eps, null, affine, trainedScale, runningStatistics);
    }

    public Options withoutAffine() {
      return new Options(eps, momentum, false, trainedScale, runningStatistics);
    }

    public Options fixedScale() {
      return new Options(eps, momentum, affine, false, runningStatistics);
    }

    public Options withoutRunningStatistics() {
      return new Options(eps, momentum, affine, trainedScale, false);
    }
  }

  private final int channels;
  private final Options options;
  private final @Nullable Parameter weight;
  private final @Nullable Parameter bias;
  private final @Nullable Running running;

  /// The statistics of what was seen in training.
  ///
  /// @param batches how many, where that is needed
  private record Running(Parameter mean, Parameter variance, @Nullable Parameter batches) {}

  BatchNorm(int channels, Options options) {
    this.channels = channels;
    this.options = options;
    var shape = Shape.of(channels);
    if (options.affine) {
      weight =
          options.trainedScale
              ? param("weight", shape, Init.constant(1))
              : buffer("weight", shape, Init.constant(1));
      bias = param("bias", shape, Init.constant(0));
    } else {
      weight = null;
      bias = null;
    }
    running =
        options.runningStatistics
            ? new Running(
                buffer("running_mean", shape, Init.constant(0)),
                buffer("running_var", shape, Init.constant(1)),
                options.momentum == null
                    ? buffer("num_batches_tracked", Shape.of(), Init.constant(0))
                    : null)
            : null;
  }

  /// Whether this layer is for inputs of so many axes.
  abstract boolean takes(int rank);

  /// What those are like, for errors.
  abstract String shape();

  @Override
  protected Tensor compute(Tensor x) {
    return normalise(x, null, false);
  }

  /// What it normalises by where that is given, in evaluation or frozen; else `null`.
  @Nullable Norm given() {
    if (running == null || isByBatch()) {
      return null;
    }
    return new Norm(
        scale(running.mean.get().dtype()).array(),
        shift(running.mean.get().dtype()).array(),
        running.mean.get().array(),
        running.variance.get().array(),
        options.eps);
  }

  private Tensor scale(DType type) {
    return weight == null ? Tensor.full(1, Shape.of(channels), type) : weight.get();
  }

  private Tensor shift(DType type) {
    return bias == null ? Tensor.zeros(Shape.of(channels), type) : bias.get();
  }

  private boolean isByBatch() {
    return Mode.current() instanceof Mode.Train && !isFrozen();
  }

  final Tensor normalise(Tensor x, @Nullable Tensor residual, boolean relu) {
    if (!takes(x.shape().rank())) {
      var name = getClass().getSimpleName();
      throw new ShapeException(
          Character.toLowerCase(name.charAt(0)) + name.substring(1),
          "input %s is not %s".formatted(x.shape(), shape()));
    }
    var type = x.dtype() == DType.BF16 ? DType.F32 : x.dtype();
    var scale = scale(type);
    var shift = shift(type);
    if (running != null && !isByBatch()) {
      var y =
          Normalization.batchNorm(
              x, scale, shift, running.mean.get(), running.variance.get(), options.eps);
      if (residual != null) {
        return y.addRelu(residual);
      }
      return relu ? y.relu() : y;
    }
    var batch =
        residual != null
            ? Normalization.batchNormAddRelu(x, scale, shift, options.eps, residual)
            : relu
                ? Normalization.batchNormRelu(x, scale, shift, options.eps)
                : Normalization.batchNorm(x, scale, shift, options.eps);
    if (running != null) {
      follow(running, batch, x.shape().elements() / (double) channels);
    }
    return batch.y();
  }

  /// running = (1 − momentum)·running + momentum·batch, in place. The batch's statistics stay as
  /// they are: the backward pass reads them.
  ///
  /// @param n values a channel
  private void follow(Running running, Normalization.Batch batch, double n) {
    double momentum =
        BatchStatistics.SEEN.isBound()
            ? 1.0 / BatchStatistics.SEEN.get().merge(this, 1, Integer::sum)
            : options.momentum == null ? share(running) : options.momentum;
    var kernels = Kernels.best();
    kernels.blend(running.mean.get().array(), 1 - momentum, batch.mean().array(), momentum);
    kernels.blend(
        running.variance.get().array(),
        1 - momentum,
        batch.variance().array(),
        momentum * n / (n - 1));
  }

  /// The running statistics that there are.
  final List<Tensor> statistics() {
    return running == null ? List.of() : List.of(running.mean.get(), running.variance.get());
  }

  /// Of this batch in the mean of all.
  private static double share(Running running) {
    var batches = running.batches;
    if (batches == null) {
      throw new AssertionError("batches are counted where there is no momentum");
    }
    double count = batches.get().itemAsDouble() + 1;
    Kernels.best().fill(batches.get().array(), count);
    return 1 / count;
  }

  @Override
  public String describe() {
    return getClass().getSimpleName()
        + "("
        + channels
        + (options.affine ? options.trainedScale ? "" : ", scale 1" : ", no affine")
        + (options.runningStatistics ? "" : ", no running statistics")
        + ")";
  }
}
