package fovea.vision.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Real data from outside the project, where they exist. Where they do not, this says so; what it
/// tests is tested elsewhere on small files of our own making.
class SharedDataTest {

  private static final Path DATASETS = Path.of("..", "..", "shared", "datasets");

  private static boolean has(String name) {
    boolean there = Files.exists(DATASETS.resolve(name));
    if (!there) {
      IO.println(
          "SharedDataTest: " + DATASETS.resolve(name) + " is absent; nothing was tested on it");
    }
    return there;
  }

  @Test
  void mnist() {
    if (!has("mnist")) {
      return;
    }
    var data = Datasets.open(DATASETS.resolve("mnist"));
    assertEquals(60_000, data.train().size());
    assertEquals(10_000, data.test().size());
    assertEquals(10, data.classes().size());
    // The famous beginnings.
    assertArrayEquals(
        new int[] {5, 0, 4, 1, 9}, IntStream.range(0, 5).map(data.train()::label).toArray());
    assertEquals(7, data.test().label(0));
    assertEquals(18, data.train().image(0).pixels()[5 * 28 + 14] & 0xFF);
  }

  @Test
  void cifar10() {
    if (!has("cifar10-jpeg.zip")) {
      return;
    }
    var data = Datasets.open(DATASETS.resolve("cifar10-jpeg.zip"));
    assertEquals(50_000, data.train().size());
    assertEquals(10_000, data.test().size());
    assertEquals(
        List.of(
            "airplane",
            "automobile",
            "bird",
            "cat",
            "deer",
            "dog",
            "frog",
            "horse",
            "ship",
            "truck"),
        data.classes());
    for (int i = 0; i < 50_000; i += 500) {
      assertEquals("32×32 RGB", data.train().image(i).toString());
    }
  }

  @Test
  void hymenoptera() {
    if (!has("hymenoptera.zip")) {
      return;
    }
    var data = Datasets.open(DATASETS.resolve("hymenoptera.zip"));
    assertEquals(List.of("ants", "bees"), data.classes());
    assertEquals(245, data.train().size());
    assertEquals(153, data.test().size());
    assertTrue(data.notes().getFirst().contains("validation images serve as test images"));
    for (int i = 0; i < 153; i += 10) {
      var image = data.test().image(i);
      assertEquals(320, Math.min(image.height(), image.width()));
    }
  }

  @Test
  void othersAreRefusedWithTheLayoutsThatWork() {
    for (var name : List.of("camvid.zip", "isbi2012-membrane.zip")) {
      if (has(name)) {
        Samples.fails(() -> Datasets.open(DATASETS.resolve(name)), name, "train/<class>/*.png");
      }
    }
  }
}
