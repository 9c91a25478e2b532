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
  void bloodCells() {
    if (!has("bccd-voc.zip")) {
      return;
    }
    var data = Datasets.open(DATASETS.resolve("bccd-voc.zip"));
    assertEquals(Task.DETECTION, data.train().task());
    assertEquals(List.of("Platelets", "RBC", "WBC"), data.classes());
    var validation = data.validation();
    assertEquals(205, data.train().size());
    assertEquals(87, validation == null ? 0 : validation.size());
    assertEquals(72, data.test().size());
    assertTrue(data.train().annotations(0).instances().size() > 1);
  }

  @Test
  void camVid() {
    if (!has("camvid.zip")) {
      return;
    }
    var data = Datasets.open(DATASETS.resolve("camvid.zip"));
    assertEquals(Task.SEGMENTATION, data.train().task());
    assertEquals(11, data.classes().size());
    assertEquals(367, data.train().size());
    assertEquals(233, data.test().size());
    var map = data.train().annotations(0).labelMap();
    assertTrue(map != null && map.height() == 360 && map.width() == 480);
    assertTrue(map.counts()[data.classes().indexOf("road")] > 10_000);
    assertTrue(map.counts()[data.classes().indexOf("bicyclist")] < 5_000);
  }

  @Test
  void membranes() {
    if (!has("isbi2012-membrane.zip")) {
      return;
    }
    var data = Datasets.open(DATASETS.resolve("isbi2012-membrane.zip"));
    assertEquals(List.of("background", "foreground"), data.classes());
    assertEquals(24, data.train().size());
    assertEquals(6, data.test().size());
    var map = data.train().annotations(0).labelMap();
    assertTrue(map != null && map.counts()[1] > map.counts()[0]);
    assertTrue(data.notes().stream().anyMatch(n -> n.contains("has no labels")));
  }
}
