package fovea.core.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.array.DType;
import fovea.core.array.Shape;
import fovea.core.memory.Memory;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// The check must find what is wrong and say where.
class GradientCheckTest {
  private static final Tensor A = Tensor.of(new double[] {1, 2, 3, -4, -5, -6}, Shape.of(2, 3));
  private static final Tensor B = Tensor.of(new double[] {0.5, -1, 2}, Shape.of(3));

  /// y = a·b, the gradient of b changed.
  private static Function<List<Tensor>, Tensor> product(UnaryOperator<Tensor> change) {
    return in -> {
      var a = in.get(0);
      var b = in.get(1);
      return Graph.record(
          Graph.unrecorded(() -> a.mul(b)).array(),
          g -> new Tensor[] {g.mul(b), change.apply(g.mul(a).sum(0))},
          a,
          b);
    };
  }

  private static String failure(Function<List<Tensor>, Tensor> f, Tensor... inputs) {
    return assertThrows(AssertionError.class, () -> GradientCheck.check(f, inputs)).getMessage();
  }

  @Test
  void theRightGradientPasses() {
    assertTrue(GradientCheck.check(product(g -> g), A, B) < 1e-9);
    assertTrue(GradientCheck.checkSecond(product(g -> g), A, B) < 1e-9);
  }

  @Test
  void aWrongElementIsNamed() {
    var spoiled = Tensor.of(new double[] {0, 0, 1e-4}, Shape.of(3));
    var text = failure(product(g -> g.add(spoiled)), A, B);
    assertTrue(
        text.matches(
            "gradient by Graph.gradients: of input 1 \\[3] the element \\[2] has [-0-9.]+,"
                + " differences give [-0-9.]+ \\(relative error [0-9.]+e-05, allowed 1e-06\\)"),
        text);
  }

  @Test
  void aSmallErrorIsFound() {
    failure(product(g -> g.mul(1 + 3e-6)), A, B);
    GradientCheck.check(product(g -> g.mul(1 + 3e-7)), A, B);
  }

  @Test
  void aMissingGradientIsFound() {
    failure(product(g -> null), A, B);
  }

  @Test
  void notANumberIsFound() {
    failure(product(g -> g.mul(Double.NaN)), A, B);
  }

  @Test
  void aFastWayThatIsWrongIsFound() {
    var text = failure(product(g -> Graph.isRecording() ? g : g.mul(2)), A, B);
    assertTrue(text.startsWith("gradient by backward(): of input 1 [3] the element [0]"), text);
  }

  /// The gradient of the square, computed without being recorded.
  @Test
  void aGradientThatCannotBeDifferentiatedIsFound() {
    Function<List<Tensor>, Tensor> square =
        in -> {
          var x = in.getFirst();
          return Graph.record(
              Graph.unrecorded(() -> x.mul(x)).array(),
              g -> new Tensor[] {g.mul(x.detach()).mul(2)},
              x);
        };
    GradientCheck.check(square, A);
    var text =
        assertThrows(AssertionError.class, () -> GradientCheck.checkSecond(square, A)).getMessage();
    assertTrue(text.startsWith("second gradient by Graph.gradients: of input 0 [2, 3]"), text);
  }

  @Test
  void float32IsCheckedInFloat64AndOtherTypesArePassedOn() {
    var x = Tensor.of(new float[] {1, 2, 3, 4}, Shape.of(2, 2));
    var index = Tensor.of(new long[] {1, 0, 0, 0}, Shape.of(2, 2));
    Function<List<Tensor>, Tensor> f =
        in -> {
          assertEquals(DType.F64, in.get(0).dtype());
          assertEquals(DType.I64, in.get(1).dtype());
          return in.get(0).mul(in.get(0)).gather(1, in.get(1));
        };
    GradientCheck.check(f, x, index);
    GradientCheck.checkSecond(f, x, index);
    assertArrayEquals(new float[] {1, 2, 3, 4}, x.toFloats());
  }

  @Test
  void whatDependsOnNothingHasNoGradient() {
    assertEquals(0, GradientCheck.check(in -> B.mul(2), A));
  }

  @Test
  void whatHasNoGradientIsRefused() {
    var index = Tensor.arange(3);
    assertEquals(
        "gradient check: no input is of a floating type",
        assertThrows(
                IllegalArgumentException.class,
                () -> GradientCheck.check(in -> in.getFirst().to(DType.F64), index))
            .getMessage());
    assertEquals(
        "gradient check: of float64 inputs the function made a result of type bool",
        assertThrows(
                IllegalArgumentException.class,
                () -> GradientCheck.check(in -> in.getFirst().gt(0), A))
            .getMessage());
  }

  @Test
  void itLeavesNoMemoryBehind() {
    long before = Memory.liveBytes();
    GradientCheck.check(product(g -> g), A, B);
    GradientCheck.checkSecond(product(g -> g), A, B);
    assertEquals(before, Memory.liveBytes());
  }
}
