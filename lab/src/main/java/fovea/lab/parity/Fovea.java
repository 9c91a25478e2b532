package fovea.lab.parity;

import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.memory.Scope;
import fovea.core.nn.Layer;
import fovea.core.nn.Mode;
import fovea.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/// Fovea's side of a case.
final class Fovea {
  private Fovea() {}

  static Answer answer(Case c, DType type, IntFunction<double[]> cotangent) {
    try (var _ = Scope.open("parity")) {
      c.findLayer().ifPresent(layer -> load(c, layer.to(type), type));
      var inputs = new ArrayList<Tensor>();
      c.inputs().forEach(i -> inputs.add(tensor(c, i, type)));
      // Without a mode layers evaluate, but operations are recorded.
      var y =
          c.training() ? Mode.training(Rng.of(0), () -> c.ours().of(inputs)) : c.ours().of(inputs);
      var answer = Answer.of(y.shape(), y.toDoubles());
      if (c.differentiated()) {
        differentiate(c, y, inputs, answer, cotangent);
      }
      c.findLayer()
          .ifPresent(
              layer ->
                  layer
                      .state()
                      .forEach(
                          (name, value) -> {
                            if (!layer.parameters().containsKey(name)) {
                              answer.state(name, value.toDoubles());
                            }
                          }));
      return answer;
    }
  }

  /// Forward and backward, to be timed: gives back at the end what it allocated.
  static Runnable step(Case c) {
    c.findLayer().ifPresent(layer -> load(c, layer.to(DType.F32), DType.F32));
    var inputs = c.inputs().stream().map(i -> tensor(c, i, DType.F32)).toList();
    var cotangent = new Tensor[1];
    return () -> {
      try (var _ = Scope.open("step")) {
        var y = Mode.training(Rng.of(0), () -> c.ours().of(inputs));
        if (cotangent[0] == null) {
          cotangent[0] = cotangent(y).keep();
        }
        y.backward(cotangent[0]);
      }
    };
  }

  /// Random numbers that lie in memory as y does, which is how a network's next layer hands its
  /// gradient back.
  private static Tensor cotangent(Tensor y) {
    var drawn = Tensor.normal(Rng.of(0), 0, 1, y.shape(), y.dtype());
    return y.array().isContiguous() ? drawn : channelsLast(drawn);
  }

  private static void load(Case c, Layer layer, DType type) {
    var state = new LinkedHashMap<String, Tensor>();
    c.state()
        .forEach((name, values) -> state.put(name, Tensor.of(values, c.shapeOf(name)).to(type)));
    layer.load(state);
  }

  private static void differentiate(
      Case c, Tensor y, List<Tensor> inputs, Answer answer, IntFunction<double[]> cotangent) {
    int n = Math.toIntExact(y.shape().elements());
    var gradients = y.backward(Tensor.of(cotangent.apply(n), y.shape()).to(y.dtype()));
    for (int i = 0; i < inputs.size(); i++) {
      if (c.wants(c.inputs().get(i))) {
        var g = gradients.find(inputs.get(i));
        answer.gradient(
            c.inputs().get(i).name(), g == null ? zeros(inputs.get(i).shape()) : g.toDoubles());
      }
    }
    c.findLayer()
        .ifPresent(
            layer ->
                layer
                    .parameters()
                    .forEach(
                        (name, p) -> {
                          var g = gradients.find(p);
                          answer.gradient(name, g == null ? zeros(p.shape()) : g.toDoubles());
                        }));
  }

  private static double[] zeros(Shape shape) {
    return new double[Math.toIntExact(shape.elements())];
  }

  private static Tensor tensor(Case c, Input input, DType type) {
    var values = Tensor.of(input.values(), input.shape());
    return switch (input.role()) {
      case INDEX -> values.to(DType.I64);
      case CONDITION -> values.to(DType.BOOL);
      case CONSTANT -> laidOut(values.to(type), input);
      case GRADIENT -> {
        var t = laidOut(values.to(type), input);
        yield c.wants(input) ? t.withGrad() : t;
      }
    };
  }

  /// The same values in the order in memory that the input asks for.
  private static Tensor laidOut(Tensor t, Input input) {
    return input.channelsLast() && t.shape().rank() >= 3 ? channelsLast(t) : t;
  }

  private static Tensor channelsLast(Tensor t) {
    int rank = t.shape().rank();
    int[] last =
        IntStream.range(0, rank).map(i -> i == 0 ? 0 : i == rank - 1 ? 1 : i + 1).toArray();
    int[] back =
        IntStream.range(0, rank).map(i -> i == 0 ? 0 : i == 1 ? rank - 1 : i - 1).toArray();
    return t.permute(last).contiguous().permute(back);
  }
}
