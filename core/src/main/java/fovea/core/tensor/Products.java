package fovea.core.tensor;

import fovea.core.array.DType;
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
    check(a, b);
    var left = Precision.input(a);
    return matmul(left, Precision.input(b), left.dtype());
  }

  /// @param type of the result
  private static Tensor matmul(Tensor a, Tensor b, DType type) {
    if (a.shape().rank() == 1) {
      var y = matmul(a.unsqueeze(0), b, type);
      return y.squeeze(b.shape().rank() == 1 ? 0 : -2);
    }
    if (b.shape().rank() == 1) {
      return matmul(a, b.unsqueeze(1), type).squeeze(-1);
    }
    var leading = leading(a.shape(), b.shape());
    var x = a.expand(stack(leading, a.shape()));
    var w = b.expand(stack(leading, b.shape()));
    var y =
        NdArray.allocate(type, stack(leading, Shape.of(a.shape().size(-2), b.shape().size(-1))));
    Kernels.best().matmul(x.array(), w.array(), null, y);
    return Graph.record(y, new Matmul(x, w), x, w);
  }

  private static void check(Tensor a, Tensor b) {
    if (a.dtype() != b.dtype() || !a.dtype().isFloating()) {
      throw new ShapeException(
          "matmul",
          "needs two operands of one floating type, not " + a.dtype() + " and " + b.dtype());
    }
    if (a.shape().rank() == 0 || b.shape().rank() == 0) {
      throw new ShapeException(
          "matmul", a.shape() + " · " + b.shape() + ": a number has no matrix product; use mul");
    }
    int columns = a.shape().size(-1);
    int rows = b.shape().size(b.shape().rank() == 1 ? 0 : -2);
    if (columns != rows) {
      throw new ShapeException(
          "matmul",
          "%s · %s: the left has %d columns, the right %d rows; they must be as many"
              .formatted(a.shape(), b.shape(), columns, rows));
    }
  }

  /// The common leading axes of two stacks of matrices.
  private static Shape leading(Shape a, Shape b) {
    try {
      return Shape.broadcast("matmul", a.without(-1).without(-1), b.without(-1).without(-1));
    } catch (ShapeException e) {
      throw new ShapeException(
          "matmul",
          "%s · %s: the axes before the last two do not broadcast; they must be the same, 1 or missing"
              .formatted(a, b));
    }
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
        a.requiresGrad() ? matmul(gradient, b.transpose(-2, -1), a.dtype()) : null,
        b.requiresGrad() ? matmul(a.transpose(-2, -1), gradient, b.dtype()) : null
      };
    }
  }

  /// y = x·wᵀ + b, the bias added by the product's own kernel.
  static Tensor linear(Tensor x, Tensor w, @Nullable Tensor bias) {
    check(x, w, bias);
    return product(Precision.input(x), w, bias);
  }

  private static Tensor product(Tensor x, Tensor w, @Nullable Tensor bias) {
    if (x.shape().rank() != 2) {
      // Not reshape(-1, in): without features there is no telling how many rows are left.
      int rows = Math.toIntExact(x.shape().without(-1).elements());
      var y = product(x.reshape(rows, w.shape().size(1)), w, bias);
      return y.reshape(x.shape().with(-1, w.shape().size(0)).sizes());
    }
    var y = NdArray.allocate(x.dtype(), Shape.of(x.shape().size(0), w.shape().size(0)));
    Kernels.best()
        .matmul(x.array(), w.array().permute(1, 0), bias == null ? null : bias.array(), y);
    return bias == null
        ? Graph.record(y, new Linear(x, w, null), x, w)
        : Graph.record(y, new Linear(x, w, bias), x, w, bias);
  }

  private static void check(Tensor x, Tensor w, @Nullable Tensor bias) {
    if (w.shape().rank() != 2) {
      throw new ShapeException("linear", "weight " + w.shape() + " is not [out, in]");
    }
    if (x.shape().rank() == 0) {
      throw new ShapeException("linear", "input is a single number, not […, in]");
    }
    if (x.shape().size(-1) != w.shape().size(1)) {
      throw new ShapeException(
          "linear",
          "input %s has %d features, weight %s expects %d"
              .formatted(x.shape(), x.shape().size(-1), w.shape(), w.shape().size(1)));
    }
    if (bias != null && !bias.shape().equals(Shape.of(w.shape().size(0)))) {
      throw new ShapeException(
          "linear",
          "bias %s must be [%d], as weight %s has so many rows"
              .formatted(bias.shape(), w.shape().size(0), w.shape()));
    }
    if (!Precision.fits(x.dtype(), w.dtype()) || (bias != null && bias.dtype() != w.dtype())) {
      throw new ShapeException(
          "linear",
          "input, weight and bias must have one floating type; they are %s, %s%s"
              .formatted(x.dtype(), w.dtype(), bias == null ? "" : " and " + bias.dtype()));
    }
  }

  /// y = x·wᵀ + b: dx = dy·w, dw = dyᵀ·x, db = Σ dy.
  private record Linear(Tensor x, Tensor w, @Nullable Tensor bias) implements Backward {
    @Override
    public Span[] source(int input, Shape of, Shape y, Span... part) {
      var source = Span.all(of);
      if (input == 0) {
        System.arraycopy(part, 0, source, 0, of.rank() - 1);
      }
      return source;
    }

    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      var dx = x.requiresGrad() ? matmul(gradient, w, x.dtype()) : null;
      var dw = w.requiresGrad() ? matmul(gradient.transpose(0, 1), x, w.dtype()) : null;
      return bias == null
          ? new @Nullable Tensor[] {dx, dw}
          : new @Nullable Tensor[] {
            dx, dw, bias.requiresGrad() ? gradient.to(bias.dtype()).sum(0) : null
          };
    }
  }
}
