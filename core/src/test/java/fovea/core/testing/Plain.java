package fovea.core.testing;

import fovea.core.array.Shape;
import fovea.core.tensor.Tensor;
import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntUnaryOperator;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/// An array in plain Java, for formulas to compare results with: slow, and obviously right.
public final class Plain {
  private final Shape shape;
  private final double[] values;

  private Plain(Shape shape, double... values) {
    this.shape = shape;
    this.values = values;
  }

  /// The array that has `f(index)` at each index.
  public static Plain fill(Shape shape, ToDoubleFunction<int[]> f) {
    var values = new double[Math.toIntExact(shape.elements())];
    var index = new int[shape.rank()];
    for (int i = 0; i < values.length; i++) {
      values[i] = f.applyAsDouble(index.clone());
      for (int axis = index.length - 1; axis >= 0 && ++index[axis] == shape.size(axis); axis--) {
        index[axis] = 0;
      }
    }
    return new Plain(shape, values);
  }

  public static Plain of(Tensor t) {
    return new Plain(t.shape(), t.toDoubles());
  }

  public Shape shape() {
    return shape;
  }

  public int size(int axis) {
    return shape.size(axis);
  }

  public double[] values() {
    return values;
  }

  /// The element at an index. Axes are matched from the last; there may be more indices than axes,
  /// and along an axis of size 1 every index is that element's: broadcasting.
  public double at(int... index) {
    int missing = index.length - shape.rank();
    int i = 0;
    for (int axis = 0; axis < shape.rank(); axis++) {
      int size = shape.size(axis);
      int at = size == 1 ? 0 : index[axis + missing];
      if (at < 0 || at >= size) {
        throw new AssertionError(Arrays.toString(index) + " lies outside " + shape);
      }
      i = i * size + at;
    }
    return values[i];
  }

  public Plain map(DoubleUnaryOperator f) {
    return fill(shape, i -> f.applyAsDouble(at(i)));
  }

  /// f of each pair, with broadcasting.
  public Plain with(Plain other, DoubleBinaryOperator f) {
    return fill(broadcast(shape, other.shape), i -> f.applyAsDouble(at(i), other.at(i)));
  }

  /// The common shape of two by NumPy's rule; that they fit is taken for granted.
  public static Shape broadcast(Shape a, Shape b) {
    var sizes = new int[Math.max(a.rank(), b.rank())];
    for (int i = 1; i <= sizes.length; i++) {
      int x = i <= a.rank() ? a.size(-i) : 1;
      int y = i <= b.rank() ? b.size(-i) : 1;
      sizes[sizes.length - i] = x == 1 ? y : x;
    }
    return Shape.of(sizes);
  }

  /// The numbers along some axes, or along all where none is given, made one by `f`; the axes
  /// disappear.
  public Plain over(ToDoubleFunction<DoubleStream> f, int... axes) {
    var gone = new boolean[shape.rank()];
    Arrays.fill(gone, axes.length == 0);
    for (int axis : axes) {
      gone[shape.axis(axis)] = true;
    }
    var kept = new int[shape.rank()];
    int n = 0;
    for (int axis = 0; axis < gone.length; axis++) {
      if (!gone[axis]) {
        kept[n++] = axis;
      }
    }
    var keep = Arrays.copyOf(kept, n);
    var all = fill(shape, i -> 0);
    return fill(
        Shape.of(Arrays.stream(keep).map(shape::size).toArray()),
        out ->
            f.applyAsDouble(
                all.indices()
                    .filter(i -> Arrays.equals(out, pick(i, keep)))
                    .mapToDouble(this::at)));
  }

  private java.util.stream.Stream<int[]> indices() {
    var all = new java.util.ArrayList<int[]>();
    fill(
        shape,
        i -> {
          all.add(i);
          return 0;
        });
    return all.stream();
  }

  /// The elements of an index that belong to some axes.
  private static int[] pick(int[] index, int... axes) {
    return Arrays.stream(axes).map(axis -> index[axis]).toArray();
  }

  /// The same values in row-major order in another shape.
  public Plain reshape(Shape to) {
    if (to.elements() != shape.elements()) {
      throw new AssertionError(shape + " is not " + to);
    }
    return new Plain(to, values);
  }

  /// An index with another value at one axis.
  public static int[] at(int[] index, int axis, IntUnaryOperator f) {
    var changed = index.clone();
    changed[axis] = f.applyAsInt(index[axis]);
    return changed;
  }

  @Override
  public String toString() {
    return shape + " " + Arrays.toString(values);
  }
}
