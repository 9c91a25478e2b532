package fovea.core.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.tensor.GradientCheck;
import fovea.core.tensor.Tensor;
import org.junit.jupiter.api.Test;

class LossTest {

  @Test
  void crossEntropyIsTheMeanOfMinusLogProbability() {
    var logits = Tensor.of(new float[] {1, 2, 3, 0, 0, 0}, Shape.of(2, 3));
    var target = Tensor.of(new long[] {0, 2}, Shape.of(2));
    double first = Math.log(Math.exp(1) + Math.exp(2) + Math.exp(3)) - 1;
    assertEquals((first + Math.log(3)) / 2, new CrossEntropy().of(logits, target).item(), 1e-6);
  }

  @Test
  void crossEntropyDoesNotOverflow() {
    var logits = Tensor.of(new float[] {1e4f, -1e4f}, Shape.of(1, 2)).withGrad();
    var loss = new CrossEntropy().of(logits, Tensor.of(new int[] {1}, Shape.of(1)));
    assertEquals(2e4, loss.item(), 1);
    assertArrayEquals(new float[] {1, -1}, loss.backward().of(logits).toFloats(), 1e-6f);
  }

  @Test
  void crossEntropyNamesAClassThatIsNone() {
    var e =
        assertThrows(
            ShapeException.class,
            () ->
                new CrossEntropy()
                    .of(Tensor.zeros(2, 3), Tensor.of(new int[] {1, 3}, Shape.of(2))));
    assertTrue(
        e.getMessage()
            .startsWith("crossEntropy: the prediction has 3 classes, so targets are 0 … 2"),
        e.getMessage());
    assertThrows(
        ShapeException.class,
        () ->
            new CrossEntropy().of(Tensor.zeros(2, 3), Tensor.of(new int[] {1, 1, 1}, Shape.of(3))));
  }

  @Test
  void gradientsAgreeWithDifferences() {
    var x = Tensor.normal(Rng.of(1), 0, 1, Shape.of(4, 5), DType.F64);
    var target = Tensor.of(new int[] {0, 4, 2, 2}, Shape.of(4));
    GradientCheck.check(in -> new CrossEntropy().of(in.getFirst(), target), x);
    var y = Tensor.normal(Rng.of(2), 0, 1, Shape.of(4, 5), DType.F64);
    GradientCheck.check(in -> new MeanSquaredError().of(in.get(0), in.get(1)), x, y);
  }

  @Test
  void meanSquaredErrorRefusesToBroadcast() {
    assertEquals(2.5, new MeanSquaredError().of(Tensor.of(1, 2), Tensor.of(2, 4)).item(), 1e-6);
    assertThrows(
        ShapeException.class, () -> new MeanSquaredError().of(Tensor.zeros(3, 1), Tensor.zeros(3)));
  }
}
