package fovea.core.tensor;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Kernels;
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
      implements Backward {
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
      implements Backward {
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
      var g = likeInput(gradient);
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

    /// The gradient in the input's order, which fused kernels want.
    private NdArray likeInput(Tensor gradient) {
      if (Arrays.equals(gradient.array().strides(), x.array().strides())) {
        return gradient.array();
      }
      var g = NdArray.like(x.array(), x.dtype());
      Kernels.best().copy(gradient.array(), g);
      return g;
    }
  }
}
