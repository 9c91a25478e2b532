package fovea.core.tensor;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Kernels;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Normalisation of groups of channels, each by its own statistics: group norm, and as cases of it
/// layer, instance and RMS norm. Of bfloat16, in float32.
final class GroupNormalization {
  private GroupNormalization() {}

  /// @param operation its name in errors and graphs
  /// @param centred whether the mean is taken off
  static Normalization.Groups normalise(
      String operation,
      Tensor x,
      int groups,
      boolean centred,
      @Nullable Tensor scale,
      @Nullable Tensor shift,
      double eps) {
    check(operation, x, scale, shift);
    var gamma = wide(scale);
    var beta = wide(shift);
    if (x.dtype() == DType.BF16) {
      var wide = normalise(operation, x.to(DType.F32), groups, centred, gamma, beta, eps);
      return new Normalization.Groups(wide.y().to(DType.BF16), wide.mean(), wide.inverse());
    }
    int channels = x.shape().size(1);
    if (groups < 1 || channels % groups != 0) {
      throw new ShapeException(
          operation, "%d channels cannot be split into %d groups".formatted(channels, groups));
    }
    var dense = x.array().isDense() ? x : x.contiguous();
    var y = NdArray.like(dense.array(), x.dtype());
    var statistics = Shape.of(x.shape().size(0), groups);
    var mean = NdArray.allocate(x.dtype(), statistics);
    var inverse = NdArray.allocate(x.dtype(), statistics);
    mean.storage().origin(operation + "'s means");
    inverse.storage().origin(operation + "'s inverse deviations");
    Kernels.best()
        .groupNorm(
            dense.array(), groups, centred, array(gamma), array(beta), eps, y, mean, inverse);
    var op =
        new GroupNorm(operation, dense, groups, centred, gamma, beta != null, eps, mean, inverse);
    return new Normalization.Groups(
        Graph.record(y, op, inputs(dense, gamma, beta)),
        new Tensor(mean, false),
        new Tensor(inverse, false));
  }

  private static Tensor[] inputs(Tensor x, @Nullable Tensor gamma, @Nullable Tensor beta) {
    if (gamma == null) {
      return beta == null ? new Tensor[] {x} : new Tensor[] {x, beta};
    }
    return beta == null ? new Tensor[] {x, gamma} : new Tensor[] {x, gamma, beta};
  }

  /// Kernels take parameters in float32 at least.
  private static @Nullable Tensor wide(@Nullable Tensor parameter) {
    return parameter != null && parameter.dtype() == DType.BF16
        ? parameter.to(DType.F32)
        : parameter;
  }

  private static @Nullable NdArray array(@Nullable Tensor t) {
    return t == null ? null : t.array();
  }

  private static void check(
      String operation, Tensor x, @Nullable Tensor gamma, @Nullable Tensor beta) {
    if (x.shape().rank() < 2 || !x.dtype().isFloating()) {
      throw new ShapeException(
          operation, "input %s %s is not a floating [N, C, …]".formatted(x.dtype(), x.shape()));
    }
    int channels = x.shape().size(1);
    for (var parameter : new @Nullable Tensor[] {gamma, beta}) {
      if (parameter == null) {
        continue;
      }
      if (!parameter.shape().equals(Shape.of(channels))) {
        throw new ShapeException(
            operation,
            "input %s has %d channels, scale or shift is %s"
                .formatted(x.shape(), channels, parameter.shape()));
      }
      if (!Precision.fits(x.dtype(), parameter.dtype())) {
        throw new ShapeException(
            operation,
            "input, scale and shift must have one floating type; they are %s and %s"
                .formatted(x.dtype(), parameter.dtype()));
      }
    }
  }

  /// See [Kernels#groupNormBackward].
  private record GroupNorm(
      String operation,
      Tensor x,
      int groups,
      boolean centred,
      @Nullable Tensor gamma,
      boolean shifted,
      double eps,
      NdArray mean,
      NdArray inverse)
      implements Backward {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return Graph.isRecording() ? plain(gradient) : fused(gradient);
    }

    private @Nullable Tensor[] fused(Tensor gradient) {
      var dx = NdArray.like(x.array(), x.dtype());
      var dgamma = gamma == null ? null : parameter();
      var dbeta = shifted ? parameter() : null;
      Kernels.best()
          .groupNormBackward(
              x.array(),
              Normalization.inOrderOf(x, gradient),
              groups,
              centred,
              array(gamma),
              mean,
              inverse,
              dx,
              dgamma,
              dbeta);
      return results(
          new Tensor(dx, false),
          dgamma == null ? null : new Tensor(dgamma, false),
          dbeta == null ? null : new Tensor(dbeta, false));
    }

    private NdArray parameter() {
      return NdArray.allocate(mean.dtype(), Shape.of(x.shape().size(1)));
    }

    private @Nullable Tensor[] results(Tensor dx, @Nullable Tensor dgamma, @Nullable Tensor dbeta) {
      if (dgamma == null) {
        return dbeta == null ? new @Nullable Tensor[] {dx} : new @Nullable Tensor[] {dx, dbeta};
      }
      return dbeta == null
          ? new @Nullable Tensor[] {dx, dgamma}
          : new @Nullable Tensor[] {dx, dgamma, dbeta};
    }

    /// The same, in operations that can be differentiated again; the statistics are computed anew
    /// so that they are part of the graph.
    private @Nullable Tensor[] plain(Tensor dy) {
      var shape = x.shape();
      int n = shape.size(0);
      int length = n == 0 ? 0 : (int) (shape.elements() / n / groups);
      var v = x.reshape(n, groups, length);
      if (centred) {
        v = v.sub(v.meanKeep(2));
      }
      var r = v.mul(v).meanKeep(2).add(eps).pow(-0.5);
      var normal = v.mul(r);
      var perChannel = shape.sizes();
      Arrays.fill(perChannel, 1);
      perChannel[1] = shape.size(1);
      var d = (gamma == null ? dy : dy.mul(gamma.reshape(perChannel))).reshape(n, groups, length);
      var dv = centred ? d.sub(d.meanKeep(2)) : d;
      dv = dv.sub(normal.mul(d.mul(normal).meanKeep(2))).mul(r);
      var others = IntStream.range(0, shape.rank()).filter(axis -> axis != 1).toArray();
      return results(
          dv.reshape(shape.sizes()),
          gamma == null ? null : dy.mul(normal.reshape(shape.sizes())).sum(others),
          shifted ? dy.sum(others) : null);
    }
  }
}
