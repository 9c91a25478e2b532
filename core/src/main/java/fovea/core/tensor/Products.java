package fovea.core.tensor;

import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Kernels;
import org.jspecify.annotations.Nullable;

/// Matrix products.
final class Products {
  private Products() {}

  /// Of vectors, matrices and stacks of them, as [Tensor#matmul(Tensor)] says.
  static Tensor matmul(Tensor a, Tensor b) {
    if (a.shape().rank() == 0 || b.shape().rank() == 0) {
      throw new ShapeException("matmul", "a number has no matrix product; use mul");
    }
    if (a.shape().rank() == 1) {
      var y = matmul(a.unsqueeze(0), b);
      return y.squeeze(b.shape().rank() == 1 ? 0 : -2);
    }
    if (b.shape().rank() == 1) {
      return matmul(a, b.unsqueeze(1)).squeeze(-1);
    }
    check(a, b);
    var leading = Shape.broadcast("matmul", leading(a.shape()), leading(b.shape()));
    var x = a.expand(stack(leading, a.shape()));
    var w = b.expand(stack(leading, b.shape()));
    var y =
        NdArray.allocate(
            a.dtype(), stack(leading, Shape.of(a.shape().size(-2), b.shape().size(-1))));
    Kernels.best().matmul(x.array(), w.array(), null, y);
    return Graph.record(y, new Matmul(x, w), x, w);
  }

  private static void check(Tensor a, Tensor b) {
    if (a.dtype() != b.dtype() || !a.dtype().isFloating()) {
      throw new ShapeException(
          "matmul",
          "needs two operands of one floating type, not " + a.dtype() + " and " + b.dtype());
    }
    if (a.shape().size(-1) != b.shape().size(-2)) {
      throw new ShapeException(
          "matmul",
          "%s has %d columns, %s has %d rows"
              .formatted(a.shape(), a.shape().size(-1), b.shape(), b.shape().size(-2)));
    }
  }

  private static Shape leading(Shape s) {
    return s.without(-1).without(-1);
  }

  private static Shape stack(Shape leading, Shape matrix) {
    return leading
        .insert(leading.rank(), matrix.size(-2))
        .insert(leading.rank() + 1, matrix.size(-1));
  }

  /// y = a·b: da = dy·bᵀ, db = aᵀ·dy.
  private record Matmul(Tensor a, Tensor b) implements Backward {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return new @Nullable Tensor[] {
        a.requiresGrad() ? gradient.matmul(b.transpose(-2, -1)) : null,
        b.requiresGrad() ? a.transpose(-2, -1).matmul(gradient) : null
      };
    }
  }

  /// y = x·wᵀ + b, the bias added by the product's own kernel.
  static Tensor linear(Tensor x, Tensor w, @Nullable Tensor bias) {
    int in = w.shape().size(1);
    if (x.shape().rank() < 1 || x.shape().size(-1) != in) {
      throw new ShapeException(
          "linear",
          "input %s has %d features, weight %s expects %d"
              .formatted(x.shape(), x.shape().rank() < 1 ? 0 : x.shape().size(-1), w.shape(), in));
    }
    if (x.dtype() != w.dtype()) {
      throw new ShapeException(
          "linear", "the input is %s, the weight %s".formatted(x.dtype(), w.dtype()));
    }
    if (x.shape().rank() != 2) {
      var y = linear(x.reshape(-1, in), w, bias);
      return y.reshape(x.shape().with(-1, w.shape().size(0)).sizes());
    }
    var y = NdArray.allocate(x.dtype(), Shape.of(x.shape().size(0), w.shape().size(0)));
    Kernels.best()
        .matmul(x.array(), w.array().permute(1, 0), bias == null ? null : bias.array(), y);
    return bias == null
        ? Graph.record(y, new Linear(x, w, null), x, w)
        : Graph.record(y, new Linear(x, w, bias), x, w, bias);
  }

  /// y = x·wᵀ + b: dx = dy·w, dw = dyᵀ·x, db = Σ dy.
  private record Linear(Tensor x, Tensor w, @Nullable Tensor bias) implements Backward {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      var dx = x.requiresGrad() ? gradient.matmul(w) : null;
      var dw = w.requiresGrad() ? gradient.transpose(0, 1).matmul(x) : null;
      return bias == null
          ? new @Nullable Tensor[] {dx, dw}
          : new @Nullable Tensor[] {dx, dw, bias.requiresGrad() ? gradient.sum(0) : null};
    }
  }
}
