package fovea.core.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConfusionMatrixTest {
  private static final Tensor LOGITS =
      Tensor.of(new float[] {3, 1, 0, 0, 1, 3, 2, 5, 1, 0, 2, 1}, Shape.of(4, 3));
  private static final Tensor TARGET = Tensor.of(new int[] {0, 2, 0, 1}, Shape.of(4));

  @Test
  void countsWhoWasTakenForWhom() {
    var m = new ConfusionMatrix(List.of("a", "b", "c"));
    m.add(LOGITS, TARGET);
    assertEquals(1, m.count(0, 0));
    assertEquals(1, m.count(0, 1));
    assertEquals(1, m.count(1, 1));
    assertEquals(1, m.count(2, 2));
    assertEquals(4, m.total());
    assertEquals(0.75, m.accuracy());
    assertEquals(0.5, m.recall(0));
    assertEquals(0.5, m.precision(1));
    assertEquals(1, m.precision(0));
  }

  @Test
  void emptyFiguresAreNotNumbers() {
    var m = new ConfusionMatrix(List.of("a", "b"));
    assertEquals(Double.NaN, m.accuracy());
    assertEquals(Double.NaN, m.recall(0));
    assertEquals(Double.NaN, new Accuracy().value());
  }

  @Test
  void accuracyAddsUpOverBatches() {
    var accuracy = new Accuracy();
    accuracy.add(LOGITS, TARGET);
    accuracy.add(LOGITS.slice(0, 2, 3), TARGET.slice(0, 2, 3));
    assertEquals(3 / 5.0, accuracy.value());
  }

  @Test
  void refusesOtherNumbersOfClasses() {
    var m = new ConfusionMatrix(List.of("a", "b"));
    assertThrows(ShapeException.class, () -> m.add(LOGITS, TARGET));
  }
}
