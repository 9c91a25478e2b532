package fovea.core.tensor;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.array.DType;
import fovea.core.array.Shape;
import fovea.core.kernel.Window;
import fovea.core.memory.Scope;
import java.util.List;
import org.junit.jupiter.api.Test;

class GraphTextTest {
  static Tensor number(String name, double value) {
    return Tensor.scalar(value, DType.F64).withGrad().named(name);
  }

  /// f = (x + y)·z at (−2, 5, −4).
  static Tensor worked() {
    var q = number("x", -2).add(number("y", 5)).named("q");
    return q.mul(number("z", -4)).named("f");
  }

  @Test
  void theWorkedExampleHasItsFigures() {
    assertEquals(
        """
        x = parameter   []   value -2    gradient -4
        y = parameter   []   value 5     gradient -4
        q = add(x, y)   []   value 3     gradient -4
        z = parameter   []   value -4    gradient 3
        f = mul(q, z)   []   value -12   gradient 1
        """,
        Graph.of(worked()).withGradients().toText());
  }

  @Test
  void gradientsAreShownOnlyWhereAskedFor() {
    assertFalse(Graph.of(worked()).toText().contains("gradient"));
  }

  @Test
  void theGraphStaysWhole() {
    var x = number("x", 3);
    var f = x.mul(x);
    Graph.of(f).withGradients();
    assertEquals(6, f.backward().of(x).item());
  }

  @Test
  void aConsumedGraphStillHasItsValues() {
    var f = worked();
    f.backward();
    assertTrue(Graph.of(f).toText().contains("f = mul(q, z)   []   value -12"));
    assertThrows(IllegalStateException.class, () -> Graph.of(f).withGradients());
  }

  @Test
  void aTensorUsedTwiceIsOneNode() {
    var x = number("x", 3);
    assertEquals(
        """
        x = parameter    []   value 3
        %1 = mul(x, x)   []   value 9
        """,
        Graph.of(x.mul(x)).toText());
  }

  @Test
  void tensorsOfOneNameAreToldApart() {
    var text = Graph.of(number("x", 1).sub(number("x", 2))).toText();
    assertTrue(text.contains("%1 = sub(x, x#2)"), text);
  }

  @Test
  void operationsShowTheirOptions() {
    var x = number("x", 2);
    var text = Graph.of(x.mul(3).add(0.5).neg().pow(2).clamp(0, 1)).toText();
    for (var call :
        List.of("mul(x, 3)", "add(%1, 0.5)", "neg(%2)", "pow(%3, 2)", "clamp(%4, 0, 1)")) {
      assertTrue(text.contains(call), text);
    }
    var image = Tensor.ones(1, 1, 8, 8).withGrad().named("image");
    var filter = Tensor.ones(2, 1, 3, 3).named("filter");
    var y = Convolution.conv2d(image, filter, null, Window.of(3).pad(1).stride(2));
    text = Graph.of(Pooling.maxPool2d(y, Window.of(2, 3).stride(2, 1)).softmax(1)).toText();
    assertTrue(text.contains("conv2d(image, filter, 3×3 stride 2 pad 1)"), text);
    assertTrue(text.contains("maxPool2d(%1, 2×3 stride 2/1)"), text);
    assertTrue(text.contains("softmax(%2, axis 1)"), text);
  }

  @Test
  void fewNumbersAreWrittenAndManySummarised() {
    var few = Tensor.of(new float[] {1, 2, 3, 4, 5, 6.5f}, Shape.of(2, 3)).withGrad().named("few");
    var many = Tensor.arange(100).to(DType.F32).withGrad().named("many");
    var same = Tensor.ones(7).withGrad().named("same");
    var none = Tensor.ones(0).withGrad().named("none");
    var odd = many.sub(1).log().named("odd");
    assertValue("[[1, 2, 3], [4, 5, 6.5]]", few);
    assertValue("0 … 99", many);
    assertValue("all 1", same);
    assertValue("empty", none);
    assertValue("1 NaN of 100", odd);
    assertValue("1", Tensor.ones(1, 1));
  }

  private static void assertValue(String value, Tensor tensor) {
    var text = Graph.of(tensor).toText().strip();
    assertTrue(text.endsWith("   value " + value), text);
  }

  @Test
  void numbersAreShort() {
    assertValue("0.3", number("x", 0.1 + 0.2));
    assertValue("0.333333", number("x", 1 / 3.0));
    assertValue("1234568", number("x", 1234567.8));
    assertValue("1.23457e8", number("x", 123456789.5));
    assertValue("-2.5e-7", number("x", -2.5e-7));
    assertValue("0", number("x", -0.0));
    assertValue("-∞", number("x", Double.NEGATIVE_INFINITY));
    assertValue("NaN", number("x", Double.NaN));
    assertValue("1e300", number("x", 1e300));
    assertValue("4.94066e-324", number("x", Double.MIN_VALUE));
  }

  @Test
  void whatNeedsNoGradientIsAConstant() {
    var f = Tensor.scalar(2, DType.F64).mul(Tensor.scalar(3, DType.F64));
    assertEquals("%1 = constant   []   value 6\n", Graph.of(f).withGradients().toText());
  }

  @Test
  void aReleasedTensorIsSaidToBe() {
    var x = number("x", 2);
    var step = Scope.open("step");
    var y = x.exp();
    step.close();
    assertValue("released", y);
  }

  record Cube(Tensor x) implements Backward {
    @Override
    public Tensor[] backward(Tensor g) {
      return new Tensor[] {g.mul(x.mul(x)).mul(3)};
    }
  }

  @Test
  void operationsOfUsersAreShownAsOurs() {
    var x = number("x", 2);
    var y = Graph.record(x.mul(x).mul(x).array(), new Cube(x), x).named("y");
    assertEquals(
        """
        x = parameter   []   value 2   gradient 12
        y = cube(x)     []   value 8   gradient 1
        """,
        Graph.of(y).withGradients().toText());
  }

  @Test
  void aDeepGraphIsNoProblem() {
    var x = number("x", 0);
    for (int i = 0; i < 20_000; i++) {
      x = x.add(1);
    }
    var graph = Graph.of(x).withGradients();
    assertEquals(20_001, assertDoesNotThrow(graph::toText).lines().count());
  }
}
