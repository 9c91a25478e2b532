package fovea.core.tensor;

import static fovea.core.testing.Plain.fill;

import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.kernel.Window;
import fovea.core.testing.Plain;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Every operation and every option of one that computes differently, a row each: how to draw valid
/// inputs, the operation, and a formula in plain Java for what it should give. [OpTableTest] does
/// the rest: values, gradients, second gradients, memory layouts, types, empty tensors.
///
/// To add an operation, add a row.
final class OpTable {
  private OpTable() {}

  /// One operation with one set of inputs.
  ///
  /// @param inputs float64, or of an integer type or bool
  /// @param op of float64 or float32 inputs
  /// @param formula what it should give
  record Case(
      List<Tensor> inputs,
      Function<List<Tensor>, Tensor> op,
      Function<List<Plain>, Plain> formula) {}

  /// A row of the table.
  ///
  /// @param tolerance for float32, relative to the largest value
  record Row(String name, Function<Draw, Case> draw, double tolerance) {
    Case draw(Rng rng, Draw.Extent extent) {
      return draw.apply(new Draw(rng, extent));
    }

    boolean mayBeEmpty() {
      var d = new Draw(Rng.of(1), Draw.Extent.SMALL);
      var _ = draw.apply(d);
      return d.mayBeEmpty();
    }

    Row within(double newTolerance) {
      return new Row(name, draw, newTolerance);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static List<Row> rows() {
    return Stream.of(
            arithmetic(),
            comparisons(),
            numbers(),
            functions(),
            OpTableActivations.rows(),
            reductions(),
            products(),
            convolutions(),
            transposedConvolutions(),
            poolings(),
            OpTableSpatial.rows(),
            normalizations(),
            OpTableNormalizations.rows(),
            OpTableSequences.rows(),
            shapes(),
            indexing(),
            casts())
        .flatMap(rows -> rows)
        .toList();
  }

  // ---- arithmetic with another tensor

  private static Stream<Row> arithmetic() {
    return Stream.of(
            binary("add", Draw::normal, Draw::normal, Tensor::add, (a, b) -> a + b),
            binary("sub", Draw::normal, Draw::normal, Tensor::sub, (a, b) -> a - b),
            binary("mul", Draw::normal, Draw::normal, Tensor::mul, (a, b) -> a * b),
            binary("div", Draw::normal, Draw::nonzero, Tensor::div, (a, b) -> a / b),
            binary("pow", Draw::positive, Draw::normal, Tensor::pow, Math::pow),
            binary("maximum", Draw::distinct, Draw::distinctOdd, Tensor::maximum, Math::max),
            binary("minimum", Draw::distinct, Draw::distinctOdd, Tensor::minimum, Math::min),
            Stream.of(
                row(
                    "where",
                    d -> {
                      var s = d.broadcasting(3);
                      return List.of(d.conditions(s[0]), d.normal(s[1]), d.normal(s[2]));
                    },
                    t -> Tensor.where(t.get(0), t.get(1), t.get(2)),
                    v ->
                        fill(
                            Plain.broadcast(
                                v.get(0).shape(),
                                Plain.broadcast(v.get(1).shape(), v.get(2).shape())),
                            i -> v.get(0).at(i) != 0 ? v.get(1).at(i) : v.get(2).at(i))),
                row(
                    "addRelu",
                    d -> {
                      var s = d.shape();
                      return List.of(d.normal(s), d.normal(s));
                    },
                    t -> t.get(0).addRelu(t.get(1)),
                    v -> fill(v.get(0).shape(), i -> Math.max(v.get(0).at(i) + v.get(1).at(i), 0))),
                row(
                    "mul of a tensor with itself",
                    d -> List.of(d.normal(d.shape())),
                    t -> t.get(0).mul(t.get(0)),
                    v -> v.get(0).map(x -> x * x))))
        .flatMap(rows -> rows);
  }

  private static Stream<Row> comparisons() {
    return Stream.of(
            binary("eq", Draw::digits, Draw::digits, Tensor::eq, (a, b) -> a == b ? 1 : 0),
            binary("ne", Draw::digits, Draw::digits, Tensor::ne, (a, b) -> a != b ? 1 : 0),
            binary("lt", Draw::digits, Draw::digits, Tensor::lt, (a, b) -> a < b ? 1 : 0),
            binary("le", Draw::digits, Draw::digits, Tensor::le, (a, b) -> a <= b ? 1 : 0),
            binary("gt", Draw::digits, Draw::digits, Tensor::gt, (a, b) -> a > b ? 1 : 0),
            binary("ge", Draw::digits, Draw::digits, Tensor::ge, (a, b) -> a >= b ? 1 : 0),
            Stream.of(
                unary("eq with a number", Draw::digits, x -> x.eq(1), x -> x == 1 ? 1 : 0),
                unary("ne with a number", Draw::digits, x -> x.ne(1), x -> x != 1 ? 1 : 0),
                unary("lt with a number", Draw::digits, x -> x.lt(1), x -> x < 1 ? 1 : 0),
                unary("le with a number", Draw::digits, x -> x.le(1), x -> x <= 1 ? 1 : 0),
                unary("gt with a number", Draw::digits, x -> x.gt(1), x -> x > 1 ? 1 : 0),
                unary("ge with a number", Draw::digits, x -> x.ge(1), x -> x >= 1 ? 1 : 0)))
        .flatMap(rows -> rows);
  }

  // ---- arithmetic with a number

  private static Stream<Row> numbers() {
    return Stream.of(
        unary("add a number", Draw::normal, x -> x.add(2.5), x -> x + 2.5),
        unary("sub a number", Draw::normal, x -> x.sub(0.75), x -> x - 0.75),
        unary("mul by a number", Draw::normal, x -> x.mul(-1.5), x -> -1.5 * x),
        unary("mul by 0", Draw::normal, x -> x.mul(0), x -> 0),
        unary("div by a number", Draw::normal, x -> x.div(3), x -> x / 3),
        unary("neg", Draw::normal, Tensor::neg, x -> -x),
        unary("pow 0", Draw::normal, x -> x.pow(0), x -> 1),
        unary("pow 1", Draw::normal, x -> x.pow(1), x -> x),
        unary("pow 2", Draw::normal, x -> x.pow(2), x -> x * x),
        unary("pow 3", Draw::normal, x -> x.pow(3), x -> x * x * x),
        unary("pow -1", Draw::nonzero, x -> x.pow(-1), x -> 1 / x),
        unary("pow -2", Draw::nonzero, x -> x.pow(-2), x -> 1 / (x * x)),
        unary("pow 0.5", Draw::positive, x -> x.pow(0.5), Math::sqrt),
        unary("pow 1.7", Draw::positive, x -> x.pow(1.7), x -> Math.exp(1.7 * Math.log(x))));
  }

  // ---- functions of each element

  private static Stream<Row> functions() {
    return Stream.of(
        unary("exp", Draw::normal, Tensor::exp, Math::exp),
        unary("log", Draw::positive, Tensor::log, Math::log),
        unary("sqrt", Draw::positive, Tensor::sqrt, Math::sqrt),
        unary("abs", Draw::nonzero, Tensor::abs, Math::abs),
        unary("sign", Draw::nonzero, Tensor::sign, Math::signum),
        unary("erf", Draw::normal, Tensor::erf, OpTable::erf),
        unary(
            "clamp",
            (d, s) -> d.awayFrom(s, -0.5, 1),
            x -> x.clamp(-0.5, 1),
            x -> x < -0.5 ? -0.5 : x > 1 ? 1 : x),
        unary("sigmoid", Draw::normal, Tensor::sigmoid, x -> 1 / (1 + Math.exp(-x))),
        unary(
            "sigmoid far out",
            (d, s) -> d.uniform(-90, 90, s),
            Tensor::sigmoid,
            x -> x > 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))),
        unary("tanh", Draw::normal, Tensor::tanh, Math::tanh),
        unary("tanh far out", (d, s) -> d.uniform(-90, 90, s), Tensor::tanh, Math::tanh),
        unary("relu", (d, s) -> d.awayFrom(s, 0), Tensor::relu, x -> x > 0 ? x : 0),
        unary("gelu", Draw::normal, Tensor::gelu, x -> x * 0.5 * (1 + erf(x / Math.sqrt(2)))),
        unary("gelu far out", (d, s) -> d.uniform(-40, 40, s), Tensor::gelu, OpTable::farGelu),
        softmax("softmax over the last axis", 3, 2, 1, false),
        softmax("softmax over the first axis", 3, 0, 1, false),
        softmax("softmax over channels", 4, 1, 1, false),
        softmax("softmax of a vector", 1, 0, 1, false),
        softmax("softmax of large numbers", 2, 1, 150, false),
        softmax("logSoftmax over the last axis", 2, 1, 1, true),
        softmax("logSoftmax over channels", 4, 1, 1, true),
        softmax("logSoftmax of large numbers", 2, 1, 150, true));
  }

  /// By its series, 2/√π · Σ (−1)ⁿ x²ⁿ⁺¹ / (n!·(2n + 1)).
  private static double erf(double x) {
    double sum = 0;
    double power = x;
    for (int n = 0; n < 200; n++) {
      sum += power / (2 * n + 1);
      power *= -x * x / (n + 1);
    }
    return 2 / Math.sqrt(Math.PI) * sum;
  }

  /// By the series near 0; far from it the tail is too small to see next to x.
  private static double farGelu(double x) {
    return Math.abs(x) < 4 ? x * 0.5 * (1 + erf(x / Math.sqrt(2))) : Math.max(x, 0) + tail(x);
  }

  /// x·Φ(−|x|), by the continued fraction of Mills' ratio: 1/(x + 1/(x + 2/(x + 3/…))).
  private static double tail(double x) {
    double z = Math.abs(x);
    double fraction = z;
    for (int n = 200; n >= 1; n--) {
      fraction = z + n / fraction;
    }
    return -z * Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI) / fraction;
  }

  private static Row softmax(String name, int rank, int axis, double scale, boolean log) {
    return row(
        name,
        d -> {
          var s = axis == 0 ? d.full(rank) : d.shape(rank);
          return List.of(d.uniform(-2 * scale, 2 * scale, s));
        },
        t -> log ? t.get(0).logSoftmax(axis) : t.get(0).softmax(axis - rank),
        v -> {
          var x = v.get(0);
          return fill(
              x.shape(),
              i -> {
                double sum =
                    IntStream.range(0, x.size(axis))
                        .mapToDouble(k -> Math.exp(x.at(Plain.at(i, axis, j -> k)) - x.at(i)))
                        .sum();
                return log ? -Math.log(sum) : 1 / sum;
              });
        });
  }

  // ---- reductions

  private static Stream<Row> reductions() {
    return Stream.of(
            reduction("sum", Tensor::sum, DoubleStream::sum),
            reduction("mean", Tensor::mean, s -> s.average().orElse(Double.NaN)),
            reduction("max", Tensor::max, s -> s.max().orElseThrow()),
            reduction("min", Tensor::min, s -> s.min().orElseThrow()),
            Stream.of(
                row(
                    "sum over an axis that may be empty",
                    d -> List.of(d.normal(d.shape(3))),
                    t -> t.get(0).sum(0),
                    v -> v.get(0).over(DoubleStream::sum, 0)),
                row(
                    "sum over all that may be empty",
                    d -> List.of(d.normal(d.shape(2))),
                    t -> t.get(0).sum(),
                    v -> v.get(0).over(DoubleStream::sum)),
                row(
                    "sum of a number",
                    d -> List.of(d.normal(Shape.of())),
                    t -> t.get(0).sum(),
                    v -> v.get(0)),
                row(
                    "sumKeep",
                    d -> List.of(d.normal(d.shape(3))),
                    t -> t.get(0).sumKeep(-1, 1),
                    v -> {
                      var y = v.get(0).over(DoubleStream::sum, 1, 2);
                      return y.reshape(Shape.of(y.size(0), 1, 1));
                    }),
                row(
                    "meanKeep",
                    d -> List.of(d.normal(d.shape(3))),
                    t -> t.get(0).meanKeep(2),
                    v -> {
                      var y = v.get(0).over(s -> s.average().orElseThrow(), 2);
                      return y.reshape(Shape.of(y.size(0), y.size(1), 1));
                    }),
                row(
                    "sumTo",
                    d -> List.of(d.normal(d.shape(4))),
                    t ->
                        t.get(0)
                            .sumTo(Shape.of(t.get(0).shape().size(1), 1, t.get(0).shape().size(3))),
                    v -> {
                      var y = v.get(0).over(DoubleStream::sum, 0, 2);
                      return y.reshape(Shape.of(y.size(0), 1, y.size(1)));
                    }),
                argMax("argMax over the last axis", Draw::distinct, -1),
                argMax("argMax over channels", Draw::distinct, 1),
                argMax("argMax among equals", Draw::digits, 1)))
        .flatMap(rows -> rows);
  }

  private interface Reduce {
    Tensor over(Tensor x, int... axes);
  }

  private static Stream<Row> reduction(
      String name, Reduce op, ToDoubleFunction<DoubleStream> formula) {
    return Stream.of(
            new int[] {}, new int[] {2}, new int[] {1}, new int[] {-1, 1}, new int[] {2, 3, 1})
        .map(
            axes ->
                row(
                    name + " over " + (axes.length == 0 ? "all" : java.util.Arrays.toString(axes)),
                    d -> List.of(d.distinct(axes.length == 0 ? d.full(3) : d.shape(4))),
                    t -> op.over(t.get(0), axes),
                    v -> v.get(0).over(formula, axes)));
  }

  private static Row argMax(String name, Fill values, int axis) {
    return row(
        name,
        d -> List.of(values.fill(d, d.shape(3))),
        t -> t.get(0).argMax(axis),
        v -> {
          var x = v.get(0);
          int a = x.shape().axis(axis);
          return fill(
              x.shape().without(a),
              i -> {
                int best = 0;
                for (int k = 1; k < x.size(a); k++) {
                  best = x.at(insert(i, a, k)) > x.at(insert(i, a, best)) ? k : best;
                }
                return best;
              });
        });
  }

  // ---- products

  private static Stream<Row> products() {
    return Stream.of(
        matmul("matmul", d -> new int[][] {{d.batch(), 3}, {3, d.size()}}),
        matmul("matmul without inner elements", d -> new int[][] {{d.size(), 0}, {0, d.size()}}),
        matmul("matmul of vectors", d -> new int[][] {{4}, {4}}),
        matmul("matmul of a vector and a matrix", d -> new int[][] {{3}, {3, d.size()}}),
        matmul("matmul of a matrix and a vector", d -> new int[][] {{d.batch(), 3}, {3}}),
        matmul("matmul of a vector and a stack", d -> new int[][] {{3}, {d.batch(), 3, d.size()}}),
        matmul("matmul of a stack and a vector", d -> new int[][] {{d.batch(), d.size(), 3}, {3}}),
        matmul("matmul of stacks", d -> new int[][] {{2, d.size(), 3}, {2, 3, d.size()}}),
        matmul(
            "matmul of a stack and a matrix",
            d -> new int[][] {{d.batch(), d.size(), 3}, {3, d.size()}}),
        matmul(
            "matmul of a matrix and a stack",
            d -> new int[][] {{d.size(), 3}, {d.batch(), 3, d.size()}}),
        matmul(
            "matmul of stacks that broadcast",
            d -> new int[][] {{d.batch(), 1, d.size(), 3}, {2, 3, d.size()}}),
        matmul(
            "matmul of stacks that broadcast both ways",
            d -> new int[][] {{d.batch(), 1, d.size(), 1}, {1, 3, 1, d.size()}}),
        linear("linear of a vector", d -> Shape.of(3), true),
        linear("linear", d -> Shape.of(d.batch(), 3), true),
        linear("linear without bias", d -> Shape.of(d.batch(), 3), false),
        linear("linear of a stack", d -> Shape.of(d.batch(), d.size(), 3), true));
  }

  private static Row matmul(String name, Function<Draw, int[][]> shapes) {
    return row(
        name,
        d -> {
          var s = shapes.apply(d);
          return List.of(d.normal(s[0]), d.normal(s[1]));
        },
        t -> t.get(0).matmul(t.get(1)),
        v -> matmul(v.get(0), v.get(1)));
  }

  private static Plain matmul(Plain a, Plain b) {
    if (a.shape().rank() == 1) {
      var y = matmul(a.reshape(Shape.of(1, a.size(0))), b);
      return y.reshape(y.shape().without(b.shape().rank() == 1 ? 0 : -2));
    }
    if (b.shape().rank() == 1) {
      var y = matmul(a, b.reshape(Shape.of(b.size(0), 1)));
      return y.reshape(y.shape().without(-1));
    }
    var leading =
        Plain.broadcast(a.shape().without(-1).without(-1), b.shape().without(-1).without(-1));
    var shape = leading.insert(leading.rank(), a.size(-2)).insert(leading.rank() + 1, b.size(-1));
    return fill(
        shape,
        i -> {
          int rank = i.length;
          return IntStream.range(0, a.size(-1))
              .mapToDouble(
                  k -> a.at(Plain.at(i, rank - 1, j -> k)) * b.at(Plain.at(i, rank - 2, j -> k)))
              .sum();
        });
  }

  private static Row linear(String name, Function<Draw, Shape> x, boolean bias) {
    return row(
        name,
        d -> {
          int out = d.size();
          var inputs = List.of(d.normal(x.apply(d)), d.normal(out, 3), d.normal(out));
          return bias ? inputs : inputs.subList(0, 2);
        },
        t -> t.get(0).linear(t.get(1), bias ? t.get(2) : null),
        v ->
            fill(
                v.get(0).shape().with(-1, v.get(1).size(0)),
                i -> {
                  int k = i[i.length - 1];
                  double sum = bias ? v.get(2).at(k) : 0;
                  for (int j = 0; j < 3; j++) {
                    int at = j;
                    sum += v.get(0).at(Plain.at(i, i.length - 1, o -> at)) * v.get(1).at(k, j);
                  }
                  return sum;
                }));
  }

  // ---- convolution

  private static Stream<Row> convolutions() {
    return Stream.of(
        conv2d("conv2d", d -> Window.of(3), 1, false),
        conv2d("conv2d with bias", d -> Window.of(3), 1, true),
        conv2d("conv2d 1×1", d -> Window.of(1), 1, true),
        conv2d("conv2d 1×1, stride 2", d -> Window.of(1).stride(2), 1, false),
        conv2d("conv2d 2×3", d -> Window.of(2, 3), 1, false),
        conv2d("conv2d, stride 2", d -> Window.of(3).stride(2), 1, false),
        conv2d("conv2d, strides 1 and 3", d -> Window.of(3).stride(1, 3), 1, false),
        conv2d("conv2d, padding", d -> Window.of(3).pad(1), 1, true),
        conv2d("conv2d, padding on some sides", d -> Window.of(3).pad(0, 2, 1, 0), 1, false),
        conv2d("conv2d, padding as large as the window", d -> Window.of(2).pad(2), 1, false),
        conv2d(
            "conv2d, windows in the padding alone",
            d -> Window.of(2, 1).stride(1, 2).pad(0, 1, 0, 1),
            1,
            false),
        conv2d(
            "conv2d, strides, windows larger than the image",
            d -> Window.of(4, 5).stride(1, 2).pad(2, 0, 3, 4),
            1,
            true),
        conv2d("conv2d, dilation", d -> Window.of(2).dilation(2), 1, false),
        conv2d("conv2d, dilations 1 and 3", d -> Window.of(2).dilation(1, 3).pad(1), 1, true),
        conv2d("conv2d, 2 groups", d -> Window.of(3).pad(1), 2, true),
        conv2d("conv2d, depthwise", d -> Window.of(3).pad(1).stride(2), 3, false),
        conv2d("conv2d, anything", OpTable::window, 1, true),
        conv2d("conv2d, anything, 2 groups", OpTable::window, 2, false));
  }

  private static Window window(Draw d) {
    return Window.of(d.between(1, 3), d.between(1, 3))
        .stride(d.between(1, 3), d.between(1, 3))
        .pad(d.between(0, 2), d.between(0, 2), d.between(0, 2), d.between(0, 2))
        .dilation(d.between(1, 2), d.between(1, 2));
  }

  private static Row conv2d(String name, Function<Draw, Window> windows, int groups, boolean bias) {
    boolean depthwise = groups == 3;
    return row(
        name,
        d -> {
          var w = windows.apply(d);
          int channels = depthwise ? 1 : d.few();
          int filters = groups * (depthwise ? 1 : d.few());
          // From the smallest image that a window fits on with its padding.
          int height =
              Math.max(0, w.dilationH() * (w.height() - 1) - w.padTop() - w.padBottom()) + d.few();
          int width =
              Math.max(0, w.dilationW() * (w.width() - 1) - w.padLeft() - w.padRight()) + d.few();
          var x = d.normal(d.batch(), groups * channels, height, width);
          var weight = d.normal(filters, channels, w.height(), w.width());
          return new Case(
              bias ? List.of(x, weight, d.normal(filters)) : List.of(x, weight),
              t -> Convolution.conv2d(t.get(0), t.get(1), bias ? t.get(2) : null, w, groups),
              v -> {
                var y = conv2d(v.get(0), v.get(1), w, groups);
                return bias ? fill(y.shape(), i -> y.at(i) + v.get(2).at(i[1])) : y;
              });
        });
  }

  private static Stream<Row> transposedConvolutions() {
    return Stream.of(
        convTranspose2d("convTranspose2d", d -> Window.of(3), 1, false),
        convTranspose2d("convTranspose2d with bias", d -> Window.of(2).stride(2), 1, true),
        convTranspose2d("convTranspose2d 1×1", d -> Window.of(1), 1, true),
        convTranspose2d("convTranspose2d, gaps", d -> Window.of(1).stride(3, 2), 1, true),
        convTranspose2d("convTranspose2d, padding", d -> Window.of(4).stride(2).pad(1), 1, false),
        convTranspose2d("convTranspose2d, dilation", d -> Window.of(2).dilation(2), 1, true),
        convTranspose2d("convTranspose2d, 2 groups", d -> Window.of(3).stride(2), 2, true),
        convTranspose2d("convTranspose2d, depthwise", d -> Window.of(3).pad(1), 3, false),
        convTranspose2d("convTranspose2d, anything", OpTable::window, 1, true),
        convTranspose2d("convTranspose2d, anything, 2 groups", OpTable::window, 2, false));
  }

  private static Row convTranspose2d(
      String name, Function<Draw, Window> windows, int groups, boolean bias) {
    boolean depthwise = groups == 3;
    return row(
        name,
        d -> {
          var w = windows.apply(d);
          int channels = groups * (depthwise ? 1 : d.few());
          int filters = depthwise ? 1 : d.few();
          int padH = d.between(0, w.strideH() - 1);
          int padW = d.between(0, w.strideW() - 1);
          // Enough for the padding to leave something.
          int height = w.padTop() + w.padBottom() + d.few();
          int width = w.padLeft() + w.padRight() + d.few();
          var x = d.normal(d.batch(), channels, height, width);
          var weight = d.normal(channels, filters, w.height(), w.width());
          return new Case(
              bias ? List.of(x, weight, d.normal(groups * filters)) : List.of(x, weight),
              t ->
                  Convolution.convTranspose2d(
                      t.get(0), t.get(1), bias ? t.get(2) : null, w, padH, padW, groups),
              v -> {
                var y = convTranspose2d(v.get(0), v.get(1), w, padH, padW, groups);
                return bias ? fill(y.shape(), i -> y.at(i) + v.get(2).at(i[1])) : y;
              });
        });
  }

  /// Each output pixel looks for the input pixels that reach it.
  private static Plain convTranspose2d(
      Plain x, Plain weight, Window w, int outputPadH, int outputPadW, int groups) {
    int channels = x.size(1) / groups;
    int filters = weight.size(1);
    int height = (x.size(2) - 1) * w.strideH() + w.dilationH() * (w.height() - 1) + 1 + outputPadH;
    int width = (x.size(3) - 1) * w.strideW() + w.dilationW() * (w.width() - 1) + 1 + outputPadW;
    return fill(
        Shape.of(
            x.size(0),
            groups * filters,
            height - w.padTop() - w.padBottom(),
            width - w.padLeft() - w.padRight()),
        i -> {
          double sum = 0;
          for (int c = 0; c < channels; c++) {
            int channel = i[1] / filters * channels + c;
            for (int u = 0; u < w.height(); u++) {
              for (int v = 0; v < w.width(); v++) {
                int row = i[2] + w.padTop() - u * w.dilationH();
                int column = i[3] + w.padLeft() - v * w.dilationW();
                if (row % w.strideH() == 0
                    && column % w.strideW() == 0
                    && inside(x, row / w.strideH(), column / w.strideW())
                    && row >= 0
                    && column >= 0) {
                  sum +=
                      weight.at(channel, i[1] % filters, u, v)
                          * x.at(i[0], channel, row / w.strideH(), column / w.strideW());
                }
              }
            }
          }
          return sum;
        });
  }

  private static Plain conv2d(Plain x, Plain weight, Window w, int groups) {
    int filters = weight.size(0) / groups;
    return fill(
        outShape(x, w, weight.size(0)),
        i -> {
          double sum = 0;
          for (int c = 0; c < weight.size(1); c++) {
            for (int u = 0; u < w.height(); u++) {
              for (int v = 0; v < w.width(); v++) {
                int row = i[2] * w.strideH() - w.padTop() + u * w.dilationH();
                int column = i[3] * w.strideW() - w.padLeft() + v * w.dilationW();
                if (inside(x, row, column)) {
                  int channel = i[1] / filters * weight.size(1) + c;
                  sum += weight.at(i[1], c, u, v) * x.at(i[0], channel, row, column);
                }
              }
            }
          }
          return sum;
        });
  }

  private static Shape outShape(Plain x, Window w, int channels) {
    return Shape.of(x.size(0), channels, w.outHeight(x.size(2)), w.outWidth(x.size(3)));
  }

  private static boolean inside(Plain x, int row, int column) {
    return row >= 0 && row < x.size(2) && column >= 0 && column < x.size(3);
  }

  // ---- pooling

  private static Stream<Row> poolings() {
    return Stream.of(
            Stream.of(
                maxPool2d("maxPool2d", d -> Window.of(2).stride(2)),
                maxPool2d("maxPool2d, windows overlap", d -> Window.of(3)),
                maxPool2d("maxPool2d, padding", d -> Window.of(3).stride(2).pad(1)),
                maxPool2d("maxPool2d, padding on some sides", d -> Window.of(2, 3).pad(1, 0, 0, 1)),
                maxPool2d("maxPool2d, strides 3 and 1", d -> Window.of(2).stride(3, 1)),
                maxPool2d("maxPool2d, dilation", d -> Window.of(2).dilation(2)),
                maxPool2d(
                    "maxPool2d, dilations 1 and 2, padding",
                    d -> Window.of(3, 2).dilation(1, 2).pad(1)),
                maxPool2d("maxPool2d 1×1", d -> Window.of(1))),
            avgPool2d("avgPool2d", d -> Window.of(2).stride(2)),
            avgPool2d("avgPool2d, windows overlap", d -> Window.of(3)),
            avgPool2d("avgPool2d, padding", d -> Window.of(3).stride(2).pad(1)),
            avgPool2d("avgPool2d, padding on some sides", d -> Window.of(2, 3).pad(1, 0, 0, 1)),
            avgPool2d("avgPool2d, strides 3 and 1", d -> Window.of(2).stride(3, 1)),
            avgPool2d("avgPool2d, dilation, padding", d -> Window.of(2).dilation(2).pad(1)),
            Stream.of(
                adaptiveAvgPool2d("adaptiveAvgPool2d to 1×1", 1, 1),
                adaptiveAvgPool2d("adaptiveAvgPool2d to 2×3", 2, 3),
                adaptiveAvgPool2d("adaptiveAvgPool2d to 5×1", 5, 1)))
        .flatMap(rows -> rows);
  }

  private static Row maxPool2d(String name, Function<Draw, Window> windows) {
    return pool(
        name,
        windows,
        (x, w) -> Pooling.maxPool2d(x, w),
        (taps, w) -> taps.filter(v -> !Double.isNaN(v)).max().orElseThrow());
  }

  private static Stream<Row> avgPool2d(String name, Function<Draw, Window> windows) {
    return Stream.of(
        pool(
            name,
            windows,
            (x, w) -> Pooling.avgPool2d(x, w),
            (taps, w) -> taps.filter(v -> !Double.isNaN(v)).sum() / w.area()),
        pool(
            name + ", padding not counted",
            windows,
            (x, w) -> Pooling.avgPool2d(x, w, false),
            (taps, w) -> taps.filter(v -> !Double.isNaN(v)).average().orElseThrow()));
  }

  /// Of images of 2 to 19 rows, smaller and larger than the output, and multiples of it.
  private static Row adaptiveAvgPool2d(String name, int height, int width) {
    return row(
        name,
        d -> List.of(d.normal(d.batch(), d.few(), 1 + d.size(), 2 * d.size())),
        t -> Pooling.adaptiveAvgPool2d(t.getFirst(), height, width),
        v -> {
          var x = v.getFirst();
          return fill(
              Shape.of(x.size(0), x.size(1), height, width),
              i ->
                  part(i[2], x.size(2), height)
                      .mapToDouble(
                          row ->
                              part(i[3], x.size(3), width)
                                  .mapToDouble(column -> x.at(i[0], i[1], row, column))
                                  .average()
                                  .orElseThrow())
                      .average()
                      .orElseThrow());
        });
  }

  private static IntStream part(int i, int size, int n) {
    return IntStream.range(0, size)
        .filter(at -> (at + 1) * n > i * size && at * n < (i + 1) * size);
  }

  private interface Pool {
    Tensor of(Tensor x, Window w);
  }

  /// Of the numbers under a window; those in the padding are NaN.
  private interface Taps {
    double pool(DoubleStream taps, Window w);
  }

  private static Row pool(String name, Function<Draw, Window> windows, Pool op, Taps formula) {
    return row(
        name,
        d -> {
          var w = windows.apply(d);
          int height = w.dilationH() * (w.height() - 1) + d.few();
          int width = w.dilationW() * (w.width() - 1) + d.few();
          return new Case(
              List.of(d.distinct(Shape.of(d.batch(), d.few(), height, width))),
              t -> op.of(t.get(0), w),
              v -> pool(v.get(0), w, formula));
        });
  }

  private static Plain pool(Plain x, Window w, Taps formula) {
    return fill(
        outShape(x, w, x.size(1)),
        i ->
            formula.pool(
                IntStream.range(0, w.area())
                    .mapToDouble(
                        tap -> {
                          int row =
                              i[2] * w.strideH() - w.padTop() + tap / w.width() * w.dilationH();
                          int column =
                              i[3] * w.strideW() - w.padLeft() + tap % w.width() * w.dilationW();
                          return inside(x, row, column)
                              ? x.at(i[0], i[1], row, column)
                              : Double.NaN;
                        }),
                w));
  }

  // ---- normalisation

  private static Stream<Row> normalizations() {
    return Stream.of(
        batchNorm(
            "batchNorm in training", d -> Shape.of(d.between(2, 3), d.size(), 2, d.between(2, 4))),
        batchNorm("batchNorm of vectors in training", d -> Shape.of(d.between(4, 7), d.size())),
        batchNorm(
            "batchNorm of sequences in training",
            d -> Shape.of(d.between(2, 3), d.size(), d.between(3, 5))),
        row(
                "batchNormRelu",
                d -> {
                  var x = d.normal(Shape.of(d.between(2, 3), 16, 2, d.between(2, 4)));
                  return List.of(x, d.normal(Shape.of(16)), d.normal(Shape.of(16)));
                },
                t -> Normalization.batchNormRelu(t.get(0), t.get(1), t.get(2), EPS).y(),
                v -> {
                  var x = v.get(0);
                  var mean = x.over(s -> s.average().orElseThrow(), 0, 2, 3);
                  var variance =
                      fill(x.shape(), i -> Math.pow(x.at(i) - mean.at(i[1]), 2))
                          .over(s -> s.average().orElseThrow(), 0, 2, 3);
                  var normal = normalized(x, v.get(1), v.get(2), mean, variance);
                  return fill(x.shape(), i -> Math.max(normal.at(i), 0));
                })
            .within(1e-4),
        batchNormByGiven("batchNorm in evaluation", d -> d.shape(4)),
        batchNormByGiven("batchNorm of vectors in evaluation", d -> d.shape(2)));
  }

  private static final double EPS = 1e-3;

  private static Row batchNorm(String name, Function<Draw, Shape> shapes) {
    return row(
            name,
            d -> {
              var x = d.normal(shapes.apply(d));
              var channels = Shape.of(x.shape().size(1));
              return List.of(x, d.normal(channels), d.normal(channels));
            },
            t -> Normalization.batchNorm(t.get(0), t.get(1), t.get(2), EPS).y(),
            v -> {
              var x = v.get(0);
              var axes = IntStream.range(0, x.shape().rank()).filter(a -> a != 1).toArray();
              var mean = x.over(s -> s.average().orElseThrow(), axes);
              var variance =
                  fill(x.shape(), i -> Math.pow(x.at(i) - mean.at(i[1]), 2))
                      .over(s -> s.average().orElseThrow(), axes);
              return normalized(x, v.get(1), v.get(2), mean, variance);
            })
        .within(1e-4);
  }

  private static Row batchNormByGiven(String name, Function<Draw, Shape> shapes) {
    return row(
        name,
        d -> {
          var x = d.normal(shapes.apply(d));
          var channels = Shape.of(x.shape().size(1));
          var mean = d.normal(channels).toDoubles();
          var variance = d.positive(channels).toDoubles();
          return new Case(
              List.of(x, d.normal(channels), d.normal(channels)),
              t ->
                  Normalization.batchNorm(
                      t.get(0),
                      t.get(1),
                      t.get(2),
                      Tensor.of(mean, channels).to(t.get(0).dtype()),
                      Tensor.of(variance, channels).to(t.get(0).dtype()),
                      EPS),
              v ->
                  normalized(
                      v.get(0),
                      v.get(1),
                      v.get(2),
                      fill(channels, c -> mean[c[0]]),
                      fill(channels, c -> variance[c[0]])));
        });
  }

  private static Plain normalized(Plain x, Plain gamma, Plain beta, Plain mean, Plain variance) {
    return fill(
        x.shape(),
        i ->
            gamma.at(i[1]) * (x.at(i) - mean.at(i[1])) / Math.sqrt(variance.at(i[1]) + EPS)
                + beta.at(i[1]));
  }

  // ---- shapes

  private static Stream<Row> shapes() {
    return Stream.of(
        move(
            "reshape",
            d -> Shape.of(d.batch(), 2, 6),
            x -> x.reshape(x.shape().size(0), 4, 3),
            x -> x.reshape(Shape.of(x.size(0), 4, 3))),
        move(
            "reshape to what is left",
            d -> Shape.of(d.batch(), 2, 6),
            x -> x.reshape(3, -1, 2),
            x -> x.reshape(Shape.of(3, x.size(0) * 2, 2))),
        move(
            "reshape of a permuted tensor",
            d -> Shape.of(d.batch(), 2, 3),
            x -> x.permute(2, 0, 1).reshape(-1),
            x -> {
              int n = x.size(0);
              return fill(Shape.of(6 * n), i -> x.at(i[0] / 2 % n, i[0] % 2, i[0] / 2 / n));
            }),
        move(
            "flatten",
            d -> d.shape(4),
            x -> x.flatten(1),
            x -> x.reshape(Shape.of(x.size(0), x.size(1) * x.size(2) * x.size(3)))),
        move(
            "permute",
            d -> d.shape(4),
            x -> x.permute(0, -1, 1, 2),
            x ->
                fill(
                    Shape.of(x.size(0), x.size(3), x.size(1), x.size(2)),
                    i -> x.at(i[0], i[2], i[3], i[1]))),
        move(
            "transpose",
            d -> d.shape(3),
            x -> x.transpose(0, -1),
            x -> fill(Shape.of(x.size(2), x.size(1), x.size(0)), i -> x.at(i[2], i[1], i[0]))),
        move(
            "unsqueeze",
            d -> d.shape(2),
            x -> x.unsqueeze(1).unsqueeze(-1),
            x -> x.reshape(Shape.of(x.size(0), 1, x.size(1), 1))),
        move(
            "squeeze",
            d -> Shape.of(d.batch(), 1, d.size()),
            x -> x.squeeze(1),
            x -> x.reshape(Shape.of(x.size(0), x.size(2)))),
        move(
            "expand",
            d -> Shape.of(d.batch(), 1, d.size()),
            x -> x.expand(Shape.of(2, x.shape().size(0), 3, x.shape().size(2))),
            x -> fill(Shape.of(2, x.size(0), 3, x.size(2)), x::at)),
        move(
            "expand to nothing",
            d -> Shape.of(1, d.size()),
            x -> x.expand(Shape.of(0, x.shape().size(1))),
            x -> fill(Shape.of(0, x.size(1)), x::at)),
        move(
            "slice",
            d -> Shape.of(d.batch(), 5),
            x -> x.slice(-1, 1, 4),
            x -> fill(x.shape().with(1, 3), i -> x.at(i[0], i[1] + 1))),
        move(
            "slice with a step",
            d -> Shape.of(7, d.batch()),
            x -> x.slice(0, 1, 6, 2),
            x -> fill(x.shape().with(0, 3), i -> x.at(2 * i[0] + 1, i[1]))),
        move(
            "slice with a step that ends early",
            d -> Shape.of(d.batch(), 7, d.size()),
            x -> x.slice(1, 0, 6, 4),
            x -> fill(x.shape().with(1, 2), i -> x.at(i[0], 4 * i[1], i[2]))),
        move(
            "slice of nothing",
            d -> Shape.of(4, d.size()),
            x -> x.slice(0, 2, 2),
            x -> fill(x.shape().with(0, 0), i -> 0)),
        move(
            "select",
            d -> Shape.of(d.batch(), 3, d.size()),
            x -> x.select(1, 2),
            x -> fill(Shape.of(x.size(0), x.size(2)), i -> x.at(i[0], 2, i[1]))),
        move(
            "pad",
            d -> d.shape(3),
            x -> x.pad(-1, 2, 1, 0.5),
            x ->
                fill(
                    x.shape().with(2, x.size(2) + 3),
                    i ->
                        i[2] < 2 || i[2] >= x.size(2) + 2
                            ? 0.5
                            : x.at(Plain.at(i, 2, j -> j - 2)))),
        move(
            "pad an axis that may be empty",
            d -> d.shape(2),
            x -> x.pad(0, 1, 0, -1),
            x ->
                fill(x.shape().with(0, x.size(0) + 1), i -> i[0] == 0 ? -1 : x.at(i[0] - 1, i[1]))),
        move("contiguous", d -> d.shape(4), Tensor::contiguous, x -> x),
        row(
            "concat",
            d -> {
              int n = d.size();
              return List.of(d.normal(d.batch(), n), d.normal(2, n), d.normal(d.batch(), n));
            },
            t -> Tensor.concat(0, t),
            v -> {
              int first = v.get(0).size(0);
              return fill(
                  Shape.of(first + 2 + v.get(2).size(0), v.get(0).size(1)),
                  i ->
                      i[0] < first
                          ? v.get(0).at(i)
                          : i[0] < first + 2
                              ? v.get(1).at(i[0] - first, i[1])
                              : v.get(2).at(i[0] - first - 2, i[1]));
            }),
        row(
            "concat of channels",
            d -> {
              var s = d.shape(4);
              return List.of(d.normal(s), d.normal(s.with(1, 3)));
            },
            t -> Tensor.concat(1, t),
            v -> {
              int first = v.get(0).size(1);
              return fill(
                  v.get(0).shape().with(1, first + 3),
                  i -> i[1] < first ? v.get(0).at(i) : v.get(1).at(Plain.at(i, 1, c -> c - first)));
            }),
        move(
            "concat of a tensor with itself",
            d -> d.shape(2),
            x -> Tensor.concat(1, x, x),
            x -> {
              int n = x.size(1);
              return fill(x.shape().with(1, 2 * n), i -> x.at(i[0], i[1] % n));
            }));
  }

  // ---- indexing

  private static Stream<Row> indexing() {
    return Stream.of(
        gather("gather along the last axis", 1, (x, i) -> new int[] {i[0], x}),
        gather("gather along the first axis", 0, (x, i) -> new int[] {x, i[1]}),
        scatterAdd("scatterAdd along the last axis", 1),
        scatterAdd("scatterAdd along the first axis", 0));
  }

  private interface Place {
    int[] of(int index, int[] at);
  }

  /// From an x that is larger than the index along the other axis.
  private static Row gather(String name, int axis, Place place) {
    return row(
        name,
        d -> {
          int n = d.batch();
          var x = axis == 1 ? Shape.of(n + 1, 4) : Shape.of(4, n + 1);
          var index = axis == 1 ? Shape.of(n, d.size() + 2) : Shape.of(d.size() + 2, n);
          return List.of(d.normal(x), d.indices(4, index));
        },
        t -> t.get(0).gather(axis, t.get(1)),
        v -> fill(v.get(1).shape(), i -> v.get(0).at(place.of((int) v.get(1).at(i), i))));
  }

  private static Row scatterAdd(String name, int axis) {
    return row(
        name,
        d -> {
          int n = d.batch();
          var s = axis == 1 ? Shape.of(n, d.size() + 2) : Shape.of(d.size() + 2, n);
          return List.of(d.normal(s), d.indices(4, s));
        },
        t -> {
          int n = t.get(0).shape().size(1 - axis);
          return t.get(0)
              .scatterAdd(axis == 1 ? Shape.of(n + 1, 4) : Shape.of(4, n + 1), axis, t.get(1));
        },
        v -> {
          var x = v.get(0);
          int n = x.size(1 - axis);
          return fill(
              axis == 1 ? Shape.of(n + 1, 4) : Shape.of(4, n + 1),
              i -> {
                double sum = 0;
                for (int k = 0; k < x.size(axis) && i[1 - axis] < n; k++) {
                  int at = k;
                  var from = Plain.at(i, axis, j -> at);
                  sum += v.get(1).at(from) == i[axis] ? x.at(from) : 0;
                }
                return sum;
              });
        });
  }

  // ---- types

  private static Stream<Row> casts() {
    return Stream.of(
        unary("cast to int64", (d, s) -> d.uniform(-6, 6, s), x -> x.to(DType.I64), x -> (long) x),
        unary("cast to int32", (d, s) -> d.uniform(-6, 6, s), x -> x.to(DType.I32), x -> (int) x),
        unary("cast to uint8", (d, s) -> d.uniform(0, 255, s), x -> x.to(DType.U8), x -> (int) x),
        unary("cast to bool", Draw::digits, x -> x.to(DType.BOOL), x -> x != 0 ? 1 : 0),
        unary("cast of bool", Draw::conditions, x -> x.to(DType.F64), x -> x),
        unary("cast of integers", (d, s) -> d.indices(9, s), x -> x.to(DType.F32), x -> x));
  }

  // ---- how rows are written

  interface Fill {
    Tensor fill(Draw d, Shape shape);
  }

  static Row row(String name, Function<Draw, Case> draw) {
    return new Row(name, draw, 1e-5);
  }

  static Row row(
      String name,
      Function<Draw, List<Tensor>> inputs,
      Function<List<Tensor>, Tensor> op,
      Function<List<Plain>, Plain> formula) {
    return row(name, d -> new Case(inputs.apply(d), op, formula));
  }

  /// A function of each element.
  static Row unary(
      String name, Fill values, UnaryOperator<Tensor> op, DoubleUnaryOperator formula) {
    return row(
        name,
        d -> List.of(values.fill(d, d.shape())),
        t -> op.apply(t.getFirst()),
        v -> v.getFirst().map(formula));
  }

  /// A function of each pair of elements: of one shape, of shapes that broadcast, with a scalar.
  private static Stream<Row> binary(
      String name, Fill a, Fill b, BinaryOperator<Tensor> op, DoubleBinaryOperator formula) {
    Function<List<Tensor>, Tensor> ofBoth = t -> op.apply(t.get(0), t.get(1));
    Function<List<Plain>, Plain> expected = v -> v.get(0).with(v.get(1), formula);
    return Stream.of(
        row(
            name,
            d -> {
              var s = d.shape();
              return List.of(a.fill(d, s), b.fill(d, s));
            },
            ofBoth,
            expected),
        row(
            name + ", broadcasting",
            d -> {
              var s = d.broadcasting(2);
              return List.of(a.fill(d, s[0]), b.fill(d, s[1]));
            },
            ofBoth,
            expected),
        row(
            name + " with a scalar",
            d -> {
              var s = d.shape();
              return d.coin()
                  ? List.of(a.fill(d, s), b.fill(d, Shape.of()))
                  : List.of(a.fill(d, Shape.of()), b.fill(d, s));
            },
            ofBoth,
            expected));
  }

  /// Moves the elements of one tensor.
  private static Row move(
      String name,
      Function<Draw, Shape> shape,
      UnaryOperator<Tensor> op,
      UnaryOperator<Plain> formula) {
    return row(
        name,
        d -> List.of(d.normal(shape.apply(d))),
        t -> op.apply(t.getFirst()),
        v -> formula.apply(v.getFirst()));
  }

  private static int[] insert(int[] index, int at, int value) {
    return IntStream.rangeClosed(0, index.length)
        .map(i -> i < at ? index[i] : i == at ? value : index[i - 1])
        .toArray();
  }
}
