package fovea.vision.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.FoveaException;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.vision.image.Image;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class LoaderTest {
  private static final int SIZE = 10;

  private static Dataset colours() {
    var images = new ArrayList<Image>();
    var labels = new int[SIZE];
    for (int i = 0; i < SIZE; i++) {
      var pixels = new byte[2 * 3 * 3];
      for (int p = 0; p < pixels.length; p++) {
        pixels[p] = (byte) (10 * i + p % 3);
      }
      images.add(new Image(2, 3, 3, pixels));
      labels[i] = i % 2;
    }
    return Dataset.of("colours", List.of("even", "odd"), images, labels);
  }

  private static final Preprocessing PLAIN =
      new Preprocessing(3, 2, 3, List.of(0f, 0f, 0f), List.of(1f, 1f, 1f));

  private static List<Integer> order(Loader loader, long epoch, int from) {
    var order = new ArrayList<Integer>();
    loader.pass(epoch, from).forEachRemaining(b -> Arrays.stream(b.indices()).forEach(order::add));
    return order;
  }

  @Test
  void batchesHoldTheImagesInLogicalOrder() {
    var batch = Loader.inOrder(colours(), PLAIN, 4).pass(0, 0).next();
    assertEquals(Shape.of(4, 3, 2, 3), batch.x().shape());
    // image 2, channel 1 holds 21 everywhere
    assertEquals(21 / 255f, batch.x().array().get(2, 1, 1, 2), 1e-7);
    assertEquals(20 / 255f, batch.x().array().get(2, 0, 0, 0), 1e-7);
    assertArrayEquals(new int[] {0, 1, 0, 1}, batch.y().toInts());
  }

  @Test
  void theLastBatchIsWhatIsLeft() {
    var loader = Loader.inOrder(colours(), PLAIN, 4);
    assertEquals(3, loader.count());
    var passes = loader.pass(0, 2);
    assertEquals(2, passes.next().indices().length);
    assertFalse(passes.hasNext());
  }

  @Test
  void shufflesByEpochAndSeedAlone() {
    var one = Loader.shuffled(colours(), PLAIN, 3, Rng.of(1));
    var again = Loader.shuffled(colours(), PLAIN, 3, Rng.of(1));
    var epoch3 = order(one, 3, 0);
    order(again, 0, 0);
    assertEquals(epoch3, order(again, 3, 0));
    assertEquals(epoch3.subList(6, 10), order(again, 3, 2));
    assertFalse(epoch3.equals(order(one, 4, 0)));
    assertEquals(SIZE, epoch3.stream().distinct().count());
  }

  @Test
  void statisticsStandardiseTheSetTheyComeFrom() {
    var data = colours();
    var p = Preprocessing.of(data, 3, 2, 3);
    var x = Loader.inOrder(data, p, SIZE).pass(0, 0).next().x();
    for (int c = 0; c < 3; c++) {
      var values = x.select(1, c).toDoubles();
      double mean = Arrays.stream(values).average().orElseThrow();
      double square = Arrays.stream(values).map(v -> v * v).average().orElseThrow();
      assertEquals(0, mean, 1e-5);
      assertEquals(1, square, 1e-4);
    }
  }

  @Test
  void imagesOfOneColourStayFinite() {
    var flat = Dataset.of("flat", List.of("a"), List.of(new Image(2, 2, 1, new byte[4])), 0);
    var p = Preprocessing.of(flat, 1, 2, 2);
    var x = Loader.inOrder(flat, p, 1).pass(0, 0).next().x();
    assertArrayEquals(new float[4], x.toFloats());
  }

  @Test
  void greyAndColourAndSizesAreBroughtTogether() {
    var grey = new Image(4, 6, 1, new byte[24]);
    assertEquals(3, PLAIN.fit(grey).channels());
    assertEquals(2, PLAIN.fit(grey).height());
    var tiny = new Image(1, 1, 1, new byte[1]);
    var wide = new Preprocessing(1, 28, 28, List.of(0f), List.of(1f));
    var e = assertThrows(FoveaException.class, () -> wide.fit(tiny));
    assertEquals("an image of 1×1 pixels is too small to be brought to 28×28", e.getMessage());
    var data = Dataset.of("dots", List.of("a"), List.of(tiny), 0);
    var named =
        assertThrows(FoveaException.class, () -> Loader.inOrder(data, wide, 1).pass(0, 0).next());
    assertTrue(named.getMessage().startsWith("dots #0: "), named.getMessage());
  }
}
