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
import java.util.List;
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
  void smoothingSpreadsAShareOfTheTrueClassOverAll() {
    var logits = Tensor.of(new float[] {1, 2, 3}, Shape.of(1, 3));
    var target = Tensor.of(new int[] {0}, Shape.of(1));
    double all = Math.log(Math.exp(1) + Math.exp(2) + Math.exp(3));
    // 0.8 + 0.2/3 of class 0, 0.2/3 of each other.
    double expected = 0.8 * (all - 1) + 0.2 / 3 * (all - 1 + all - 2 + all - 3);
    assertEquals(expected, new CrossEntropy().smoothing(0.2).of(logits, target).item(), 1e-6);
    assertThrows(IllegalArgumentException.class, () -> new CrossEntropy().smoothing(1));
  }

  @Test
  void crossEntropyOfImagesIsTheMeanOverPixels() {
    var images = Tensor.normal(Rng.of(1), 0, 1, Shape.of(2, 5, 3, 4), DType.F32);
    var classes = new int[24];
    for (int i = 0; i < 24; i++) {
      classes[i] = i % 5;
    }
    var pixels = images.permute(0, 2, 3, 1).reshape(24, 5);
    for (var loss : List.of(new CrossEntropy(), new CrossEntropy().smoothing(0.1))) {
      assertEquals(
          loss.of(pixels, Tensor.of(classes, Shape.of(24))).item(),
          loss.of(images, Tensor.of(classes, Shape.of(2, 3, 4))).item(),
          1e-6);
    }
  }

  @Test
  void ignoredLabelsLeaveNoTrace() {
    var logits = Tensor.normal(Rng.of(1), 0, 1, Shape.of(4, 3), DType.F32).withGrad();
    var some = Tensor.of(new long[] {255, 1, 255, 2}, Shape.of(4));
    for (var loss : List.of(new CrossEntropy(), new CrossEntropy().smoothing(0.1))) {
      var counted = Tensor.concat(0, logits.slice(0, 1, 2), logits.slice(0, 3, 4));
      var found = loss.ignoring(255).of(logits, some);
      var expected = loss.of(counted, Tensor.of(new long[] {1, 2}, Shape.of(2)));
      assertEquals(expected.item(), found.item(), 1e-6);
      var gradient = found.backward().of(logits);
      assertArrayEquals(expected.backward().of(logits).toFloats(), gradient.toFloats(), 1e-6f);
      var none = loss.ignoring(7).of(logits, Tensor.of(new int[] {7, 7, 7, 7}, Shape.of(4)));
      assertEquals(0, none.item());
    }
    assertThrows(ShapeException.class, () -> new CrossEntropy().ignoring(0).of(logits, some));
  }

  @Test
  void gradientsAgreeWithDifferences() {
    var x = Tensor.normal(Rng.of(1), 0, 1, Shape.of(4, 5), DType.F64);
    var target = Tensor.of(new int[] {0, 4, 2, 2}, Shape.of(4));
    GradientCheck.check(in -> new CrossEntropy().of(in.getFirst(), target), x);
    var smooth = new CrossEntropy().smoothing(0.2).ignoring(4);
    GradientCheck.check(in -> smooth.of(in.getFirst(), target), x);
    var pixels = Tensor.normal(Rng.of(3), 0, 1, Shape.of(1, 5, 2, 2), DType.F64);
    GradientCheck.check(in -> smooth.of(in.getFirst(), target.reshape(1, 2, 2)), pixels);
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
