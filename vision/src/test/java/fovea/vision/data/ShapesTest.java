package fovea.vision.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.vision.annotation.Visibility;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import org.junit.jupiter.api.Test;

class ShapesTest {
  private static final Shapes PLAIN = Shapes.usual().difficulty(0).train(60).test(5);

  @Test
  void isBuiltIn() {
    var data = Datasets.open("shapes");
    assertEquals(2_000, data.train().size());
    assertEquals("96×96 RGB", data.test().image(499).toString());
    assertEquals(Task.DETECTION, data.train().task());
  }

  /// On plain grey ground without noise, what is coloured is what is marked, and each thing has one
  /// colour.
  @Test
  void masksAreExact() {
    var data = PLAIN.open().train();
    var classes = new HashSet<Integer>();
    for (int i = 0; i < data.size(); i++) {
      var pixels = data.image(i).pixels();
      var instances = data.annotations(i).instances();
      assertTrue(instances.size() >= 1 && instances.size() <= 5);
      var all = new BitSet();
      for (var thing : instances) {
        classes.add(thing.label());
        var bits = thing.mask().bits();
        assertEquals(thing.mask().box(), thing.box());
        assertTrue(!bits.isEmpty() && !bits.intersects(all), "what is seen of a thing is its own");
        all.or(bits);
        int first = bits.nextSetBit(0);
        bits.stream()
            .forEach(
                p -> {
                  for (int c = 0; c < 3; c++) {
                    assertEquals(pixels[3 * first + c], pixels[3 * p + c]);
                  }
                });
      }
      for (int p = all.nextClearBit(0); p < 96 * 96; p = all.nextClearBit(p + 1)) {
        assertEquals(pixels[3 * p], pixels[3 * p + 1]);
        assertEquals(pixels[3 * p], pixels[3 * p + 2]);
      }
    }
    assertEquals(5, classes.size());
  }

  /// Visible keypoints lie on the border of their thing, where the box ends unless something covers
  /// it.
  @Test
  void keypointsAreExact() {
    var data = PLAIN.most(1).open().train();
    assertEquals(4, data.keypointNames().size());
    for (int i = 0; i < data.size(); i++) {
      var thing = data.annotations(i).instances().getFirst();
      var box = thing.box();
      var k = thing.keypoints();
      assertTrue(k.stream().allMatch(p -> p.visibility() == Visibility.VISIBLE));
      // A pixel belongs to a thing by its centre: the corner of the box is up to one pixel off.
      assertEquals(box.top(), k.get(0).y(), 1.6);
      assertEquals(box.right(), k.get(1).x(), 1.6);
      assertEquals(box.bottom(), k.get(2).y(), 1.6);
      assertEquals(box.left(), k.get(3).x(), 1.6);
    }
    var crowded = Shapes.usual().train(200).open().train();
    boolean hidden = false;
    for (int i = 0; i < 200; i++) {
      hidden |=
          crowded.annotations(i).instances().stream()
              .flatMap(t -> t.keypoints().stream())
              .anyMatch(p -> p.visibility() == Visibility.HIDDEN);
    }
    assertTrue(hidden);
  }

  @Test
  void otherTasks() {
    var pixels = PLAIN.task(Task.SEGMENTATION).open().train();
    var things = PLAIN.open().train();
    assertEquals("ground", pixels.classes().getFirst());
    for (int i = 0; i < 10; i++) {
      var map = pixels.annotations(i).labelMap();
      assertNotNull(map);
      for (var thing : things.annotations(i).instances()) {
        thing.mask().bits().stream()
            .forEach(p -> assertEquals(thing.label() + 1, map.get(p / 96, p % 96)));
      }
    }
    var one = PLAIN.task(Task.CLASSIFICATION).open().train();
    assertEquals(60, Arrays.stream(one.counts()).sum());
    assertEquals(Task.MULTI_LABEL, PLAIN.task(Task.MULTI_LABEL).open().train().task());
    assertArrayEquals(
        things.annotations(3).instances().stream()
            .mapToInt(t -> t.label())
            .sorted()
            .distinct()
            .toArray(),
        PLAIN.task(Task.MULTI_LABEL).open().train().annotations(3).labels());
  }

  @Test
  void sameBits() {
    var usual = Shapes.usual();
    assertEquals(usual.open().train().image(7), usual.train(8).open().train().image(7));
    assertEquals(usual.open().train().annotations(7), usual.open().train().annotations(7));
    assertNotEquals(usual.open().train().image(7), usual.open().test().image(7));
    assertEquals(usual.open().hash(), usual.open().hash());
    assertNotEquals(usual.open().hash(), usual.difficulty(1).open().hash());
  }

  @Test
  void badOptions() {
    assertThrows(IllegalArgumentException.class, () -> Shapes.usual().side(10));
    assertThrows(IllegalArgumentException.class, () -> Shapes.usual().difficulty(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> Shapes.usual().most(0));
    assertThrows(IllegalArgumentException.class, () -> Shapes.usual().task(Task.REGRESSION));
    assertThrows(IndexOutOfBoundsException.class, () -> PLAIN.open().test().image(5));
  }
}
