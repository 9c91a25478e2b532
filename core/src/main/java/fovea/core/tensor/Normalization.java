package fovea.core.tensor;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Kernels;
import fovea.core.kernel.Window;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Normalisation by statistics.
public final class Normalization {
  private Normalization() {}

  /// What [#batchNorm] computes.
  ///
  /// @param y the normalised input
  /// @param mean of the batch, `[C]`, not differentiable
  /// @param variance of the batch, `[C]`, biased (divided by the number of values), not
  ///   differentiable
  public record Batch(Tensor y, Tensor mean, Tensor variance) {}

  /// Batch normalisation by the batch's own statistics: y = gamma·(x − mean)/√(variance + eps) +
  /// beta, each channel by itself (Ioffe & Szegedy 2015, algorithm 1).
  ///
  /// **Shapes**: `x [N, C, …]`, `gamma`, `beta [C]` → `y` as x.
  ///
  /// @throws ShapeException when there is but one value a channel, whose variance says nothing
  public static Batch batchNorm(Tensor x, Tensor gamma, Tensor beta, double eps) {
    return batchNorm(x, gamma, beta, eps, null, false);
  }

  /// As [#batchNorm], followed by ReLU, in one pass where that is faster.
  public static Batch batchNormRelu(Tensor x, Tensor gamma, Tensor beta, double eps) {
    return batchNorm(x, gamma, beta, eps, null, true);
  }

  /// As [#batchNorm], followed by the addition of `residual`, of x's shape, and ReLU.
  ///
  /// @throws ShapeException when the residual has another shape or type
  public static Batch batchNormAddRelu(
      Tensor x, Tensor gamma, Tensor beta, double eps, Tensor residual) {
    if (!residual.shape().equals(x.shape()) || residual.dtype() != x.dtype()) {
      throw new ShapeException(
          "batchNorm",
          "the residual is %s %s, the input %s %s"
              .formatted(residual.dtype(), residual.shape(), x.dtype(), x.shape()));
    }
    return batchNorm(x, gamma, beta, eps, residual, true);
  }

  private static Batch batchNorm(
      Tensor x, Tensor gamma, Tensor beta, double eps, @Nullable Tensor residual, boolean relu) {
    int channels = check(x, gamma, beta);
    if (x.shape().elements() <= channels) {
      throw new ShapeException(
          "batchNorm", "training needs more than one value a channel, input is " + x.shape());
    }
    var y = NdArray.like(x.array(), x.dtype());
    var mean = NdArray.allocate(gamma.dtype(), Shape.of(channels));
    var variance = NdArray.allocate(gamma.dtype(), Shape.of(channels));
    mean.storage().origin("batchNorm's mean");
    variance.storage().origin("batchNorm's variance");
    var m = new Tensor(mean, false);
    var v = new Tensor(variance, false);
    var kernels = Kernels.best();
    boolean alike =
        residual == null || Arrays.equals(residual.array().strides(), x.array().strides());
    long bytes =
        relu && alike && Graph.isRecording()
            ? kernels.batchNormReluWorkspaceBytes(
                x.array(), gamma.array(), beta.array(), residual != null)
            : -1;
    if (bytes >= 0) {
      var workspace = NdArray.allocate(DType.U8, Shape.of(Math.toIntExact(bytes)));
      workspace.storage().origin("batchNormRelu's workspace");
      kernels.batchNormReluTrain(
          x.array(),
          gamma.array(),
          beta.array(),
          eps,
          residual == null ? null : residual.array(),
          y,
          mean,
          variance,
          workspace);
      Function<Tensor, Backward> op =
          z -> new BatchNormRelu(x, z, gamma, beta, m, v, eps, residual, workspace);
      var result =
          residual == null
              ? Graph.record(y, "batchNormRelu", op, x, gamma, beta)
              : Graph.record(y, "batchNormAddRelu", op, x, gamma, beta, residual);
      return new Batch(result, m, v);
    }
    kernels.batchNormTrain(x.array(), gamma.array(), beta.array(), eps, y, mean, variance);
    var normal = Graph.record(y, new BatchNorm(x, gamma, m, v, eps, true), x, gamma, beta);
    if (residual != null) {
      return new Batch(normal.addRelu(residual), m, v);
    }
    return new Batch(relu ? normal.relu() : normal, m, v);
  }

  /// Batch normalisation by given statistics, as in evaluation; no gradient passes to them.
  public static Tensor batchNorm(
      Tensor x, Tensor gamma, Tensor beta, Tensor mean, Tensor variance, double eps) {
    int channels = check(x, gamma, beta);
    for (var statistic : List.of(mean, variance)) {
      if (!statistic.shape().equals(Shape.of(channels)) || statistic.dtype() != gamma.dtype()) {
        throw new ShapeException(
            "batchNorm",
            "input %s %s has %d channels, the mean is %s %s and the variance %s %s"
                .formatted(
                    x.dtype(),
                    x.shape(),
                    channels,
                    mean.dtype(),
                    mean.shape(),
                    variance.dtype(),
                    variance.shape()));
      }
    }
    var y = NdArray.like(x.array(), x.dtype());
    Kernels.best()
        .batchNormEval(
            x.array(), gamma.array(), beta.array(), mean.array(), variance.array(), eps, y);
    var op = new BatchNorm(x, gamma, mean.detach(), variance.detach(), eps, false);
    return Graph.record(y, op, x, gamma, beta);
  }

  // ---- by statistics of parts of an image

  /// What [#groupNorm] computes.
  ///
  /// @param y the normalised input
  /// @param mean of each group, `[N, groups]`, not differentiable
  /// @param inverse 1/√(variance + eps), `[N, groups]`, not differentiable
  public record Groups(Tensor y, Tensor mean, Tensor inverse) {}

  /// Group normalisation: the channels of each image are split into groups, and each is normalised
  /// by its own mean and (biased) variance; then y = gamma·normal + beta, each channel by its own
  /// (Wu & He 2018, equation 7).
  ///
  /// **Shapes**: `x [N, C, …]`, `gamma`, `beta [C]` → `y` as x.
  ///
  /// @throws ShapeException when the channels cannot be split so
  public static Groups groupNorm(
      Tensor x, int groups, @Nullable Tensor gamma, @Nullable Tensor beta, double eps) {
    return GroupNormalization.normalise("groupNorm", x, groups, true, gamma, beta, eps);
  }

  /// Instance normalisation: each channel of each image by its own mean and variance (Ulyanov,
  /// Vedaldi & Lempitsky 2016).
  ///
  /// **Shapes**: `x [N, C, …]`, `gamma`, `beta [C]` → `y` as x; statistics `[N, C]`.
  public static Groups instanceNorm(
      Tensor x, @Nullable Tensor gamma, @Nullable Tensor beta, double eps) {
    int channels = x.shape().rank() < 2 ? 1 : x.shape().size(1);
    return GroupNormalization.normalise("instanceNorm", x, channels, true, gamma, beta, eps);
  }

  /// Layer normalisation: the last axes together, by their own mean and variance (Ba, Kiros &
  /// Hinton 2016, equation 4).
  ///
  /// **Shapes**: `x […, sizes]`, `gamma`, `beta sizes` → `y` as x.
  ///
  /// @param sizes those of the last axes
  /// @throws ShapeException when x ends otherwise
  public static Tensor layerNorm(
      Tensor x, Shape sizes, @Nullable Tensor gamma, @Nullable Tensor beta, double eps) {
    return lastAxes("layerNorm", x, sizes, true, gamma, beta, eps);
  }

  /// Root-mean-square normalisation: y = gamma·x/√(mean(x²) + eps) over the last axes (Zhang &
  /// Sennrich 2019, equation 4).
  ///
  /// **Shapes**: `x […, sizes]`, `gamma sizes` → `y` as x.
  ///
  /// @param sizes those of the last axes
  /// @throws ShapeException when x ends otherwise
  public static Tensor rmsNorm(Tensor x, Shape sizes, @Nullable Tensor gamma, double eps) {
    return lastAxes("rmsNorm", x, sizes, false, gamma, null, eps);
  }

  private static Tensor lastAxes(
      String operation,
      Tensor x,
      Shape sizes,
      boolean centred,
      @Nullable Tensor gamma,
      @Nullable Tensor beta,
      double eps) {
    int first = x.shape().rank() - sizes.rank();
    boolean fits = first >= 0 && sizes.rank() > 0;
    for (int i = 0; fits && i < sizes.rank(); i++) {
      fits = x.shape().size(first + i) == sizes.size(i);
    }
    if (!fits) {
      throw new ShapeException(
          operation, "input %s does not end with %s".formatted(x.shape(), sizes));
    }
    int length = Math.toIntExact(sizes.elements());
    int rows = length == 0 ? 0 : (int) (x.shape().elements() / length);
    var y =
        GroupNormalization.normalise(
            operation,
            x.reshape(rows, length),
            1,
            centred,
            gamma == null ? null : gamma.reshape(length),
            beta == null ? null : beta.reshape(length),
            eps);
    return y.y().reshape(x.shape().sizes());
  }

  /// Local response normalisation: y = x/(k + alpha·mean)^beta, mean being that of x² over `size`
  /// neighbouring channels, those beyond the first and last counting as 0 (Krizhevsky, Sutskever &
  /// Hinton 2012, section 3.3, whose alpha is multiplied with the sum: PyTorch's divided by
  /// `size`).
  ///
  /// **Shapes**: `x [N, C, …]` → as x.
  public static Tensor localResponseNorm(Tensor x, int size, double alpha, double beta, double k) {
    var shape = x.shape();
    if (shape.rank() < 3) {
      throw new ShapeException("localResponseNorm", "input " + shape + " is not [N, C, …]");
    }
    if (size < 1) {
      throw new IllegalArgumentException(
          "localResponseNorm takes at least one channel, not " + size);
    }
    if (shape.isEmpty()) {
      return x;
    }
    int n = shape.size(0);
    int channels = shape.size(1);
    int pixels = (int) (shape.elements() / n / channels);
    // The image on its side, pixels in the place of channels: a window of channels is one of rows.
    var square = x.mul(x).reshape(n, channels, pixels).permute(0, 2, 1).unsqueeze(3);
    var window = Window.of(size, 1).pad(size / 2, 0, (size - 1) / 2, 0);
    var mean = Pooling.avgPool2d(square, window).squeeze(3).permute(0, 2, 1);
    return x.mul(mean.mul(alpha).add(k).pow(-beta).reshape(shape.sizes()));
  }

  /// A gradient in the order in which the input lies, which fused kernels want.
  static NdArray inOrderOf(Tensor x, Tensor gradient) {
    if (Arrays.equals(gradient.array().strides(), x.array().strides())) {
      return gradient.array();
    }
    var g = NdArray.like(x.array(), x.dtype());
    Kernels.best().copy(gradient.array(), g);
    return g;
  }

  private static int check(Tensor x, Tensor gamma, Tensor beta) {
    if (x.shape().rank() < 2) {
      throw new ShapeException("batchNorm", "input " + x.shape() + " is not [N, C, …]");
    }
    int channels = x.shape().size(1);
    if (!gamma.shape().equals(Shape.of(channels)) || !beta.shape().equals(Shape.of(channels))) {
      throw new ShapeException(
          "batchNorm",
          "input %s has %d channels, the scale is %s and the shift %s"
              .formatted(x.shape(), channels, gamma.shape(), beta.shape()));
    }
    if (!Precision.fits(x.dtype(), gamma.dtype()) || gamma.dtype() != beta.dtype()) {
      throw new ShapeException(
          "batchNorm",
          "input, scale and shift must have one floating type; they are %s, %s and %s"
              .formatted(x.dtype(), gamma.dtype(), beta.dtype()));
    }
    return channels;
  }

  /// @param training whether mean and variance are functions of x
  private record BatchNorm(
      Tensor x, Tensor gamma, Tensor mean, Tensor variance, double eps, boolean training)
      implements Aligned {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return Graph.isRecording() ? plain(gradient) : fused(gradient);
    }

    private @Nullable Tensor[] fused(Tensor gradient) {
      var dx = NdArray.like(x.array(), x.dtype());
      var dgamma = NdArray.allocate(gamma.dtype(), gamma.shape());
      var dbeta = NdArray.allocate(gamma.dtype(), gamma.shape());
      Kernels.best()
          .batchNormBackward(
              x.array(),
              gradient.array(),
              gamma.array(),
              mean.array(),
              variance.array(),
              eps,
              training,
              dx,
              dgamma,
              dbeta);
      return new @Nullable Tensor[] {
        new Tensor(dx, false), new Tensor(dgamma, false), new Tensor(dbeta, false)
      };
    }

    /// The same, in operations that can be differentiated again; the statistics are computed anew
    /// so that they are part of the graph.
    private @Nullable Tensor[] plain(Tensor dy) {
      return plain(x.to(gamma.dtype()), dy.to(gamma.dtype()));
    }

    private @Nullable Tensor[] plain(Tensor x, Tensor gradient) {
      var axes = new int[x.shape().rank() - 1];
      for (int i = 1; i < axes.length; i++) {
        axes[i] = i + 1;
      }
      var perChannel = x.shape().sizes();
      for (int axis : axes) {
        perChannel[axis] = 1;
      }
      var centred = training ? x.sub(x.meanKeep(axes)) : x.sub(mean.reshape(perChannel));
      var spread = training ? centred.mul(centred).meanKeep(axes) : variance.reshape(perChannel);
      var inverse = spread.add(eps).pow(-0.5);
      var normal = centred.mul(inverse);
      var scale = gamma.reshape(perChannel);
      var dnormal = gradient.mul(scale);
      var dx =
          training
              ? dnormal
                  .sub(dnormal.meanKeep(axes))
                  .sub(normal.mul(dnormal.mul(normal).meanKeep(axes)))
                  .mul(inverse)
              : dnormal.mul(inverse);
      return new @Nullable Tensor[] {
        dx.to(this.x.dtype()), gradient.mul(normal).sum(axes), gradient.sum(axes)
      };
    }
  }

  /// Batch norm by the batch's statistics, then + residual, then ReLU.
  ///
  /// @param y the result
  /// @param workspace where that is above 0, in the kernels' own way
  private record BatchNormRelu(
      Tensor x,
      Tensor y,
      Tensor gamma,
      Tensor beta,
      Tensor mean,
      Tensor variance,
      double eps,
      @Nullable Tensor residual,
      NdArray workspace)
      implements Aligned {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return Graph.isRecording() ? plain(gradient) : fused(gradient);
    }

    private @Nullable Tensor[] plain(Tensor gradient) {
      var passed = gradient.mul(y.gt(0).to(gradient.dtype()));
      var below = new BatchNorm(x, gamma, mean, variance, eps, true).backward(passed);
      return residual == null
          ? below
          : new @Nullable Tensor[] {below[0], below[1], below[2], passed};
    }

    private @Nullable Tensor[] fused(Tensor gradient) {
      var g = inOrderOf(x, gradient);
      var dx = NdArray.like(x.array(), x.dtype());
      var dresidual = residual == null ? null : NdArray.like(x.array(), x.dtype());
      var dgamma = NdArray.allocate(gamma.dtype(), gamma.shape());
      var dbeta = NdArray.allocate(gamma.dtype(), gamma.shape());
      Kernels.best()
          .batchNormReluBackward(
              x.array(),
              y.array(),
              g,
              gamma.array(),
              beta.array(),
              mean.array(),
              variance.array(),
              eps,
              workspace,
              dx,
              dresidual,
              dgamma,
              dbeta);
      var below =
          new @Nullable Tensor[] {
            new Tensor(dx, false), new Tensor(dgamma, false), new Tensor(dbeta, false), null
          };
      if (dresidual == null) {
        return Arrays.copyOf(below, 3);
      }
      below[3] = new Tensor(dresidual, false);
      return below;
    }
  }
}
