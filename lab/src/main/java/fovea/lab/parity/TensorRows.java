package fovea.lab.parity;

import static fovea.lab.parity.Row.composed;
import static fovea.lab.parity.Row.libtorch;

import fovea.core.array.DType;
import fovea.core.array.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/// The methods of Tensor.
final class TensorRows {
  private TensorRows() {}

  static List<Row> all() {
    var rows = new ArrayList<Row>();
    arithmetic(rows);
    comparison(rows);
    pointwise(rows);
    reductions(rows);
    products(rows);
    shapes(rows);
    return rows;
  }

  // ---- arithmetic

  private static void arithmetic(List<Row> rows) {
    rows.add(binary("add", fovea.core.tensor.Tensor::add, Tensor::add));
    rows.add(binary("sub", fovea.core.tensor.Tensor::sub, Tensor::sub));
    rows.add(binary("mul", fovea.core.tensor.Tensor::mul, Tensor::mul));
    rows.add(binary("addRelu", fovea.core.tensor.Tensor::addRelu, (a, b) -> a.add(b).relu()));
    rows.add(binary("maximum", fovea.core.tensor.Tensor::maximum, torch::maximum));
    rows.add(binary("minimum", fovea.core.tensor.Tensor::minimum, torch::minimum));
    rows.add(tied("maximum", fovea.core.tensor.Tensor::maximum, torch::maximum));
    rows.add(tied("minimum", fovea.core.tensor.Tensor::minimum, torch::minimum));
    rows.add(
        libtorch(
            "Tensor.div",
            d -> {
              var shape = d.shape(d.in(0, 4), 7);
              return Case.of(
                  "",
                  List.of(d.normal("a", shape), d.awayFromZero("b", d.broadcasting(shape))),
                  in -> in.get(0).div(in.get(1)),
                  Torch.of(o -> o.get(0).div(o.get(1))));
            }));
    rows.add(
        libtorch(
            "Tensor.pow",
            d -> {
              var shape = d.shape(d.in(0, 4), 7);
              return Case.of(
                  "",
                  List.of(d.uniform("base", 0.5, 3, shape), d.normal("exponent", shape)),
                  in -> in.get(0).pow(in.get(1)),
                  Torch.of(o -> torch.pow(o.get(0), o.get(1))));
            }));
    rows.add(
        libtorch(
            "Tensor.pow: a number",
            d -> {
              double exponent = d.of(-1.5, -1.0, 0.5, 2.0, 3.0, 2.7);
              return Case.of(
                  "exponent " + exponent,
                  List.of(d.uniform("x", 0.5, 3, d.shape(d.in(0, 4), 7))),
                  in -> in.getFirst().pow(exponent),
                  Torch.of(o -> torch.pow(o.x(), new Scalar(exponent))));
            }));
    rows.add(number("add", (x, n) -> x.add(n), (x, n) -> x.add(n)));
    rows.add(number("sub", (x, n) -> x.sub(n), (x, n) -> x.sub(n)));
    rows.add(number("mul", (x, n) -> x.mul(n), (x, n) -> x.mul(n)));
    rows.add(number("div", (x, n) -> x.div(n + 3), TensorRows::overThreeMore));
    rows.add(
        libtorch(
            "Tensor.where",
            d -> {
              var shape = d.shape(d.in(0, 4), 7);
              return Case.of(
                  "",
                  List.of(
                      d.condition("condition", d.broadcasting(shape)),
                      d.normal("a", shape),
                      d.normal("b", d.broadcasting(shape))),
                  in -> fovea.core.tensor.Tensor.where(in.get(0), in.get(1), in.get(2)),
                  Torch.of(o -> torch.where(o.get(0), o.get(1), o.get(2))));
            }));
  }

  private static Tensor overThreeMore(Tensor x, Scalar n) {
    return x.div(new Scalar(n.toDouble() + 3));
  }

  private static Row binary(
      String name, BinaryOperator<fovea.core.tensor.Tensor> ours, BinaryOperator<Tensor> theirs) {
    return libtorch(
        "Tensor." + name,
        d -> {
          var shape = d.shape(d.in(0, 4), 9);
          var other = d.broadcasting(shape);
          boolean swapped = d.coin();
          var a = d.normal("a", swapped ? other : shape);
          var b = d.normal("b", swapped ? shape : other);
          return Case.of(
              "",
              List.of(a, b),
              in -> ours.apply(in.get(0), in.get(1)),
              Torch.of(o -> theirs.apply(o.get(0), o.get(1))));
        });
  }

  private static Row tied(
      String name, BinaryOperator<fovea.core.tensor.Tensor> ours, BinaryOperator<Tensor> theirs) {
    return libtorch(
        "Tensor." + name + ": ties",
        d -> {
          var shape = d.shape(d.in(0, 4), 9);
          return Case.of(
              "",
              List.of(d.tied("a", shape), d.tied("b", d.broadcasting(shape))),
              in -> ours.apply(in.get(0), in.get(1)),
              Torch.of(o -> theirs.apply(o.get(0), o.get(1))));
        });
  }

  private interface OurNumber {
    fovea.core.tensor.Tensor of(fovea.core.tensor.Tensor x, double n);
  }

  private interface TheirNumber {
    Tensor of(Tensor x, Scalar n);
  }

  private static Row number(String name, OurNumber ours, TheirNumber theirs) {
    return libtorch(
        "Tensor." + name + ": a number",
        d -> {
          double n = d.uniform(-2, 2);
          return Case.of(
              "number " + n,
              List.of(d.normal("x", d.shape(d.in(0, 4), 7))),
              in -> ours.of(in.getFirst(), n),
              Torch.of(o -> theirs.of(o.x(), new Scalar(n))));
        });
  }

  // ---- comparison

  private static void comparison(List<Row> rows) {
    rows.add(comparing("eq", fovea.core.tensor.Tensor::eq, Tensor::eq));
    rows.add(comparing("ne", fovea.core.tensor.Tensor::ne, Tensor::ne));
    rows.add(comparing("lt", fovea.core.tensor.Tensor::lt, Tensor::lt));
    rows.add(comparing("le", fovea.core.tensor.Tensor::le, Tensor::le));
    rows.add(comparing("gt", fovea.core.tensor.Tensor::gt, Tensor::gt));
    rows.add(comparing("ge", fovea.core.tensor.Tensor::ge, Tensor::ge));
  }

  private static Row comparing(
      String name, BinaryOperator<fovea.core.tensor.Tensor> ours, BinaryOperator<Tensor> theirs) {
    return libtorch(
        "Tensor." + name,
        d -> {
          var shape = d.shape(d.in(0, 4), 7);
          return Case.of(
                  "",
                  List.of(d.tied("a", shape), d.tied("b", d.broadcasting(shape))),
                  in -> ours.apply(in.get(0), in.get(1)),
                  Torch.of(o -> theirs.apply(o.get(0), o.get(1))))
              .undifferentiated();
        });
  }

  // ---- functions of each element

  private static void pointwise(List<Row> rows) {
    rows.add(unary("neg", -3, 3, fovea.core.tensor.Tensor::neg, Tensor::neg));
    rows.add(unary("exp", -4, 4, fovea.core.tensor.Tensor::exp, Tensor::exp));
    rows.add(unary("log", 0.1, 9, fovea.core.tensor.Tensor::log, Tensor::log));
    rows.add(unary("sqrt", 0.1, 9, fovea.core.tensor.Tensor::sqrt, Tensor::sqrt));
    rows.add(unary("abs", -3, 3, fovea.core.tensor.Tensor::abs, Tensor::abs));
    rows.add(unary("sign", -3, 3, fovea.core.tensor.Tensor::sign, Tensor::sign));
    rows.add(unary("erf", -3, 3, fovea.core.tensor.Tensor::erf, Tensor::erf));
    rows.add(unary("sigmoid", -9, 9, fovea.core.tensor.Tensor::sigmoid, Tensor::sigmoid));
    rows.add(unary("tanh", -5, 5, fovea.core.tensor.Tensor::tanh, Tensor::tanh));
    rows.add(unary("relu", -3, 3, fovea.core.tensor.Tensor::relu, Tensor::relu));
    rows.add(unary("gelu", -5, 5, fovea.core.tensor.Tensor::gelu, torch::gelu));
    rows.add(
        libtorch(
            "Tensor.clamp",
            d -> {
              double low = d.uniform(-2, 0);
              double high = d.uniform(0, 2);
              return Case.of(
                  "to [%s, %s]".formatted(low, high),
                  List.of(d.normal("x", d.shape(d.in(0, 4), 7))),
                  in -> in.getFirst().clamp(low, high),
                  Torch.of(
                      o ->
                          torch.clamp(
                              o.x(),
                              new ScalarOptional(new Scalar(low)),
                              new ScalarOptional(new Scalar(high)))));
            }));
    rows.add(alongAxis("softmax", (x, axis) -> x.softmax(axis), torch::softmax));
    rows.add(alongAxis("logSoftmax", (x, axis) -> x.logSoftmax(axis), torch::log_softmax));
  }

  private static Row unary(
      String name,
      double low,
      double high,
      UnaryOperator<fovea.core.tensor.Tensor> ours,
      UnaryOperator<Tensor> theirs) {
    return libtorch(
        "Tensor." + name,
        d ->
            Case.of(
                "",
                List.of(d.uniform("x", low, high, d.shape(d.in(0, 4), 9))),
                in -> ours.apply(in.getFirst()),
                Torch.of(o -> theirs.apply(o.x()))));
  }

  private interface OurAxis {
    fovea.core.tensor.Tensor of(fovea.core.tensor.Tensor x, int axis);
  }

  private interface TheirAxis {
    Tensor of(Tensor x, long axis);
  }

  private static Row alongAxis(String name, OurAxis ours, TheirAxis theirs) {
    return libtorch(
        "Tensor." + name,
        d -> {
          int rank = d.in(1, 4);
          int axis = d.in(-rank, rank - 1);
          return Case.of(
              "axis " + axis,
              List.of(d.uniform("x", -9, 9, d.shape(rank, 9))),
              in -> ours.of(in.getFirst(), axis),
              Torch.of(o -> theirs.of(o.x(), axis)));
        });
  }

  // ---- reductions

  private interface OurReduction {
    fovea.core.tensor.Tensor of(fovea.core.tensor.Tensor x, int... axes);
  }

  private interface TheirReduction {
    Tensor of(Tensor x, long[] axes);
  }

  private static void reductions(List<Row> rows) {
    rows.add(reduction("sum", (x, a) -> x.sum(a), (x, a) -> x.sum(a)));
    rows.add(reduction("mean", (x, a) -> x.mean(a), (x, a) -> x.mean(a)));
    rows.add(reduction("max", (x, a) -> x.max(a), (x, a) -> torch.amax(x, a, false)));
    rows.add(reduction("min", (x, a) -> x.min(a), (x, a) -> torch.amin(x, a, false)));
    rows.add(reduction("sumKeep", (x, a) -> x.sumKeep(a), TensorRows::sumKeep));
    rows.add(reduction("meanKeep", (x, a) -> x.meanKeep(a), TensorRows::meanKeep));
    rows.add(
        libtorch(
            "Tensor.max: ties",
            d -> {
              int rank = d.in(1, 4);
              int axis = d.in(0, rank - 1);
              return Case.of(
                  "axis " + axis,
                  List.of(d.tied("x", d.shape(rank, 7))),
                  in -> in.getFirst().max(axis),
                  Torch.of(o -> torch.amax(o.x(), new long[] {axis}, false)));
            }));
    rows.add(
        libtorch(
            "Tensor.argMax",
            d -> {
              int rank = d.in(1, 4);
              int axis = d.in(0, rank - 1);
              return Case.of(
                      "axis " + axis,
                      List.of(d.normal("x", d.shape(rank, 7))),
                      in -> in.getFirst().argMax(axis),
                      Torch.of(o -> torch.argmax(o.x(), new LongOptional(axis), false)))
                  .undifferentiated();
            }));
    rows.add(
        libtorch(
            "Tensor.sumTo",
            d -> {
              var shape = d.shape(d.in(0, 4), 7);
              var to = d.broadcasting(shape);
              return Case.of(
                  "to " + to,
                  List.of(d.normal("x", shape)),
                  in -> in.getFirst().sumTo(to),
                  Torch.of(o -> o.x().sum_to_size(longs(to))));
            }));
  }

  private static Tensor sumKeep(Tensor x, long[] axes) {
    return x.sum(axes, true, new org.bytedeco.pytorch.ScalarTypeOptional());
  }

  private static Tensor meanKeep(Tensor x, long[] axes) {
    return x.mean(axes, true, new org.bytedeco.pytorch.ScalarTypeOptional());
  }

  private static Row reduction(String name, OurReduction ours, TheirReduction theirs) {
    return libtorch(
        "Tensor." + name,
        d -> {
          int rank = d.in(1, 4);
          int[] order = d.rng("axes").permutation(rank);
          int[] axes = Arrays.copyOf(order, d.in(1, rank));
          return Case.of(
              "axes " + Arrays.toString(axes),
              List.of(d.normal("x", d.shape(rank, 9))),
              in -> ours.of(in.getFirst(), axes),
              Torch.of(o -> theirs.of(o.x(), Arrays.stream(axes).asLongStream().toArray())));
        });
  }

  // ---- products

  private static void products(List<Row> rows) {
    rows.add(
        libtorch(
            "Tensor.matmul",
            d -> {
              int k = d.in(1, 40);
              var leading = d.shape(d.in(0, 2), 3);
              var a = matrix(leading, d.in(1, 40), k);
              var b = matrix(d.broadcasting(leading), k, d.in(1, 40));
              if (d.in(0, 4) == 0) {
                a = Shape.of(k);
              } else if (d.in(0, 4) == 0) {
                b = Shape.of(k);
              }
              return Case.of(
                  "",
                  List.of(d.normal("a", a), d.normal("b", b)),
                  in -> in.get(0).matmul(in.get(1)),
                  Torch.of(o -> torch.matmul(o.get(0), o.get(1))));
            }));
    rows.add(
        libtorch(
            "Tensor.linear",
            d -> {
              int in = d.in(1, 60);
              int out = d.in(1, 60);
              var x = d.shape(d.in(1, 2), 9);
              return Case.of(
                  "",
                  List.of(
                      d.normal("x", x.insert(x.rank(), in)),
                      d.normal("weight", out, in),
                      d.normal("bias", out)),
                  t -> t.get(0).linear(t.get(1), t.get(2)),
                  Torch.of(o -> torch.linear(o.get(0), o.get(1), o.get(2))));
            }));
  }

  private static Shape matrix(Shape leading, int rows, int columns) {
    return leading.insert(leading.rank(), rows).insert(leading.rank() + 1, columns);
  }

  // ---- shapes

  private static void shapes(List<Row> rows) {
    rows.add(
        libtorch(
            "Tensor.reshape",
            d -> {
              var shape = d.shape(3, 7);
              int[] to = {shape.size(2), -1, shape.size(0)};
              return Case.of(
                  "to " + Arrays.toString(to),
                  List.of(d.normal("x", shape)),
                  in -> in.getFirst().reshape(to),
                  Torch.of(o -> o.x().reshape(longs(to))));
            }));
    rows.add(
        libtorch(
            "Tensor.flatten",
            d -> {
              int rank = d.in(1, 4);
              int start = d.in(0, rank - 1);
              return Case.of(
                  "from " + start,
                  List.of(d.normal("x", d.shape(rank, 7))),
                  in -> in.getFirst().flatten(start),
                  Torch.of(o -> o.x().flatten(start, -1)));
            }));
    rows.add(
        libtorch(
            "Tensor.permute",
            d -> {
              int rank = d.in(1, 4);
              int[] order = d.rng("order").permutation(rank);
              return Case.of(
                  "order " + Arrays.toString(order),
                  List.of(d.normal("x", d.shape(rank, 7))),
                  in -> in.getFirst().permute(order),
                  Torch.of(o -> o.x().permute(longs(order))));
            }));
    rows.add(
        libtorch(
            "Tensor.transpose",
            d -> {
              int rank = d.in(1, 4);
              int a = d.in(0, rank - 1);
              int b = d.in(-rank, -1);
              return Case.of(
                  a + " and " + b,
                  List.of(d.normal("x", d.shape(rank, 7))),
                  in -> in.getFirst().transpose(a, b),
                  Torch.of(o -> o.x().transpose(a, b)));
            }));
    rows.add(
        libtorch(
            "Tensor.unsqueeze",
            d -> {
              int rank = d.in(0, 4);
              int at = d.in(-rank - 1, rank);
              return Case.of(
                  "at " + at,
                  List.of(d.normal("x", d.shape(rank, 7))),
                  in -> in.getFirst().unsqueeze(at),
                  Torch.of(o -> o.x().unsqueeze(at)));
            }));
    rows.add(
        libtorch(
            "Tensor.squeeze",
            d -> {
              int rank = d.in(1, 4);
              int axis = d.in(0, rank - 1);
              return Case.of(
                  "axis " + axis,
                  List.of(d.normal("x", d.shape(rank, 7).with(axis, 1))),
                  in -> in.getFirst().squeeze(axis),
                  Torch.of(o -> o.x().squeeze(axis)));
            }));
    rows.add(
        libtorch(
            "Tensor.expand",
            d -> {
              var to = d.shape(d.in(1, 4), 7);
              return Case.of(
                  "to " + to,
                  List.of(d.normal("x", d.broadcasting(to))),
                  in -> in.getFirst().expand(to),
                  Torch.of(o -> o.x().expand(longs(to))));
            }));
    rows.add(
        libtorch(
            "Tensor.slice",
            d -> {
              var shape = d.shape(d.in(1, 4), 9);
              int axis = d.in(0, shape.rank() - 1);
              int start = d.in(0, shape.size(axis) - 1);
              int end = d.in(start, shape.size(axis));
              int step = d.in(1, 3);
              return Case.of(
                  "axis %d, %d to %d by %d".formatted(axis, start, end, step),
                  List.of(d.normal("x", shape)),
                  in -> in.getFirst().slice(axis, start, end, step),
                  Torch.of(
                      o ->
                          o.x().slice(axis, new LongOptional(start), new LongOptional(end), step)));
            }));
    rows.add(
        libtorch(
            "Tensor.select",
            d -> {
              var shape = d.shape(d.in(1, 4), 9);
              int axis = d.in(0, shape.rank() - 1);
              int index = d.in(0, shape.size(axis) - 1);
              return Case.of(
                  "axis %d, index %d".formatted(axis, index),
                  List.of(d.normal("x", shape)),
                  in -> in.getFirst().select(axis, index),
                  Torch.of(o -> o.x().select(axis, index)));
            }));
    rows.add(
        libtorch(
            "Tensor.flip",
            d -> {
              int rank = d.in(1, 4);
              int[] axes = Arrays.copyOf(d.rng("axes").permutation(rank), d.in(1, rank));
              return Case.of(
                  "axes " + Arrays.toString(axes),
                  List.of(d.normal("x", d.shape(rank, 7))),
                  in -> in.getFirst().flip(axes),
                  Torch.of(o -> torch.flip(o.x(), longs(axes))));
            }));
    rows.add(
        libtorch(
            "Tensor.concat",
            d -> {
              var shape = d.shape(d.in(1, 4), 7);
              int axis = d.in(0, shape.rank() - 1);
              var inputs = new ArrayList<Input>();
              for (int i = 0; i < d.in(1, 4); i++) {
                inputs.add(d.normal("part" + i, shape.with(axis, d.in(0, 5))));
              }
              return Case.of(
                  "axis " + axis,
                  inputs,
                  in -> fovea.core.tensor.Tensor.concat(axis, in),
                  Torch.of(
                      o -> torch.cat(new TensorVector(o.inputs().toArray(Tensor[]::new)), axis)));
            }));
    rows.add(
        libtorch(
            "Tensor.pad",
            d -> {
              var shape = d.shape(d.in(1, 4), 7);
              int axis = d.in(0, shape.rank() - 1);
              int before = d.in(0, 3);
              int after = d.in(0, 3);
              double value = d.gaussian();
              var pads = new long[2 * (shape.rank() - axis)];
              pads[pads.length - 2] = before;
              pads[pads.length - 1] = after;
              return Case.of(
                  "axis %d, %d and %d of %s".formatted(axis, before, after, value),
                  List.of(d.normal("x", shape)),
                  in -> in.getFirst().pad(axis, before, after, value),
                  Torch.of(
                      o ->
                          torch.pad(
                              o.x(),
                              pads,
                              "constant",
                              new org.bytedeco.pytorch.DoubleOptional(value))));
            }));
    rows.add(
        libtorch(
            "Tensor.gather",
            d -> {
              var shape = d.shape(d.in(1, 4), 7);
              int axis = d.in(0, shape.rank() - 1);
              var index = shape.with(axis, d.in(1, 9));
              return Case.of(
                  "axis " + axis,
                  List.of(d.normal("x", shape), d.index("index", shape.size(axis), index)),
                  in -> in.get(0).gather(axis, in.get(1)),
                  Torch.of(o -> torch.gather(o.get(0), axis, o.get(1))));
            }));
    rows.add(
        libtorch(
            "Tensor.scatterAdd",
            d -> {
              var shape = d.shape(d.in(1, 4), 7);
              int axis = d.in(0, shape.rank() - 1);
              int size = d.in(1, 9);
              var to = shape.with(axis, size);
              return Case.of(
                  "to %s, axis %d".formatted(to, axis),
                  List.of(d.normal("x", shape), d.index("index", size, shape)),
                  in -> in.get(0).scatterAdd(to, axis, in.get(1)),
                  Torch.of(
                      o -> o.get(0).new_zeros(longs(to)).scatter_add(axis, o.get(1), o.get(0))));
            }));
    rows.add(
        composed(
            "Tensor.to",
            d -> {
              return Case.of(
                  "there and back",
                  List.of(d.normal("x", d.shape(d.in(0, 4), 7))),
                  in -> in.getFirst().to(DType.F64).to(in.getFirst().dtype()),
                  Torch.of(o -> o.x().to(ScalarType.Double).to(o.x().scalar_type())));
            }));
    rows.add(
        libtorch(
            "Tensor.contiguous",
            d -> {
              int rank = d.in(2, 4);
              return Case.of(
                  "",
                  List.of(d.normal("x", d.shape(rank, 7))),
                  in -> in.getFirst().transpose(0, 1).contiguous(),
                  Torch.of(o -> o.x().transpose(0, 1).contiguous()));
            }));
    rows.add(
        libtorch(
            "Tensor.arange",
            d -> {
              int n = d.in(0, 50);
              return Case.of(
                      "n " + n,
                      List.of(),
                      _ -> fovea.core.tensor.Tensor.arange(n),
                      Torch.of(_ -> torch.arange(new Scalar(n))))
                  .undifferentiated();
            }));
  }

  private static long[] longs(int[] sizes) {
    return Arrays.stream(sizes).asLongStream().toArray();
  }

  private static long[] longs(Shape shape) {
    return longs(shape.sizes());
  }
}
