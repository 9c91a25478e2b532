package fovea.vision.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.array.Rng;
import fovea.vision.image.Image;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FoldsTest {
  /// Image i is of one grey, `first + i`; two thirds are of class a.
  private static Dataset greys(String name, int n, int first) {
    return Dataset.of(
        name,
        List.of("a", "b"),
        IntStream.range(0, n)
            .mapToObj(i -> new Image(1, 1, 1, new byte[] {(byte) (first + i)}))
            .toList(),
        IntStream.range(0, n).map(i -> i % 3 == 2 ? 1 : 0).toArray());
  }

  private static DataSplits data() {
    return new DataSplits("greys", greys("train", 31, 0), null, greys("test", 6, 100), List.of());
  }

  private static int grey(Dataset data, int i) {
    return data.image(i).pixels()[0];
  }

  @Test
  void everyTrainingImageIsInOneFoldAndTheTestImagesInNone() {
    var seen = new HashSet<Integer>();
    for (int fold = 1; fold <= 4; fold++) {
      var one = data().fold(fold, 4, 7);
      assertEquals(31, one.train().size() + one.test().size());
      assertEquals(List.of(), one.overlaps());
      var counts = one.test().counts();
      assertTrue(counts[0] == 5 || counts[0] == 6, "of class a: " + counts[0]);
      assertTrue(counts[1] == 2 || counts[1] == 3, "of class b: " + counts[1]);
      assertTrue(one.test().size() == 7 || one.test().size() == 8);
      for (int i = 0; i < one.test().size(); i++) {
        assertTrue(seen.add(grey(one.test(), i)), "in two folds");
      }
    }
    assertEquals(31, seen.size());
  }

  @Test
  void aFoldDependsOnTheSeed() {
    assertEquals(data().fold(1, 4, 7).hash(), data().fold(1, 4, 7).hash());
    assertNotEquals(data().fold(1, 4, 7).hash(), data().fold(1, 4, 8).hash());
    assertThrows(DataException.class, () -> data().fold(5, 4, 0));
    assertThrows(DataException.class, () -> data().fold(1, 32, 0));
  }

  @Test
  void aFoldIsOpenedByName() {
    var fold = Datasets.open("digits#2/5@3");
    assertEquals("digits#2/5@3", fold.location());
    assertEquals(Datasets.open("digits").fold(2, 5, 3).hash(), fold.hash());
    assertTrue(fold.notes().getLast().startsWith("Fold 2 of 5"));
    assertThrows(DataException.class, () -> Datasets.open("digits#6/5@3"));
  }

  @Test
  void threePartsWithTheSameShares() {
    var parts = DataSplits.of("greys", greys("all", 60, 0), 0.2, 0.3, Rng.of(1));
    assertEquals(18, parts.test().size());
    assertEquals(12, parts.validation().size());
    assertEquals(30, parts.train().size());
    assertEquals(6, parts.test().counts()[1]);
    assertEquals(4, parts.validation().counts()[1]);
    assertEquals(List.of(), parts.overlaps());
    assertEquals(null, DataSplits.of("greys", greys("all", 60, 0), 0, 0.3, Rng.of(1)).validation());
    assertThrows(
        IllegalArgumentException.class,
        () -> DataSplits.of("greys", greys("all", 60, 0), 0.5, 0.5, Rng.of(1)));
  }

  @Test
  void overlapsAreFoundByContent() {
    var splits =
        new DataSplits(
            "leaky",
            greys("train", 10, 0),
            greys("validation", 4, 20),
            greys("test", 6, 8),
            List.of());
    var overlaps = splits.overlaps();
    assertEquals(2, overlaps.size());
    assertEquals("train #8", overlaps.getFirst().first().source(overlaps.getFirst().index()));
    assertEquals("test #0", overlaps.getFirst().second().source(overlaps.getFirst().again()));
    var twice =
        new DataSplits(
            "twice",
            greys("train", 10, 0),
            greys("validation", 4, 20),
            greys("test", 2, 22),
            List.of());
    assertEquals("validation", twice.overlaps().getFirst().first().name());
  }
}
