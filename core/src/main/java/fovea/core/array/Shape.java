package fovea.core.array;

import java.util.Arrays;

/// The sizes of an array along its axes; `[]` is a scalar. Immutable, equal by value.
public final class Shape {
  private static final Shape SCALAR = new Shape();
  private final int[] sizes;
  private final long elements;

  private Shape(int... sizes) {
    this.sizes = sizes;
    long n = 1;
    for (int size : sizes) {
      n *= size;
    }
    this.elements = n;
  }

  /// A shape of these sizes.
  ///
  /// @throws ShapeException for a negative size, or more elements than a `long` counts
  public static Shape of(int... sizes) {
    if (sizes.length == 0) {
      return SCALAR;
    }
    long n = 1;
    for (int size : sizes) {
      if (size < 0) {
        throw new ShapeException("shape", Arrays.toString(sizes) + " has a negative size");
      }
      try {
        n = Math.multiplyExact(n, Math.max(size, 1));
      } catch (ArithmeticException e) {
        throw new ShapeException("shape", Arrays.toString(sizes) + " has too many elements");
      }
    }
    return new Shape(sizes.clone());
  }

  /// The number of axes.
  public int rank() {
    return sizes.length;
  }

  /// The size along an axis; −1 is the last.
  public int size(int axis) {
    return sizes[axis(axis)];
  }

  /// All sizes, a copy.
  public int[] sizes() {
    return sizes.clone();
  }

  /// The number of elements: the product of the sizes, 1 for a scalar.
  public long elements() {
    return elements;
  }

  public boolean isEmpty() {
    return elements == 0;
  }

  /// An axis counted from the front, where −1 means the last.
  ///
  /// @throws ShapeException when there is no such axis
  public int axis(int axis) {
    int a = axis < 0 ? axis + sizes.length : axis;
    if (a < 0 || a >= sizes.length) {
      throw new ShapeException("axis", axis + " is not an axis of " + this);
    }
    return a;
  }

  /// This shape with another size along one axis.
  public Shape with(int axis, int size) {
    var s = sizes.clone();
    s[axis(axis)] = size;
    return of(s);
  }

  /// This shape without one axis.
  public Shape without(int axis) {
    int a = axis(axis);
    var s = new int[sizes.length - 1];
    System.arraycopy(sizes, 0, s, 0, a);
    System.arraycopy(sizes, a + 1, s, a, s.length - a);
    return of(s);
  }

  /// This shape with a new axis before axis `at` (0 … rank).
  public Shape insert(int at, int size) {
    var s = new int[sizes.length + 1];
    System.arraycopy(sizes, 0, s, 0, at);
    s[at] = size;
    System.arraycopy(sizes, at, s, at + 1, sizes.length - at);
    return of(s);
  }

  /// The common shape of two operands: axes are matched from the last, and an axis of size 1, or a
  /// missing one, is repeated (NumPy's rule).
  ///
  /// @throws ShapeException naming the operation when the sizes along an axis differ and none is 1
  public static Shape broadcast(String operation, Shape a, Shape b) {
    if (a.equals(b)) {
      return a;
    }
    int rank = Math.max(a.rank(), b.rank());
    var s = new int[rank];
    for (int i = 1; i <= rank; i++) {
      int x = i <= a.rank() ? a.sizes[a.rank() - i] : 1;
      int y = i <= b.rank() ? b.sizes[b.rank() - i] : 1;
      if (x != y && x != 1 && y != 1) {
        throw new ShapeException(
            operation,
            a + " and " + b + " do not broadcast: axis " + -i + " has sizes " + x + " and " + y);
      }
      s[rank - i] = x == 1 ? y : x;
    }
    return of(s);
  }

  /// Strides, in elements, of a dense row-major layout.
  long[] rowMajor() {
    var strides = new long[sizes.length];
    long step = 1;
    for (int i = sizes.length - 1; i >= 0; i--) {
      strides[i] = step;
      step *= Math.max(sizes[i], 1);
    }
    return strides;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape s && Arrays.equals(sizes, s.sizes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(sizes);
  }

  /// `[64, 1, 28, 28]`.
  @Override
  public String toString() {
    return Arrays.toString(sizes);
  }
}
