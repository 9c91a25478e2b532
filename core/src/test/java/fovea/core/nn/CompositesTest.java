package fovea.core.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Kernels;
import fovea.core.kernel.Window;
import fovea.core.loss.MarginLoss;
import fovea.core.tensor.GradientCheck;
import fovea.core.tensor.Tensor;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Modules made of layers: inception, squeeze-and-excitation, capsules.
class CompositesTest {
  private static Tensor normal(long seed, int... sizes) {
    return Tensor.normal(Rng.of(seed), 0, 1, Shape.of(sizes), DType.F64);
  }

  /// Its convolutions with biases, as GoogLeNet's table 1 has them: 159 thousand in the paper,
  /// which counts otherwise; 64·193 + 96·193 + 128·(864 + 1) + 16·193 + 32·(400 + 1) + 32·193.
  @Test
  void theFirstInceptionModuleHasItsNumberOfParameters() {
    var module = Inception.reduced(192, new Inception.Channels(64, 96, 128, 16, 32, 32));
    assertEquals(163_696, module.parameterCount());
    assertEquals(Shape.of(1, 256, 7, 7), module.forward(Tensor.zeros(1, 192, 7, 7)).shape());
  }

  @Test
  void inceptionJoinsItsBranches() {
    var module = Inception.naive(3, 2, 4, 5);
    module.to(DType.F64);
    var x = normal(1, 2, 3, 6, 5);
    var y = module.forward(x);
    assertEquals(Shape.of(2, 14, 6, 5), y.shape());
    assertArrayEquals(
        new MaxPool2d(Window.of(3).pad(1)).forward(x).toDoubles(), y.slice(1, 11, 14).toDoubles());
    assertArrayEquals(
        module.children().get("branch3").forward(x).toDoubles(), y.slice(1, 6, 11).toDoubles());
    assertTrue(y.slice(1, 0, 11).min().itemAsDouble() >= 0);
  }

  @Test
  void squeezeAndExciteWeightsChannels() {
    var layer = new SqueezeExcite(4, 2, false);
    layer.to(DType.F64);
    var x = normal(2, 3, 4, 5, 6);
    var state = layer.state();
    var means = x.mean(2, 3);
    var squeezed =
        means
            .linear(state.get("fc1.weight").reshape(2, 4), state.get("fc1.bias"))
            .relu()
            .linear(state.get("fc2.weight").reshape(4, 2), state.get("fc2.bias"));
    assertArrayEquals(
        x.mul(squeezed.sigmoid().reshape(3, 4, 1, 1)).toDoubles(),
        layer.forward(x).toDoubles(),
        1e-12);
  }

  @Test
  void squashKeepsDirectionsAndLimitsLengths() {
    var s = Tensor.of(new double[] {3, 4, 0.03, 0.04, 0, 0}, Shape.of(3, 2));
    var y = Capsules.squash(s).toDoubles();
    assertArrayEquals(
        new double[] {25.0 / 26 * 0.6, 25.0 / 26 * 0.8}, new double[] {y[0], y[1]}, 1e-9);
    assertEquals(0.0025 / 1.0025, Math.hypot(y[2], y[3]), 1e-9);
    assertEquals(0, y[4]);
    GradientCheck.check(t -> Capsules.squash(t.get(0)), normal(3, 4, 3));
  }

  /// Procedure 1 of the paper, in plain Java.
  @Test
  void routingFollowsTheProcedure() {
    var layer = new Capsules(5, 3, 2, 4, 3);
    layer.to(DType.F64);
    layer.init(Rng.of(4));
    var w = layer.state().get("weight").mul(50).toDoubles();
    layer.load(Map.of("weight", Tensor.of(w, Shape.of(2, 5, 4, 3))));
    var x = normal(5, 1, 5, 3).toDoubles();
    var u = new double[5][2][4];
    for (int i = 0; i < 5; i++) {
      for (int j = 0; j < 2; j++) {
        for (int o = 0; o < 4; o++) {
          for (int k = 0; k < 3; k++) {
            u[i][j][o] += w[((j * 5 + i) * 4 + o) * 3 + k] * x[3 * i + k];
          }
        }
      }
    }
    var b = new double[5][2];
    var v = new double[2][4];
    for (int iteration = 0; iteration < 3; iteration++) {
      for (int j = 0; j < 2; j++) {
        var s = new double[4];
        for (int i = 0; i < 5; i++) {
          double c = Math.exp(b[i][j]) / (Math.exp(b[i][0]) + Math.exp(b[i][1]));
          for (int o = 0; o < 4; o++) {
            s[o] += c * u[i][j][o];
          }
        }
        double square = 0;
        for (double e : s) {
          square += e * e;
        }
        for (int o = 0; o < 4; o++) {
          v[j][o] = square / (1 + square) * s[o] / Math.sqrt(square);
        }
      }
      for (int i = 0; i < 5; i++) {
        for (int j = 0; j < 2; j++) {
          for (int o = 0; o < 4; o++) {
            b[i][j] += u[i][j][o] * v[j][o];
          }
        }
      }
    }
    var y = layer.forward(Tensor.of(x, Shape.of(1, 5, 3))).toDoubles();
    for (int j = 0; j < 2; j++) {
      for (int o = 0; o < 4; o++) {
        assertEquals(v[j][o], y[4 * j + o], 1e-9);
      }
    }
  }

  /// The network of the paper's figure 1, smaller: it learns.
  @Test
  void aCapsuleNetworkLearns() {
    var net =
        Sequential.of(
            new PrimaryCapsules(1, 4, 4, Window.of(3).stride(2)),
            new Capsules(4 * 9, 4, 2, 8, 3),
            Capsules::lengths);
    net.init(Rng.of(1));
    var images = new float[2 * 49];
    for (int i = 0; i < 7; i++) {
      images[3 * 7 + i] = 1;
      images[49 + 7 * i + 3] = 1;
    }
    var x = Tensor.of(images, Shape.of(2, 1, 7, 7));
    var y = Tensor.of(new int[] {0, 1}, Shape.of(2));
    var loss = new MarginLoss();
    double first = loss.of(net.forward(x), y).item();
    for (int step = 0; step < 150; step++) {
      var gradients = Mode.training(Rng.of(step), () -> loss.of(net.forward(x), y)).backward();
      net.parameters()
          .forEach((name, p) -> Kernels.best().blend(p.array(), 1, gradients.of(p).array(), -0.5));
    }
    double last = loss.of(net.forward(x), y).item();
    assertTrue(last < first / 10, first + " became " + last);
  }

  @Test
  void marginsAreThoseOfThePaper() {
    var lengths = Tensor.of(new double[] {0.7, 0.3, 0.95, 0.05}, Shape.of(2, 2));
    var classes = Tensor.of(new int[] {0, 1}, Shape.of(2));
    double expected = (0.2 * 0.2 + 0.5 * 0.2 * 0.2 + 0.85 * 0.85 + 0.5 * 0.85 * 0.85) / 2;
    assertEquals(expected, new MarginLoss().of(lengths, classes).itemAsDouble(), 1e-12);
    assertThrows(
        ShapeException.class, () -> new MarginLoss().of(lengths, Tensor.zeros(3).to(DType.I64)));
  }

  @Test
  void whatDoesNotFitIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Capsules(5, 3, 2, 4, 0));
    assertThrows(
        ShapeException.class, () -> new Capsules(5, 3, 2, 4, 3).forward(Tensor.zeros(1, 4, 3)));
    assertThrows(IllegalArgumentException.class, () -> new GroupNorm(4, 6));
    assertThrows(IllegalArgumentException.class, () -> InstanceNorm.Options.DEFAULT.eps(0));
    assertEquals(
        "layerNorm: input [2, 3] does not end with [4]",
        assertThrows(ShapeException.class, () -> new LayerNorm(4).forward(Tensor.zeros(2, 3)))
            .getMessage());
    assertEquals(
        "instanceNorm2d: input [2, 3, 4] is not [N, C, H, W] with C = 3",
        assertThrows(
                ShapeException.class, () -> new InstanceNorm2d(3).forward(Tensor.zeros(2, 3, 4)))
            .getMessage());
    assertEquals(
        "batchNorm1d: input [2, 3, 4, 5] is not [N, C] or [N, C, L]",
        assertThrows(
                ShapeException.class, () -> new BatchNorm1d(3).forward(Tensor.zeros(2, 3, 4, 5)))
            .getMessage());
  }

  /// Statistics that are the mean of all batches seen.
  @Test
  void cumulativeStatisticsAreMeans() {
    var norm = new BatchNorm1d(1, BatchNorm.Options.DEFAULT.cumulative());
    for (float shift : new float[] {1, 2, 6}) {
      var x = Tensor.of(new float[] {shift - 1, shift + 1}, Shape.of(2, 1));
      Mode.training(Rng.of(0), () -> norm.forward(x));
    }
    assertEquals(3, norm.state().get("running_mean").item(), 1e-6);
    assertEquals(2, norm.state().get("running_var").item(), 1e-6);
    assertEquals(3, norm.state().get("num_batches_tracked").item());
  }

  @Test
  void instanceNormFollowsAsPyTorchDoes() {
    var norm = new InstanceNorm1d(1, InstanceNorm.Options.DEFAULT.withRunningStatistics());
    var x = Tensor.of(new float[] {0, 2, 4, 8}, Shape.of(2, 1, 2));
    Mode.training(Rng.of(0), () -> norm.forward(x));
    // Means 1 and 6, unbiased variances 2 and 8.
    assertEquals(0.35, norm.state().get("running_mean").item(), 1e-6);
    assertEquals(0.9 + 0.1 * 5, norm.state().get("running_var").item(), 1e-4);
    var y = Mode.evaluating(() -> norm.forward(x)).toFloats();
    assertEquals((8 - 0.35) / Math.sqrt(1.4 + 1e-5), y[3], 1e-4);
  }
}
