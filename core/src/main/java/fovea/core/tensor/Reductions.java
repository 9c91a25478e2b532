package fovea.core.tensor;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Kernels;
import fovea.core.kernel.Reduction;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Sums, means and extremes over axes. The records work on results that keep the reduced axes with
/// size 1.
final class Reductions {
  private Reductions() {}

  /// Over the axes, or over all where none is given, which stay with size 1.
  static Tensor reduce(Reduction f, Tensor x, int... axes) {
    if (!x.dtype().isFloating()) {
      throw new ShapeException(
          name(f), "needs a floating type, not " + x.dtype() + "; cast it with to(DType.F32)");
    }
    var shape = reduced(x.shape(), Axes.of(name(f), x.shape(), axes));
    if (shape.elements() > 0 && x.shape().isEmpty() && (f == Reduction.MAX || f == Reduction.MIN)) {
      throw new ShapeException(
          name(f), x.shape() + " has no elements to take the " + name(f) + " of");
    }
    var y = NdArray.allocate(x.dtype(), shape);
    Kernels.best().reduce(f, x.array(), y);
    return switch (f) {
      case SUM -> Graph.record(y, new Sum(x.shape()), x);
      case MEAN -> Graph.record(y, new Mean(x.shape()), x);
      case MAX, MIN -> Graph.record(y, name(f), result -> new Extreme(f, x, result), x);
    };
  }

  private static String name(Reduction f) {
    return f.name().toLowerCase(Locale.ROOT);
  }

  /// The shape with size 1 along the axes, or along all where none is given.
  static Shape reduced(Shape shape, int... axes) {
    var sizes = shape.sizes();
    if (axes.length == 0) {
      java.util.Arrays.fill(sizes, 1);
    }
    for (int axis : axes) {
      sizes[axis] = 1;
    }
    return Shape.of(sizes);
  }

  /// Drops the axes, or all where none is given.
  static Tensor squeeze(Tensor kept, int... axes) {
    var shape = kept.shape();
    var drop = new boolean[shape.rank()];
    for (int axis : axes) {
      drop[shape.axis(axis)] = true;
    }
    var left = new int[shape.rank()];
    int n = 0;
    for (int i = 0; i < shape.rank(); i++) {
      if (axes.length > 0 && !drop[i]) {
        left[n++] = shape.size(i);
      }
    }
    return kept.reshape(java.util.Arrays.copyOf(left, n));
  }

  /// y = Σ x: dx = dy, repeated.
  private record Sum(Shape x) implements Aligned {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return new @Nullable Tensor[] {gradient.expand(x)};
    }
  }

  /// y = Σ x / n: dx = dy/n, repeated.
  private record Mean(Shape x) implements Aligned {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      double n = x.elements() / (double) Math.max(1, gradient.shape().elements());
      return new @Nullable Tensor[] {gradient.div(n).expand(x)};
    }
  }

  /// y = max x or min x: dx = dy shared evenly among the elements that equal y (PyTorch's amax).
  private record Extreme(Reduction f, Tensor x, Tensor y) implements Aligned {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      var taken = x.eq(y.detach()).to(x.dtype());
      var count = taken.sumTo(y.shape());
      return new @Nullable Tensor[] {gradient.div(count).mul(taken)};
    }

    @Override
    public String operation() {
      return name(f);
    }
  }

  static Tensor argMax(Tensor x, int axis) {
    int a = Axes.of("argMax", x.shape(), axis);
    if (x.shape().size(a) == 0) {
      throw new ShapeException("argMax", x.shape() + " has no elements along axis " + a);
    }
    var y = NdArray.allocate(DType.I64, x.shape().with(a, 1));
    y.storage().origin("argMax");
    Kernels.best().argMax(x.array(), a, y);
    return new Tensor(y, false).reshape(x.shape().without(a).sizes());
  }

  /// Sums over the axes along which `shape` was repeated to reach x's shape; x itself where it was
  /// not.
  static Tensor sumTo(Tensor x, Shape shape) {
    if (x.shape().equals(shape)) {
      return x;
    }
    int extra = x.shape().rank() - shape.rank();
    if (!Shape.broadcast("sumTo", x.shape(), shape).equals(x.shape())) {
      throw new ShapeException("sumTo", shape + " is not repeated to " + x.shape() + " anywhere");
    }
    var axes = new int[x.shape().rank()];
    int n = 0;
    for (int i = 0; i < axes.length; i++) {
      if (i < extra || (shape.size(i - extra) == 1 && x.shape().size(i) != 1)) {
        axes[n++] = i;
      }
    }
    return reduce(Reduction.SUM, x, java.util.Arrays.copyOf(axes, n)).reshape(shape.sizes());
  }
}
