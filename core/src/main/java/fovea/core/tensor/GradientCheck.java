package fovea.core.tensor;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.memory.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/// Compares the gradients of an operation with central differences, (f(x + h) − f(x − h)) / 2h: the
/// test of an operation of one's own.
///
/// ```java
/// GradientCheck.check(in -> cube(in.getFirst()), Tensor.of(0.5f, -2f));
/// GradientCheck.checkSecond(in -> cube(in.getFirst()), Tensor.of(0.5f, -2f));
/// ```
///
/// Computes in float64: floating inputs are converted, others (indices, conditions) are passed as
/// they are and have no gradient. The function must be deterministic and computed in the types of
/// its inputs; at the inputs it must be smooth within 10⁻⁵·√max(1, |x|): the differences see both
/// sides of a corner.
///
/// A result of many numbers is weighted with random numbers, always the same. An error is relative
/// to the largest gradient of the same input; or, where that is more, to a thousandth of the
/// largest result or of 1, since differences cannot tell smaller gradients from rounding. 10⁻⁶ is
/// allowed; what is right stays near 10⁻⁹.
public final class GradientCheck {
  private static final double STEP = 1e-5;
  private static final double ALLOWED = 1e-6;

  private GradientCheck() {}

  /// Checks the gradients of a function with respect to each of its floating inputs, both as
  /// [Tensor#backward()] and as [Graph#gradients] compute them.
  ///
  /// @param f given the inputs as float64 tensors
  /// @param inputs where to check; not changed
  /// @return the largest relative error found
  /// @throws AssertionError naming the input and the element whose gradient is off
  /// @throws IllegalArgumentException when no input or not the result is of a floating type
  public static double check(Function<List<Tensor>, Tensor> f, Tensor... inputs) {
    return check("gradient", f, inputs);
  }

  /// Checks second derivatives: [#check] for the gradients of the function, as [Graph#gradients]
  /// computes them, as functions of the inputs and of the gradient that comes in.
  ///
  /// @param f given the inputs as float64 tensors
  /// @param inputs where to check; not changed
  /// @return the largest relative error found
  /// @throws AssertionError naming the input and the element that is off; the input after the last
  ///   is the gradient that comes in
  /// @throws IllegalArgumentException when no input or not the result is of a floating type
  public static double checkSecond(Function<List<Tensor>, Tensor> f, Tensor... inputs) {
    Function<List<Tensor>, Tensor> gradients =
        in -> {
          var leaves = parameters(in.subList(0, inputs.length));
          var y = f.apply(leaves).mul(in.getLast()).sum();
          var parts = new ArrayList<Tensor>();
          for (var g : Graph.gradients(y, floating(leaves))) {
            parts.add(g.reshape(Math.toIntExact(g.shape().elements())));
          }
          return Tensor.concat(0, parts);
        };
    try (var _ = Scope.open("gradient check")) {
      var points = points(inputs);
      var y = result(f, points);
      points.add(weights(y.shape(), "second"));
      return check("second gradient", gradients, points.toArray(Tensor[]::new));
    }
  }

  private static double check(String what, Function<List<Tensor>, Tensor> f, Tensor... inputs) {
    try (var _ = Scope.open("gradient check")) {
      var points = points(inputs);
      var y = result(f, points);
      var weights = weights(y.shape(), "first");
      var byDifferences = differences(f, points, weights.toDoubles());
      double floor = 1e-3 * Math.max(1, largest(y.toDoubles()));

      var leaves = parameters(points);
      var again = f.apply(leaves);
      var wrt = floating(leaves);
      // What depends on no input has the gradient 0.
      var whole =
          again.requiresGrad()
              ? Graph.gradients(again.mul(weights).sum(), wrt)
              : Arrays.stream(wrt).map(t -> Tensor.zeros(t.shape(), t.dtype())).toList();
      double worst = compare(what + " by Graph.gradients", leaves, whole, byDifferences, floor);
      if (again.requiresGrad()) {
        var found = again.backward(weights);
        var consumed = new ArrayList<Tensor>();
        for (var t : wrt) {
          var g = found.find(t);
          consumed.add(g == null ? Tensor.zeros(t.shape(), t.dtype()) : g);
        }
        worst =
            Math.max(
                worst, compare(what + " by backward()", leaves, consumed, byDifferences, floor));
      }
      return worst;
    }
  }

  /// Private copies in float64, other types as they are.
  private static List<Tensor> points(Tensor... inputs) {
    var points = new ArrayList<Tensor>();
    for (var t : inputs) {
      points.add(
          t.dtype().isFloating() ? Tensor.of(NdArray.of(t.toDoubles(), t.shape())) : t.detach());
    }
    if (floating(points).length == 0) {
      throw new IllegalArgumentException("gradient check: no input is of a floating type");
    }
    return points;
  }

  private static Tensor result(Function<List<Tensor>, Tensor> f, List<Tensor> points) {
    var y = f.apply(points);
    if (y.dtype() != DType.F64) {
      throw new IllegalArgumentException(
          "gradient check: of float64 inputs the function made a result of type " + y.dtype());
    }
    return y;
  }

  private static Tensor weights(Shape shape, String purpose) {
    return Tensor.normal(Rng.of(20).split(purpose), 0, 1, shape, DType.F64);
  }

  private static List<Tensor> parameters(List<Tensor> inputs) {
    return inputs.stream()
        .map(t -> t.requiresGrad() || !t.dtype().isFloating() ? t : t.withGrad())
        .toList();
  }

  private static Tensor[] floating(List<Tensor> inputs) {
    return inputs.stream().filter(t -> t.dtype().isFloating()).toArray(Tensor[]::new);
  }

  /// For each floating input the derivative of Σ weight·f(x) with respect to each of its elements.
  private static List<double[]> differences(
      Function<List<Tensor>, Tensor> f, List<Tensor> points, double[] weights) {
    var all = new ArrayList<double[]>();
    for (var point : floating(points)) {
      var values = point.toDoubles();
      var cells = NdArray.of(values, Shape.of(values.length));
      var gradient = new double[values.length];
      // The copy that f is given: its elements are moved one by one.
      var moved = new ArrayList<>(points);
      moved.replaceAll(t -> t == point ? Tensor.of(reshaped(cells, point.shape())) : t);
      for (int i = 0; i < values.length; i++) {
        double step = STEP * Math.sqrt(Math.max(1, Math.abs(values[i])));
        double above = values[i] + step;
        double below = values[i] - step;
        var high = at(f, moved, cells, i, above);
        var low = at(f, moved, cells, i, below);
        cells.set(values[i], i);
        double sum = 0;
        for (int k = 0; k < weights.length; k++) {
          sum += weights[k] * (high[k] - low[k]);
        }
        gradient[i] = sum / (above - below);
      }
      all.add(gradient);
    }
    return all;
  }

  private static NdArray reshaped(NdArray cells, Shape shape) {
    var view = cells.reshape(shape);
    if (view == null) {
      throw new AssertionError("a row-major array has every shape of its size");
    }
    return view;
  }

  private static double[] at(
      Function<List<Tensor>, Tensor> f, List<Tensor> inputs, NdArray cells, int i, double value) {
    try (var _ = Scope.open("gradient check")) {
      cells.set(value, i);
      return f.apply(inputs).toDoubles();
    }
  }

  private static double compare(
      String what,
      List<Tensor> inputs,
      List<Tensor> gradients,
      List<double[]> byDifferences,
      double floor) {
    double worst = 0;
    int k = 0;
    for (int input = 0; input < inputs.size(); input++) {
      var shape = inputs.get(input).shape();
      if (!inputs.get(input).dtype().isFloating()) {
        continue;
      }
      var found = gradients.get(k).toDoubles();
      var expected = byDifferences.get(k);
      k++;
      double scale = Math.max(floor, Math.max(largest(found), largest(expected)));
      for (int i = 0; i < found.length; i++) {
        double difference = Math.abs(found[i] - expected[i]);
        double error = difference == 0 ? 0 : difference / scale;
        // Not `error > ALLOWED`, which NaN passes.
        if (!(error <= ALLOWED)) {
          throw new AssertionError(
              String.format(
                  Locale.ROOT,
                  "%s: of input %d %s the element %s has %.9g, differences give %.9g (relative error %.1e, allowed %.0e)",
                  what,
                  input,
                  shape,
                  Arrays.toString(index(shape, i)),
                  found[i],
                  expected[i],
                  error,
                  ALLOWED));
        }
        worst = Math.max(worst, error);
      }
    }
    return worst;
  }

  private static double largest(double[] values) {
    double largest = 0;
    for (double v : values) {
      largest = Math.max(largest, Math.abs(v));
    }
    return largest;
  }

  /// The index for each axis of the i-th element in row-major order.
  private static int[] index(Shape shape, int i) {
    var index = new int[shape.rank()];
    int rest = i;
    for (int axis = index.length - 1; axis >= 0; axis--) {
      index[axis] = rest % shape.size(axis);
      rest /= shape.size(axis);
    }
    return index;
  }
}
