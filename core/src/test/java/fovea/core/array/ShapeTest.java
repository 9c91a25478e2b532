package fovea.core.array;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ShapeTest {
  @Test
  void describesItself() {
    var s = Shape.of(2, 3, 4);
    assertEquals(3, s.rank());
    assertEquals(4, s.size(-1));
    assertEquals(24, s.elements());
    assertEquals("[2, 3, 4]", s.toString());
    assertEquals(Shape.of(2, 3, 4), s);
    assertEquals(Shape.of(2, 3, 4).hashCode(), s.hashCode());
    assertEquals(1, Shape.of().elements());
    assertTrue(Shape.of(3, 0).isEmpty());
  }

  @Test
  void doesNotChangeWithTheArraysItMet() {
    int[] sizes = {2, 3};
    var s = Shape.of(sizes);
    sizes[0] = 9;
    s.sizes()[1] = 9;
    assertArrayEquals(new int[] {2, 3}, s.sizes());
  }

  @Test
  void edits() {
    var s = Shape.of(2, 3);
    assertEquals(Shape.of(2, 5), s.with(-1, 5));
    assertEquals(Shape.of(3), s.without(0));
    assertEquals(Shape.of(2, 3, 7), s.insert(2, 7));
    assertEquals(Shape.of(7, 2, 3), s.insert(0, 7));
  }

  @Test
  void broadcasts() {
    assertEquals(Shape.of(4, 2, 3), Shape.broadcast("add", Shape.of(4, 1, 3), Shape.of(2, 1)));
    assertEquals(Shape.of(2, 0), Shape.broadcast("add", Shape.of(2, 1), Shape.of(0)));
    assertEquals(Shape.of(5), Shape.broadcast("add", Shape.of(), Shape.of(5)));
    var e =
        assertThrows(
            ShapeException.class, () -> Shape.broadcast("add", Shape.of(2, 3), Shape.of(4, 3, 3)));
    assertEquals(
        "add: [2, 3] and [4, 3, 3] do not broadcast: axis -2 has sizes 2 and 3", e.getMessage());
  }

  @Test
  void refusesWhatIsNoShape() {
    assertThrows(ShapeException.class, () -> Shape.of(2, -1));
    assertThrows(
        ShapeException.class,
        () -> Shape.of(Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE));
    // A later 0 must not hide that the strides of the others overflow.
    assertThrows(
        ShapeException.class,
        () -> Shape.of(0, Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE));
  }

  @Test
  void errorsNameTheLayer() {
    var e = new ShapeException("conv2d", "no").in("layer2.conv1");
    assertEquals("conv2d \"layer2.conv1\": no", e.getMessage());
    assertEquals("conv2d \"layer2.conv1\": no", e.in("layer2").getMessage());
  }
}
