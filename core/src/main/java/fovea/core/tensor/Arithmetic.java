package fovea.core.tensor;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Binary;
import fovea.core.kernel.Kernels;
import fovea.core.kernel.Unary;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Functions of two tensors, element by element, with broadcasting. A broadcast operand's gradient
/// is summed over the axes it was repeated along.
final class Arithmetic {
  private Arithmetic() {}

  static Tensor add(Tensor a, Tensor b) {
    return Graph.record(compute(Binary.ADD, a, b), new Add(a.shape(), b.shape()), a, b);
  }

  /// y = a + b: da = dy, db = dy.
  private record Add(Shape a, Shape b) implements Aligned {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return new @Nullable Tensor[] {gradient.sumTo(a), gradient.sumTo(b)};
    }
  }

  static Tensor addRelu(Tensor a, Tensor b) {
    if (!a.shape().equals(b.shape()) || !Graph.isRecording()) {
      // Without a graph the plain way keeps NaN, which the fused kernels may lose.
      return add(a, b).relu();
    }
    return Graph.record(compute(Binary.ADD_RELU, a, b), "addRelu", y -> new AddRelu(y), a, b);
  }

  /// y = max(a + b, 0): da = db = dy where y > 0, else 0.
  private record AddRelu(Tensor y) implements Aligned {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      if (Graph.isRecording()) {
        var g = gradient.mul(y.gt(0).to(y.dtype()));
        return new @Nullable Tensor[] {g, g};
      }
      var shared = Pointwise.backward(Unary.RELU, y, gradient);
      return new @Nullable Tensor[] {shared, shared};
    }
  }

  static Tensor sub(Tensor a, Tensor b) {
    return Graph.record(compute(Binary.SUB, a, b), new Sub(a.shape(), b), a, b);
  }

  /// y = a − b: da = dy, db = −dy.
  private record Sub(Shape a, Tensor b) implements Aligned {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return new @Nullable Tensor[] {
        gradient.sumTo(a), b.requiresGrad() ? gradient.neg().sumTo(b.shape()) : null
      };
    }
  }

  static Tensor mul(Tensor a, Tensor b) {
    return Graph.record(compute(Binary.MUL, a, b), new Mul(a, b), a, b);
  }

  /// y = a·b: da = dy·b, db = dy·a.
  private record Mul(Tensor a, Tensor b) implements Aligned {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return new @Nullable Tensor[] {
        a.requiresGrad() ? gradient.mul(b).sumTo(a.shape()) : null,
        b.requiresGrad() ? gradient.mul(a).sumTo(b.shape()) : null
      };
    }
  }

  static Tensor div(Tensor a, Tensor b) {
    return Graph.record(compute(Binary.DIV, a, b), "div", y -> new Div(a, b, y), a, b);
  }

  /// y = a/b: da = dy/b, db = −dy·y/b.
  private record Div(Tensor a, Tensor b, Tensor y) implements Aligned {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      var da = gradient.div(b);
      return new @Nullable Tensor[] {
        da.sumTo(a.shape()), b.requiresGrad() ? da.mul(y).neg().sumTo(b.shape()) : null
      };
    }
  }

  static Tensor pow(Tensor a, Tensor b) {
    return Graph.record(compute(Binary.POW, a, b), "pow", y -> new Pow(a, b, y), a, b);
  }

  /// y = a^b: da = dy·b·a^(b−1), db = dy·y·ln a (0 where a is 0).
  private record Pow(Tensor a, Tensor b, Tensor y) implements Aligned {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      Tensor da = null;
      Tensor db = null;
      if (a.requiresGrad()) {
        // b·a^(b−1) is 0 for b = 0, also where a is 0.
        var slope = b.mul(a.pow(b.sub(1)));
        var zero = Tensor.scalar(0, a.dtype());
        da = gradient.mul(Tensor.where(b.eq(0), zero, slope)).sumTo(a.shape());
      }
      if (b.requiresGrad()) {
        var one = Tensor.scalar(1, a.dtype());
        db = gradient.mul(y).mul(Tensor.where(a.eq(0), one, a).log()).sumTo(b.shape());
      }
      return new @Nullable Tensor[] {da, db};
    }
  }

  static Tensor maximum(Tensor a, Tensor b) {
    return Graph.record(compute(Binary.MAX, a, b), new Extreme(Binary.GE, a, b), a, b);
  }

  static Tensor minimum(Tensor a, Tensor b) {
    return Graph.record(compute(Binary.MIN, a, b), new Extreme(Binary.LE, a, b), a, b);
  }

  /// y = max(a, b) or min(a, b): the gradient goes to the one that was taken; at a tie each gets
  /// half, as in PyTorch.
  ///
  /// @param wins GE for the maximum, LE for the minimum
  private record Extreme(Binary wins, Tensor a, Tensor b) implements Aligned {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      // 1 where a alone wins, ½ at a tie, 0 where b alone wins.
      var share =
          compare(wins, a, b)
              .to(a.dtype())
              .add(compare(wins, b, a).to(a.dtype()).neg())
              .mul(0.5)
              .add(0.5);
      return new @Nullable Tensor[] {
        gradient.mul(share).sumTo(a.shape()), gradient.mul(share.neg().add(1)).sumTo(b.shape())
      };
    }

    @Override
    public String operation() {
      return wins == Binary.GE ? "maximum" : "minimum";
    }
  }

  static Tensor compare(Binary f, Tensor a, Tensor b) {
    var y = compute(f, a, b);
    y.storage().origin(name(f));
    return new Tensor(y, false);
  }

  static Tensor where(Tensor condition, Tensor a, Tensor b) {
    if (condition.dtype() != DType.BOOL) {
      throw new ShapeException("where", "the condition must be bool, not " + condition.dtype());
    }
    sameType("where", a, b);
    var shape =
        Shape.broadcast("where", condition.shape(), Shape.broadcast("where", a.shape(), b.shape()));
    var y = result(shape, a.dtype(), a, b, condition);
    Kernels.best()
        .where(
            condition.array().expand(shape), a.array().expand(shape), b.array().expand(shape), y);
    return Graph.record(y, new Where(condition, a, b), a, b);
  }

  /// y = a where c, else b: da = dy where c, else 0; db the other way round.
  private record Where(Tensor condition, Tensor a, Tensor b) implements Aligned {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      var zero = Tensor.scalar(0, gradient.dtype());
      return new @Nullable Tensor[] {
        a.requiresGrad() ? where(condition, gradient, zero).sumTo(a.shape()) : null,
        b.requiresGrad() ? where(condition, zero, gradient).sumTo(b.shape()) : null
      };
    }
  }

  private static NdArray compute(Binary f, Tensor a, Tensor b) {
    var name = name(f);
    sameType(name, a, b);
    var shape = Shape.broadcast(name, a.shape(), b.shape());
    var y = result(shape, f.isComparison() ? DType.BOOL : a.dtype(), a, b);
    Kernels.best().binary(f, a.array().expand(shape), b.array().expand(shape), y);
    return y;
  }

  private static String name(Binary f) {
    return switch (f) {
      case MAX -> "maximum";
      case MIN -> "minimum";
      case ADD_RELU -> "addRelu";
      default -> f.name().toLowerCase(Locale.ROOT);
    };
  }

  private static void sameType(String operation, Tensor a, Tensor b) {
    if (a.dtype() != b.dtype()) {
      throw new ShapeException(
          operation,
          "the operands are %s and %s; cast one of them with to(…)"
              .formatted(a.dtype(), b.dtype()));
    }
  }

  /// An array in the memory order of the first operand that has the result's shape.
  private static NdArray result(Shape shape, DType dtype, Tensor... operands) {
    for (var operand : operands) {
      if (operand.shape().equals(shape)) {
        return NdArray.like(operand.array(), dtype);
      }
    }
    return NdArray.allocate(dtype, shape);
  }
}
