package fovea.vision.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.FoveaException;
import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.vision.annotation.Annotations;
import fovea.vision.augment.Augmentations;
import fovea.vision.augment.Sample;
import fovea.vision.image.Image;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

  private static Loader augmented(String steps, Loading loading) {
    return Loader.shuffled(colours(), PLAIN, 3, Rng.of(1))
        .augment(Augmentations.parse(steps), Rng.of(2))
        .loading(loading);
  }

  /// All that an epoch hands out, from a batch on.
  private static List<float[]> values(Loader loader, long epoch, int from) {
    var all = new ArrayList<float[]>();
    loader
        .pass(epoch, from)
        .forEachRemaining(
            b -> {
              all.add(b.x().toFloats());
              all.add(b.y().to(DType.F32).toFloats());
              if (b.shares() != null) {
                all.add(b.shares().toFloats());
              }
            });
    return all;
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "crop:pad=2+flip", "rotate:40+noise:0.1,p=1", "mixup+flip"})
  void workersCachesAndResumingChangeNoBit(String steps) {
    var plain = augmented(steps, new Loading(0, Loading.Cache.NONE));
    var expected = values(plain, 5, 0);
    for (int workers : new int[] {0, 1, 4}) {
      for (var cache : Loading.Cache.values()) {
        var loader = augmented(steps, new Loading(workers, cache));
        assertSame(expected, values(loader, 5, 0));
        values(loader, 6, 0);
        assertSame(expected, values(loader, 5, 0)); // now from the cache
        int perBatch = expected.size() / plain.count();
        assertSame(expected.subList(2 * perBatch, expected.size()), values(loader, 5, 2));
        assertTrue(loader.secondsWaited() > 0);
      }
    }
  }

  private static void assertSame(List<float[]> expected, List<float[]> actual) {
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), actual.get(i));
    }
  }

  @Test
  void epochsAndSamplesAreChangedEachInTheirWay() {
    var loader = augmented("crop:pad=2+flip", Loading.USUAL);
    assertFalse(Arrays.equals(values(loader, 0, 0).getFirst(), values(loader, 1, 0).getFirst()));
    // Without shuffling a sample is the same whatever batch it is in.
    var steps = Augmentations.parse("noise:0.2,p=1");
    var small = Loader.inOrder(colours(), PLAIN, 2).augment(steps, Rng.of(3));
    var large = Loader.inOrder(colours(), PLAIN, 10).augment(steps, Rng.of(3));
    var third = large.pass(4, 0).next().x().select(0, 3).toFloats();
    assertArrayEquals(small.pass(4, 1).next().x().select(0, 1).toFloats(), third);
  }

  @Test
  void mixturesCarryTheSharesOfTheirClasses() {
    var batch = augmented("mixup:1", Loading.USUAL).pass(0, 0).next();
    var shares = batch.shares();
    assertEquals(Shape.of(3, 2), shares.shape());
    for (int i = 0; i < 3; i++) {
      assertEquals(1, shares.array().get(i, 0) + shares.array().get(i, 1), 1e-6);
      assertTrue(shares.array().get(i, batch.y().toInts()[i]) >= 0.5);
    }
    assertEquals(null, augmented("flip", Loading.USUAL).pass(0, 0).next().shares());
  }

  /// Large enough that some of it no longer fits into the part of the heap that is taken.
  @Test
  void whatDoesNotFitIntoMemoryIsKeptOnDisk() {
    var decoded = new AtomicInteger();
    int n = 40;
    int side = (int) Math.sqrt(Runtime.getRuntime().maxMemory() / 4.0 / n * 1.5);
    var kept = new DecodedImages(Loading.Cache.DISK, n);
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < n; i++) {
        int index = i;
        var sample =
            kept.get(
                i,
                () -> {
                  decoded.incrementAndGet();
                  var pixels = new byte[side * side];
                  pixels[index] = (byte) index;
                  return Sample.of(new Image(side, side, 1, pixels), Annotations.NONE, index);
                });
        assertEquals(index, sample.image().pixels()[index]);
        assertEquals(side, sample.image().width());
        assertEquals(index, sample.labels().getFirst().label());
      }
    }
    assertEquals(n, decoded.get());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void anImageThatCannotBeReadEndsTheBatchWithItsName(int workers) {
    var data = new Broken(colours(), 4);
    var pass = Loader.inOrder(data, PLAIN, 4).loading(Loading.USUAL.workers(workers)).pass(0, 0);
    assertEquals(4, pass.next().indices().length);
    var e = assertThrows(FoveaException.class, pass::next);
    assertEquals("colours #4 is torn", e.getMessage());
  }

  @Test
  void brokenImagesAreLeftOutAndNamed() {
    var told = new ArrayList<String>();
    var splits =
        new DataSplits("c", new Broken(colours(), 4), null, new Broken(colours(), 0), List.of())
            .withoutBroken(told::add);
    assertEquals(List.of("colours #4 is torn", "colours #0 is torn"), told);
    assertEquals(SIZE - 1, splits.train().size());
    assertEquals("colours #5", splits.train().source(4));
    assertEquals("colours #1", splits.test().source(0));
    var whole = colours();
    var good = new DataSplits("c", whole, null, whole, List.of());
    assertEquals(SIZE, good.withoutBroken(told::add).train().size());
    var none = new DataSplits("c", new Broken(colours().subset(0), 0), null, whole, List.of());
    var e = assertThrows(DataException.class, () -> none.withoutBroken(_ -> {}));
    assertTrue(e.getMessage().startsWith("none of the images"), e.getMessage());
  }

  /// A set with an image that cannot be read.
  private record Broken(Dataset whole, int index) implements Dataset {
    @Override
    public String name() {
      return whole.name();
    }

    @Override
    public int size() {
      return whole.size();
    }

    @Override
    public List<String> classes() {
      return whole.classes();
    }

    @Override
    public Image image(int i) {
      if (i == index) {
        throw new FoveaException(source(i) + " is torn");
      }
      return whole.image(i);
    }

    @Override
    public int label(int i) {
      return whole.label(i);
    }

    @Override
    public String source(int i) {
      return whole.source(i);
    }

    @Override
    public String hash() {
      return whole.hash();
    }
  }
}
