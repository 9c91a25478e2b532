package fovea.core.kernel;

import static fovea.core.kernel.JavaRandomArrays.forEachIndex;
import static fovea.core.kernel.JavaRandomArrays.repeat;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.FoveaException;
import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Each kernel against its definition, element by element, on random shapes and layouts.
class JavaKernelsTest {
  private static final List<Unary> UNARIES =
      List.of(
          Unary.EXP,
          Unary.LOG,
          Unary.SQRT,
          Unary.ABS,
          Unary.SIGN,
          Unary.ERF,
          Unary.SIGMOID,
          Unary.TANH,
          Unary.RELU,
          Unary.GELU,
          Unary.linear(-2, 0.5),
          Unary.pow(3),
          Unary.pow(2),
          Unary.pow(0),
          Unary.pow(0.5),
          Unary.clamp(-0.5, 1),
          Unary.GELU_TANH,
          Unary.SCALED_TANH,
          Unary.leakyRelu(0.1),
          Unary.leakyRelu(0),
          Unary.elu(0.5),
          Unary.elu(2),
          Unary.SELU,
          Unary.celu(1.5),
          Unary.softplus(2),
          Unary.softplus(-1),
          Unary.SOFTSIGN,
          Unary.SILU,
          Unary.MISH,
          Unary.HARD_SIGMOID,
          Unary.HARD_SWISH,
          Unary.hardTanh(-0.5, 1.25),
          Unary.hardShrink(0.5),
          Unary.softShrink(0.5),
          Unary.TANH_SHRINK,
          Unary.threshold(0.25, -2));

  private final Kernels kernels = new JavaKernels();

  // ---- elementwise

  private static double unary(Unary f, double x) {
    return switch (f.kind()) {
      case EXP -> Math.exp(x);
      case LOG -> Math.log(x);
      case SQRT -> Math.sqrt(x);
      case ABS -> Math.abs(x);
      case SIGN -> x > 0 ? 1 : x < 0 ? -1 : 0;
      case ERF -> erfBySeries(x);
      case SIGMOID -> 1 / (1 + Math.exp(-x));
      case TANH -> Math.tanh(x);
      case RELU -> x > 0 ? x : 0;
      case GELU -> x * 0.5 * (1 + erfBySeries(x / Math.sqrt(2)));
      case LINEAR -> f.alpha() * x + f.beta();
      case POW -> Math.pow(x, f.alpha());
      case CLAMP, HARD_TANH -> x < f.alpha() ? f.alpha() : x > f.beta() ? f.beta() : x;
      case GELU_TANH ->
          x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * Math.pow(x, 3))));
      case SCALED_TANH -> Math.tanh(x) / 2 + 0.5;
      case LEAKY_RELU -> x > 0 ? x : f.alpha() * x;
      case ELU -> x > 0 ? x : f.alpha() * (Math.exp(x) - 1);
      case SELU -> 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (Math.exp(x) - 1));
      case CELU -> x > 0 ? x : f.alpha() * (Math.exp(x / f.alpha()) - 1);
      case SOFTPLUS -> Math.log(1 + Math.exp(f.alpha() * x)) / f.alpha();
      case SOFTSIGN -> x / (1 + Math.abs(x));
      case SILU -> x / (1 + Math.exp(-x));
      case MISH -> x * Math.tanh(Math.log(1 + Math.exp(x)));
      case HARD_SIGMOID -> Math.max(0, Math.min(1, f.alpha() * x + f.beta()));
      case HARD_SWISH -> x * Math.max(0, Math.min(1, f.alpha() * x + f.beta()));
      case HARD_SHRINK -> Math.abs(x) > f.alpha() ? x : 0;
      case SOFT_SHRINK -> x > f.alpha() ? x - f.alpha() : x < -f.alpha() ? x + f.alpha() : 0;
      case TANH_SHRINK -> x - Math.tanh(x);
      case THRESHOLD -> x > f.alpha() ? x : f.beta();
    };
  }

  /// Taylor's series, exact enough for |x| < 4.
  private static double erfBySeries(double x) {
    double term = x;
    double sum = x;
    for (int n = 1; n < 200; n++) {
      term *= -x * x / n;
      sum += term / (2 * n + 1);
    }
    return 2 / Math.sqrt(Math.PI) * sum;
  }

  /// As the kernel sees it: a float32 array cannot hold every double.
  private static void assertClose(NdArray expected, NdArray actual) {
    assertEquals(expected.shape(), actual.shape());
    double tolerance = actual.dtype() == DType.F32 ? 2e-6 : 1e-11;
    forEachIndex(
        expected.shape(),
        index -> {
          double e = expected.get(index);
          double a = actual.get(index);
          if (!(Double.isNaN(e) && Double.isNaN(a)) && e != a) {
            assertEquals(
                e,
                a,
                tolerance * Math.max(1, Math.abs(e)),
                () -> "at " + Arrays.toString(index) + " of " + actual);
          }
        });
  }

  private static NdArray wide(Shape shape) {
    return NdArray.allocate(DType.F64, shape);
  }

  @Test
  void unaryFunctions() {
    repeat(
        300,
        r -> {
          var f = r.any(UNARIES);
          var type = r.floating();
          var shape = r.shape();
          var x = r.source(type, shape);
          var y = r.layout(type, shape);
          kernels.unary(f, x, y);
          var expected = wide(shape);
          forEachIndex(shape, i -> expected.set(unary(f, x.get(i)), i));
          assertClose(expected, y);
        });
  }

  @Test
  void unaryInPlace() {
    var x = NdArray.of(new float[] {-1, 2, 3}, Shape.of(3));
    kernels.unary(Unary.RELU, x, x);
    assertArrayEquals(new float[] {0, 2, 3}, x.toFloats());
  }

  @Test
  void nanPassesThroughLimits() {
    for (var f :
        List.of(
            Unary.RELU,
            Unary.clamp(0, 1),
            Unary.ABS,
            Unary.ERF,
            Unary.GELU,
            Unary.SELU,
            Unary.SILU,
            Unary.HARD_SIGMOID,
            Unary.hardShrink(1),
            Unary.softShrink(1),
            Unary.threshold(1, 0))) {
      var x = NdArray.of(new double[] {Double.NaN}, Shape.of(1));
      kernels.unary(f, x, x);
      assertTrue(Double.isNaN(x.get(0)), f.toString());
    }
  }

  @Test
  void unaryDerivativesAreTheNumericOnes() {
    repeat(
        300,
        r -> {
          var f = r.any(UNARIES);
          var shape = r.shape();
          var x = r.values(DType.F64, shape);
          if (f.kind() == Unary.Kind.LOG
              || f.kind() == Unary.Kind.SQRT
              || f.kind() == Unary.Kind.POW) {
            forEachIndex(shape, i -> x.set(0.1 + Math.abs(x.get(i)), i));
          }
          var y = r.layout(DType.F64, shape);
          kernels.unary(f, x, y);
          var dy = r.source(DType.F64, shape);
          var dx = r.layout(DType.F64, shape);
          kernels.unaryBackward(f, f.kind().derivativeFromResult() ? y : x, dy, dx);
          double h = 1e-6;
          forEachIndex(
              shape,
              i -> {
                double v = x.get(i);
                boolean corner =
                    Math.abs(v) < 2 * h
                        || Math.abs(Math.abs(v) - f.alpha()) < 2 * h
                        || Math.abs(v - f.beta()) < 2 * h;
                double slope = (unary(f, v + h) - unary(f, v - h)) / (2 * h);
                if (!corner) {
                  assertEquals(slope * dy.get(i), dx.get(i), 1e-6 * Math.max(1, Math.abs(slope)));
                }
              });
        });
  }

  @Test
  void derivativesAtCorners() {
    var x = NdArray.of(new double[] {-1, 0, 1}, Shape.of(3));
    assertArrayEquals(new double[] {-1, 0, 1}, derivative(Unary.ABS, x));
    assertArrayEquals(new double[] {0, 0, 0}, derivative(Unary.SIGN, x));
    assertArrayEquals(new double[] {0, 0, 1}, derivative(Unary.RELU, x));
    assertArrayEquals(new double[] {0, 1, 1}, derivative(Unary.clamp(0, 1), x));
    assertArrayEquals(new double[] {0, 0, 0}, derivative(Unary.pow(0), x));
    assertArrayEquals(new double[] {1, 1, 1}, derivative(Unary.pow(1), x));
  }

  private double[] derivative(Unary f, NdArray saved) {
    var d = NdArray.of(new double[] {1, 1, 1}, Shape.of(3));
    kernels.unaryBackward(f, saved, d, d);
    return d.toDoubles();
  }

  private static double binary(Binary f, double a, double b) {
    return switch (f) {
      case ADD -> a + b;
      case ADD_RELU -> Math.max(a + b, 0);
      case SUB -> a - b;
      case MUL -> a * b;
      case DIV -> a / b;
      case POW -> Math.pow(a, b);
      case MAX -> Double.isNaN(a) || Double.isNaN(b) ? Double.NaN : a > b ? a : b;
      case MIN -> Double.isNaN(a) || Double.isNaN(b) ? Double.NaN : a < b ? a : b;
      case EQ -> a == b ? 1 : 0;
      case NE -> a != b ? 1 : 0;
      case LT -> a < b ? 1 : 0;
      case LE -> a <= b ? 1 : 0;
      case GT -> a > b ? 1 : 0;
      case GE -> a >= b ? 1 : 0;
    };
  }

  @Test
  void binaryFunctionsOfReals() {
    repeat(
        300,
        r -> {
          var f = r.any(List.of(Binary.values()));
          var type = r.floating();
          var shape = r.shape();
          var a = r.source(type, shape);
          var b = r.chance(0.1) ? a : r.source(type, shape);
          if (!shape.isEmpty() && r.chance(0.1)) {
            a.set(Double.NaN, new int[shape.rank()]);
          }
          var y = r.layout(f.isComparison() ? DType.BOOL : type, shape);
          kernels.binary(f, a, b, y);
          var expected = wide(shape);
          forEachIndex(shape, i -> expected.set(binary(f, a.get(i), b.get(i)), i));
          assertClose(expected, y);
        });
  }

  @Test
  void binaryFunctionsOfIntegers() {
    repeat(
        300,
        r -> {
          var f = r.any(List.of(Binary.values()));
          var type = r.chance(0.5) ? DType.I64 : DType.I32;
          var shape = r.shape();
          var a = r.source(type, shape);
          var b = r.source(type, shape);
          if (f == Binary.POW || f == Binary.DIV) {
            b = NdArray.allocate(type, shape);
            kernels.fill(b, f == Binary.POW ? r.between(0, 3) : r.any(List.of(-2, 3)));
          }
          var y = r.layout(f.isComparison() ? DType.BOOL : type, shape);
          kernels.binary(f, a, b, y);
          var expected = NdArray.allocate(y.dtype(), shape);
          var divisor = b;
          forEachIndex(shape, i -> expected.set(binary(f, a.get(i), divisor.get(i)), i));
          assertArrayEquals(expected.toLongs(), y.toLongs(), f.toString());
        });
  }

  @Test
  void longsAreExact() {
    long big = (1L << 62) + 1;
    var a = NdArray.of(new long[] {big, big, 7}, Shape.of(3));
    var b = NdArray.of(new long[] {big - 1, 1, 3}, Shape.of(3));
    var y = NdArray.allocate(DType.I64, Shape.of(3));
    kernels.binary(Binary.SUB, a, b, y);
    assertArrayEquals(new long[] {1, big - 1, 4}, y.toLongs());
    kernels.binary(Binary.MUL, a, b, y);
    assertArrayEquals(new long[] {big * (big - 1), big, 21}, y.toLongs());
    var less = NdArray.allocate(DType.BOOL, Shape.of(3));
    kernels.binary(Binary.GT, a, b, less);
    assertArrayEquals(new int[] {1, 1, 1}, less.toInts());
    kernels.copy(a, y);
    assertArrayEquals(a.toLongs(), y.toLongs());
    kernels.gather(a, 0, NdArray.of(new int[] {1, 2, 0}, Shape.of(3)), y);
    assertArrayEquals(new long[] {big, 7, big}, y.toLongs());
  }

  @Test
  void integersCannotBeDividedByZero() {
    var a = NdArray.of(new int[] {1, 2}, Shape.of(2));
    var b = NdArray.of(new int[] {1, 0}, Shape.of(2));
    assertThrows(FoveaException.class, () -> kernels.binary(Binary.DIV, a, b, a));
  }

  @Test
  void bytesWrapAndBoolsSaturate() {
    var a = NdArray.of(new byte[] {(byte) 200, 1}, Shape.of(2));
    var y = NdArray.allocate(DType.U8, Shape.of(2));
    kernels.binary(Binary.ADD, a, a, y);
    assertArrayEquals(new int[] {144, 2}, y.toInts());
    var bool = NdArray.allocate(DType.BOOL, Shape.of(2));
    kernels.fill(bool, 1);
    kernels.binary(Binary.ADD, bool, bool, bool);
    assertArrayEquals(new int[] {1, 1}, bool.toInts());
  }

  @Test
  void whereChooses() {
    repeat(
        200,
        r -> {
          var type = r.chance(0.5) ? r.floating() : r.chance(0.5) ? DType.I64 : DType.U8;
          var shape = r.shape();
          var condition = r.source(DType.BOOL, shape);
          var a = r.source(type, shape);
          var b = r.source(type, shape);
          var y = r.layout(type, shape);
          kernels.where(condition, a, b, y);
          var expected = wide(shape);
          forEachIndex(shape, i -> expected.set(condition.get(i) != 0 ? a.get(i) : b.get(i), i));
          assertClose(expected, y);
        });
  }

  @Test
  void copyConverts() {
    repeat(
        400,
        r -> {
          var from = r.any(List.of(DType.values()));
          var to = r.any(List.of(DType.values()));
          var shape = r.shape();
          var x = r.source(from, shape);
          var y = r.layout(to, shape);
          kernels.copy(x, y);
          var expected = NdArray.allocate(to, shape);
          forEachIndex(shape, i -> expected.set(x.get(i), i));
          assertArrayEquals(expected.toDoubles(), y.toDoubles(), from + " to " + to);
        });
  }

  @Test
  void fillFills() {
    repeat(
        100,
        r -> {
          var type = r.any(List.of(DType.values()));
          var y = r.layout(type, r.shape());
          kernels.fill(y, 1);
          for (double v : y.toDoubles()) {
            assertEquals(1, v);
          }
        });
  }

  // ---- reductions

  @Test
  void reductions() {
    repeat(
        400,
        r -> {
          var f = r.any(List.of(Reduction.values()));
          var type = r.floating();
          var shape = r.shape();
          var x = r.source(type, shape);
          var sizes = shape.sizes();
          double count = 1;
          for (int i = 0; i < sizes.length; i++) {
            if (r.chance(0.5)) {
              count *= sizes[i];
              sizes[i] = 1;
            }
          }
          if (count == 0 && (f == Reduction.MAX || f == Reduction.MIN)) {
            return;
          }
          var y = r.layout(type, Shape.of(sizes));
          kernels.reduce(f, x, y);
          var expected = wide(Shape.of(sizes));
          double n = count;
          forEachIndex(
              expected.shape(),
              i ->
                  expected.set(
                      switch (f) {
                        case SUM, MEAN -> 0;
                        case MAX -> Double.NEGATIVE_INFINITY;
                        case MIN -> Double.POSITIVE_INFINITY;
                      },
                      i));
          forEachIndex(
              shape,
              i -> {
                var at = i.clone();
                for (int axis = 0; axis < at.length; axis++) {
                  at[axis] = Math.min(at[axis], sizes[axis] - 1);
                }
                double old = expected.get(at);
                double v = x.get(i);
                expected.set(
                    switch (f) {
                      case SUM, MEAN -> old + v;
                      case MAX -> Math.max(old, v);
                      case MIN -> Math.min(old, v);
                    },
                    at);
              });
          if (f == Reduction.MEAN) {
            forEachIndex(expected.shape(), i -> expected.set(expected.get(i) / n, i));
          }
          assertClose(expected, y);
        });
  }

  @Test
  void largestOfNanIsNan() {
    var x = NdArray.of(new float[] {1, Float.NaN, 3}, Shape.of(3));
    var y = NdArray.allocate(DType.F32, Shape.of(1));
    kernels.reduce(Reduction.MAX, x, y);
    assertTrue(Double.isNaN(y.get(0)));
    var at = NdArray.allocate(DType.I64, Shape.of(1));
    kernels.argMax(x, 0, at);
    assertArrayEquals(new long[] {1}, at.toLongs());
  }

  @Test
  void argMaxFindsTheFirst() {
    repeat(
        200,
        r -> {
          var shape = r.shape();
          if (shape.rank() == 0) {
            return;
          }
          int axis = r.random.nextInt(shape.rank());
          if (shape.size(axis) == 0) {
            return;
          }
          // Few distinct values, so that there are ties.
          var type = r.chance(0.5) ? DType.I32 : r.floating();
          var x = r.source(type, shape);
          forEachIndex(x.shape(), i -> x.set(Math.rint(x.get(i)), i));
          var y = r.layout(DType.I64, shape.with(axis, 1));
          kernels.argMax(x, axis, y);
          forEachIndex(
              y.shape(),
              i -> {
                var at = i.clone();
                int best = 0;
                for (int j = 1; j < shape.size(axis); j++) {
                  at[axis] = j;
                  double v = x.get(at);
                  at[axis] = best;
                  if (v > x.get(at)) {
                    best = j;
                  }
                }
                assertEquals(best, y.get(i));
              });
        });
  }

  // ---- softmax

  @Test
  void softmaxAndItsGradient() {
    repeat(
        200,
        r -> {
          var shape = r.shape();
          if (shape.rank() == 0) {
            return;
          }
          int axis = r.random.nextInt(shape.rank());
          boolean log = r.chance(0.5);
          var type = r.floating();
          var x = r.source(type, shape);
          var y = r.layout(type, shape);
          kernels.softmax(x, axis, log, y);
          var sums = sumsAlong(axis, shape, i -> Math.exp(x.get(i)));
          var expected = wide(shape);
          forEachIndex(
              shape,
              i -> {
                double p = Math.exp(x.get(i)) / sums.get(first(i, axis));
                expected.set(log ? Math.log(p) : p, i);
              });
          assertClose(expected, y);

          var dy = r.source(type, shape);
          var dx = r.layout(type, shape);
          kernels.softmaxBackward(y, dy, axis, log, dx);
          var dots = sumsAlong(axis, shape, i -> (log ? 1 : y.get(i)) * dy.get(i));
          forEachIndex(
              shape,
              i -> {
                double dot = dots.get(first(i, axis));
                double v = y.get(i);
                expected.set(log ? dy.get(i) - Math.exp(v) * dot : v * (dy.get(i) - dot), i);
              });
          assertClose(expected, dx);
        });
  }

  private interface Value {
    double at(int... index);
  }

  private static int[] first(int[] index, int axis) {
    var i = index.clone();
    i[axis] = 0;
    return i;
  }

  private static NdArray sumsAlong(int axis, Shape shape, Value value) {
    var sums = wide(shape.with(axis, 1));
    forEachIndex(sums.shape(), i -> sums.set(0, i));
    forEachIndex(shape, i -> sums.set(sums.get(first(i, axis)) + value.at(i), first(i, axis)));
    return sums;
  }

  @Test
  void softmaxOfHugeValues() {
    var x = NdArray.of(new double[] {1e4, 1e4 - 1, -1e4}, Shape.of(3));
    var y = wide(Shape.of(3));
    kernels.softmax(x, 0, false, y);
    assertEquals(1 / (1 + Math.exp(-1)), y.get(0), 1e-12);
    assertEquals(0, y.get(2));
    kernels.softmax(x, 0, true, y);
    assertEquals(-2e4 - Math.log1p(Math.exp(-1)), y.get(2), 1e-8);
  }

  // ---- linear algebra

  @Test
  void matrixProducts() {
    repeat(
        200,
        r -> {
          var type = r.floating();
          int leading = r.between(0, 2);
          var a = new int[leading + 2];
          var b = new int[leading + 2];
          var c = new int[leading + 2];
          for (int i = 0; i < leading; i++) {
            a[i] = b[i] = c[i] = r.between(1, 3);
          }
          boolean large = leading == 0 && r.chance(0.1);
          int m = large ? r.between(100, 300) : r.between(0, 9);
          int k = large ? r.between(200, 600) : r.between(0, 9);
          int n = large ? r.between(500, 530) : r.between(0, 9);
          a[leading] = c[leading] = m;
          a[leading + 1] = b[leading] = k;
          b[leading + 1] = c[leading + 1] = n;
          var x = r.source(type, Shape.of(a));
          var w = r.source(type, Shape.of(b));
          var bias = r.chance(0.5) ? r.source(type, Shape.of(n)) : null;
          var y = r.layout(type, Shape.of(c));
          kernels.matmul(x, w, bias, y);
          var expected = wide(Shape.of(c));
          var xs = x.toDoubles();
          var ws = w.toDoubles();
          int[] at = {0};
          forEachIndex(
              y.shape(),
              i -> {
                int batch = at[0]++ / (m * n);
                double sum = bias == null ? 0 : bias.get(i[leading + 1]);
                for (int j = 0; j < k; j++) {
                  sum +=
                      xs[(batch * m + i[leading]) * k + j]
                          * ws[(batch * k + j) * n + i[leading + 1]];
                }
                expected.set(sum, i);
              });
          assertClose(expected, y);
        });
  }

  // ---- convolution

  /// A random window over a random image, and arrays that fit.
  private record Problem(
      Window window, int groups, Shape x, Shape w, Shape y, DType type, JavaRandomArrays r) {
    static Problem random(JavaRandomArrays r) {
      var window =
          Window.of(r.between(1, 3), r.between(1, 3))
              .stride(r.between(1, 3), r.between(1, 3))
              .pad(r.between(0, 2), r.between(0, 2), r.between(0, 2), r.between(0, 2))
              .dilation(r.between(1, 2), r.between(1, 2));
      boolean large = r.chance(0.1);
      int h = r.between(5, large ? 30 : 9);
      int w = r.between(5, large ? 30 : 9);
      int n = r.chance(0.05) ? 0 : r.between(1, 3);
      int groups = r.between(1, 2);
      int c = r.between(1, large ? 40 : 3);
      int k = r.between(1, 6);
      return new Problem(
          window,
          groups,
          Shape.of(n, c * groups, h, w),
          Shape.of(k * groups, c, window.height(), window.width()),
          Shape.of(n, k * groups, window.outHeight(h), window.outWidth(w)),
          r.floating(),
          r);
    }

    /// Calls with each product w[..]·x[..] that y[..] is the sum of.
    void forEachTerm(Term term) {
      forEachIndex(
          y,
          i -> {
            int perGroup = w.size(1);
            int group = i[1] / (w.size(0) / groups);
            for (int c = 0; c < perGroup; c++) {
              for (int kh = 0; kh < window.height(); kh++) {
                for (int kw = 0; kw < window.width(); kw++) {
                  int h = i[2] * window.strideH() - window.padTop() + kh * window.dilationH();
                  int v = i[3] * window.strideW() - window.padLeft() + kw * window.dilationW();
                  if (h >= 0 && h < x.size(2) && v >= 0 && v < x.size(3)) {
                    term.at(
                        i,
                        new int[] {i[0], group * perGroup + c, h, v},
                        new int[] {i[1], c, kh, kw});
                  }
                }
              }
            }
          });
    }
  }

  private interface Term {
    void at(int[] y, int[] x, int[] w);
  }

  private static void zero(NdArray a) {
    forEachIndex(a.shape(), i -> a.set(0, i));
  }

  private static void add(NdArray a, double value, int... index) {
    a.set(a.get(index) + value, index);
  }

  @Test
  void convolutions() {
    repeat(
        200,
        r -> {
          var p = Problem.random(r);
          var x = r.source(p.type, p.x);
          var w = r.source(p.type, p.w);
          var bias = r.chance(0.5) ? r.source(p.type, Shape.of(p.w.size(0))) : null;
          var y = r.layout(p.type, p.y);
          kernels.convolution(x, w, bias, p.window, p.groups, y);
          var expected = wide(p.y);
          forEachIndex(p.y, i -> expected.set(bias == null ? 0 : bias.get(i[1]), i));
          p.forEachTerm((yi, xi, wi) -> add(expected, x.get(xi) * w.get(wi), yi));
          assertClose(expected, y);

          var dy = r.source(p.type, p.y);
          var dx = r.layout(p.type, p.x);
          kernels.convolutionBackwardData(dy, w, p.window, p.groups, dx);
          var expectedX = wide(p.x);
          zero(expectedX);
          p.forEachTerm((yi, xi, wi) -> add(expectedX, dy.get(yi) * w.get(wi), xi));
          assertClose(expectedX, dx);

          var dw = r.layout(p.type, p.w);
          var dbias = bias == null ? null : r.layout(p.type, bias.shape());
          kernels.convolutionBackwardWeights(x, dy, p.window, p.groups, dw, dbias);
          var expectedW = wide(p.w);
          zero(expectedW);
          p.forEachTerm((yi, xi, wi) -> add(expectedW, dy.get(yi) * x.get(xi), wi));
          assertClose(expectedW, dw);
          if (dbias != null) {
            var expectedBias = wide(dbias.shape());
            zero(expectedBias);
            forEachIndex(p.y, i -> add(expectedBias, dy.get(i), i[1]));
            assertClose(expectedBias, dbias);
          }
        });
  }

  /// ⟨conv(x), dy⟩ = ⟨x, backwardData(dy)⟩ = ⟨w, backwardWeights(x, dy)⟩
  @Test
  void convolutionAndItsGradientsAreAdjoint() {
    repeat(
        100,
        r -> {
          var p = Problem.random(r);
          var x = r.values(DType.F64, p.x);
          var w = r.values(DType.F64, p.w);
          var dy = r.values(DType.F64, p.y);
          var y = r.layout(DType.F64, p.y);
          kernels.convolution(x, w, null, p.window, p.groups, y);
          var dx = r.layout(DType.F64, p.x);
          kernels.convolutionBackwardData(dy, w, p.window, p.groups, dx);
          var dw = r.layout(DType.F64, p.w);
          kernels.convolutionBackwardWeights(x, dy, p.window, p.groups, dw, null);
          double expected = dot(y, dy);
          assertEquals(expected, dot(x, dx), 1e-9 * Math.max(1, Math.abs(expected)));
          assertEquals(expected, dot(w, dw), 1e-9 * Math.max(1, Math.abs(expected)));
        });
  }

  private static double dot(NdArray a, NdArray b) {
    var u = a.toDoubles();
    var v = b.toDoubles();
    double sum = 0;
    for (int i = 0; i < u.length; i++) {
      sum += u[i] * v[i];
    }
    return sum;
  }

  // ---- pooling

  private interface Taps {
    void at(int[] y, List<int[]> x);
  }

  private static void forEachWindow(Window window, Shape x, Shape y, Taps taps) {
    forEachIndex(
        y,
        i -> {
          var under = new ArrayList<int[]>();
          for (int kh = 0; kh < window.height(); kh++) {
            for (int kw = 0; kw < window.width(); kw++) {
              int h = i[2] * window.strideH() - window.padTop() + kh * window.dilationH();
              int w = i[3] * window.strideW() - window.padLeft() + kw * window.dilationW();
              if (h >= 0 && h < x.size(2) && w >= 0 && w < x.size(3)) {
                under.add(new int[] {i[0], i[1], h, w});
              }
            }
          }
          taps.at(i, under);
        });
  }

  /// Windows that always touch the image: padding below the reach of the first tap.
  private static Window poolWindow(JavaRandomArrays r) {
    int h = r.between(1, 3);
    int w = r.between(1, 3);
    return Window.of(h, w)
        .stride(r.between(1, 3), r.between(1, 3))
        .pad(r.between(0, h - 1), r.between(0, w - 1), r.between(0, h - 1), r.between(0, w - 1))
        .dilation(r.between(1, 2), r.between(1, 2));
  }

  @Test
  void poolingByMaximum() {
    repeat(
        200,
        r -> {
          var window = poolWindow(r);
          var type = r.floating();
          var xs = Shape.of(r.between(0, 2), r.between(1, 3), r.between(5, 9), r.between(5, 9));
          var ys =
              Shape.of(
                  xs.size(0),
                  xs.size(1),
                  window.outHeight(xs.size(2)),
                  window.outWidth(xs.size(3)));
          var x = r.source(type, xs);
          if (!xs.isEmpty() && r.chance(0.1)) {
            x.set(Double.NaN, 0, 0, 2, 2);
            x.set(Double.NEGATIVE_INFINITY, 0, 0, 0, 0);
          }
          var y = r.layout(type, ys);
          long bytes = kernels.maxPoolWorkspaceBytes(x, window, y);
          var workspace = NdArray.allocate(DType.U8, Shape.of((int) bytes));
          kernels.maxPool(x, window, y, workspace);
          var dy = r.source(type, ys);
          var dx = NdArray.like(x, type);
          kernels.maxPoolBackward(dy, workspace, window, dx);
          var expected = wide(ys);
          var expectedX = wide(xs);
          zero(expectedX);
          forEachWindow(
              window,
              xs,
              ys,
              (i, under) -> {
                var best = under.getFirst();
                for (var at : under) {
                  double v = x.get(at);
                  if (v > x.get(best) || (Double.isNaN(v) && !Double.isNaN(x.get(best)))) {
                    best = at;
                  }
                }
                expected.set(x.get(best), i);
                add(expectedX, dy.get(i), best);
              });
          assertClose(expected, y);
          assertClose(expectedX, dx);
          var again = r.layout(type, ys);
          kernels.maxPool(x, window, again, null);
          assertClose(expected, again);
        });
  }

  @Test
  void poolingByMean() {
    repeat(
        200,
        r -> {
          var window = poolWindow(r);
          boolean countPad = r.chance(0.5);
          var type = r.floating();
          var xs = Shape.of(r.between(0, 2), r.between(1, 3), r.between(5, 9), r.between(5, 9));
          var ys =
              Shape.of(
                  xs.size(0),
                  xs.size(1),
                  window.outHeight(xs.size(2)),
                  window.outWidth(xs.size(3)));
          var x = r.source(type, xs);
          var y = r.layout(type, ys);
          kernels.averagePool(x, window, countPad, y);
          var dy = r.source(type, ys);
          var dx = r.layout(type, xs);
          kernels.averagePoolBackward(dy, window, countPad, dx);
          var expected = wide(ys);
          var expectedX = wide(xs);
          zero(expected);
          zero(expectedX);
          forEachWindow(
              window,
              xs,
              ys,
              (i, under) -> {
                double n = countPad ? window.area() : under.size();
                for (var at : under) {
                  add(expected, x.get(at) / n, i);
                  add(expectedX, dy.get(i) / n, at);
                }
              });
          assertClose(expected, y);
          assertClose(expectedX, dx);
        });
  }

  // ---- normalisation

  @Test
  void batchNormalisation() {
    repeat(
        200,
        r -> {
          var type = r.floating();
          var sizes = new int[r.between(2, 5)];
          for (int i = 0; i < sizes.length; i++) {
            sizes[i] = r.between(2, 5);
          }
          sizes[1] = r.between(1, 40);
          var shape = Shape.of(sizes);
          var channels = Shape.of(sizes[1]);
          var x = r.source(type, shape);
          var gamma = r.source(type, channels);
          var beta = r.source(type, channels);
          var y = r.layout(type, shape);
          var mean = r.layout(type, channels);
          var variance = r.layout(type, channels);
          double eps = 1e-3;
          kernels.batchNormTrain(x, gamma, beta, eps, y, mean, variance);

          double n = (double) shape.elements() / sizes[1];
          var means = new double[sizes[1]];
          var variances = new double[sizes[1]];
          forEachIndex(shape, i -> means[i[1]] += x.get(i) / n);
          forEachIndex(shape, i -> variances[i[1]] += Math.pow(x.get(i) - means[i[1]], 2) / n);
          assertClose(NdArray.of(means, channels), mean);
          assertClose(NdArray.of(variances, channels), variance);
          var expected = wide(shape);
          forEachIndex(
              shape,
              i -> {
                int c = i[1];
                double z = (x.get(i) - means[c]) / Math.sqrt(variances[c] + eps);
                expected.set(z * gamma.get(c) + beta.get(c), i);
              });
          // float32: beta's rounding times up to 1/√eps
          assertClose(expected, y);

          var again = r.layout(type, shape);
          var otherMean = r.source(type, channels);
          kernels.batchNormEval(x, gamma, beta, otherMean, variance, eps, again);
          forEachIndex(
              shape,
              i -> {
                int c = i[1];
                double z = (x.get(i) - otherMean.get(c)) / Math.sqrt(variance.get(c) + eps);
                expected.set(z * gamma.get(c) + beta.get(c), i);
              });
          assertClose(expected, again);
        });
  }

  @Test
  void batchNormalisationGradientsAreTheNumericOnes() {
    repeat(
        60,
        r -> {
          boolean training = r.chance(0.5);
          var sizes = new int[r.between(2, 4)];
          for (int i = 0; i < sizes.length; i++) {
            sizes[i] = r.between(2, 4);
          }
          var shape = Shape.of(sizes);
          var channels = Shape.of(sizes[1]);
          var x = r.values(DType.F64, shape);
          var gamma = r.values(DType.F64, channels);
          var beta = r.values(DType.F64, channels);
          var mean = r.values(DType.F64, channels);
          var variance = r.values(DType.F64, channels);
          forEachIndex(channels, i -> variance.set(0.5 + Math.abs(variance.get(i)), i));
          var dy = r.source(DType.F64, shape);
          var y = r.layout(DType.F64, shape);
          double eps = 1e-2;
          Runnable forward =
              training
                  ? () -> kernels.batchNormTrain(x, gamma, beta, eps, y, mean, variance)
                  : () -> kernels.batchNormEval(x, gamma, beta, mean, variance, eps, y);
          forward.run();
          var dx = r.layout(DType.F64, shape);
          var dgamma = r.layout(DType.F64, channels);
          var dbeta = r.layout(DType.F64, channels);
          kernels.batchNormBackward(x, dy, gamma, mean, variance, eps, training, dx, dgamma, dbeta);
          assertNumeric(x, dx, forward, y, dy);
          assertNumeric(gamma, dgamma, forward, y, dy);
          assertNumeric(beta, dbeta, forward, y, dy);
        });
  }

  /// Checks d⟨y, dy⟩/dx.
  private static void assertNumeric(
      NdArray x, NdArray dx, Runnable forward, NdArray y, NdArray dy) {
    double h = 1e-5;
    forEachIndex(
        x.shape(),
        i -> {
          double old = x.get(i);
          x.set(old + h, i);
          forward.run();
          double up = dot(y, dy);
          x.set(old - h, i);
          forward.run();
          double down = dot(y, dy);
          x.set(old, i);
          double slope = (up - down) / (2 * h);
          assertEquals(slope, dx.get(i), 1e-6 * Math.max(1, Math.abs(slope)));
        });
    forward.run();
  }

  @Test
  void batchNormVarianceFarFromZero() {
    var x = NdArray.of(new double[] {1e8 + 1, 1e8 - 1}, Shape.of(2, 1));
    var one = NdArray.of(new double[] {1}, Shape.of(1));
    var zero = NdArray.of(new double[] {0}, Shape.of(1));
    var y = wide(Shape.of(2, 1));
    var mean = wide(Shape.of(1));
    var variance = wide(Shape.of(1));
    kernels.batchNormTrain(x, one, zero, 0, y, mean, variance);
    assertEquals(1, variance.get(0));
    assertArrayEquals(new double[] {1, -1}, y.toDoubles());
  }

  // ---- indexing

  @Test
  void gatherAndScatter() {
    repeat(
        300,
        r -> {
          var shape = r.shape();
          if (shape.rank() == 0 || shape.isEmpty()) {
            return;
          }
          int axis = r.random.nextInt(shape.rank());
          var sizes = shape.sizes();
          for (int i = 0; i < sizes.length; i++) {
            sizes[i] = i == axis ? r.between(0, 6) : r.between(0, sizes[i]);
          }
          var type = r.chance(0.3) ? DType.I64 : r.floating();
          var indexShape = Shape.of(sizes);
          var x = r.source(type, shape);
          var index = r.layout(r.chance(0.5) ? DType.I32 : DType.I64, indexShape);
          forEachIndex(indexShape, i -> index.set(r.random.nextInt(shape.size(axis)), i));
          var y = r.layout(type, indexShape);
          kernels.gather(x, axis, index, y);
          var expected = wide(indexShape);
          forEachIndex(indexShape, i -> expected.set(x.get(pointed(i, axis, index)), i));
          assertClose(expected, y);

          var into = r.values(type, shape);
          var sums = wide(shape);
          forEachIndex(shape, i -> sums.set(into.get(i), i));
          kernels.scatterAdd(y, axis, index, into);
          forEachIndex(indexShape, i -> add(sums, y.get(i), pointed(i, axis, index)));
          assertClose(sums, into);
        });
  }

  private static int[] pointed(int[] at, int axis, NdArray index) {
    var i = at.clone();
    i[axis] = (int) index.get(at);
    return i;
  }

  @Test
  void indicesOutsideAreNamed() {
    var x = NdArray.of(new float[6], Shape.of(2, 3));
    var y = NdArray.allocate(DType.F32, Shape.of(1, 3));
    var high = NdArray.of(new int[] {0, 2, 1}, Shape.of(1, 3));
    var e = assertThrows(ShapeException.class, () -> kernels.gather(x, 0, high, y));
    assertEquals("gather: index 2 lies outside axis 0 of [2, 3], which has size 2", e.getMessage());
    var negative = NdArray.of(new long[] {0, -1, 1}, Shape.of(1, 3));
    e = assertThrows(ShapeException.class, () -> kernels.scatterAdd(y, 0, negative, x));
    assertEquals(
        "scatterAdd: index -1 lies outside axis 0 of [2, 3], which has size 2", e.getMessage());
  }

  // ---- randomness

  @Test
  void randomNumbersDoNotDependOnLayout() {
    repeat(
        50,
        r -> {
          var shape = r.shape();
          var type = r.floating();
          var y = r.layout(type, shape);
          kernels.uniform(Rng.of(5), -1, 2, y);
          var rng = Rng.of(5);
          forEachIndex(
              shape,
              i ->
                  assertEquals(
                      type == DType.F32
                          ? (float) (-1 + 3.0 * rng.nextFloat())
                          : -1 + 3 * rng.nextDouble(),
                      y.get(i)));
          kernels.normal(Rng.of(6), 1, 2, y);
          var normal = Rng.of(6);
          forEachIndex(shape, i -> assertEquals(1 + 2 * normal.nextGaussian(), y.get(i), 1e-6));
        });
  }

  @Test
  void uniformNeverReachesItsUpperEnd() {
    var y = NdArray.allocate(DType.F32, Shape.of(10_000));
    // Next to 2²⁴ floats are 2 apart, so that half of the draws would round up.
    double low = 1 << 24;
    kernels.uniform(Rng.of(1), low, low + 2, y);
    for (float v : y.toFloats()) {
      assertEquals(low, v);
    }
    kernels.uniform(Rng.of(1), 3, 3, y);
    assertEquals(3, y.get(0));
  }

  // ---- optimizers

  @Test
  void sgdSteps() {
    repeat(
        100,
        r -> {
          var type = r.floating();
          var shape = r.shape();
          boolean nesterov = r.chance(0.5);
          double momentum = r.chance(0.3) ? 0 : 0.9;
          var p = r.values(type, shape);
          var v = momentum == 0 ? null : r.layout(type, shape);
          if (v != null) {
            kernels.fill(v, 0);
          }
          var expected = wide(shape);
          var velocity = wide(shape);
          zero(velocity);
          forEachIndex(shape, i -> expected.set(p.get(i), i));
          for (int step = 0; step < 3; step++) {
            var g = r.source(type, shape);
            kernels.sgd(p, g, v, 0.1, momentum, nesterov && momentum > 0, 0.01);
            forEachIndex(
                shape,
                i -> {
                  double d = g.get(i) + 0.01 * expected.get(i);
                  double w = momentum * velocity.get(i) + d;
                  velocity.set(w, i);
                  double direction = nesterov ? d + momentum * w : w;
                  add(expected, -0.1 * direction, i);
                });
            assertClose(expected, p);
          }
        });
  }

  @Test
  void adamSteps() {
    repeat(
        100,
        r -> {
          var type = r.floating();
          var shape = r.shape();
          var p = r.values(type, shape);
          var m = r.layout(type, shape);
          var v = r.layout(type, shape);
          kernels.fill(m, 0);
          kernels.fill(v, 0);
          var expected = wide(shape);
          var first = wide(shape);
          var second = wide(shape);
          zero(first);
          zero(second);
          forEachIndex(shape, i -> expected.set(p.get(i), i));
          for (int step = 1; step <= 3; step++) {
            var g = r.source(type, shape);
            kernels.adam(p, g, m, v, 0.01, 0.9, 0.99, 1e-8, 0.1, 0.98, step);
            double t = step;
            forEachIndex(
                shape,
                i -> {
                  double d = g.get(i) + 0.1 * expected.get(i);
                  first.set(0.9 * first.get(i) + 0.1 * d, i);
                  second.set(0.99 * second.get(i) + 0.01 * d * d, i);
                  double mHat = first.get(i) / (1 - Math.pow(0.9, t));
                  double vHat = second.get(i) / (1 - Math.pow(0.99, t));
                  double old = expected.get(i);
                  expected.set(0.98 * old - 0.01 * mHat / (Math.sqrt(vHat) + 1e-8), i);
                });
            assertClose(expected, p);
            assertClose(first, m);
            assertClose(second, v);
          }
        });
  }

  @Test
  void worksWithoutAnyElement() {
    @Nullable NdArray none = null;
    var empty = NdArray.allocate(DType.F32, Shape.of(0, 3, 4, 4));
    var y = NdArray.allocate(DType.F32, Shape.of(0, 2, 3, 3));
    var w = NdArray.of(new float[2 * 3 * 4], Shape.of(2, 3, 2, 2));
    var window = Window.of(2);
    kernels.convolution(empty, w, none, window, 1, y);
    kernels.convolutionBackwardData(y, w, window, 1, empty);
    kernels.convolutionBackwardWeights(empty, y, window, 1, w, none);
    for (float v : w.toFloats()) {
      assertEquals(0, v);
    }
    var pooled = NdArray.allocate(DType.F32, Shape.of(0, 3, 3, 3));
    kernels.maxPool(empty, window, pooled, NdArray.allocate(DType.U8, Shape.of(0)));
    kernels.averagePool(empty, window, true, pooled);
    var sum = NdArray.allocate(DType.F32, Shape.of(1, 3, 1, 1));
    kernels.reduce(Reduction.SUM, empty, sum);
    assertArrayEquals(new float[3], sum.toFloats());
    kernels.reduce(Reduction.MEAN, empty, sum);
    assertTrue(Float.isNaN(sum.toFloats()[0]));
  }
}
