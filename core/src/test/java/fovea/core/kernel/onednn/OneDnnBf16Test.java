package fovea.core.kernel.onednn;

import static fovea.core.kernel.onednn.Samples.DESTINATIONS;
import static fovea.core.kernel.onednn.Samples.assertClose;
import static fovea.core.kernel.onednn.Samples.empty;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import fovea.core.FoveaException;
import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.kernel.Binary;
import fovea.core.kernel.JavaKernels;
import fovea.core.kernel.Kernels;
import fovea.core.kernel.Reduction;
import fovea.core.kernel.Unary;
import fovea.core.kernel.Window;
import fovea.core.kernel.onednn.Samples.Lay;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// bfloat16 on oneDNN against plain Java, which computes in double and rounds once; and the kernels
/// that only oneDNN has against those they put together.
class OneDnnBf16Test {
  private static final int ROUNDS = 40;

  /// A rounding to bfloat16, and one more in the middle.
  private static final double ROUNDED = 0x1p-7;

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

  private static NdArray bf16(NdArray x) {
    var y = NdArray.like(x, DType.BF16);
    PLAIN.copy(x, y);
    return y;
  }

  private static NdArray image(Samples s, int... sizes) {
    return bf16(s.normal(s.oneOf(DESTINATIONS), sizes));
  }

  private static NdArray[] pair(DType type, Lay lay, int... sizes) {
    return new NdArray[] {empty(lay, type, Shape.of(sizes)), empty(lay, type, Shape.of(sizes))};
  }

  @Test
  void conversion() {
    rounds(
        s -> {
          var x = s.normal(s.oneOf(DESTINATIONS), s.between(1, 40), s.between(1, 50));
          var there = pair(DType.BF16, s.oneOf(DESTINATIONS), x.shape().sizes());
          PLAIN.copy(x, there[0]);
          fast.copy(x, there[1]);
          assertClose(there[0], there[1], 0, "to bfloat16");
          var back = pair(DType.F32, s.oneOf(DESTINATIONS), x.shape().sizes());
          PLAIN.copy(there[0], back[0]);
          fast.copy(there[0], back[1]);
          assertClose(back[0], back[1], 0, "from bfloat16");
        });
  }

  @Test
  void elementwise() {
    rounds(
        s -> {
          int[] sizes = {s.between(1, 4), s.oneOf(1, 3, 16, 17), s.between(1, 9), s.between(1, 9)};
          var lay = s.oneOf(DESTINATIONS);
          var a = bf16(s.normal(lay, sizes));
          var b = bf16(s.normal(s.oneOf(DESTINATIONS), sizes));
          for (var f :
              List.of(Unary.RELU, Unary.GELU, Unary.linear(2.5, -0.75), Unary.TANH, Unary.EXP)) {
            var y = pair(DType.BF16, lay, sizes);
            PLAIN.unary(f, a, y[0]);
            fast.unary(f, a, y[1]);
            assertClose(y[0], y[1], ROUNDED, f.kind().toString());
            var saved = f.kind().derivativeFromResult() ? y[0] : a;
            var dx = pair(DType.BF16, lay, sizes);
            PLAIN.unaryBackward(f, saved, b, dx[0]);
            fast.unaryBackward(f, saved, b, dx[1]);
            assertClose(dx[0], dx[1], 2 * ROUNDED, f.kind() + " backward");
          }
          for (var f : List.of(Binary.ADD, Binary.MUL, Binary.MAX, Binary.ADD_RELU)) {
            var y = pair(DType.BF16, lay, sizes);
            PLAIN.binary(f, a, b, y[0]);
            fast.binary(f, a, b, y[1]);
            assertClose(y[0], y[1], ROUNDED, f.toString());
          }
          var sum = pair(DType.BF16, Lay.ROW_MAJOR, sizes[0], sizes[1], 1, 1);
          PLAIN.reduce(Reduction.MEAN, a, sum[0]);
          fast.reduce(Reduction.MEAN, a, sum[1]);
          assertClose(sum[0], sum[1], 2 * ROUNDED, "mean");
        });
  }

  @Test
  void matmul() {
    rounds(
        s -> {
          int m = s.between(1, 40);
          int k = s.between(1, 40);
          int n = s.between(1, 40);
          var a = image(s, m, k);
          var b = s.normal(s.oneOf(DESTINATIONS), k, n);
          // As oneDNN takes it.
          var rounded = bf16(b);
          for (var type : List.of(DType.F32, DType.BF16)) {
            var y = pair(type, s.oneOf(DESTINATIONS), m, n);
            PLAIN.matmul(a, rounded, null, y[0]);
            fast.matmul(a, s.between(0, 1) == 0 ? b : rounded, null, y[1]);
            assertClose(y[0], y[1], type == DType.F32 ? 1e-5 : ROUNDED, "matmul to " + type);
          }
        });
  }

  @Test
  void convolution() {
    rounds(
        s -> {
          int n = s.between(1, 3);
          int size = s.between(4, 12);
          int c = s.oneOf(1, 3, 16, 17, 32);
          int k = s.oneOf(1, 6, 16, 32);
          var window =
              s.between(0, 3) == 0
                  ? Window.of(2).stride(2)
                  : Window.of(s.between(1, 3)).stride(s.between(1, 2)).pad(s.between(0, 1));
          int o = window.outHeight(size);
          var x = image(s, n, c, size, size);
          var w = s.normal(Lay.ROW_MAJOR, k, c, window.height(), window.width());
          var rounded = bf16(w);
          var bias = s.between(0, 1) == 0 ? null : s.normal(Lay.ROW_MAJOR, k);
          var dy = image(s, n, k, o, o);
          var what = "convolution of " + x + " with " + w + " " + window;
          if (window.padTop() >= window.height()) {
            return;
          }
          var y = pair(DType.BF16, s.oneOf(DESTINATIONS), n, k, o, o);
          PLAIN.convolution(x, rounded, bias, window, 1, y[0]);
          fast.convolution(x, w, bias, window, 1, y[1]);
          assertClose(y[0], y[1], ROUNDED, what);
          var dx = pair(DType.BF16, s.oneOf(DESTINATIONS), n, c, size, size);
          PLAIN.convolutionBackwardData(dy, rounded, window, 1, dx[0]);
          fast.convolutionBackwardData(dy, w, window, 1, dx[1]);
          assertClose(dx[0], dx[1], ROUNDED, "backward data of " + what);
          var dw = pair(DType.F32, Lay.ROW_MAJOR, k, c, window.height(), window.width());
          var db = pair(DType.F32, Lay.ROW_MAJOR, k);
          PLAIN.convolutionBackwardWeights(x, dy, window, 1, dw[0], db[0]);
          fast.convolutionBackwardWeights(x, dy, window, 1, dw[1], db[1]);
          assertClose(dw[0], dw[1], 1e-4, "backward weights of " + what);
          assertClose(db[0], db[1], 1e-4, "backward bias of " + what);
        });
  }

  @Test
  void pooling() {
    rounds(
        s -> {
          int n = s.between(1, 3);
          int c = s.oneOf(1, 3, 16, 17);
          int size = s.between(4, 12);
          var window = Window.of(s.between(2, 3)).stride(s.between(1, 2));
          int o = window.outHeight(size);
          var x = image(s, n, c, size, size);
          var dy = image(s, n, c, o, o);
          var y = pair(DType.BF16, Lay.CHANNELS_LAST, n, c, o, o);
          var dx = pair(DType.BF16, Lay.CHANNELS_LAST, n, c, size, size);
          for (int i = 0; i < 2; i++) {
            var kernels = i == 0 ? PLAIN : fast;
            var bytes = kernels.maxPoolWorkspaceBytes(x, window, y[i]);
            var workspace = NdArray.allocate(DType.U8, Shape.of(Math.toIntExact(bytes)));
            kernels.maxPool(x, window, y[i], workspace);
            kernels.maxPoolBackward(dy, workspace, window, dx[i]);
          }
          assertClose(y[0], y[1], 0, "max pooling");
          // Values that are equal after rounding may be told apart otherwise.
          PLAIN.averagePool(x, window, true, y[0]);
          fast.averagePool(x, window, true, y[1]);
          assertClose(y[0], y[1], ROUNDED, "average pooling");
          PLAIN.averagePoolBackward(dy, window, true, dx[0]);
          fast.averagePoolBackward(dy, window, true, dx[1]);
          assertClose(dx[0], dx[1], 4 * ROUNDED, "average pooling backward");
        });
  }

  @Test
  void batchNorm() {
    rounds(
        s -> {
          int c = s.oneOf(1, 3, 16, 24, 32);
          int[] sizes = {s.oneOf(2, 4, 16), c, s.between(2, 12), s.between(2, 12)};
          var x = image(s, sizes);
          var dy = image(s, sizes);
          var gamma = s.normal(Lay.ROW_MAJOR, c);
          var beta = s.normal(Lay.ROW_MAJOR, c);
          var y = pair(DType.BF16, Lay.CHANNELS_LAST, sizes);
          var mean = pair(DType.F32, Lay.ROW_MAJOR, c);
          var variance = pair(DType.F32, Lay.ROW_MAJOR, c);
          PLAIN.batchNormTrain(x, gamma, beta, 1e-3, y[0], mean[0], variance[0]);
          fast.batchNormTrain(x, gamma, beta, 1e-3, y[1], mean[1], variance[1]);
          assertClose(mean[0], mean[1], 1e-4, "mean");
          assertClose(variance[0], variance[1], 1e-4, "variance");
          assertClose(y[0], y[1], ROUNDED, "batch norm");
          var dx = pair(DType.BF16, Lay.CHANNELS_LAST, sizes);
          var dgamma = pair(DType.F32, Lay.ROW_MAJOR, c);
          var dbeta = pair(DType.F32, Lay.ROW_MAJOR, c);
          for (int i = 0; i < 2; i++) {
            (i == 0 ? PLAIN : fast)
                .batchNormBackward(
                    x, dy, gamma, mean[0], variance[0], 1e-3, true, dx[i], dgamma[i], dbeta[i]);
          }
          assertClose(dgamma[0], dgamma[1], 1e-3, "dgamma");
          assertClose(dbeta[0], dbeta[1], 1e-3, "dbeta");
          assertClose(dx[0], dx[1], 3 * ROUNDED, "dx");
        });
  }

  @Test
  void batchNormFusedWithRelu() {
    rounds(
        s -> {
          int c = s.oneOf(16, 32, 64);
          int[] sizes = {s.oneOf(2, 4, 16), c, s.between(2, 12), s.between(2, 12)};
          var lay = s.oneOf(Lay.CHANNELS_LAST, Lay.ROW_MAJOR);
          for (var type : List.of(DType.F32, DType.BF16)) {
            double rounding = type == DType.F32 ? 1e-4 : ROUNDED;
            var x = bf16(s.normal(lay, sizes));
            var dy = bf16(s.normal(lay, sizes));
            if (type == DType.F32) {
              x = s.normal(lay, sizes);
              dy = s.normal(lay, sizes);
            }
            var gamma = s.normal(Lay.ROW_MAJOR, c);
            var beta = s.normal(Lay.ROW_MAJOR, c);
            var y = pair(type, lay, sizes);
            var mean = pair(DType.F32, Lay.ROW_MAJOR, c);
            var variance = pair(DType.F32, Lay.ROW_MAJOR, c);
            fast.batchNormTrain(x, gamma, beta, 1e-3, y[0], mean[0], variance[0]);
            fast.unary(Unary.RELU, y[0], y[0]);
            long bytes = fast.batchNormReluWorkspaceBytes(x, gamma, gamma, false);
            assertTrue(bytes >= 0, "no fused kernel for " + x);
            var workspace = NdArray.allocate(DType.U8, Shape.of(Math.toIntExact(bytes)));
            fast.batchNormReluTrain(
                x, gamma, beta, 1e-3, null, y[1], mean[1], variance[1], workspace);
            assertClose(mean[0], mean[1], 1e-6, "mean");
            assertClose(y[0], y[1], rounding, "batch norm and ReLU of " + x);
            var passed = NdArray.like(dy, type);
            fast.unaryBackward(Unary.RELU, y[0], dy, passed);
            var dx = pair(type, lay, sizes);
            var dgamma = pair(DType.F32, Lay.ROW_MAJOR, c);
            var dbeta = pair(DType.F32, Lay.ROW_MAJOR, c);
            fast.batchNormBackward(
                x, passed, gamma, mean[0], variance[0], 1e-3, true, dx[0], dgamma[0], dbeta[0]);
            fast.batchNormReluBackward(
                x,
                y[1],
                dy,
                gamma,
                beta,
                mean[1],
                variance[1],
                1e-3,
                workspace,
                dx[1],
                null,
                dgamma[1],
                dbeta[1]);
            assertClose(dgamma[0], dgamma[1], 10 * rounding, "dgamma");
            assertClose(dbeta[0], dbeta[1], 10 * rounding, "dbeta");
            assertClose(dx[0], dx[1], 3 * rounding, "dx");
          }
        });
  }

  @Test
  void nanDoesNotPassThroughAFusedReluUnnoticed() {
    var s = new Samples(1);
    var x = s.normal(Lay.CHANNELS_LAST, 2, 16, 3, 3);
    x.set(Double.NaN, 0, 5, 1, 1);
    var gamma = s.normal(Lay.ROW_MAJOR, 16);
    var y = NdArray.like(x, DType.F32);
    var mean = NdArray.allocate(DType.F32, Shape.of(16));
    var variance = NdArray.allocate(DType.F32, Shape.of(16));
    var workspace =
        NdArray.allocate(
            DType.U8,
            Shape.of(Math.toIntExact(fast.batchNormReluWorkspaceBytes(x, gamma, gamma, false))));
    fast.batchNormReluTrain(x, gamma, gamma, 1e-3, null, y, mean, variance, workspace);
    for (float v : y.toFloats()) {
      assertTrue(Float.isInfinite(v), "found " + v);
    }
  }
}
