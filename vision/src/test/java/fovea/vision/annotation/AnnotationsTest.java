package fovea.vision.annotation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class AnnotationsTest {

  @Test
  void labelMap() {
    var map = new LabelMap(2, 3, new byte[] {0, 1, 2, 1, 1, (byte) LabelMap.IGNORE});
    assertEquals(2, map.get(0, 2));
    assertEquals(LabelMap.IGNORE, map.get(1, 2));
    assertEquals(3, map.counts()[1]);
    assertEquals(1, map.counts()[LabelMap.IGNORE]);
    assertEquals(map, new LabelMap(2, 3, map.labels().clone()));
    assertNotEquals(map, new LabelMap(3, 2, map.labels()));
    assertEquals("labels of 2×3", map.toString());
    assertThrows(IndexOutOfBoundsException.class, () -> map.get(0, 3));
    assertThrows(IndexOutOfBoundsException.class, () -> map.get(-1, 0));
    assertThrows(IllegalArgumentException.class, () -> new LabelMap(2, 2, new byte[5]));
    assertThrows(IllegalArgumentException.class, () -> new LabelMap(0, 2, new byte[0]));
  }

  @Test
  void instances() {
    var box = new Box(1, 1, 2, 3);
    var bits = new BitSet();
    bits.set(5);
    var mask = Mask.of(3, 4, bits);
    var thing = Instance.of(3, mask);
    assertEquals(new Box(1, 1, 2, 2), thing.box());
    var other =
        Instance.of(0, box)
            .label(2)
            .mask(mask)
            .keypoints(List.of(new Keypoint(1, 2, Visibility.HIDDEN), Keypoint.NONE))
            .crowd(true)
            .difficult(true);
    assertEquals(
        new Instance(
            2,
            box,
            mask,
            List.of(new Keypoint(1, 2, Visibility.HIDDEN), new Keypoint(0, 0, Visibility.ABSENT)),
            true,
            true),
        other);
    assertNull(other.box(null).box());
    assertThrows(IllegalArgumentException.class, () -> Instance.of(-1, box));
    assertThrows(
        IllegalArgumentException.class, () -> new Keypoint(0, Double.NaN, Visibility.VISIBLE));
  }

  @Test
  void equality() {
    var map = new LabelMap(1, 1, new byte[] {1});
    var one =
        Annotations.of(map)
            .instances(List.of(Instance.of(1, new Box(0, 0, 1, 1))))
            .labels(1, 2)
            .targets(0.5f);
    var same =
        new Annotations(
            List.of(Instance.of(1, new Box(0, 0, 1, 1))),
            new LabelMap(1, 1, new byte[] {1}),
            new int[] {1, 2},
            new float[] {0.5f});
    assertEquals(same, one);
    assertEquals(same.hashCode(), one.hashCode());
    assertArrayEquals(new int[] {1, 2}, one.labels());
    assertNotEquals(one, one.labels(1));
    assertNotEquals(one, one.targets());
    assertNotEquals(one, one.labelMap(null));
    assertEquals(Annotations.NONE, Annotations.of(List.of()));
  }
}
