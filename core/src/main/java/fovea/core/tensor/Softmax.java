package fovea.core.tensor;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Kernels;
import org.jspecify.annotations.Nullable;

/// Softmax along an axis, and its logarithm.
final class Softmax {
  private Softmax() {}

  static Tensor softmax(Tensor x, int axis, boolean log) {
    var name = log ? "logSoftmax" : "softmax";
    if (!x.dtype().isFloating()) {
      throw new ShapeException(
          name, "needs a floating type, not " + x.dtype() + "; cast it with to(DType.F32)");
    }
    int a = Axes.of(name, x.shape(), axis);
    if (x.dtype() == DType.BF16) {
      return softmax(x.to(DType.F32), a, log);
    }
    var y = NdArray.like(x.array(), x.dtype());
    Kernels.best().softmax(x.array(), a, log, y);
    return Graph.record(y, name, result -> new Op(result, a, log), x);
  }

  /// y = softmax(x): dx = y·(dy − Σ y·dy); y = log softmax(x): dx = dy − exp(y)·Σ dy.
  private record Op(Tensor y, int axis, boolean log) implements Backward {
    @Override
    public Span[] source(int input, Shape x, Shape z, Span... part) {
      var source = part.clone();
      source[axis] = Span.all(x.size(axis));
      return source;
    }

    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return new @Nullable Tensor[] {Graph.isRecording() ? plain(gradient) : fused(gradient)};
    }

    private Tensor plain(Tensor gradient) {
      if (log) {
        return gradient.sub(y.exp().mul(gradient.sumKeep(axis)));
      }
      return y.mul(gradient.sub(y.mul(gradient).sumKeep(axis)));
    }

    private Tensor fused(Tensor gradient) {
      var dx = NdArray.like(y.array(), y.dtype());
      Kernels.best().softmaxBackward(y.array(), gradient.array(), axis, log, dx);
      return new Tensor(dx, false);
    }

    @Override
    public String operation() {
      return log ? "logSoftmax" : "softmax";
    }
  }
}
