package fovea.vision.data;

import static fovea.vision.data.Samples.fails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.vision.annotation.Annotations;
import fovea.vision.annotation.Box;
import fovea.vision.annotation.Instance;
import fovea.vision.annotation.LabelMap;
import fovea.vision.augment.Augmentations;
import fovea.vision.image.Image;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is said of images must follow them into the batch: it is drawn into the images, and what
/// comes out of the loader on both sides is compared.
class TargetsTest {
  private static final Path DATASETS = Path.of("..", "..", "shared", "datasets");
  private static final int SIZE = 64;

  private static Dataset shapes(Task task) {
    return Shapes.usual().train(12).test(1).side(80).task(task).open().train();
  }

  /// A set whose images show what is said of them.
  private record Drawn(Dataset whole, Function<Annotations, Image> picture) implements Dataset {
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
    public Image image(int index) {
      return picture.apply(whole.annotations(index));
    }

    @Override
    public int label(int index) {
      return whole.label(index);
    }

    @Override
    public Task task() {
      return whole.task();
    }

    @Override
    public Annotations annotations(int index) {
      return whole.annotations(index);
    }

    @Override
    public List<String> keypointNames() {
      return whole.keypointNames();
    }

    @Override
    public String source(int index) {
      return whole.source(index);
    }

    @Override
    public String hash() {
      return whole.hash();
    }
  }

  private static Loader loader(Dataset data, int size, String steps) {
    return Loader.shuffled(data, Preprocessing.plain(1, size, size), 4, Rng.of(1))
        .augment(Augmentations.parse(steps), Rng.of(2))
        .loading(Loading.USUAL.workers(2));
  }

  /// Twenty grey levels for a class.
  private static Image drawn(Annotations said) {
    var map = said.labelMap();
    var pixels = new byte[map.labels().length];
    for (int i = 0; i < pixels.length; i++) {
      int label = map.labels()[i] & 0xFF;
      pixels[i] = (byte) (label == LabelMap.IGNORE ? 0 : 20 * (label + 1));
    }
    return new Image(map.height(), map.width(), 1, pixels);
  }

  /// The share of pixels, among neighbours of one class, that show another class than is said.
  private static double strange(Dataset data, int size, String steps) {
    long looked = 0;
    long strange = 0;
    for (var batch : (Iterable<Batch>) () -> loader(data, size, steps).pass(0, 0)) {
      var maps = batch.said().labelMaps();
      assertEquals(DType.I32, maps.dtype());
      assertEquals(Shape.of(batch.indices().length, size, size), maps.shape());
      var labels = maps.toInts();
      var seen = batch.x().toFloats();
      for (int i = 0; i < labels.length; i++) {
        int row = i / size % size;
        int column = i % size;
        if (row > 0 && column > 0 && row < size - 1 && column < size - 1) {
          int here = labels[i];
          boolean same = true;
          for (int by : new int[] {-size - 1, -size, 1 - size, -1, 1, size - 1, size, size + 1}) {
            same &= labels[i + by] == here;
          }
          if (same) {
            looked++;
            int expected = here == LabelMap.IGNORE ? 0 : 20 * (here + 1);
            strange += Math.abs(seen[i] * 255 - expected) > 1 ? 1 : 0;
          }
        }
      }
    }
    assertTrue(looked > (long) data.size() * size * size / 4, () -> "few pixels looked at");
    return (double) strange / looked;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "none",
        "flip",
        "crop:pad=9+flip",
        "rotate:40+scale:0.7,1.4",
        "resized-crop+flip",
        "perspective:0.4,1",
        "elastic:60,6,1",
        "cutmix:1",
        "mosaic:1"
      })
  void classesOfPixelsFollow(String steps) {
    var data = new Drawn(shapes(Task.SEGMENTATION), TargetsTest::drawn);
    // What a mosaic leaves free is grey, and nobody is judged by it.
    double allowed = steps.startsWith("mosaic") ? 0.5 : 0.005;
    assertTrue(strange(data, SIZE, steps) <= allowed, () -> "" + strange(data, SIZE, steps));
    if (List.of("none", "flip", "crop:pad=9+flip").contains(steps)) {
      assertEquals(0, strange(data, 80, steps)); // pixels only change places
    }
  }

  @ParameterizedTest
  @CsvSource({"camvid.zip, 120", "isbi2012-membrane.zip, 256"})
  void classesOfPixelsFollowInRealData(String file, int size) {
    if (!has(file)) {
      return;
    }
    var train = Datasets.open(DATASETS.resolve(file)).train();
    var data = new Drawn(train.subset(0, 5, 10, 15), TargetsTest::drawn);
    for (var steps : List.of("none", "resized-crop+flip", "rotate:20+elastic:40,6,1")) {
      double strange = strange(data, size, steps);
      assertTrue(strange < 0.02, () -> file + ", " + steps + ": " + strange);
    }
    // The real images come in the same batches.
    var batch = loader(train.subset(0, 1, 2, 3), size, "flip").pass(0, 0).next();
    assertEquals(Shape.of(4, 1, size, size), batch.x().shape());
    assertEquals(Shape.of(4, size, size), batch.said().labelMaps().shape());
    assertArrayEquals(new int[] {-1, -1, -1, -1}, batch.y().toInts());
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "flip", "crop:pad=9+flip", "resized-crop+flip"})
  void boxesFollow(String steps) {
    boxesFollow(shapes(Task.DETECTION), steps);
    if (has("bccd-voc.zip")) {
      var cells = Datasets.open(DATASETS.resolve("bccd-voc.zip")).train();
      boxesFollow(cells.subset(0, 1, 2, 3, 50, 51, 52, 53), steps);
    }
  }

  /// Draws the largest thing's box, in the size of the set's own images.
  private static void boxesFollow(Dataset whole, String steps) {
    var largest = new Largest(whole);
    int compared = 0;
    for (var batch : (Iterable<Batch>) () -> loader(largest, SIZE, steps).pass(0, 0)) {
      var said = batch.said();
      int n = batch.indices().length;
      assertEquals(Shape.of(n, 1, 4), said.boxes().shape());
      var boxes = said.boxes().toFloats();
      var labels = said.labels().toInts();
      var seen = batch.x().toFloats();
      for (int i = 0; i < n; i++) {
        if (labels[i] == Targets.PADDING) {
          continue;
        }
        assertEquals(
            whole
                .annotations(batch.indices()[i])
                .instances()
                .get(largest.which(batch.indices()[i]))
                .label(),
            labels[i]);
        double[] sides = sides(seen, i);
        for (int side = 0; side < 4; side++) {
          assertEquals(sides[side], boxes[4 * i + side], 1, steps);
        }
        compared++;
      }
    }
    assertTrue(compared > whole.size() / 2);
  }

  /// Left, top, right and bottom of what is brighter than half.
  private static double[] sides(float[] seen, int image) {
    var sides = new double[] {SIZE, SIZE, 0, 0};
    for (int p = 0; p < SIZE * SIZE; p++) {
      int row = p / SIZE;
      int column = p % SIZE;
      if (seen[image * SIZE * SIZE + p] > 0.5) {
        sides[0] = Math.min(sides[0], column);
        sides[1] = Math.min(sides[1], row);
        sides[2] = Math.max(sides[2], column + 1);
        sides[3] = Math.max(sides[3], row + 1);
      }
    }
    return sides;
  }

  /// The largest thing of each image alone, its box drawn white.
  private record Largest(Dataset whole) implements Dataset {
    int which(int index) {
      var things = whole.annotations(index).instances();
      int best = 0;
      for (int i = 1; i < things.size(); i++) {
        if (things.get(i).box().area() > things.get(best).box().area()) {
          best = i;
        }
      }
      return best;
    }

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
    public Image image(int index) {
      var real = whole.image(index);
      var box = annotations(index).instances().getFirst().box();
      var pixels = new byte[real.height() * real.width()];
      for (int p = 0; p < pixels.length; p++) {
        double x = p % real.width() + 0.5;
        int row = p / real.width();
        double y = row + 0.5;
        boolean in = x > box.left() && x < box.right() && y > box.top() && y < box.bottom();
        pixels[p] = (byte) (in ? 255 : 0);
      }
      return new Image(real.height(), real.width(), 1, pixels);
    }

    @Override
    public int label(int index) {
      return NO_LABEL;
    }

    @Override
    public Task task() {
      return Task.DETECTION;
    }

    @Override
    public Annotations annotations(int index) {
      var thing = whole.annotations(index).instances().get(which(index));
      return Annotations.of(List.of(Instance.of(thing.label(), thing.box())));
    }

    @Override
    public String source(int index) {
      return whole.source(index);
    }

    @Override
    public String hash() {
      return whole.hash();
    }
  }

  /// A thing's number is its grey level, and masks of things in one image share no pixel.
  private static Image numbered(Annotations said) {
    var first = said.instances().getFirst().mask();
    var pixels = new byte[first.height() * first.width()];
    for (int m = 0; m < said.instances().size(); m++) {
      int grey = 50 * (m + 1);
      said.instances().get(m).mask().bits().stream().forEach(p -> pixels[p] = (byte) grey);
    }
    return new Image(first.height(), first.width(), 1, pixels);
  }

  @ParameterizedTest
  @ValueSource(strings = {"flip", "crop:pad=9+flip", "vertical-flip"})
  void masksFollow(String steps) {
    var data = new Drawn(shapes(Task.DETECTION), TargetsTest::numbered);
    var batch = loader(data, 80, steps).pass(3, 1).next();
    var masks = batch.said().masks();
    int most = masks.shape().size(1);
    assertEquals(Shape.of(4, most, 80, 80), masks.shape());
    var bits = masks.to(DType.F32).toFloats();
    var seen = batch.x().toFloats();
    for (int n = 0; n < 4; n++) {
      for (int p = 0; p < 6400; p++) {
        int thing = 0;
        for (int m = 0; m < most; m++) {
          if (bits[(n * most + m) * 6400 + p] == 1) {
            assertEquals(0, thing);
            thing = m + 1;
          }
        }
        // Things that have left the image leave a gap in the numbers.
        assertEquals(thing > 0, seen[n * 6400 + p] > 0, "image " + n + ", pixel " + p);
      }
    }
  }

  @Test
  void keypointsFollowAndLeftIsLeftInAMirror() {
    var data = shapes(Task.KEYPOINTS);
    assertEquals(List.of("top", "right", "bottom", "left"), data.keypointNames());
    for (var steps : List.of("none", "flip:1")) {
      var batch = loader(data, SIZE, steps).pass(0, 0).next();
      var points = batch.said().keypoints();
      int most = points.shape().size(1);
      assertEquals(Shape.of(4, most, 4, 3), points.shape());
      var values = points.toFloats();
      var labels = batch.said().labels().toInts();
      for (int thing = 0; thing < labels.length; thing++) {
        int at = 12 * thing;
        if (labels[thing] == Targets.PADDING) {
          assertArrayEquals(new float[12], Arrays.copyOfRange(values, at, at + 12));
          continue;
        }
        boolean all = true;
        for (int k = 0; k < 4; k++) {
          all &= values[at + 3 * k + 2] > 0;
        }
        if (all) {
          assertTrue(values[at + 1] <= values[at + 7], "the top is above the bottom");
          assertTrue(values[at + 9] <= values[at + 3], "left is left of right");
        }
      }
    }
  }

  private static List<float[]> everything(Loader loader, long epoch, int from) {
    var all = new ArrayList<float[]>();
    for (var batch : (Iterable<Batch>) () -> loader.pass(epoch, from)) {
      var said = batch.said();
      all.add(batch.x().toFloats());
      all.add(said.boxes().toFloats());
      all.add(said.labels().to(DType.F32).toFloats());
      all.add(said.masks().to(DType.F32).toFloats());
      all.add(said.keypoints().toFloats());
    }
    return all;
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "resized-crop+flip", "mosaic:1+rotate:20", "mixup:1,0.5"})
  void workersCachesAndResumingChangeNoBit(String steps) {
    var data = shapes(Task.KEYPOINTS);
    var plain = loader(data, SIZE, steps).loading(new Loading(0, Loading.Cache.NONE));
    var expected = everything(plain, 5, 0);
    for (int workers : new int[] {0, 1, 4}) {
      for (var cache : Loading.Cache.values()) {
        var loader = loader(data, SIZE, steps).loading(new Loading(workers, cache));
        assertSame(expected, everything(loader, 5, 0));
        assertSame(expected, everything(loader, 5, 0)); // now from the cache
        assertSame(expected.subList(10, expected.size()), everything(loader, 5, 2));
      }
    }
    assertFalse(
        !steps.equals("none")
            && Arrays.equals(expected.getFirst(), everything(plain, 6, 0).getFirst()));
  }

  private static void assertSame(List<float[]> expected, List<float[]> actual) {
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), actual.get(i));
    }
  }

  @Test
  void imagesAreResizedAsWithoutAnnotations() {
    var data = shapes(Task.DETECTION);
    var p = Preprocessing.plain(3, SIZE, SIZE);
    var with = Loader.inOrder(data, p, 4);
    assertArrayEquals(
        with.annotated(false).pass(0, 0).next().x().toFloats(),
        with.pass(0, 0).next().x().toFloats());
    assertNull(with.annotated(false).pass(0, 0).next().targets());
    var batch = with.annotated(false).pass(0, 0).next();
    assertTrue(
        assertThrows(IllegalStateException.class, batch::said).getMessage().contains("annotated"));
  }

  @Test
  void whatIsSaidOfWholeImages() {
    var many = shapes(Task.MULTI_LABEL);
    var batch = Loader.inOrder(many, Preprocessing.plain(3, SIZE, SIZE), 3).pass(0, 0).next();
    var present = batch.said().classesPresent();
    assertEquals(Shape.of(3, 5), present.shape());
    for (int n = 0; n < 3; n++) {
      for (int c = 0; c < 5; c++) {
        int label = c;
        boolean there = IntStream.of(many.annotations(n).labels()).anyMatch(l -> l == label);
        assertEquals(there ? 1 : 0, present.array().get(n, c));
      }
    }
    var numbers =
        new Targets(
                List.of(Annotations.NONE.targets(1, 2), Annotations.NONE.targets(3, 4)),
                0,
                List.of(),
                1,
                1)
            .numbers();
    assertArrayEquals(new float[] {1, 2, 3, 4}, numbers.toFloats());
  }

  @Test
  void imagesOfSeveralClassesAreNotMixed() {
    for (var name : List.of("mixup", "cutmix", "mosaic")) {
      var loader =
          Loader.inOrder(shapes(Task.MULTI_LABEL), Preprocessing.plain(3, SIZE, SIZE), 3)
              .augment(Augmentations.parse(name + ":p=1"), Rng.of(1));
      fails(() -> loader.pass(0, 0).next(), "these have several classes at once");
    }
  }

  @Test
  void whatIsNotThereIsSaid() {
    var none = new Targets(List.of(Annotations.NONE), 1, List.of(), 2, 2);
    fails(none::labelMaps, "image 0 of the batch has no label map");
    assertArrayEquals(new int[] {Targets.PADDING}, none.labels().toInts());
    assertArrayEquals(new float[4], none.boxes().toFloats());
    var box = Annotations.of(List.of(Instance.of(0, new Box(0, 0, 1, 1))));
    fails(new Targets(List.of(box), 1, List.of(), 2, 2)::masks, "thing 0 of image 0", "no mask");
  }

  @Test
  void labelsOfAnotherSizeAreRefused() {
    var data = new Drawn(shapes(Task.SEGMENTATION), _ -> new Image(40, 80, 1, new byte[40 * 80]));
    fails(
        () -> Loader.inOrder(data, Preprocessing.plain(1, 32, 32), 1).pass(0, 0).next(),
        data.source(0),
        "40×80 pixels, but its label map 80×80");
  }

  private static boolean has(String name) {
    boolean there = Files.exists(DATASETS.resolve(name));
    if (!there) {
      IO.println("TargetsTest: " + DATASETS.resolve(name) + " is absent; nothing was tested on it");
    }
    return there;
  }
}
