package fovea.lab.parity;

import fovea.core.array.Rng;
import fovea.core.array.Shape;
import java.util.Arrays;
import java.util.function.DoubleSupplier;

/// The random choices of one case: shapes, options, values. Values are float32 numbers, so that
/// both precisions begin alike.
final class Draw {
  private final Rng rng;

  Draw(Rng rng) {
    this.rng = rng;
  }

  /// A whole number from `low` to `high`, both included.
  int in(int low, int high) {
    return low + rng.nextInt(high - low + 1);
  }

  boolean coin() {
    return rng.nextInt(2) == 0;
  }

  @SafeVarargs
  final <T> T of(T... choices) {
    return choices[rng.nextInt(choices.length)];
  }

  double uniform(double low, double high) {
    return (float) rng.uniform(low, high);
  }

  double gaussian() {
    return (float) rng.nextGaussian();
  }

  Rng rng(String purpose) {
    return rng.split(purpose);
  }

  /// A shape of `axes` axes of 1 to `most`.
  Shape shape(int axes, int most) {
    var sizes = new int[axes];
    Arrays.setAll(sizes, _ -> in(1, most));
    return Shape.of(sizes);
  }

  /// A shape that broadcasts with another: some axes 1, some leading ones left out.
  Shape broadcasting(Shape shape) {
    int first = in(0, shape.rank());
    var sizes = Arrays.copyOfRange(shape.sizes(), first, shape.rank());
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = in(0, 3) == 0 ? 1 : sizes[i];
    }
    return Shape.of(sizes);
  }

  /// Normal numbers, of which gradients are wanted.
  Input normal(String name, Shape shape) {
    return input(name, shape, this::gaussian);
  }

  Input normal(String name, int... shape) {
    return normal(name, Shape.of(shape));
  }

  /// Uniform numbers, of which gradients are wanted.
  Input uniform(String name, double low, double high, Shape shape) {
    return input(name, shape, () -> uniform(low, high));
  }

  /// Numbers away from 0, of either sign, of which gradients are wanted.
  Input awayFromZero(String name, Shape shape) {
    return input(name, shape, () -> (coin() ? 1 : -1) * uniform(0.5, 2));
  }

  /// Numbers of which many are alike.
  Input tied(String name, Shape shape) {
    return input(name, shape, () -> in(-1, 1));
  }

  /// Indices from 0 to `bound` − 1.
  Input index(String name, int bound, Shape shape) {
    return new Input(name, shape, values(shape, () -> in(0, bound - 1)), Input.Role.INDEX);
  }

  /// Conditions.
  Input condition(String name, Shape shape) {
    return new Input(name, shape, values(shape, () -> in(0, 1)), Input.Role.CONDITION);
  }

  private Input input(String name, Shape shape, DoubleSupplier value) {
    return new Input(name, shape, values(shape, value), Input.Role.GRADIENT, in(0, 1) == 0);
  }

  double[] values(Shape shape, DoubleSupplier value) {
    var values = new double[Math.toIntExact(shape.elements())];
    Arrays.setAll(values, _ -> (float) value.getAsDouble());
    return values;
  }
}
