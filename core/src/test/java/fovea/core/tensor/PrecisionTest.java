package fovea.core.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Window;
import org.junit.jupiter.api.Test;

class PrecisionTest {
  private static Tensor normal(int seed, int... shape) {
    return Tensor.normal(Rng.of(seed), 0, 1, Shape.of(shape), DType.F32);
  }

  /// Relative to the largest.
  private static void assertNear(Tensor expected, Tensor actual, double part) {
    var e = expected.toDoubles();
    var a = actual.toDoubles();
    double largest = 0;
    double worst = 0;
    for (int i = 0; i < e.length; i++) {
      largest = Math.max(largest, Math.abs(e[i]));
      worst = Math.max(worst, Math.abs(e[i] - a[i]));
    }
    assertTrue(worst <= part * largest, "off by " + worst + " of " + largest);
  }

  @Test
  void roundsToTheNearestTiesToEven() {
    for (var pair :
        new float[][] {
          {1, 1},
          {1 + 0x1p-8f, 1},
          {1 + 3 * 0x1p-8f, 1 + 0x1p-6f},
          {1 + 0x1p-8f + 0x1p-20f, 1 + 0x1p-7f},
          {-3.1415927f, -3.140625f},
          {Float.MAX_VALUE, Float.POSITIVE_INFINITY},
          {Float.intBitsToFloat(0x7FFFFFFF), Float.NaN}
        }) {
      assertEquals(pair[1], DType.fromBf16(DType.toBf16(pair[0])), "of " + pair[0]);
    }
  }

  @Test
  void productsAreInItAndTheRestFollows() {
    var x = normal(1, 4, 3, 8, 8);
    var w = normal(2, 16, 3, 3, 3).withGrad();
    var gamma = Tensor.ones(16).withGrad();
    var beta = Tensor.zeros(16).withGrad();
    var head = normal(3, 5, 16).withGrad();
    Tensor[] values = new Tensor[4];
    for (var precision : Precision.values()) {
      var loss =
          precision.run(
              () -> {
                var y = Convolution.conv2d(x, w, null, Window.of(3).pad(1));
                assertEquals(precision == Precision.F32 ? DType.F32 : DType.BF16, y.dtype());
                y = Normalization.batchNormRelu(y, gamma, beta, 1e-5).y();
                assertEquals(precision == Precision.F32 ? DType.F32 : DType.BF16, y.dtype());
                var logits = y.mean(2, 3).linear(head, null);
                var logs = logits.logSoftmax(1);
                assertEquals(DType.F32, logs.dtype());
                return logs.slice(1, 0, 1).mean().neg();
              });
      assertEquals(DType.F32, loss.dtype());
      var g = loss.backward();
      if (precision == Precision.F32) {
        values = new Tensor[] {loss, g.of(w), g.of(gamma), g.of(head)};
      } else {
        assertNear(values[0], loss, 0.01);
        assertNear(values[1], g.of(w), 0.15);
        assertNear(values[2], g.of(gamma), 0.06);
        assertNear(values[3], g.of(head), 0.03);
        assertEquals(DType.F32, g.of(w).dtype());
        assertEquals(DType.F32, g.of(gamma).dtype());
      }
    }
  }

  @Test
  void secondGradientsPassThroughBothTypes() {
    var x = normal(4, 2, 3, 6, 6).withGrad();
    var w = normal(5, 16, 3, 3, 3).withGrad();
    assertNear(second(Precision.F32, x, w), second(Precision.BF16, x, w), 0.08);
  }

  private static Tensor second(Precision precision, Tensor x, Tensor w) {
    var y = precision.run(() -> Convolution.conv2d(x, w, null, Window.of(3)).gelu());
    var first = Graph.gradients(y.to(DType.F32).sum(), x).getFirst();
    return Graph.gradients(first.mul(first).sum(), w).getFirst();
  }

  @Test
  void nothingElseIsConverted() {
    var a = normal(6, 4, 4);
    var b = a.to(DType.BF16);
    assertThrows(ShapeException.class, () -> Precision.BF16.run(() -> a.add(b)));
    assertThrows(ShapeException.class, () -> a.matmul(b));
    assertEquals(DType.BF16, Precision.BF16.run(() -> a.matmul(a)).dtype());
    assertEquals(DType.F32, a.matmul(a).dtype());
  }
}
