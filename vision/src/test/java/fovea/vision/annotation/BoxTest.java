package fovea.vision.annotation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class BoxTest {

  @Test
  void measures() {
    var box = new Box(1, 2, 4, 8.5);
    assertEquals(3, box.width());
    assertEquals(6.5, box.height());
    assertEquals(19.5, box.area());
    assertFalse(box.isEmpty());
    assertTrue(new Box(1, 2, 4, 2).isEmpty());
  }

  @Test
  void intersectionOverUnion() {
    var box = new Box(0, 0, 2, 2);
    assertEquals(1.0 / 7, box.iou(new Box(1, 1, 3, 3)), 1e-12);
    assertEquals(1, box.iou(box));
    assertEquals(0, box.iou(new Box(2, 0, 3, 2)), "neighbours share nothing");
    assertEquals(0.25, box.iou(new Box(0.5, 0.5, 1.5, 1.5)), 1e-12);
    var point = new Box(1, 1, 1, 1);
    assertEquals(0, box.iou(point));
    assertEquals(0, point.iou(point));
  }

  @Test
  void clip() {
    assertEquals(new Box(0, 1, 5, 4), new Box(-3, 1, 9, 9).clip(5, 4));
    var beyond = new Box(7, 7, 9, 9).clip(5, 4);
    assertEquals(new Box(5, 4, 5, 4), beyond);
    assertTrue(beyond.isEmpty());
  }

  @Test
  void refused() {
    for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      var e = assertThrows(IllegalArgumentException.class, () -> new Box(0, bad, 1, 1));
      assertEquals("a box needs four finite sides, not 0.0 " + bad + " 1.0 1.0", e.getMessage());
    }
    assertThrows(IllegalArgumentException.class, () -> new Box(2, 0, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> new Box(0, 2, 1, 1));
  }
}
