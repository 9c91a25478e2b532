package fovea.core.kernel.onednn;

import static fovea.core.kernel.onednn.Samples.DESTINATIONS;
import static fovea.core.kernel.onednn.Samples.assertClose;
import static fovea.core.kernel.onednn.Samples.empty;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import fovea.core.FoveaException;
import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.kernel.Binary;
import fovea.core.kernel.JavaKernels;
import fovea.core.kernel.Kernels;
import fovea.core.kernel.Reduction;
import fovea.core.kernel.Unary;
import fovea.core.kernel.Window;
import fovea.core.kernel.onednn.Samples.Lay;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Every kernel against the plain Java ones, on random shapes, layouts and windows. A failure names
/// its seed.
class OneDnnKernelsTest {
  private static final int ROUNDS = 60;
  private static final Kernels PLAIN = new JavaKernels();
  private static Kernels fast = PLAIN;

  @BeforeAll
  static void load() {
    try {
      fast = new OneDnnProvider().load(PLAIN);
    } catch (FoveaException e) {
      assumeTrue(false, e.getMessage());
    }
  }

  private static void rounds(Consumer<Samples> body) {
    for (int seed = 0; seed < ROUNDS; seed++) {
      try {
        body.accept(new Samples(seed));
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }
  }

  private static Lay any(Samples s) {
    return s.oneOf(Lay.values());
  }

  private static Lay destination(Samples s) {
    return s.oneOf(DESTINATIONS);
  }

  private static NdArray plain(Unary f, NdArray x) {
    var y = NdArray.like(x, DType.F32);
    PLAIN.unary(f, x, y);
    return y;
  }

  private static Shape shape(Samples s) {
    return switch (s.between(0, 6)) {
      case 0 -> Shape.of();
      case 1 -> Shape.of(s.between(0, 100));
      case 2 -> Shape.of(s.between(1, 30), s.between(1, 40));
      case 3 -> Shape.of(s.between(1, 5), s.between(1, 7), s.between(1, 9));
      case 4 -> Shape.of(200, s.between(100, 200));
      default -> Shape.of(s.between(1, 3), s.oneOf(1, 3, 16, 17), s.between(1, 9), s.between(1, 9));
    };
  }

  @Test
  void nameSaysWhatComputes() {
    assertTrue(fast.name().startsWith("oneDNN 3."), fast.name());
  }

  // ---- elementwise

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
          Unary.linear(2.5, -0.75),
          Unary.pow(2),
          Unary.pow(3),
          Unary.pow(0.5),
          Unary.pow(-1),
          Unary.clamp(-0.5, 1.25),
          Unary.clamp(0, 6),
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

  private static final EnumSet<Unary.Kind> AT_INFINITY =
      EnumSet.of(
          Unary.Kind.GELU,
          Unary.Kind.GELU_TANH,
          Unary.Kind.SILU,
          Unary.Kind.MISH,
          Unary.Kind.HARD_SWISH,
          Unary.Kind.SOFTSIGN);

  private static boolean wantsPositive(Unary f) {
    return f.kind() == Unary.Kind.LOG
        || f.kind() == Unary.Kind.SQRT
        || (f.kind() == Unary.Kind.POW && f.alpha() < 1);
  }

  @Test
  void unary() {
    rounds(
        s -> {
          for (var f : UNARIES) {
            var shape = shape(s);
            var x = s.normal(any(s), shape);
            if (wantsPositive(f)) {
              var square = NdArray.like(x, DType.F32);
              PLAIN.unary(Unary.pow(2), x, square);
              x = square;
            }
            var lay = destination(s);
            var expected = empty(lay, DType.F32, shape);
            var actual = empty(lay, DType.F32, shape);
            PLAIN.unary(f, x, expected);
            fast.unary(f, x, actual);
            assertClose(expected, actual, 1e-5, f + " of " + x + " to " + actual);

            var copy = NdArray.like(x, DType.F32);
            PLAIN.copy(x, copy);
            fast.unary(f, copy, copy);
            assertClose(expected, copy, 1e-5, f + " in place of " + copy);
          }
        });
  }

  @Test
  void unaryBackward() {
    rounds(
        s -> {
          for (var f : UNARIES) {
            var shape = shape(s);
            var x = s.normal(any(s), shape);
            var saved = NdArray.like(x, DType.F32);
            PLAIN.unary(wantsPositive(f) ? Unary.pow(2) : Unary.linear(1, 0), x, saved);
            if (f.kind().derivativeFromResult()) {
              PLAIN.unary(f, saved, saved);
            }
            var dy = s.normal(any(s), shape);
            var lay = destination(s);
            var expected = empty(lay, DType.F32, shape);
            var actual = empty(lay, DType.F32, shape);
            PLAIN.unaryBackward(f, saved, dy, expected);
            fast.unaryBackward(f, saved, dy, actual);
            assertClose(expected, actual, 1e-5, f + " backward");
          }
        });
  }

  private static final float[] SPECIAL = {
    Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 0, -0f, 1, -1, 100, -100, 0.5f, 6
  };

  /// More elements than plain Java would do by itself.
  private static final Shape SPECIAL_SHAPE = Shape.of(SPECIAL.length, 100);

  @Test
  void nanAndInfinityPassThroughFunctionsOfOneNumber() {
    var x = NdArray.allocate(DType.F32, SPECIAL_SHAPE);
    PLAIN.copy(NdArray.of(SPECIAL, Shape.of(SPECIAL.length, 1)).expand(SPECIAL_SHAPE), x);
    for (var f : UNARIES) {
      if (AT_INFINITY.contains(f.kind())
          || f.equals(Unary.pow(0.5))
          || f.equals(Unary.leakyRelu(0))) {
        continue; // at infinity, the one is NaN where the other is not
      }
      var expected = NdArray.like(x, DType.F32);
      var actual = NdArray.like(x, DType.F32);
      PLAIN.unary(f, x, expected);
      fast.unary(f, x, actual);
      assertClose(expected, actual, 1e-5, f.toString());
    }
  }

  @Test
  void derivativesAtCorners() {
    var values = NdArray.of(new float[] {-1, 0, 0, 1, 6, 7, -0.5f}, Shape.of(7, 1));
    var at = NdArray.allocate(DType.F32, Shape.of(7, 100));
    PLAIN.copy(values.expand(at.shape()), at);
    var dy = new Samples(3).normal(Lay.ROW_MAJOR, 7, 100);
    for (var f :
        List.of(
            Unary.RELU,
            Unary.ABS,
            Unary.clamp(0, 6),
            Unary.clamp(-0.5, 1),
            Unary.leakyRelu(0.25),
            Unary.hardTanh(0, 6),
            Unary.hardTanh(-0.5, 1),
            Unary.hardShrink(1),
            Unary.softShrink(0.5),
            Unary.threshold(1, 3))) {
      var expected = NdArray.like(dy, DType.F32);
      var actual = NdArray.like(dy, DType.F32);
      PLAIN.unaryBackward(f, at, dy, expected);
      fast.unaryBackward(f, at, dy, actual);
      assertClose(expected, actual, 0, f.toString());
    }
  }

  private static NdArray repeated(Samples s, Shape shape) {
    if (s.between(0, 2) == 0) {
      return s.normal(destination(s), shape);
    }
    var small = shape;
    for (int i = 0; i < shape.rank(); i++) {
      if (s.between(0, 1) == 0 && shape.size(i) > 0) {
        small = small.with(i, 1);
      }
    }
    return s.normal(destination(s), small).expand(shape);
  }

  @Test
  void binary() {
    rounds(
        s -> {
          for (var f : Binary.values()) {
            var shape = shape(s);
            var a = repeated(s, shape);
            if (f == Binary.POW) {
              a = plain(Unary.ABS, a);
            }
            var b = repeated(s, shape);
            var lay = destination(s);
            var type = f.isComparison() ? DType.BOOL : DType.F32;
            var expected = empty(lay, type, shape);
            var actual = empty(lay, type, shape);
            PLAIN.binary(f, a, b, expected);
            fast.binary(f, a, b, actual);
            assertClose(expected, actual, 1e-6, f + " of " + a + " and " + b);
            if (!f.isComparison()) {
              var copy = NdArray.like(b, DType.F32);
              PLAIN.copy(b, copy);
              fast.binary(f, a, copy, copy);
              assertClose(expected, copy, 1e-6, f + " into its right operand");
              PLAIN.copy(a, copy);
              fast.binary(f, copy, b, copy);
              assertClose(expected, copy, 1e-6, f + " into its left operand");
            }
          }
        });
  }

  @Test
  void nanAndInfinityPassThroughFunctionsOfTwoNumbers() {
    int n = SPECIAL.length;
    var column = NdArray.of(SPECIAL, Shape.of(n, 1)).expand(Shape.of(n, n));
    var row = NdArray.of(SPECIAL, Shape.of(1, n)).expand(Shape.of(n, n));
    var a = NdArray.allocate(DType.F32, Shape.of(n, n));
    var b = NdArray.allocate(DType.F32, Shape.of(n, n));
    PLAIN.copy(column, a);
    PLAIN.copy(row, b);
    for (var f : EnumSet.complementOf(EnumSet.of(Binary.ADD_RELU))) {
      var type = f.isComparison() ? DType.BOOL : DType.F32;
      for (var right : List.of(b, row)) {
        var expected = NdArray.allocate(type, a.shape());
        var actual = NdArray.allocate(type, a.shape());
        PLAIN.binary(f, a, right, expected);
        fast.binary(f, a, right, actual);
        assertSame(expected, actual, f.toString());
        PLAIN.binary(f, right, a, expected);
        fast.binary(f, right, a, actual);
        assertSame(expected, actual, f + " the other way round");
      }
    }
  }

  /// Zeros of either sign are the same; NaN is NaN.
  private static void assertSame(NdArray expected, NdArray actual, String what) {
    var e = expected.toFloats();
    var a = actual.toFloats();
    for (int i = 0; i < e.length; i++) {
      boolean same =
          Math.abs(e[i] - a[i]) <= Math.ulp(e[i]) || Float.compare(e[i] + 0f, a[i] + 0f) == 0;
      assertTrue(same, what + ", element " + i + ": " + e[i] + ", " + a[i]);
    }
  }

  @Test
  void where() {
    rounds(
        s -> {
          var shape = shape(s);
          var condition = s.flags(destination(s), shape);
          var a = s.normal(any(s), shape);
          var b = s.normal(any(s), shape);
          var lay = destination(s);
          var expected = empty(lay, DType.F32, shape);
          var actual = empty(lay, DType.F32, shape);
          PLAIN.where(condition, a, b, expected);
          fast.where(condition, a, b, actual);
          assertArrayEquals(expected.toFloats(), actual.toFloats());
        });
  }

  /// Drawn in parts, and yet as if it were one by one.
  @Test
  void uniform() {
    rounds(
        s -> {
          long seed = s.between(0, 1000);
          int n = s.between(1, 100_000);
          var expected = NdArray.allocate(DType.F32, Shape.of(n));
          var actual = NdArray.allocate(DType.F32, Shape.of(n));
          var one = Rng.of(seed);
          one.nextBits();
          var other = one.copy();
          PLAIN.uniform(one, -1, 2, expected);
          fast.uniform(other, -1, 2, actual);
          assertArrayEquals(expected.toFloats(), actual.toFloats());
          assertEquals(one.nextBits(), other.nextBits());
        });
  }

  @Test
  void fill() {
    rounds(
        s -> {
          var shape = shape(s);
          for (var type : DType.values()) {
            for (double value : new double[] {0, -0.0, 1, 3.7, -2.5, 300, Double.NaN}) {
              var lay = destination(s);
              var expected = empty(lay, type, shape);
              var actual = empty(lay, type, shape);
              PLAIN.fill(expected, value);
              fast.fill(actual, value);
              assertArrayEquals(expected.toDoubles(), actual.toDoubles());
            }
          }
        });
  }

  @Test
  void copy() {
    rounds(
        s -> {
          var shape = shape(s);
          for (var from : DType.values()) {
            for (var to : DType.values()) {
              var f32 = plain(Unary.linear(50, 100), s.normal(any(s), shape));
              var x = empty(destination(s), from, shape);
              PLAIN.copy(f32, x);
              var lay = destination(s);
              var expected = empty(lay, to, shape);
              var actual = empty(lay, to, shape);
              PLAIN.copy(x, expected);
              fast.copy(x, actual);
              assertArrayEquals(expected.toDoubles(), actual.toDoubles(), from + " to " + to);
            }
          }
          var repeated = s.normal(Lay.EXPANDED, shape);
          var actual = empty(destination(s), DType.F32, shape);
          fast.copy(repeated, actual);
          assertArrayEquals(repeated.toFloats(), actual.toFloats());
        });
  }

  // ---- reductions

  @Test
  void reduce() {
    rounds(
        s -> {
          for (var f : Reduction.values()) {
            var shape = shape(s);
            if (shape.isEmpty() && f != Reduction.SUM) {
              continue;
            }
            var x = s.normal(any(s), shape);
            var small = shape;
            for (int i = 0; i < shape.rank(); i++) {
              if (s.between(0, 1) == 0) {
                small = small.with(i, 1);
              }
            }
            var lay = destination(s);
            var expected = empty(lay, DType.F32, small);
            var actual = empty(lay, DType.F32, small);
            PLAIN.reduce(f, x, expected);
            fast.reduce(f, x, actual);
            assertClose(expected, actual, 3e-5, f + " of " + x + " to " + small);
          }
        });
  }

  @Test
  void sumsOfManyElements() {
    var s = new Samples(1);
    var x = s.normal(Lay.CHANNELS_LAST, 32, 3, 64, 33);
    for (var to :
        List.of(
            Shape.of(1, 3, 1, 1),
            Shape.of(1, 1, 1, 1),
            Shape.of(32, 3, 1, 1),
            Shape.of(32, 1, 64, 33))) {
      for (var f : List.of(Reduction.SUM, Reduction.MEAN)) {
        var expected = NdArray.allocate(DType.F32, to);
        var actual = NdArray.allocate(DType.F32, to);
        PLAIN.reduce(f, x, expected);
        fast.reduce(f, x, actual);
        assertClose(expected, actual, 1e-4, f + " to " + to);
      }
    }
  }

  // ---- linear algebra

  @Test
  void matmul() {
    rounds(
        s -> {
          int m = s.between(1, 20);
          int k = s.between(0, 30);
          int n = s.between(1, 40);
          int one = s.between(1, 3);
          int two = s.between(1, 3);
          var batch =
              s.oneOf(List.of(), List.of(one), List.of(one, two)).stream()
                  .mapToInt(i -> (Integer) i)
                  .toArray();
          var a = operand(s, batch, m, k);
          var b = operand(s, batch, k, n);
          var bias = s.between(0, 1) == 0 ? null : s.normal(Lay.ROW_MAJOR, n);
          var shape = with(batch, m, n);
          var lay = destination(s);
          var expected = empty(lay, DType.F32, shape);
          var actual = empty(lay, DType.F32, shape);
          PLAIN.matmul(a, b, bias, expected);
          fast.matmul(a, b, bias, actual);
          assertClose(expected, actual, 1e-5, "matmul of " + a + " and " + b);
        });
  }

  private static NdArray operand(Samples s, int[] batch, int rows, int columns) {
    var shape = with(batch, rows, columns);
    if (batch.length > 0 && s.between(0, 2) == 0) {
      var one = new int[batch.length];
      Arrays.fill(one, 1);
      return s.normal(destination(s), with(one, rows, columns)).expand(shape);
    }
    return s.normal(any(s), shape);
  }

  private static Shape with(int[] batch, int rows, int columns) {
    var sizes = Arrays.copyOf(batch, batch.length + 2);
    sizes[batch.length] = rows;
    sizes[batch.length + 1] = columns;
    return Shape.of(sizes);
  }

  // ---- convolution

  private static Window window(Samples s, int height, int width, boolean dilate, boolean pad) {
    for (; ; ) {
      int kh = s.between(1, 5);
      int kw = s.between(1, 5);
      var w = Window.of(kh, kw).stride(s.between(1, 2), s.between(1, 3));
      if (dilate && s.between(0, 2) == 0) {
        w = w.dilation(s.between(1, 2), s.between(1, 2));
      }
      if (pad && s.between(0, 1) == 0) {
        w =
            w.pad(
                s.between(0, kh / 2),
                s.between(0, kw / 2),
                s.between(0, kh / 2),
                s.between(0, kw / 2));
      }
      if (w.outHeight(height) > 0 && w.outWidth(width) > 0) {
        return w;
      }
    }
  }

  /// A window whose places cover the image side by side.
  private static Window tiles(Samples s, int height, int width) {
    for (; ; ) {
      int kh = s.between(1, height);
      int kw = s.between(1, width);
      if (height % kh == 0 && width % kw == 0) {
        return Window.of(kh, kw).stride(kh, kw);
      }
    }
  }

  @Test
  void convolution() {
    rounds(
        s -> {
          int n = s.between(1, 3);
          int height = s.between(3, 12);
          int width = s.between(3, 12);
          int groups = s.oneOf(1, 1, 1, 2, 3);
          int c = groups * s.oneOf(1, 3, 8, 16, 17);
          int k = groups * s.oneOf(1, 2, 6, 16, 17);
          if (s.between(0, 5) == 0) { // depthwise
            groups = c;
            k = c * s.between(1, 2);
          }
          var window =
              s.between(0, 5) == 0 ? tiles(s, height, width) : window(s, height, width, true, true);
          int oh = window.outHeight(height);
          int ow = window.outWidth(width);
          var x = s.normal(any(s), n, c, height, width);
          var w = s.normal(destination(s), k, c / groups, window.height(), window.width());
          var bias = s.between(0, 1) == 0 ? null : s.normal(Lay.ROW_MAJOR, k);
          var dy = s.normal(any(s), n, k, oh, ow);
          var what = "convolution of " + x + " with " + w + " " + window + " groups " + groups;

          var y = pair(destination(s), n, k, oh, ow);
          PLAIN.convolution(x, w, bias, window, groups, y[0]);
          fast.convolution(x, w, bias, window, groups, y[1]);
          assertClose(y[0], y[1], 1e-5, what);

          var dx = pair(destination(s), n, c, height, width);
          PLAIN.convolutionBackwardData(dy, w, window, groups, dx[0]);
          fast.convolutionBackwardData(dy, w, window, groups, dx[1]);
          assertClose(dx[0], dx[1], 1e-5, "backward data of " + what);

          var dw = pair(destination(s), k, c / groups, window.height(), window.width());
          boolean wantBias = s.between(0, 1) == 0;
          var db = pair(Lay.ROW_MAJOR, k);
          PLAIN.convolutionBackwardWeights(x, dy, window, groups, dw[0], wantBias ? db[0] : null);
          fast.convolutionBackwardWeights(x, dy, window, groups, dw[1], wantBias ? db[1] : null);
          assertClose(dw[0], dw[1], 2e-5, "backward weights of " + what);
          if (wantBias) {
            assertClose(db[0], db[1], 2e-5, "backward bias of " + what);
          }
        });
  }

  private static NdArray[] pair(Lay lay, int... sizes) {
    return new NdArray[] {
      empty(lay, DType.F32, Shape.of(sizes)), empty(lay, DType.F32, Shape.of(sizes))
    };
  }

  // ---- pooling

  @Test
  void pooling() {
    rounds(
        s -> {
          int n = s.between(1, 3);
          int c = s.oneOf(1, 3, 6, 16, 17);
          int height = s.between(3, 12);
          int width = s.between(3, 12);
          var window = window(s, height, width, true, true);
          int oh = window.outHeight(height);
          int ow = window.outWidth(width);
          var x = s.normal(any(s), n, c, height, width);
          var what = "pooling of " + x + " with " + window;
          var layout = destination(s);
          var y = pair(layout, n, c, oh, ow);
          var dy = s.normal(any(s), n, c, oh, ow);
          var dx = pair(destination(s), n, c, height, width);
          for (int i = 0; i < 2; i++) {
            var kernels = i == 0 ? PLAIN : fast;
            var bytes = kernels.maxPoolWorkspaceBytes(x, window, y[i]);
            var workspace = NdArray.allocate(DType.U8, Shape.of(Math.toIntExact(bytes)));
            kernels.maxPool(x, window, y[i], workspace);
            kernels.maxPoolBackward(dy, workspace, window, dx[i]);
          }
          assertClose(y[0], y[1], 0, "max " + what);
          assertClose(dx[0], dx[1], 1e-6, "max backward " + what);
          fast.maxPool(x, window, y[1], null);
          assertClose(y[0], y[1], 0, "max " + what + " without workspace");
          for (boolean countPad : new boolean[] {false, true}) {
            PLAIN.averagePool(x, window, countPad, y[0]);
            fast.averagePool(x, window, countPad, y[1]);
            assertClose(y[0], y[1], 1e-6, "average " + what);
            PLAIN.averagePoolBackward(dy, window, countPad, dx[0]);
            fast.averagePoolBackward(dy, window, countPad, dx[1]);
            assertClose(dx[0], dx[1], 1e-6, "average backward " + what);
          }
        });
  }

  // ---- normalisation

  @Test
  void batchNorm() {
    rounds(
        s -> {
          int n = s.oneOf(1, 2, 4, 16);
          int c = s.oneOf(1, 3, 6, 16, 17, 24, 32);
          var shape =
              s.between(0, 3) == 0
                  ? Shape.of(Math.max(2, n), c)
                  : Shape.of(n, c, s.between(2, 12), s.between(2, 12));
          var x = plain(Unary.linear(2, 3), s.normal(any(s), shape));
          var dy = s.normal(any(s), shape);
          var gamma = s.normal(Lay.ROW_MAJOR, c);
          var beta = s.normal(Lay.ROW_MAJOR, c);
          var what = "batch norm of " + x;
          var lay = destination(s);
          var sizes = shape.sizes();
          var y = pair(lay, sizes);
          var mean = pair(Lay.ROW_MAJOR, c);
          var variance = pair(Lay.ROW_MAJOR, c);
          PLAIN.batchNormTrain(x, gamma, beta, 1e-3, y[0], mean[0], variance[0]);
          fast.batchNormTrain(x, gamma, beta, 1e-3, y[1], mean[1], variance[1]);
          assertClose(mean[0], mean[1], 1e-5, "mean of " + what);
          assertClose(variance[0], variance[1], 1e-5, "variance of " + what);
          assertClose(y[0], y[1], 1e-4, what);
          PLAIN.batchNormEval(x, gamma, beta, mean[0], variance[0], 1e-3, y[0]);
          fast.batchNormEval(x, gamma, beta, mean[0], variance[0], 1e-3, y[1]);
          assertClose(y[0], y[1], 1e-4, what + " in evaluation");
          var dx = pair(destination(s), sizes);
          var dgamma = pair(Lay.ROW_MAJOR, c);
          var dbeta = pair(Lay.ROW_MAJOR, c);
          for (boolean training : new boolean[] {true, false}) {
            for (int i = 0; i < 2; i++) {
              (i == 0 ? PLAIN : fast)
                  .batchNormBackward(
                      x,
                      dy,
                      gamma,
                      mean[0],
                      variance[0],
                      1e-3,
                      training,
                      dx[i],
                      dgamma[i],
                      dbeta[i]);
            }
            assertClose(dgamma[0], dgamma[1], 1e-4, "dgamma of " + what);
            assertClose(dbeta[0], dbeta[1], 1e-4, "dbeta of " + what);
            assertClose(dx[0], dx[1], 1e-4, "dx of " + what + ", training " + training);
          }
        });
  }

  // ---- softmax

  @Test
  void softmax() {
    rounds(
        s -> {
          var shape = shape(s);
          if (shape.rank() == 0) {
            return;
          }
          int axis = s.between(-shape.rank(), shape.rank() - 1);
          var x = s.normal(any(s), shape);
          softmax(s, x, axis);
        });
    var s = new Samples(7);
    softmax(s, s.normal(Lay.CHANNELS_LAST, 2, 21, 30, 30), 1);
    softmax(s, s.normal(Lay.ROW_MAJOR, 2, 21, 30, 30), 1);
    softmax(s, s.normal(Lay.ROW_MAJOR, 2049, 10), 1);
    softmax(s, s.normal(Lay.ROW_MAJOR, 10, 2049), 0);
  }

  private static void softmax(Samples s, NdArray x, int axis) {
    for (boolean log : new boolean[] {false, true}) {
      var sizes = x.shape().sizes();
      var y = pair(destination(s), sizes);
      if (s.between(0, 1) == 0) {
        y = new NdArray[] {NdArray.like(x, DType.F32), NdArray.like(x, DType.F32)};
      }
      PLAIN.softmax(x, axis, log, y[0]);
      fast.softmax(x, axis, log, y[1]);
      assertClose(y[0], y[1], 1e-5, "softmax of " + x);
      var dy = s.normal(any(s), x.shape());
      var dx = pair(destination(s), sizes);
      if (s.between(0, 1) == 0) {
        dx = new NdArray[] {NdArray.like(x, DType.F32), NdArray.like(x, DType.F32)};
        dy = s.normal(Lay.ROW_MAJOR, x.shape());
        var like = NdArray.like(x, DType.F32);
        PLAIN.copy(dy, like);
        dy = like;
      }
      PLAIN.softmaxBackward(y[0], dy, axis, log, dx[0]);
      fast.softmaxBackward(y[0], dy, axis, log, dx[1]);
      assertClose(dx[0], dx[1], 1e-5, "softmax backward of " + x);
    }
  }

  @Test
  void nanMakesItsRowOfSoftmaxNan() {
    for (int rows : new int[] {3, 2048}) {
      var values = new float[rows * 10];
      values[13] = Float.NaN;
      values[25] = Float.NEGATIVE_INFINITY;
      var x = NdArray.of(values, Shape.of(rows, 10));
      for (boolean log : new boolean[] {false, true}) {
        var expected = NdArray.like(x, DType.F32);
        var actual = NdArray.like(x, DType.F32);
        PLAIN.softmax(x, 1, log, expected);
        fast.softmax(x, 1, log, actual);
        assertClose(expected, actual, 1e-5, rows + " rows, log " + log);
      }
    }
  }
}
