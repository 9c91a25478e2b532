package fovea.core.kernel.onednn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import fovea.core.FoveaException;
import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.kernel.JavaKernels;
import fovea.core.kernel.Kernels;
import fovea.core.kernel.Reduction;
import fovea.core.kernel.Unary;
import fovea.core.kernel.Window;
import fovea.core.kernel.onednn.Samples.Lay;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What is kept between calls must not show: with many threads, with little room, the second time.
class PlansTest {
  @BeforeAll
  static void load() {
    try {
      NativeLibrary.load();
    } catch (FoveaException e) {
      assumeTrue(false, e.getMessage());
    }
  }

  /// Some calls whose results depend on scratch memory, workspaces and order of summation.
  private static List<Callable<float[]>> calls(Kernels k) {
    var s = new Samples(11);
    var calls = new ArrayList<Callable<float[]>>();
    for (int c : new int[] {3, 16, 17}) {
      var x = s.normal(Lay.CHANNELS_LAST, 4, c, 12, 12);
      var w = s.normal(Lay.ROW_MAJOR, 8, c, 3, 3);
      var dy = s.normal(Lay.CHANNELS_LAST, 4, 8, 12, 12);
      var vector = s.normal(Lay.ROW_MAJOR, c);
      var window = Window.of(3).pad(1);
      calls.add(
          () -> {
            var y = NdArray.channelsLast(DType.F32, dy.shape());
            k.convolution(x, w, null, window, 1, y);
            return y.toFloats();
          });
      calls.add(
          () -> {
            var dx = NdArray.allocate(DType.F32, x.shape());
            k.convolutionBackwardData(dy, w, window, 1, dx);
            return dx.toFloats();
          });
      calls.add(
          () -> {
            var dw = NdArray.allocate(DType.F32, w.shape());
            k.convolutionBackwardWeights(x, dy, window, 1, dw, null);
            return dw.toFloats();
          });
      calls.add(
          () -> {
            var y = NdArray.like(x, DType.F32);
            var mean = NdArray.allocate(DType.F32, Shape.of(c));
            var variance = NdArray.allocate(DType.F32, Shape.of(c));
            k.batchNormTrain(x, vector, vector, 1e-5, y, mean, variance);
            return y.toFloats();
          });
      calls.add(
          () -> {
            var pooled = NdArray.channelsLast(DType.F32, Shape.of(4, c, 4, 4));
            var dx = NdArray.like(x, DType.F32);
            var thirds = Window.of(3).stride(3);
            long bytes = k.maxPoolWorkspaceBytes(x, thirds, pooled);
            var workspace = NdArray.allocate(DType.U8, Shape.of(Math.toIntExact(bytes)));
            k.maxPool(x, thirds, pooled, workspace);
            k.maxPoolBackward(pooled, workspace, thirds, dx);
            return dx.toFloats();
          });
      calls.add(
          () -> {
            var sum = NdArray.allocate(DType.F32, Shape.of(1, c, 1, 1));
            k.reduce(Reduction.SUM, x, sum);
            return sum.toFloats();
          });
      calls.add(
          () -> {
            var y = NdArray.like(x, DType.F32);
            k.softmax(x, 1, true, y);
            return y.toFloats();
          });
    }
    return calls;
  }

  private static List<float[]> results(List<Callable<float[]>> calls) throws Exception {
    var results = new ArrayList<float[]>();
    for (var call : calls) {
      results.add(call.call());
    }
    return results;
  }

  private static void assertSameBits(List<float[]> expected, List<float[]> actual) {
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), actual.get(i), "call " + i);
    }
  }

  @Test
  void theSameCallGivesTheSameBits() throws Exception {
    var calls = calls(new OneDnnKernels(new JavaKernels(), null));
    var first = results(calls);
    for (int i = 0; i < 5; i++) {
      assertSameBits(first, results(calls));
    }
    assertSameBits(first, results(calls(new OneDnnKernels(new JavaKernels(), null))));
  }

  @Test
  void manyThreadsAtOnceGiveTheSameBits() throws Exception {
    var calls = calls(new OneDnnKernels(new JavaKernels(), null));
    var expected = results(calls);
    assertAllSame(expected, 8, 32, calls);
  }

  private static void assertAllSame(
      List<float[]> expected, int threads, int times, List<Callable<float[]>> calls)
      throws Exception {
    Callable<List<float[]>> task = () -> results(calls);
    try (var pool = Executors.newFixedThreadPool(threads)) {
      for (var result : pool.invokeAll(Collections.nCopies(times, task))) {
        assertSameBits(expected, result.get());
      }
    }
  }

  @Test
  void plansThatWereNotUsedForLongestAreGivenUp() throws Exception {
    var roomy = calls(new OneDnnKernels(new JavaKernels(), null));
    var expected = results(roomy);
    var kernels = new OneDnnKernels(new JavaKernels(), null, 4);
    var calls = calls(kernels);
    for (int i = 0; i < 3; i++) {
      assertSameBits(expected, results(calls));
      assertTrue(kernels.plans() <= 4, kernels.plans() + " plans are kept");
    }
    assertAllSame(expected, 4, 8, calls);
  }

  @Test
  void arraysOfTheSameShapeAtOtherPlacesAreNotMixedUp() {
    var k = new OneDnnKernels(new JavaKernels(), null);
    for (int i = 0; i < 10; i++) {
      var x = NdArray.allocate(DType.F32, Shape.of(1000));
      k.fill(x, i);
      var y = NdArray.allocate(DType.F32, Shape.of(1000));
      k.unary(Unary.linear(2, 1), x, y);
      assertTrue(y.get(999) == 2 * i + 1);
    }
  }
}
