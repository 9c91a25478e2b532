package fovea.vision.data;

import static fovea.vision.data.Samples.fails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import fovea.core.array.Rng;
import fovea.vision.image.Image;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Data sets in memory, subsets and splits.
class DatasetTest {

  private static Image pixel(int value) {
    return new Image(1, 1, 1, new byte[] {(byte) value});
  }

  private static Dataset of(String name, int... labels) {
    var images = IntStream.range(0, labels.length).mapToObj(DatasetTest::pixel).toList();
    return Dataset.of(name, List.of("a", "b", "c"), images, labels);
  }

  @Test
  void inMemory() {
    var data = of("mine", 0, 2, 1, 1);
    assertEquals("mine", data.name());
    assertEquals(4, data.size());
    assertEquals(pixel(3), data.image(3));
    assertEquals(2, data.label(1));
    assertEquals("mine #1", data.source(1));
    assertArrayEquals(new int[] {1, 2, 1}, data.counts());
    fails(() -> of("mine"), "mine holds no images");
    fails(() -> of("mine", 0, 3), "mine #1 has label 3, but there are 3 classes");
    fails(() -> of("mine", -1), "mine #0 has label -1");
    fails(
        () -> Dataset.of("mine", List.of("a"), List.of(pixel(0)), 0, 0),
        "mine has 1 images but 2 labels");
  }

  @Test
  void hashSeesEverythingButTheName() {
    var hash = of("x", 0, 1, 2).hash();
    assertEquals(hash, of("y", 0, 1, 2).hash());
    assertNotEquals(hash, of("x", 0, 2, 1).hash());
    assertNotEquals(hash, of("x", 0, 1).hash());
    var images = List.of(pixel(0), pixel(1), pixel(2));
    assertNotEquals(hash, Dataset.of("x", List.of("a", "b", "d"), images, 0, 1, 2).hash());
    assertNotEquals(
        hash,
        Dataset.of("x", List.of("a", "b", "c"), List.of(pixel(0), pixel(1), pixel(9)), 0, 1, 2)
            .hash());
  }

  @Test
  void subset() {
    var data = of("mine", 0, 2, 1, 1);
    var some = data.subset(3, 0);
    assertEquals(2, some.size());
    assertEquals(pixel(3), some.image(0));
    assertEquals(0, some.label(1));
    assertEquals("mine #3", some.source(0));
    assertNotEquals(some.hash(), data.subset(0, 3).hash());
    assertThrows(IndexOutOfBoundsException.class, () -> data.subset(4));
    fails(() -> data.subset(), "a subset of mine needs at least one image");
  }

  @Test
  void holdOutIsStratified() {
    var labels = new int[160];
    Arrays.setAll(labels, i -> i < 100 ? 0 : i < 150 ? 1 : 2);
    var whole = new DataSplits("x", of("train", labels), null, of("test", 0), List.of());
    var splits = whole.holdOut(0.1, Rng.of(1));
    var validation = splits.validation();
    assertNotNull(validation);
    assertArrayEquals(new int[] {10, 5, 1}, validation.counts());
    assertArrayEquals(new int[] {90, 45, 9}, splits.train().counts());
    var seen = new HashSet<String>();
    IntStream.range(0, 144).forEach(i -> seen.add(splits.train().source(i)));
    IntStream.range(0, 16).forEach(i -> seen.add(validation.source(i)));
    assertEquals(160, seen.size());
    assertEquals(splits.hash(), whole.holdOut(0.1, Rng.of(1)).hash());
    assertNotEquals(splits.hash(), whole.holdOut(0.1, Rng.of(2)).hash());
    assertNotEquals(splits.hash(), whole.hash());
  }

  @Test
  void holdOutNeedsTwoOfEachClass() {
    var splits = new DataSplits("x", of("x train", 0, 0, 1), null, of("test", 0), List.of());
    fails(
        () -> splits.holdOut(0.5, Rng.of(1)),
        "class \"b\" of x train has only one image; holding some out needs at least two");
    assertThrows(IllegalArgumentException.class, () -> splits.holdOut(1, Rng.of(1)));
    assertThrows(IllegalArgumentException.class, () -> splits.holdOut(Double.NaN, Rng.of(1)));
    var few = new DataSplits("x", of("train", 0, 0, 1, 1), null, of("test", 0), List.of());
    assertArrayEquals(new int[] {1, 1, 0}, few.holdOut(0.01, Rng.of(1)).validation().counts());
    assertArrayEquals(new int[] {1, 1, 0}, few.holdOut(0.99, Rng.of(1)).train().counts());
  }

  @Test
  void partsMustHaveTheSameClasses() {
    var other = Dataset.of("other", List.of("a", "c"), List.of(pixel(0)), 0);
    fails(
        () -> new DataSplits("x", of("train", 0), null, other, List.of()),
        "the classes of train are [a, b, c], but those of other are [a, c]");
  }
}
