package fovea.core.kernel.vector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.kernel.Binary;
import fovea.core.kernel.JavaKernels;
import fovea.core.kernel.Kernels;
import fovea.core.kernel.Norm;
import fovea.core.kernel.Team;
import fovea.core.kernel.Unary;
import fovea.core.kernel.Window;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Minimal filtering against plain Java, which adds up all products in float64.
class WinogradTest {
  private static final Kernels PLAIN = new JavaKernels();
  private static final VectorLoops LOOPS = new VectorLoops();

  /// What of the largest value an element may be wrong by. Direct float32 kernels have 2e-6.
  private static final double TOLERANCE = 4e-6;

  /// Three threads by name; their parts one after the other, the last first.
  private static final Team THREE =
      new Team() {
        @Override
        public int threads() {
          return 3;
        }

        @Override
        public void run(int parts, Part body) {
          for (int i = parts - 1; i >= 0; i--) {
            body.run(i);
          }
        }
      };

  @ParameterizedTest
  @CsvSource({
    "9, 32, 32, 14, 14, 1, 1, 1, 1",
    "12, 48, 32, 13, 11, 1, 1, 1, 1",
    "5, 32, 80, 25, 20, 0, 0, 0, 0",
    "12, 64, 48, 12, 15, 0, 1, 2, 0",
    "5, 96, 64, 19, 25, 2, 2, 1, 1",
    "250, 128, 96, 4, 4, 1, 1, 1, 1",
    "100, 32, 32, 3, 5, 1, 1, 1, 1"
  })
  void isTheConvolutionAndItsGradients(
      int images,
      int channels,
      int filters,
      int height,
      int width,
      int top,
      int left,
      int bottom,
      int right) {
    var window = Window.of(3).pad(top, left, bottom, right);
    var in = Shape.of(images, channels, height, width);
    var out = Shape.of(images, filters, window.outHeight(height), window.outWidth(width));
    var x = image(1, in);
    var dy = image(2, out);
    var w = NdArray.allocate(DType.F32, Shape.of(filters, channels, 3, 3));
    PLAIN.normal(Rng.of(3), 0, 1, w);
    var bias = vector(4, filters);

    var y = NdArray.channelsLast(DType.F32, out);
    var expected = NdArray.channelsLast(DType.F32, out);
    assertTrue(LOOPS.takesConvolution(x, w, window, 1, y));
    PLAIN.convolution(x, w, bias, window, 1, expected);
    LOOPS.convolve(
        THREE, x, LOOPS.filters(THREE, w, false, true), window, bias, null, null, false, y);
    assertClose(expected, y);

    var norm = new Norm(vector(5, filters), bias, vector(6, filters), positive(7, filters), 1e-5);
    var residual = image(8, out);
    PLAIN.convolutionThen(x, w, bias, window, 1, norm, residual, true, expected);
    LOOPS.convolve(
        THREE, x, LOOPS.filters(THREE, w, false, false), window, bias, norm, residual, true, y);
    assertClose(expected, y);

    var dx = NdArray.channelsLast(DType.F32, in);
    var expectedDx = NdArray.channelsLast(DType.F32, in);
    PLAIN.convolutionBackwardData(dy, w, window, 1, expectedDx);
    LOOPS.convolve(
        THREE, dy, LOOPS.filters(THREE, w, true, false), window, null, null, null, false, dx);
    assertClose(expectedDx, dx);

    var expectedDw = NdArray.allocate(DType.F32, w.shape());
    var expectedDb = NdArray.allocate(DType.F32, bias.shape());
    PLAIN.convolutionBackwardWeights(x, dy, window, 1, expectedDw, expectedDb);
    assertGradient(x, dy, window, expectedDw, expectedDb);
  }

  private static void assertGradient(
      NdArray x, NdArray dy, Window window, NdArray expectedDw, NdArray expectedDb) {
    var dw = NdArray.allocate(DType.F32, expectedDw.shape());
    var db = NdArray.allocate(DType.F32, expectedDb.shape());
    assertTrue(LOOPS.convolutionBackwardWeights(THREE, x, dy, window, 1, dw, db));
    assertClose(expectedDw, dw);
    assertClose(expectedDb, db);
  }

  /// Images and gradients in bfloat16 are multiplied as they are, in float32.
  @ParameterizedTest
  @CsvSource({"9, 64, 64, 14, 14", "12, 64, 160, 13, 11"})
  void takesTheGradientOfWeightsFromHalves(
      int images, int channels, int filters, int height, int width) {
    var window = Window.of(3).pad(1);
    var x = half(image(1, Shape.of(images, channels, height, width)));
    var dy = half(image(2, Shape.of(images, filters, height, width)));
    var expectedDw = NdArray.allocate(DType.F32, Shape.of(filters, channels, 3, 3));
    var expectedDb = NdArray.allocate(DType.F32, Shape.of(filters));
    PLAIN.convolutionBackwardWeights(wide(x), wide(dy), window, 1, expectedDw, expectedDb);
    assertGradient(x, dy, window, expectedDw, expectedDb);
    assertFalse(LOOPS.takesConvolution(x, expectedDw, window, 1, dy));
  }

  private static NdArray half(NdArray a) {
    var half = NdArray.channelsLast(DType.BF16, a.shape());
    PLAIN.copy(a, half);
    return half;
  }

  private static NdArray wide(NdArray a) {
    var wide = NdArray.channelsLast(DType.F32, a.shape());
    PLAIN.copy(a, wide);
    return wide;
  }

  /// Which tiles a thread does changes nothing, neither does what its memory held before.
  @ParameterizedTest
  @CsvSource({"64, 32", "96, 128"})
  void bitsDoNotDependOnTheTeam(int channels, int filters) {
    var window = Window.of(3).pad(1);
    var w = NdArray.allocate(DType.F32, Shape.of(filters, channels, 3, 3));
    PLAIN.normal(Rng.of(3), 0, 1, w);
    var x = image(1, Shape.of(35, channels, 17, 16));
    var y = NdArray.channelsLast(DType.F32, Shape.of(35, filters, 17, 16));
    var dw = NdArray.allocate(DType.F32, w.shape());
    var db = NdArray.allocate(DType.F32, Shape.of(filters));
    var results = new ArrayList<float[]>();
    for (var team : new Team[] {Team.ALONE, THREE}) {
      var ready = LOOPS.filters(team, w, false, true);
      LOOPS.convolve(team, x, ready, window, null, null, null, false, y);
      assertTrue(LOOPS.convolutionBackwardWeights(team, x, y, window, 1, dw, db));
      results.add(y.toFloats());
      results.add(dw.toFloats());
      results.add(db.toFloats());
    }
    for (int i = 0; i < 3; i++) {
      assertArrayEquals(results.get(i), results.get(3 + i));
    }
  }

  @Test
  void notANumberStays() {
    var window = Window.of(3).pad(1);
    var w = NdArray.allocate(DType.F32, Shape.of(32, 32, 3, 3));
    PLAIN.normal(Rng.of(3), 0, 1, w);
    var x = image(1, Shape.of(9, 32, 16, 16));
    PLAIN.fill(x.slice(0, 1, 2, 1).slice(2, 5, 6, 1).slice(3, 7, 8, 1), Double.NaN);
    var y = NdArray.channelsLast(DType.F32, x.shape());
    var filters = LOOPS.filters(THREE, w, false, true);
    LOOPS.convolve(THREE, x, filters, window, null, null, null, true, y);
    var direct = NdArray.channelsLast(DType.F32, x.shape());
    PLAIN.convolution(x, w, null, window, 1, direct);
    var values = y.toFloats();
    var expected = direct.toFloats();
    int lost = 0;
    int seen = 0;
    for (int i = 0; i < values.length; i++) {
      seen += Float.isNaN(expected[i]) ? 1 : 0;
      lost += Float.isNaN(expected[i]) && !Float.isNaN(values[i]) ? 1 : 0;
    }
    assertEquals(9 * 32, seen);
    assertEquals(0, lost);
    assertFalse(Float.isNaN(values[0]));
  }

  @Test
  void leavesTheRestToOthers() {
    var x = image(1, Shape.of(10, 32, 16, 16));
    var w = NdArray.allocate(DType.F32, Shape.of(32, 32, 3, 3));
    var w5 = NdArray.allocate(DType.F32, Shape.of(32, 32, 5, 5));
    var same = Window.of(3).pad(1);
    assertTrue(LOOPS.takesConvolution(x, w, same, 1, x));
    assertFalse(LOOPS.takesConvolution(x, w5, Window.of(5).pad(2), 1, x));
    assertFalse(LOOPS.takesConvolution(x, w, same, 32, x));
    assertFalse(LOOPS.takesConvolution(x, w, Window.of(3).pad(2).dilation(2), 1, x));
    var half = image(2, Shape.of(10, 32, 8, 8));
    assertFalse(LOOPS.takesConvolution(x, w, Window.of(3).pad(1).stride(2), 1, half));
    var few = image(3, Shape.of(10, 16, 16, 16));
    assertFalse(
        LOOPS.takesConvolution(
            few, NdArray.allocate(DType.F32, Shape.of(16, 16, 3, 3)), same, 1, few));
    var rowMajor = NdArray.allocate(DType.F32, x.shape());
    assertFalse(LOOPS.takesConvolution(rowMajor, w, same, 1, x));
    // A tile's sixteen outputs are not worth their products where twelve of them are thrown away.
    var tiny = image(5, Shape.of(200, 32, 2, 2));
    assertFalse(LOOPS.takesConvolution(tiny, w, same, 1, tiny));
    assertFalse(LOOPS.convolutionBackwardWeights(THREE, tiny, tiny, same, 1, w, null));
    var small = image(4, Shape.of(1, 32, 4, 4));
    assertFalse(LOOPS.takesConvolution(small, w, same, 1, small));
  }

  private static NdArray image(long seed, Shape shape) {
    var image = NdArray.channelsLast(DType.F32, shape);
    PLAIN.normal(Rng.of(seed), 0, 1, image);
    return image;
  }

  private static NdArray vector(long seed, int size) {
    var v = NdArray.allocate(DType.F32, Shape.of(size));
    PLAIN.normal(Rng.of(seed), 0, 1, v);
    return v;
  }

  private static NdArray positive(long seed, int size) {
    var v = vector(seed, size);
    PLAIN.binary(Binary.MUL, v, v, v);
    PLAIN.unary(Unary.linear(1, 0.5), v, v);
    return v;
  }

  private static void assertClose(NdArray expected, NdArray actual) {
    var e = expected.toFloats();
    var a = actual.toFloats();
    double largest = 0;
    double worst = 0;
    for (int i = 0; i < e.length; i++) {
      largest = Math.max(largest, Math.abs(e[i]));
      worst = Math.max(worst, Math.abs(e[i] - a[i]));
    }
    assertTrue(worst <= TOLERANCE * largest, worst + " of " + largest);
  }
}
