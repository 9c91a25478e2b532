package fovea.core.tensor;

import fovea.core.array.Rng;
import fovea.core.array.Shape;
import java.util.Arrays;
import java.util.function.DoubleSupplier;

/// Draws shapes and inputs for the op table. Values are float64 and also float32 numbers, so that
/// both types compute the same thing.
final class Draw {
  /// How large what is drawn is.
  enum Extent {
    /// Without elements, where the row allows it.
    EMPTY,
    /// Small enough to compare with formulas in plain Java and with differences.
    SMALL,
    /// Large enough for kernels to block, unroll and split.
    LARGE
  }

  final Rng rng;
  private final Extent extent;
  private boolean mayBeEmpty;

  Draw(Rng rng, Extent extent) {
    this.rng = rng;
    this.extent = extent;
  }

  /// Whether a size that may be 0 was asked for.
  boolean mayBeEmpty() {
    return mayBeEmpty;
  }

  // ---- sizes

  int between(int low, int high) {
    return low + rng.nextInt(high - low + 1);
  }

  boolean coin() {
    return rng.nextInt(2) == 0;
  }

  /// A size that is not 0.
  int size() {
    return extent == Extent.LARGE ? between(5, 18) : between(1, 4);
  }

  /// A size that is not 0, where many make a large tensor.
  int few() {
    return extent == Extent.LARGE ? between(5, 18) : between(1, 2);
  }

  /// A size that may be 0.
  int batch() {
    mayBeEmpty = true;
    return extent == Extent.EMPTY ? 0 : extent == Extent.LARGE ? between(2, 9) : between(1, 2);
  }

  /// A shape of which the first axis may be empty.
  Shape shape(int rank) {
    var sizes = new int[rank];
    Arrays.setAll(sizes, axis -> axis == 0 ? batch() : size());
    return Shape.of(sizes);
  }

  /// A shape none of whose axes is empty.
  Shape full(int rank) {
    var sizes = new int[rank];
    Arrays.setAll(sizes, axis -> size());
    return Shape.of(sizes);
  }

  /// A shape with no, one, … or four axes.
  Shape shape() {
    return shape(between(extent == Extent.EMPTY ? 1 : 0, 4));
  }

  /// Shapes that broadcast to one another: of a common shape, but for axes of size 1 and missing
  /// leading ones.
  Shape[] broadcasting(int n) {
    var common = shape(between(1, 4));
    var shapes = new Shape[n];
    for (int k = 0; k < n; k++) {
      var sizes = common.sizes();
      for (int axis = 0; axis < sizes.length; axis++) {
        sizes[axis] = coin() ? sizes[axis] : 1;
      }
      shapes[k] = Shape.of(Arrays.copyOfRange(sizes, between(0, sizes.length), sizes.length));
    }
    return shapes;
  }

  // ---- values

  private Tensor fill(Shape shape, DoubleSupplier value) {
    var values = new double[Math.toIntExact(shape.elements())];
    Arrays.setAll(values, i -> (float) value.getAsDouble());
    return Tensor.of(values, shape);
  }

  Tensor normal(Shape shape) {
    return fill(shape, rng::nextGaussian);
  }

  Tensor normal(int... shape) {
    return normal(Shape.of(shape));
  }

  Tensor uniform(double low, double high, Shape shape) {
    return fill(shape, () -> rng.uniform(low, high));
  }

  /// In [0.3, 2).
  Tensor positive(Shape shape) {
    return uniform(0.3, 2, shape);
  }

  /// Of both signs, in absolute value as [#positive].
  Tensor nonzero(Shape shape) {
    return fill(shape, () -> (coin() ? 1 : -1) * rng.uniform(0.3, 2));
  }

  /// In [−2, 2), and not near the corners of a function.
  Tensor awayFrom(Shape shape, double... corners) {
    return fill(
        shape,
        () -> {
          while (true) {
            double v = rng.uniform(-2, 2);
            if (Arrays.stream(corners).noneMatch(c -> Math.abs(v - c) < 0.05)) {
              return v;
            }
          }
        });
  }

  /// Numbers of which no two are near each other.
  Tensor distinct(Shape shape) {
    return distinct(shape, 0);
  }

  /// As [#distinct(Shape)], moved by half a step: none is near one of those either.
  Tensor distinctOdd(Shape shape) {
    return distinct(shape, 0.5);
  }

  private Tensor distinct(Shape shape, double shift) {
    int n = Math.toIntExact(shape.elements());
    var order = rng.permutation(n);
    var values = new double[n];
    Arrays.setAll(values, i -> (float) ((order[i] - n / 2 + shift) * Math.min(0.1, 8.0 / n)));
    return Tensor.of(values, shape);
  }

  /// 0, 1 or 2: many are equal.
  Tensor digits(Shape shape) {
    return fill(shape, () -> rng.nextInt(3));
  }

  Tensor conditions(Shape shape) {
    return digits(shape).gt(0);
  }

  /// Integers in 0 … bound − 1, of 64 or 32 bits.
  Tensor indices(int bound, Shape shape) {
    int n = Math.toIntExact(shape.elements());
    var values = new int[n];
    Arrays.setAll(values, i -> rng.nextInt(bound));
    return coin()
        ? Tensor.of(values, shape)
        : Tensor.of(Arrays.stream(values).asLongStream().toArray(), shape);
  }
}
