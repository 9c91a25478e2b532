package fovea.core.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// An operation of a user's own, by the same means as all others.
class CustomOperationTest {

  /// y = x³: dx = dy·3x².
  private record Cube(Tensor x) implements Backward {
    @Override
    public Tensor[] backward(Tensor gradient) {
      return new Tensor[] {gradient.mul(x.mul(x)).mul(3)};
    }
  }

  private static Tensor cube(Tensor x) {
    double[] y = Arrays.stream(x.toDoubles()).map(v -> v * v * v).toArray();
    return Graph.record(NdArray.of(y, x.shape()), new Cube(x), x);
  }

  private static Tensor x() {
    return Tensor.of(new double[] {0.5, -2, 3}, Shape.of(3)).withGrad();
  }

  @Test
  void hasAGradient() {
    var x = x();
    var y = cube(x);
    assertArrayEquals(new double[] {0.125, -8, 27}, y.toDoubles());
    assertArrayEquals(new double[] {0.75, 12, 27}, y.sum().backward().of(x).toDoubles(), 1e-12);
  }

  @Test
  void passesTheCheckOfFirstAndSecondDerivatives() {
    assertTrue(GradientCheck.check(in -> cube(in.getFirst()), x()) < 1e-8);
    assertTrue(GradientCheck.checkSecond(in -> cube(in.getFirst()), x()) < 1e-8);
  }

  @Test
  void isNamedAfterItsRecord() {
    var x = x();
    assertEquals("cube", new Cube(x).operation());
    Backward lambda = gradient -> new Tensor[] {gradient};
    assertEquals("custom", lambda.operation());
  }

  /// Its gradient is a function of its result: y = eˣ, dx = dy·y.
  private record Exponential(Tensor y) implements Backward {
    @Override
    public Tensor[] backward(Tensor gradient) {
      return new Tensor[] {gradient.mul(y)};
    }
  }

  @Test
  void mayRememberItsResult() {
    GradientCheck.checkSecond(
        in -> {
          var x = in.getFirst();
          double[] y = Arrays.stream(x.toDoubles()).map(Math::exp).toArray();
          return Graph.record(NdArray.of(y, x.shape()), "exponential", Exponential::new, x);
        },
        x());
  }

  private static String failure(Backward wrong) {
    var x = x();
    var y = Graph.record(NdArray.of(new double[3], Shape.of(3)), wrong, x).sum();
    return assertThrows(RuntimeException.class, y::backward).getMessage();
  }

  @Test
  void mustReturnAGradientForEachInput() {
    assertEquals(
        "custom has 1 inputs, but its backward returned 2 gradients",
        failure(gradient -> new Tensor[] {gradient, gradient}));
  }

  @Test
  void mustReturnGradientsShapedAsItsInputs() {
    assertEquals(
        "custom: its backward returned a gradient float64 [] for input 0, which is float64 [3]",
        failure(gradient -> new Tensor[] {gradient.sum()}));
    assertEquals(
        "custom: its backward returned a gradient float32 [3] for input 0, which is float64 [3]",
        failure(gradient -> new Tensor[] {gradient.to(DType.F32)}));
  }

  @Test
  void mayHaveNoGradientForAnInput() {
    var x = x();
    var y = Graph.record(NdArray.of(new double[3], Shape.of(3)), g -> new Tensor[] {null}, x);
    assertEquals(0, y.sum().backward().size());
  }
}
