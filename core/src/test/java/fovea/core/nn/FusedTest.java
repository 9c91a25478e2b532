package fovea.core.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Window;
import fovea.core.tensor.Captured;
import fovea.core.tensor.Graph;
import fovea.core.tensor.Precision;
import fovea.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What layers do in one pass is what they do one after the other.
class FusedTest {
  private static Tensor normal(int seed, int... shape) {
    return Tensor.normal(Rng.of(seed), 0, 1, Shape.of(shape), DType.F32);
  }

  private static BatchNorm2d norm(int channels) {
    var norm = new BatchNorm2d(channels);
    norm.init(Rng.of(1));
    Mode.training(Rng.of(1), () -> norm.forward(normal(9, 8, channels, 3, 3).mul(3).add(1)));
    return norm;
  }

  private static void assertNear(Tensor expected, Tensor actual, double part) {
    var e = expected.toDoubles();
    var a = actual.toDoubles();
    assertEquals(expected.shape(), actual.shape());
    double largest = Arrays.stream(e).map(Math::abs).max().orElse(0);
    for (int i = 0; i < e.length; i++) {
      assertEquals(e[i], a[i], part * largest, "element " + i);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "3, 16, 1, true, F32",
    "16, 32, 2, false, F32",
    "5, 7, 1, true, F32",
    "3, 16, 1, false, BF16",
    "32, 32, 1, true, BF16"
  })
  void aConvolutionAndWhatFollowsIt(
      int in, int out, int stride, boolean withBias, Precision precision) {
    var window = Window.of(3).stride(stride).pad(1);
    var conv = new Conv2d(in, out, window, 1, withBias, Init.heNormal());
    conv.init(Rng.of(2));
    var norm = norm(out);
    var x = normal(3, 2, in, 8, 8);
    int size = window.outHeight(8);
    var residual = normal(4, 2, out, size, size);
    double part = precision == Precision.F32 ? 1e-5 : 0.02;
    for (var n : new BatchNorm2d[] {null, norm}) {
      for (var r : new Tensor[] {null, residual}) {
        for (boolean relu : new boolean[] {false, true}) {
          // Recorded, they run one after the other.
          var expected = conv.forward(x, n, r, relu);
          var actual = precision.run(() -> Mode.evaluating(() -> conv.forward(x, n, r, relu)));
          assertNear(expected, actual.to(DType.F32), part);
        }
      }
    }
  }

  @Test
  void inTrainingNothingIsLeftOut() {
    var conv = new Conv2d(3, 16, Window.of(3), 1, false, Init.heNormal());
    conv.init(Rng.of(2));
    var one = norm(16);
    var other = norm(16);
    var x = normal(3, 4, 3, 8, 8).withGrad();
    var r = normal(5, 4, 16, 6, 6);
    var apart =
        Mode.training(Rng.of(1), () -> other.forward(conv.forward(x)).add(r).relu().mul(r).sum());
    var together = Mode.training(Rng.of(1), () -> conv.forward(x, one, r, true).mul(r).sum());
    assertNear(apart.backward().of(x), together.backward().of(x), 1e-4);
    assertArrayEquals(
        other.state().get("running_var").toFloats(), one.state().get("running_var").toFloats());
  }

  @Test
  void aResidualOfAnotherShapeIsRefused() {
    var conv = new Conv2d(3, 4, Window.of(3));
    var e =
        assertThrows(
            ShapeException.class,
            () ->
                Mode.evaluating(
                    () -> conv.forward(normal(1, 1, 3, 8, 8), null, normal(2, 1, 4, 8, 8), true)));
    assertTrue(
        e.getMessage().contains("the residual [1, 4, 8, 8] must be [1, 4, 6, 6]"), e.getMessage());
  }

  @Test
  void weightsThatAreNotNumbersAreNotHidden() {
    var conv = new Conv2d(3, 16, Window.of(3));
    conv.init(Rng.of(2));
    conv.state().get("weight").array().set(Double.NaN, 0, 0, 0, 0);
    var y = Mode.evaluating(() -> conv.forward(normal(1, 1, 3, 8, 8), null, null, true));
    assertTrue(Double.isNaN(y.slice(1, 0, 1).sum().itemAsDouble()));
  }

  private static Sequential network() {
    var network =
        Sequential.of(
            new Conv2d(3, 16, Window.of(3)),
            Activation.relu(),
            new MaxPool2d(2),
            new Conv2d(16, 8, Window.of(3)),
            new BatchNorm2d(8),
            Activation.relu(),
            new BatchNorm2d(8),
            Activation.relu(),
            new Conv2d(8, 4, Window.of(1)));
    network.init(Rng.of(7));
    return network;
  }

  @Test
  void aSequenceIsWhatItsLayersAre() {
    var network = network();
    var x = normal(8, 4, 3, 12, 12);
    for (boolean training : new boolean[] {true, false}) {
      var twin = network();
      Tensor expected = x;
      for (var layer : twin.children().values()) {
        var before = expected;
        expected =
            training
                ? Mode.training(Rng.of(1), () -> layer.forward(before))
                : Mode.evaluating(() -> layer.forward(before));
      }
      var actual =
          training
              ? Mode.training(Rng.of(1), () -> network.forward(x))
              : Mode.evaluating(() -> network().forward(x));
      assertNear(expected, actual, 1e-4);
    }
  }

  @Test
  void manyThreadsShareOneModel() throws Exception {
    var network = network();
    var x = normal(8, 4, 3, 12, 12);
    var expected = Mode.evaluating(() -> network.forward(x)).toFloats();
    var wrong = new AtomicInteger();
    var threads = new ArrayList<Thread>();
    for (int i = 0; i < 6; i++) {
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int n = 0; n < 40; n++) {
                      var y = Mode.evaluating(() -> network.forward(x));
                      wrong.addAndGet(Arrays.equals(expected, y.toFloats()) ? 0 : 1);
                      y.array().storage().release("read");
                    }
                  }));
    }
    for (var thread : threads) {
      thread.join();
    }
    assertEquals(0, wrong.get());
  }

  @Test
  void frozenWeightsArePreparedOnce() {
    var network = network();
    var x = normal(8, 4, 3, 12, 12);
    var y = Mode.evaluating(() -> network.forward(x)).toFloats();
    try (var frozen =
        Captured.frozen(in -> Mode.evaluating(() -> network.forward(in.getFirst())), x)) {
      assertArrayEquals(y, frozen.run(x).toFloats());
      var other = normal(10, 4, 3, 12, 12);
      assertArrayEquals(
          Mode.evaluating(() -> network.forward(other)).toFloats(), frozen.run(other).toFloats());
    }
  }

  @Test
  void fusedConvolutionsHaveNoGradient() {
    var x = normal(1, 1, 3, 8, 8);
    var w = normal(2, 4, 3, 3, 3);
    assertTrue(Graph.isRecording());
    assertThrows(
        IllegalStateException.class,
        () ->
            fovea.core.tensor.Convolution.conv2dThen(
                x, w, null, Window.of(3), 1, null, null, true));
  }
}
