package fovea.core.tensor;

import static fovea.core.tensor.OpTable.row;
import static fovea.core.tensor.OpTable.unary;
import static fovea.core.testing.Plain.fill;

import fovea.core.array.Shape;
import fovea.core.tensor.OpTable.Row;
import fovea.core.testing.Plain;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// The rows of [Activations].
final class OpTableActivations {
  private OpTableActivations() {}

  static Stream<Row> rows() {
    return Stream.of(
        unary(
            "leakyRelu",
            (d, s) -> d.awayFrom(s, 0),
            x -> Activations.leakyRelu(x, 0.2),
            x -> x > 0 ? x : 0.2 * x),
        unary(
            "leakyRelu without a slope",
            (d, s) -> d.awayFrom(s, 0),
            x -> Activations.leakyRelu(x, 0),
            x -> x > 0 ? x : 0),
        unary(
            "relu6",
            (d, s) -> d.awayFrom(s, 0, 1).mul(6),
            Activations::relu6,
            x -> x < 0 ? 0 : x > 6 ? 6 : x),
        unary(
            "elu",
            (d, s) -> d.awayFrom(s, 0),
            x -> Activations.elu(x, 0.7),
            x -> x > 0 ? x : 0.7 * (Math.exp(x) - 1)),
        unary(
            "elu, steep",
            (d, s) -> d.awayFrom(s, 0),
            x -> Activations.elu(x, 1.5),
            x -> x > 0 ? x : 1.5 * (Math.exp(x) - 1)),
        unary(
            "elu far out",
            (d, s) -> d.uniform(-90, 90, s),
            x -> Activations.elu(x, 1),
            x -> x > 0 ? x : Math.exp(x) - 1),
        unary(
            "selu",
            (d, s) -> d.awayFrom(s, 0),
            Activations::selu,
            x -> 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (Math.exp(x) - 1))),
        unary(
            "celu",
            (d, s) -> d.awayFrom(s, 0),
            x -> Activations.celu(x, 0.6),
            x -> x > 0 ? x : 0.6 * (Math.exp(x / 0.6) - 1)),
        unary(
            "threshold",
            (d, s) -> d.awayFrom(s, 0.4),
            x -> Activations.threshold(x, 0.4, -3),
            x -> x > 0.4 ? x : -3),
        unary(
            "softplus",
            Draw::normal,
            x -> Activations.softplus(x, 2),
            x -> Math.log(1 + Math.exp(2 * x)) / 2),
        unary(
            "softplus far out",
            (d, s) -> d.uniform(-90, 90, s),
            x -> Activations.softplus(x, 1),
            x -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
        unary(
            "geluTanh",
            Draw::normal,
            Activations::geluTanh,
            x -> x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)))),
        unary("silu", Draw::normal, Activations::silu, x -> x / (1 + Math.exp(-x))),
        unary(
            "silu far out",
            (d, s) -> d.uniform(-80, 80, s),
            Activations::silu,
            x -> x / (1 + Math.exp(-x))),
        unary(
            "mish", Draw::normal, Activations::mish, x -> x * Math.tanh(Math.log(1 + Math.exp(x)))),
        unary(
            "hardSwish",
            (d, s) -> d.awayFrom(s, -1, 1).mul(3),
            Activations::hardSwish,
            x -> x * Math.max(0, Math.min(6, x + 3)) / 6),
        unary(
            "logSigmoid",
            Draw::normal,
            Activations::logSigmoid,
            x -> Math.log(1 / (1 + Math.exp(-x)))),
        unary(
            "logSigmoid far out",
            (d, s) -> d.uniform(-90, 90, s),
            Activations::logSigmoid,
            x -> Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)))),
        unary("scaledTanh", Draw::normal, Activations::scaledTanh, x -> Math.tanh(x) / 2 + 0.5),
        unary(
            "hardSigmoid",
            (d, s) -> d.awayFrom(s, -1, 1).mul(3),
            Activations::hardSigmoid,
            x -> Math.max(0, Math.min(6, x + 3)) / 6),
        unary(
            "hardTanh",
            (d, s) -> d.awayFrom(s, -0.5, 1),
            x -> Activations.hardTanh(x, -0.5, 1),
            x -> x < -0.5 ? -0.5 : x > 1 ? 1 : x),
        unary("softsign", Draw::nonzero, Activations::softsign, x -> x / (1 + Math.abs(x))),
        unary(
            "hardShrink",
            (d, s) -> d.awayFrom(s, -0.5, 0.5),
            x -> Activations.hardShrink(x, 0.5),
            x -> Math.abs(x) > 0.5 ? x : 0),
        unary(
            "softShrink",
            (d, s) -> d.awayFrom(s, -0.5, 0.5),
            x -> Activations.softShrink(x, 0.5),
            x -> x > 0.5 ? x - 0.5 : x < -0.5 ? x + 0.5 : 0),
        unary("tanhShrink", Draw::normal, Activations::tanhShrink, x -> x - Math.tanh(x)),
        row(
            "softmin",
            d -> List.of(d.normal(d.shape(3))),
            t -> Activations.softmin(t.get(0), 1),
            v -> {
              var x = v.get(0);
              return fill(
                  x.shape(),
                  i ->
                      1
                          / IntStream.range(0, x.size(1))
                              .mapToDouble(k -> Math.exp(x.at(i) - x.at(Plain.at(i, 1, j -> k))))
                              .sum());
            }),
        row(
            "glu",
            d -> List.of(d.normal(Shape.of(d.batch(), 2 * d.size(), d.size()))),
            t -> Activations.glu(t.get(0), 1),
            v -> {
              var x = v.get(0);
              int half = x.size(1) / 2;
              return fill(
                  Shape.of(x.size(0), half, x.size(2)),
                  i -> x.at(i) / (1 + Math.exp(-x.at(Plain.at(i, 1, j -> j + half)))));
            }),
        row(
            "maxout",
            d -> List.of(d.distinct(Shape.of(d.batch(), 3 * d.size(), d.size()))),
            t -> Activations.maxout(t.get(0), 3, -2),
            v -> {
              var x = v.get(0);
              return fill(
                  Shape.of(x.size(0), x.size(1) / 3, x.size(2)),
                  i ->
                      IntStream.range(0, 3)
                          .mapToDouble(k -> x.at(Plain.at(i, 1, j -> 3 * j + k)))
                          .max()
                          .orElseThrow());
            }),
        prelu("prelu of channels", d -> Shape.of(d.batch(), d.size(), d.size()), true),
        prelu("prelu with one slope", d -> Shape.of(d.batch(), d.size()), false));
  }

  private static Row prelu(
      String name, java.util.function.Function<Draw, Shape> shapes, boolean perChannel) {
    return row(
        name,
        d -> {
          var s = shapes.apply(d);
          return List.of(d.awayFrom(s, 0), d.normal(perChannel ? s.size(1) : 1));
        },
        t -> Activations.prelu(t.get(0), t.get(1)),
        v ->
            fill(
                v.get(0).shape(),
                i -> {
                  double x = v.get(0).at(i);
                  return x > 0 ? x : x * v.get(1).at(perChannel ? i[1] : 0);
                }));
  }
}
