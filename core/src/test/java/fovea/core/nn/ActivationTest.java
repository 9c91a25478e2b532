package fovea.core.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.tensor.Activations;
import fovea.core.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Activations against PyTorch 2.13, whose layers of the same name and options computed the
/// figures; and what is random.
class ActivationTest {
  /// What PyTorch's layer makes of −2, −0.5, 0.25 and 3.
  record Golden(Activation layer, float... y) {
    @Override
    public String toString() {
      return layer.describe();
    }
  }

  static List<Golden> golden() {
    return List.of(
        new Golden(Activation.relu(), 0f, 0f, 0.25f, 3f),
        new Golden(Activation.relu6(), 0f, 0f, 0.25f, 3f),
        new Golden(Activation.leakyRelu(0.01), -0.02f, -0.005f, 0.25f, 3f),
        new Golden(Activation.elu(1), -0.864665f, -0.393469f, 0.25f, 3f),
        new Golden(Activation.selu(), -1.52017f, -0.691758f, 0.262675f, 3.1521f),
        new Golden(Activation.celu(2), -1.26424f, -0.442398f, 0.25f, 3f),
        new Golden(Activation.threshold(0.1, 20), 20f, 20f, 0.25f, 3f),
        new Golden(Activation.softplus(1), 0.126928f, 0.474077f, 0.825939f, 3.04859f),
        new Golden(Activation.softplus(3), 0.000825228f, 0.0671378f, 0.378957f, 3.00004f),
        new Golden(Activation.gelu(), -0.0455003f, -0.154269f, 0.149677f, 2.99595f),
        new Golden(Activation.geluTanh(), -0.0454023f, -0.154286f, 0.149675f, 2.99636f),
        new Golden(Activation.silu(), -0.238406f, -0.18877f, 0.140544f, 2.85772f),
        new Golden(Activation.mish(), -0.252501f, -0.220744f, 0.169572f, 2.98653f),
        new Golden(Activation.hardSwish(), -0.333333f, -0.208333f, 0.135417f, 3f),
        new Golden(Activation.sigmoid(), 0.119203f, 0.377541f, 0.562176f, 0.952574f),
        new Golden(Activation.logSigmoid(), -2.12693f, -0.974077f, -0.575939f, -0.0485874f),
        new Golden(Activation.tanh(), -0.964028f, -0.462117f, 0.244919f, 0.995055f),
        new Golden(Activation.hardSigmoid(), 0.166667f, 0.416667f, 0.541667f, 1f),
        new Golden(Activation.hardTanh(-1, 1), -1f, -0.5f, 0.25f, 1f),
        new Golden(Activation.softsign(), -0.666667f, -0.333333f, 0.2f, 0.75f),
        new Golden(Activation.hardShrink(0.5), -2f, 0f, 0f, 3f),
        new Golden(Activation.softShrink(0.5), -1.5f, -0f, 0f, 2.5f),
        new Golden(Activation.tanhShrink(), -1.03597f, -0.0378828f, 0.00508134f, 2.00495f),
        new Golden(Activation.softmax(0), 0.0061206f, 0.0274306f, 0.0580707f, 0.908378f),
        new Golden(Activation.logSoftmax(0), -5.09609f, -3.59609f, -2.84609f, -0.0960946f),
        new Golden(Activation.softmin(0), 0.748914f, 0.167105f, 0.0789349f, 0.00504614f),
        new Golden(Activation.glu(0), -1.12435f, -0.476287f));
  }

  @ParameterizedTest
  @MethodSource("golden")
  void computesWhatPyTorchDoes(Golden g) {
    var y = g.layer.forward(Tensor.of(-2, -0.5f, 0.25f, 3)).toFloats();
    assertArrayEquals(g.y, y, 1e-5f);
  }

  @Test
  void labelsAreThoseOfSummaries() {
    assertEquals("LeakyReLU(0.01)", Activation.leakyRelu(0.01).toString());
    assertEquals("PReLU(8)", new PReLU(8, 0.25).toString());
    assertEquals("RReLU(0.125 … 0.333)", new RReLU().toString());
  }

  /// A normal distribution keeps its mean and variance in SELU and in AlphaDropout.
  @Test
  void alphaDropoutKeepsMeanAndVariance() {
    var dropout = new AlphaDropout(0.3);
    var x = Tensor.normal(Rng.of(1), 0, 1, Shape.of(200_000), DType.F32);
    var y = Mode.training(Rng.of(2), () -> dropout.forward(x));
    assertEquals(0, y.mean().item(), 0.01);
    assertEquals(1, y.mul(y).mean().item(), 0.015);
    assertSame(x, Mode.evaluating(() -> dropout.forward(x)));
    // Those that were dropped all became the same.
    var sorted = y.toDoubles();
    Arrays.sort(sorted);
    double common = value(sorted);
    double dropped = Arrays.stream(sorted).filter(v -> v == common).count() / 200_000.0;
    assertEquals(0.3, dropped, 0.01);
  }

  /// The value that most elements have.
  private static double value(double... sorted) {
    double best = Double.NaN;
    int most = 0;
    for (int i = 0, run = 1; i < sorted.length; i++, run++) {
      run = i > 0 && sorted[i] == sorted[i - 1] ? run : 1;
      if (run > most) {
        most = run;
        best = sorted[i];
      }
    }
    return best;
  }

  @Test
  void randomSlopesLieBetweenTheirLimitsAndGiveTheirMeanInEvaluation() {
    var layer = new RReLU(0.2, 0.4);
    var x = Tensor.full(-1, Shape.of(1000), DType.F32);
    var y = Mode.training(Rng.of(3), () -> layer.forward(x)).toFloats();
    for (float v : y) {
      assertTrue(-0.4f <= v && v <= -0.2f, () -> "" + v);
    }
    assertEquals(-0.3, Tensor.of(y).mean().item(), 0.01);
    assertEquals(-0.3f, Mode.evaluating(() -> layer.forward(x)).toFloats()[0], 1e-6);
    assertArrayEquals(y, Mode.training(Rng.of(3), () -> layer.forward(x)).toFloats());
  }

  @Test
  void gaussianNoiseHasItsDeviationAndOnlyWhileTraining() {
    var layer = new GaussianNoise(0.5);
    var x = Tensor.ones(300, 300);
    var y = Mode.training(Rng.of(4), () -> layer.forward(x)).sub(1);
    assertEquals(0, y.mean().item(), 0.01);
    assertEquals(0.25, y.mul(y).mean().item(), 0.005);
    assertSame(x, Mode.evaluating(() -> layer.forward(x)));
    layer.freeze();
    assertSame(x, Mode.training(Rng.of(4), () -> layer.forward(x)));
  }

  @Test
  void slopesOfPReluAreLearned() {
    var layer = new PReLU(2, 0.25);
    var x = Tensor.of(new float[] {-1, 2, -3, -4}, Shape.of(2, 2));
    var gradients = layer.forward(x).sum().backward();
    assertArrayEquals(
        new float[] {-4, -4}, gradients.of(layer.parameters().get("weight")).toFloats());
    assertArrayEquals(new float[] {-0.25f, 2, -0.75f, -1}, layer.forward(x).toFloats());
  }

  @Test
  void whatCannotWorkIsRefused() {
    var x = Tensor.zeros(2, 3);
    assertEquals(
        "prelu: input [2, 3] takes one slope or one for each channel, not [2]",
        assertThrows(ShapeException.class, () -> new PReLU(2, 0.25).forward(x)).getMessage());
    assertEquals(
        "glu: axis 1 of [2, 3] cannot be halved",
        assertThrows(ShapeException.class, () -> Activations.glu(x, 1)).getMessage());
    assertEquals(
        "maxout: axis 1 of [2, 3] cannot be divided into groups of 2",
        assertThrows(ShapeException.class, () -> Activations.maxout(x, 2, 1)).getMessage());
    assertThrows(IllegalArgumentException.class, () -> Activations.celu(x, 0));
    assertThrows(IllegalArgumentException.class, () -> Activations.softplus(x, -1));
    assertThrows(IllegalArgumentException.class, () -> Activations.hardTanh(x, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> Activations.softShrink(x, -1));
    assertThrows(IllegalArgumentException.class, () -> new RReLU(0.5, 0.2));
    assertThrows(IllegalArgumentException.class, () -> new GaussianNoise(-1));
    assertThrows(IllegalArgumentException.class, () -> new AlphaDropout(1));
  }
}
