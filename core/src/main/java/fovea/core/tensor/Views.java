package fovea.core.tensor;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Kernels;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Operations that only move elements: shapes, slices, joins, casts.
final class Views {
  private Views() {}

  static Tensor reshape(Tensor x, int... sizes) {
    var to = resolve(x.shape(), sizes);
    if (to.equals(x.shape())) {
      return x;
    }
    var view = x.array().reshape(to);
    if (view == null) {
      // Falls through to a copy in row-major order, which any shape fits.
      var copy = NdArray.allocate(x.dtype(), x.shape());
      Kernels.best().copy(x.array(), copy);
      view = copy.reshape(to);
    }
    if (view == null) {
      throw new AssertionError("a row-major array has every shape of its size");
    }
    return Graph.record(view, new Reshape(x.shape()), x);
  }

  /// The shape, with one size −1 replaced by what is left for it.
  private static Shape resolve(Shape from, int... sizes) {
    int open = -1;
    long known = 1;
    for (int i = 0; i < sizes.length; i++) {
      if (sizes[i] == -1 && open < 0) {
        open = i;
      } else {
        known *= sizes[i];
      }
    }
    for (int i = 0; i < sizes.length; i++) {
      if (sizes[i] < 0 && i != open) {
        throw new ShapeException(
            "reshape",
            "%s to %s: one size may be −1, for what is left, and no other negative"
                .formatted(from, Arrays.toString(sizes)));
      }
    }
    if (open < 0) {
      return Shape.of(sizes);
    }
    if (known <= 0 || from.elements() % known != 0) {
      throw new ShapeException(
          "reshape",
          "%s has %d elements, which %s cannot hold"
              .formatted(from, from.elements(), Arrays.toString(sizes)));
    }
    var s = sizes.clone();
    s[open] = (int) (from.elements() / known);
    return Shape.of(s);
  }

  private record Reshape(Shape x) implements Backward {
    @Override
    public Span[] source(int input, Shape x, Shape y, Span... part) {
      var source = Span.all(x);
      int at = 0;
      for (int axis = 0; axis < x.rank(); axis++) {
        if (x.size(axis) == 1) {
          continue;
        }
        while (at < y.rank() && y.size(at) == 1) {
          at++;
        }
        if (at == y.rank() || y.size(at) != x.size(axis)) {
          return Span.all(x); // More than axes of size 1 that come and go.
        }
        source[axis] = part[at++];
      }
      return source;
    }

    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return new @Nullable Tensor[] {gradient.reshape(x.sizes())};
    }
  }

  static Tensor permute(Tensor x, int... axes) {
    var a = Axes.of("permute", x.shape(), axes);
    return Graph.record(x.array().permute(a), new Permute(a), x);
  }

  static Tensor flip(Tensor x, int... axes) {
    var y = x;
    for (int axis : Axes.of("flip", x.shape(), axes)) {
      y = flip(y, axis);
    }
    return y;
  }

  private static Tensor flip(Tensor x, int axis) {
    int size = x.shape().size(axis);
    var y = NdArray.like(x.array(), x.dtype());
    for (int i = 0; i < size; i++) {
      Kernels.best()
          .copy(x.array().slice(axis, i, i + 1, 1), y.slice(axis, size - 1 - i, size - i, 1));
    }
    return Graph.record(y, new Flip(axis), x);
  }

  private record Flip(int axis) implements Backward {
    @Override
    public Span[] source(int input, Shape x, Shape y, Span... part) {
      var source = part.clone();
      int last = x.size(axis) - 1;
      source[axis] = new Span(last - part[axis].to(), last - part[axis].from());
      return source;
    }

    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return new @Nullable Tensor[] {flip(gradient, axis)};
    }
  }

  private record Permute(int... axes) implements Backward {
    @Override
    public Span[] source(int input, Shape x, Shape y, Span... part) {
      var source = Span.all(x);
      for (int i = 0; i < axes.length; i++) {
        source[axes[i]] = part[i];
      }
      return source;
    }

    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      var inverse = new int[axes.length];
      for (int i = 0; i < axes.length; i++) {
        inverse[axes[i]] = i;
      }
      return new @Nullable Tensor[] {gradient.permute(inverse)};
    }
  }

  static Tensor slice(Tensor x, int axis, int start, int end, int step) {
    int a = Axes.of("slice", x.shape(), axis);
    return Graph.record(
        x.array().slice(a, start, end, step), new Slice(x.shape(), a, start, end, step), x);
  }

  /// y = x[start:end:step]: dx = zeros, with dy in those places.
  private record Slice(Shape x, int axis, int start, int end, int step) implements Backward {
    @Override
    public Span[] source(int input, Shape from, Shape y, Span... part) {
      var source = part.clone();
      source[axis] = new Span(start + step * part[axis].from(), start + step * part[axis].to());
      return source;
    }

    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return new @Nullable Tensor[] {place(gradient, x, axis, start, end, step)};
    }
  }

  /// Zeros of a shape, with x in the places of a slice.
  private static Tensor place(Tensor x, Shape shape, int axis, int start, int end, int step) {
    var y = inOrderOf(x, shape);
    Kernels.best().fill(y, 0);
    Kernels.best().copy(x.array(), y.slice(axis, start, end, step));
    return Graph.record(y, new Place(axis, start, end, step), x);
  }

  private record Place(int axis, int start, int end, int step) implements Backward {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return new @Nullable Tensor[] {slice(gradient, axis, start, end, step)};
    }
  }

  static Tensor expand(Tensor x, Shape to) {
    return to.equals(x.shape()) ? x : Graph.record(x.array().expand(to), new Expand(x.shape()), x);
  }

  private record Expand(Shape x) implements Aligned {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return new @Nullable Tensor[] {gradient.sumTo(x)};
    }
  }

  /// An array of another shape for elements of x: images that are not row-major become
  /// channels-last, as the kernels like them.
  static NdArray inOrderOf(Tensor x, Shape shape) {
    return x.array().isContiguous() || shape.rank() != 4
        ? NdArray.allocate(x.dtype(), shape)
        : NdArray.channelsLast(x.dtype(), shape);
  }

  static Tensor concat(int axis, List<Tensor> parts) {
    if (parts.isEmpty()) {
      throw new ShapeException("concat", "there is nothing to join");
    }
    var first = parts.getFirst();
    int a = Axes.of("concat", first.shape(), axis);
    int total = 0;
    for (var part : parts) {
      if (part.shape().rank() != first.shape().rank()
          || !part.shape().with(a, 1).equals(first.shape().with(a, 1))) {
        throw new ShapeException(
            "concat",
            "%s and %s differ along more than axis %d".formatted(first.shape(), part.shape(), a));
      }
      if (part.dtype() != first.dtype()) {
        throw new ShapeException(
            "concat", "the parts are " + first.dtype() + " and " + part.dtype());
      }
      total += part.shape().size(a);
    }
    var shape = first.shape().with(a, total);
    var y = inOrderOf(first, shape);
    int at = 0;
    var ends = new int[parts.size()];
    for (int i = 0; i < ends.length; i++) {
      int end = at + parts.get(i).shape().size(a);
      Kernels.best().copy(parts.get(i).array(), y.slice(a, at, end, 1));
      ends[i] = end;
      at = end;
    }
    return Graph.record(y, new Concat(a, ends), parts.toArray(Tensor[]::new));
  }

  private record Concat(int axis, int... ends) implements Backward {
    @Override
    public Span[] source(int input, Shape x, Shape y, Span... part) {
      var source = part.clone();
      source[axis] = part[axis].shift(input == 0 ? 0 : -ends[input - 1]).on(x.size(axis));
      return source;
    }

    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      var parts = new @Nullable Tensor[ends.length];
      for (int i = 0; i < ends.length; i++) {
        parts[i] = slice(gradient, axis, i == 0 ? 0 : ends[i - 1], ends[i], 1);
      }
      return parts;
    }
  }

  static Tensor pad(Tensor x, int axis, int before, int after, double value) {
    int a = Axes.of("pad", x.shape(), axis);
    if (before < 0 || after < 0) {
      throw new ShapeException("pad", "padding cannot be negative: " + before + ", " + after);
    }
    int size = x.shape().size(a);
    var y = inOrderOf(x, x.shape().with(a, before + size + after));
    Kernels.best().fill(y, value);
    Kernels.best().copy(x.array(), y.slice(a, before, before + size, 1));
    return Graph.record(y, new Pad(a, before, before + size), x);
  }

  private record Pad(int axis, int start, int end) implements Backward {
    @Override
    public Span[] source(int input, Shape x, Shape y, Span... part) {
      var source = part.clone();
      source[axis] = part[axis].shift(-start);
      return source;
    }

    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return new @Nullable Tensor[] {slice(gradient, axis, start, end, 1)};
    }
  }

  static Tensor gather(Tensor x, int axis, Tensor index) {
    int a = checkIndex("gather", x.shape(), axis, index);
    var y = NdArray.allocate(x.dtype(), index.shape());
    Kernels.best().gather(x.array(), a, index.array(), y);
    return Graph.record(y, new Gather(x.shape(), a, index), x);
  }

  /// y[i] = x[index[i]]: dx = zeros, to which each dy[i] is added at index[i].
  private record Gather(Shape x, int axis, Tensor index) implements Backward {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return new @Nullable Tensor[] {scatterAdd(gradient, x, axis, index)};
    }
  }

  static Tensor scatterAdd(Tensor x, Shape shape, int axis, Tensor index) {
    int a = checkIndex("scatterAdd", shape, axis, index);
    if (!x.shape().equals(index.shape())) {
      throw new ShapeException(
          "scatterAdd", "the index " + index.shape() + " is not shaped as x " + x.shape());
    }
    var y = NdArray.allocate(x.dtype(), shape);
    Kernels.best().fill(y, 0);
    Kernels.best().scatterAdd(x.array(), a, index.array(), y);
    return Graph.record(y, new ScatterAdd(a, index), x);
  }

  private record ScatterAdd(int axis, Tensor index) implements Backward {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return new @Nullable Tensor[] {gather(gradient, axis, index)};
    }
  }

  /// Zeros of a shape, into which each element is written at its index along an axis; of several
  /// the last. The gradient goes to all of them.
  static Tensor scatter(Tensor x, Shape shape, int axis, Tensor index) {
    int a = checkIndex("scatter", shape, axis, index);
    var y =
        x.array().isContiguous()
            ? NdArray.allocate(x.dtype(), shape)
            : NdArray.channelsLast(x.dtype(), shape);
    Kernels.best().fill(y, 0);
    Kernels.best().scatter(x.array(), a, index.array(), y);
    return Graph.record(y, new Scatter(a, index), x);
  }

  private record Scatter(int axis, Tensor index) implements Backward {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return new @Nullable Tensor[] {gather(gradient, axis, index)};
    }
  }

  private static int checkIndex(String operation, Shape x, int axis, Tensor index) {
    int a = Axes.of(operation, x, axis);
    if (index.dtype() != DType.I64 && index.dtype() != DType.I32) {
      throw new ShapeException(operation, "the index must be int64 or int32, not " + index.dtype());
    }
    boolean fits = index.shape().rank() == x.rank();
    for (int i = 0; fits && i < x.rank(); i++) {
      fits = i == a || index.shape().size(i) <= x.size(i);
    }
    if (!fits) {
      throw new ShapeException(
          operation,
          "the index %s must have the rank of %s and be no larger but along axis %d"
              .formatted(index.shape(), x, a));
    }
    return a;
  }

  static Tensor cast(Tensor x, DType to) {
    if (x.dtype() == to) {
      return x;
    }
    var y = NdArray.like(x.array(), to);
    Kernels.best().copy(x.array(), y);
    return Graph.record(y, new Cast(x.dtype()), x);
  }

  private record Cast(DType from) implements Aligned {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return new @Nullable Tensor[] {gradient.to(from)};
    }
  }

  /// The same elements in a new array of row-major order; x itself where it is one.
  static Tensor contiguous(Tensor x) {
    if (x.array().isContiguous()) {
      return x;
    }
    var y = NdArray.allocate(x.dtype(), x.shape());
    Kernels.best().copy(x.array(), y);
    return Graph.record(y, new Contiguous(), x);
  }

  private record Contiguous() implements Aligned {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return new @Nullable Tensor[] {gradient};
    }
  }
}
