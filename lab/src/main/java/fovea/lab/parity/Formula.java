package fovea.lab.parity;

import fovea.core.array.DType;
import fovea.core.array.Shape;
import java.util.List;
import java.util.function.IntFunction;

/// The formula in plain Java as the reference, for what LibTorch does not have; gradients by
/// central differences of the formula.
///
/// @param shape of the result
/// @param function from the values of all inputs, and after them of the layer's state, to the
///   result
record Formula(Shape shape, Function function) implements Reference {
  private static final double STEP = 1e-5;

  interface Function {
    double[] of(List<double[]> values);
  }

  @Override
  public double allowed(DType type) {
    // Differences of float64 are good to about 1e-9.
    return type == DType.F32 ? 1e-5 : 1e-7;
  }

  @Override
  public Answer answer(Case c, DType type, IntFunction<double[]> cotangent) {
    var values = new java.util.ArrayList<double[]>();
    c.inputs().forEach(i -> values.add(i.values().clone()));
    c.state().values().forEach(v -> values.add(v.clone()));
    var y = function.of(values);
    var answer = Answer.of(shape, y);
    if (!c.differentiated()) {
      return answer;
    }
    var weights = cotangent.apply(y.length);
    for (int i = 0; i < c.inputs().size(); i++) {
      if (c.wants(c.inputs().get(i))) {
        answer.gradient(c.inputs().get(i).name(), differences(values, i, weights));
      }
    }
    if (c.layer() != null) {
      var names = List.copyOf(c.state().keySet());
      for (var name : c.layer().parameters().keySet()) {
        int at = c.inputs().size() + names.indexOf(name);
        answer.gradient(name, differences(values, at, weights));
      }
    }
    return answer;
  }

  private double[] differences(List<double[]> values, int which, double[] weights) {
    var x = values.get(which);
    var gradient = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      double at = x[i];
      double step = STEP * Math.max(1, Math.abs(at));
      x[i] = at + step;
      double above = weighted(function.of(values), weights);
      x[i] = at - step;
      double below = weighted(function.of(values), weights);
      x[i] = at;
      gradient[i] = (above - below) / (2 * step);
    }
    return gradient;
  }

  private static double weighted(double[] y, double[] weights) {
    double sum = 0;
    for (int i = 0; i < y.length; i++) {
      sum += y[i] * weights[i];
    }
    return sum;
  }
}
