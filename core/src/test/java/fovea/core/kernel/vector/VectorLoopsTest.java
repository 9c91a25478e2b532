package fovea.core.kernel.vector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.kernel.Binary;
import fovea.core.kernel.JavaKernels;
import fovea.core.kernel.Kernels;
import fovea.core.kernel.Loops;
import fovea.core.kernel.Team;
import fovea.core.kernel.Unary;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The loops against plain Java, in which float64 is computed.
class VectorLoopsTest {
  private static final Kernels PLAIN = new JavaKernels();
  private static final double EPS = 1e-3;

  /// Two threads, whose parts come in any order.
  private static final Team TWO =
      new Team() {
        @Override
        public int threads() {
          return 2;
        }

        @Override
        public void run(int parts, Part body) {
          var done = new CountDownLatch(2);
          var order = new Random(parts).ints(0, 2).limit(parts).toArray();
          for (int t = 0; t < 2; t++) {
            int mine = t;
            Thread.ofPlatform()
                .start(
                    () -> {
                      for (int i = parts - 1; i >= 0; i--) {
                        if (order[i] == mine) {
                          body.run(i);
                        }
                      }
                      done.countDown();
                    });
          }
          try {
            done.await();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        }
      };

  private static Loops loops() {
    var loops = Loops.find();
    assertNotNull(loops, "the tests are to run with --add-modules jdk.incubator.vector");
    return loops;
  }

  private static NdArray image(DType type, long seed, int... sizes) {
    var shape = Shape.of(sizes);
    var values = NdArray.allocate(DType.F32, shape);
    PLAIN.normal(Rng.of(seed), 0.7, 2, values);
    var image = NdArray.channelsLast(type, shape);
    PLAIN.copy(values, image);
    return image;
  }

  private static NdArray vector(long seed, int n) {
    var v = NdArray.allocate(DType.F32, Shape.of(n));
    PLAIN.normal(Rng.of(seed), 0.5, 0.7, v);
    return v;
  }

  private static NdArray empty(int n) {
    return NdArray.allocate(DType.F32, Shape.of(n));
  }

  private static NdArray wide(NdArray a) {
    var w = NdArray.like(a, DType.F64);
    PLAIN.copy(a, w);
    return w;
  }

  private static void assertNear(NdArray expected, NdArray actual, double part, String what) {
    var e = expected.toDoubles();
    var a = actual.toDoubles();
    double largest = 0;
    for (double v : e) {
      largest = Math.max(largest, Math.abs(v));
    }
    for (int i = 0; i < e.length; i++) {
      assertEquals(e[i], a[i], part * largest, what + ", element " + i);
    }
  }

  private record Result(
      NdArray y,
      NdArray mean,
      NdArray variance,
      NdArray dx,
      @Nullable NdArray dr,
      NdArray dgamma,
      NdArray dbeta) {}

  private static Result run(Team team, NdArray x, @Nullable NdArray r, NdArray dy, boolean relu) {
    int c = x.shape().size(1);
    var gamma = vector(3, c);
    var beta = vector(4, c);
    var result =
        new Result(
            NdArray.like(x, x.dtype()),
            empty(c),
            empty(c),
            NdArray.like(x, x.dtype()),
            r == null ? null : NdArray.like(x, x.dtype()),
            empty(c),
            empty(c));
    assertTrue(
        loops()
            .batchNormTrain(
                team, x, gamma, beta, EPS, r, relu, result.y, result.mean, result.variance));
    assertTrue(
        loops()
            .batchNormBackward(
                team,
                x,
                result.y,
                dy,
                gamma,
                beta,
                result.mean,
                result.variance,
                EPS,
                relu,
                result.dx,
                result.dr,
                result.dgamma,
                result.dbeta));
    return result;
  }

  @ParameterizedTest
  @CsvSource({
    "F32, 2, 16, 5, 7",
    "F32, 8, 32, 33, 17",
    "F32, 1, 512, 3, 3",
    "F32, 64, 16, 32, 32",
    "BF16, 2, 16, 5, 7",
    "BF16, 8, 32, 33, 17",
    "BF16, 3, 48, 31, 9"
  })
  void batchNormIsThatOfPlainJava(DType type, int n, int c, int h, int w) {
    double rounding = type == DType.F32 ? 1e-6 : 0x1p-7;
    var x = image(type, 1, n, c, h, w);
    var dy = image(type, 2, n, c, h, w);
    for (var residual : new NdArray[] {null, image(type, 5, n, c, h, w)}) {
      for (boolean relu : new boolean[] {false, true}) {
        var result = run(TWO, x, residual, dy, relu);
        var gamma = wide(vector(3, c));
        var beta = wide(vector(4, c));
        var xs = wide(x);
        var y = NdArray.like(xs, DType.F64);
        var mean = NdArray.allocate(DType.F64, Shape.of(c));
        var variance = NdArray.allocate(DType.F64, Shape.of(c));
        PLAIN.batchNormTrain(xs, gamma, beta, EPS, y, mean, variance);
        if (residual != null) {
          PLAIN.binary(Binary.ADD, y, wide(residual), y);
        }
        var passed = wide(dy);
        if (relu) {
          PLAIN.unary(Unary.RELU, y, y);
          PLAIN.unaryBackward(Unary.RELU, y, passed, passed);
        }
        var dx = NdArray.like(xs, DType.F64);
        var dgamma = NdArray.allocate(DType.F64, Shape.of(c));
        var dbeta = NdArray.allocate(DType.F64, Shape.of(c));
        PLAIN.batchNormBackward(xs, passed, gamma, mean, variance, EPS, true, dx, dgamma, dbeta);
        assertNear(mean, result.mean, 1e-6, "mean");
        assertNear(variance, result.variance, 1e-5, "variance");
        assertNear(y, result.y, rounding, "y");
        assertNear(dgamma, result.dgamma, 1e-4, "dgamma");
        assertNear(dbeta, result.dbeta, 1e-4, "dbeta");
        assertNear(dx, result.dx, 4 * rounding, "dx");
        if (result.dr != null) {
          assertNear(passed, result.dr, 0, "gradient of the residual");
        }
      }
    }
  }

  @Test
  void threadsChangeNoBit() {
    var x = image(DType.F32, 1, 16, 32, 19, 19);
    var r = image(DType.F32, 2, 16, 32, 19, 19);
    var dy = image(DType.F32, 3, 16, 32, 19, 19);
    var one = run(Team.ALONE, x, r, dy, true);
    var two = run(TWO, x, r, dy, true);
    assertArrayEquals(one.y.toFloats(), two.y.toFloats());
    assertArrayEquals(one.dx.toFloats(), two.dx.toFloats());
    assertArrayEquals(one.dgamma.toFloats(), two.dgamma.toFloats());
  }

  @Test
  void farFromZeroTheVarianceKeepsItsDigits() {
    var x = image(DType.F32, 1, 4, 16, 40, 40);
    PLAIN.unary(Unary.linear(1, 10_000), x, x);
    var result = run(TWO, x, null, image(DType.F32, 2, 4, 16, 40, 40), true);
    for (float v : result.variance.toFloats()) {
      assertEquals(4, v, 0.5);
    }
  }

  @Test
  void nanStays() {
    var x = image(DType.F32, 1, 4, 16, 9, 9);
    x.set(Double.NaN, 1, 3, 2, 2);
    var y = run(TWO, x, null, image(DType.F32, 2, 4, 16, 9, 9), true).y;
    assertTrue(Double.isNaN(y.get(0, 3, 0, 0)));
    assertFalse(Double.isNaN(y.get(0, 2, 0, 0)));
  }

  @Test
  void refusesWhatDoesNotFillVectors() {
    assertFalse(loops().takes(image(DType.F32, 1, 2, 3, 8, 8)));
    assertFalse(loops().takes(image(DType.F64, 1, 2, 16, 8, 8)));
    assertFalse(loops().takes(NdArray.allocate(DType.F32, Shape.of(2, 16, 8, 8))));
    assertTrue(loops().takes(image(DType.BF16, 1, 2, 16, 8, 8)));
  }

  @Test
  void sgdIsThatOfPlainJavaToTheBit() {
    int n = 5 * (1 << 15) + 32;
    for (boolean nesterov : new boolean[] {false, true}) {
      var p = vector(1, n);
      var v = vector(2, n);
      var g = vector(3, n);
      var p2 = vector(1, n);
      var v2 = vector(2, n);
      assertTrue(loops().sgd(TWO, p, g, v, 0.1, 0.9, nesterov, 5e-4));
      PLAIN.sgd(p2, g, v2, 0.1, 0.9, nesterov, 5e-4);
      assertArrayEquals(p2.toFloats(), p.toFloats());
      assertArrayEquals(v2.toFloats(), v.toFloats());
    }
    assertFalse(loops().sgd(TWO, vector(1, 100), vector(2, 100), null, 0.1, 0, false, 0));
  }

  @Test
  void adamIsThatOfPlainJavaToTheBit() {
    int n = 5 * (1 << 15) + 32;
    var p = vector(1, n);
    var m = vector(2, n);
    var v = vector(3, n);
    PLAIN.binary(Binary.MUL, v, v, v);
    var g = vector(4, n);
    var p2 = copyOf(p);
    var m2 = copyOf(m);
    var v2 = copyOf(v);
    for (int step = 1; step < 4; step++) {
      assertTrue(loops().adam(TWO, p, g, m, v, 1e-3, 0.9, 0.999, 1e-8, 1e-4, 0.99, step));
      PLAIN.adam(p2, g, m2, v2, 1e-3, 0.9, 0.999, 1e-8, 1e-4, 0.99, step);
    }
    assertArrayEquals(p2.toFloats(), p.toFloats());
    assertArrayEquals(m2.toFloats(), m.toFloats());
    assertArrayEquals(v2.toFloats(), v.toFloats());
    var small = vector(1, 100);
    assertFalse(loops().adam(TWO, small, small, small, small, 0.1, 0.9, 0.99, 1e-8, 0, 1, 1));
  }

  private static NdArray copyOf(NdArray a) {
    var copy = NdArray.like(a, a.dtype());
    PLAIN.copy(a, copy);
    return copy;
  }

  /// Parts of joined channels, whole images and one vector for all pixels.
  @ParameterizedTest
  @CsvSource({"F32", "BF16"})
  void pixelsMayLieApart(DType type) {
    var joined = image(type, 11, Shape.of(3, 96, 5, 7));
    var part = joined.slice(1, 32, 64, 1);
    var whole = image(type, 12, Shape.of(3, 32, 5, 7));
    var vector = image(type, 13, Shape.of(1, 32, 1, 1)).expand(whole.shape());
    for (var b : new NdArray[] {whole, vector, part}) {
      var y = NdArray.channelsLast(type, whole.shape());
      assertTrue(loops().add(TWO, part, b, y));
      var expected = NdArray.allocate(type, whole.shape());
      PLAIN.binary(Binary.ADD, part, b, expected);
      assertArrayEquals(floats(expected), floats(y));
    }
    var target = image(type, 14, Shape.of(3, 96, 5, 7));
    var before = floats(target);
    assertTrue(loops().copy(TWO, whole, target.slice(1, 32, 64, 1)));
    assertArrayEquals(floats(whole), floats(target.slice(1, 32, 64, 1)));
    var untouched = NdArray.of(before, target.shape());
    assertArrayEquals(floats(untouched.slice(1, 0, 32, 1)), floats(target.slice(1, 0, 32, 1)));
    assertArrayEquals(floats(untouched.slice(1, 64, 96, 1)), floats(target.slice(1, 64, 96, 1)));
    var wide = NdArray.channelsLast(DType.F32, whole.shape());
    assertTrue(loops().copy(TWO, part, wide));
    assertArrayEquals(floats(part), wide.toFloats());
    assertFalse(loops().copy(TWO, joined.slice(1, 0, 24, 1), whole.slice(1, 0, 24, 1)));
    assertFalse(loops().copy(TWO, whole.slice(3, 0, 7, 2), whole.slice(3, 0, 7, 2)));
  }

  private static NdArray image(DType type, long seed, Shape shape) {
    var drawn = NdArray.channelsLast(DType.F32, shape);
    PLAIN.normal(Rng.of(seed), 0, 1, drawn);
    var image = NdArray.channelsLast(type, shape);
    PLAIN.copy(drawn, image);
    return image;
  }

  private static float[] floats(NdArray a) {
    var wide = NdArray.allocate(DType.F32, a.shape());
    PLAIN.copy(a, wide);
    return wide.toFloats();
  }

  @ParameterizedTest
  @CsvSource({
    // images, channels, height, width, groups, last, centred
    "3, 32, 9, 7, 4, true, true",
    "2, 48, 30, 30, 3, true, false",
    "2, 64, 9, 9, 2, true, true",
    "3, 6, 9, 7, 2, false, true",
    "2, 8, 70, 70, 8, false, true",
    "2, 6, 9, 7, 3, false, false",
    "200, 77, 1, 1, 1, false, true",
    "70, 256, 1, 1, 1, false, false",
    "130, 100, 1, 1, 1, false, true",
    "5, 9000, 1, 1, 1, false, true"
  })
  void groupNormIsThatOfPlainJava(
      int n, int c, int h, int w, int groups, boolean last, boolean centred) {
    var shape = h == 1 ? Shape.of(n, c) : Shape.of(n, c, h, w);
    var x = values(1, shape, last);
    var dy = values(2, shape, last);
    var gamma = vector(3, c);
    var beta = vector(4, c);
    for (boolean affine : new boolean[] {true, false}) {
      var g = affine ? gamma : null;
      var b = affine ? beta : null;
      NdArray[][] results = new NdArray[2][];
      for (int way = 0; way < 2; way++) {
        var y = NdArray.like(x, DType.F32);
        var dx = NdArray.like(x, DType.F32);
        var mean = NdArray.allocate(DType.F32, Shape.of(n, groups));
        var inverse = NdArray.allocate(DType.F32, Shape.of(n, groups));
        var dgamma = affine ? NdArray.allocate(DType.F32, Shape.of(c)) : null;
        var dbeta = affine ? NdArray.allocate(DType.F32, Shape.of(c)) : null;
        if (way == 0) {
          PLAIN.groupNorm(x, groups, centred, g, b, EPS, y, mean, inverse);
          PLAIN.groupNormBackward(x, dy, groups, centred, g, mean, inverse, dx, dgamma, dbeta);
        } else {
          assertTrue(loops().groupNorm(TWO, x, groups, centred, g, b, EPS, y, mean, inverse));
          assertTrue(
              loops()
                  .groupNormBackward(
                      TWO, x, dy, groups, centred, g, mean, inverse, dx, dgamma, dbeta));
        }
        results[way] =
            affine
                ? new NdArray[] {y, dx, mean, inverse, dgamma, dbeta}
                : new NdArray[] {y, dx, mean, inverse};
      }
      for (int i = 0; i < results[0].length; i++) {
        var expected = results[0][i].toDoubles();
        double scale = 1;
        for (double v : expected) {
          scale = Math.max(scale, Math.abs(v));
        }
        assertArrayEquals(expected, results[1][i].toDoubles(), 2e-5 * scale, "result " + i);
      }
    }
  }

  private static NdArray values(long seed, Shape shape, boolean last) {
    var values = NdArray.allocate(DType.F32, shape);
    PLAIN.normal(Rng.of(seed), 0.7, 2, values);
    if (!last) {
      return values;
    }
    var result = NdArray.channelsLast(DType.F32, shape);
    PLAIN.copy(values, result);
    return result;
  }
}
