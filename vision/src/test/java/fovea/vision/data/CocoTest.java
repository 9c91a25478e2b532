package fovea.vision.data;

import static fovea.vision.data.Samples.fails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.FoveaException;
import fovea.vision.annotation.Box;
import fovea.vision.annotation.Instance;
import fovea.vision.annotation.Keypoint;
import fovea.vision.annotation.Mask;
import fovea.vision.annotation.Visibility;
import fovea.vision.image.Image;
import fovea.vision.image.Images;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CocoTest {
  /// Annotations before the images they belong to, and categories last.
  private static final String WHOLE =
      """
      {"info": {"year": 2017, "more": [1, {"x": null}]},
       "annotations": [
        {"id": 7, "image_id": 2, "category_id": 18, "iscrowd": 0, "bbox": [1, 2, 3.5, 2],
         "segmentation": [[1, 2, 4.5, 2, 4.5, 4, 1, 4], [6, 0, 8, 0, 8, 1, 6, 1]]},
        {"id": 8, "image_id": 2, "category_id": 1, "iscrowd": 1, "bbox": [0, 0, 8, 6],
         "segmentation": {"size": [6, 8], "counts": [0, 2, 46]}},
        {"id": 9, "image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1],
         "segmentation": {"size": [6, 8], "counts": "02^1"}}],
       "images": [{"id": 2, "file_name": "a.png", "height": 6, "width": 8, "license": 3},
                  {"id": 1, "file_name": "b.png", "height": 6, "width": 8}],
       "categories": [{"id": 18, "name": "dog"}, {"id": 1, "name": "person"}]}
      """;

  @TempDir Path dir;

  @BeforeEach
  void files() throws IOException {
    for (var name :
        List.of("train2017/a.png", "train2017/b.png", "val2017/a.png", "val2017/b.png")) {
      var file = dir.resolve(name);
      Files.createDirectories(file.getParent());
      Files.write(file, Images.png(new Image(6, 8, 1, new byte[48])));
    }
    write("instances_val2017.json", WHOLE);
    write("instances_train2017.json", WHOLE);
    write("captions_train2017.json", "{}");
  }

  private Path write(String name, String text) throws IOException {
    var file = dir.resolve("annotations").resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  @Test
  void boxesAndMasks() {
    var data = Datasets.open(dir);
    assertEquals(List.of("person", "dog"), data.classes());
    assertEquals(Task.DETECTION, data.train().task());
    assertEquals("train2017/a.png", data.train().source(0));
    assertEquals("val2017/b.png", data.test().source(1));
    var instances = data.train().annotations(0).instances();
    assertEquals(
        new Instance(
            1,
            new Box(1, 2, 4.5, 4),
            Mask.ofPolygons(
                6,
                8,
                List.of(
                    new double[] {1, 2, 4, 2, 4, 4, 1, 4}, new double[] {6, 0, 8, 0, 8, 1, 6, 1})),
            List.of(),
            false,
            false),
        instances.getFirst());
    var crowd = instances.get(1);
    assertTrue(crowd.crowd());
    assertNotNull(crowd.mask());
    assertTrue(crowd.mask().get(0, 0) && crowd.mask().get(1, 0) && crowd.mask().count() == 2);
    // The same run lengths, packed.
    assertEquals(crowd.mask(), data.train().annotations(1).instances().getFirst().mask());
  }

  @Test
  void besideTheImages() throws IOException {
    var folder = dir.resolve("flat/train");
    Files.createDirectories(folder);
    for (var name : List.of("a.png", "b.png")) {
      Files.copy(dir.resolve("train2017").resolve(name), folder.resolve(name));
    }
    Files.writeString(folder.resolve("_annotations.coco.json"), WHOLE);
    var data = Datasets.open(dir.resolve("flat"));
    assertEquals("train/a.png", data.train().subset(0).source(0));
    assertEquals(2, data.train().size() + data.test().size());
  }

  @Test
  void keypoints() throws IOException {
    var text =
        WHOLE
            .replace(
                "\"name\": \"person\"", "\"name\": \"person\", \"keypoints\": [\"nose\", \"eye\"]")
            .replace("\"id\": 8,", "\"id\": 8, \"keypoints\": [1.5, 2, 2, 0, 0, 0],");
    write("person_keypoints_train2017.json", text);
    write("person_keypoints_val2017.json", text);
    assertEquals(Task.DETECTION, Datasets.open(dir).train().task());
    var data = Datasets.open(dir, Task.KEYPOINTS);
    assertEquals(Task.KEYPOINTS, data.train().task());
    assertEquals(List.of("nose", "eye"), data.train().keypointNames());
    assertEquals(
        List.of(new Keypoint(1.5, 2, Visibility.VISIBLE), Keypoint.NONE),
        data.train().annotations(0).instances().get(1).keypoints());
    var copy = dir.resolve("copy");
    Export.coco(data, copy);
    Samples.assertSame(data, Datasets.open(copy));
    for (var bad : List.of("[1.5, 2, 2]", "[1.5, 2, 3, 0, 0, 0]")) {
      var file =
          write("person_keypoints_train2017.json", text.replace("[1.5, 2, 2, 0, 0, 0]", bad));
      fails(() -> Datasets.open(dir, Task.KEYPOINTS), file, "annotation 8 has", "keypoint");
    }
    fails(() -> Datasets.open(dir, Task.SEGMENTATION), "nothing for SEGMENTATION");
  }

  @Test
  void writtenAndReadAgain() {
    var data = Datasets.open(dir);
    var copy = dir.resolve("copy");
    Export.coco(data, copy);
    Samples.assertSame(data, Datasets.open(copy));
  }

  @Test
  void boxesAreCutAndEmptyThingsLeftOut() throws IOException {
    write(
        "instances_train2017.json",
        WHOLE.replace("[1, 2, 3.5, 2]", "[-10, 2, 30, 2]").replace("[0, 0, 1, 1]", "[3, 3, 0, 2]"));
    var data = Datasets.open(dir);
    assertEquals(new Box(0, 2, 8, 4), data.train().annotations(0).instances().getFirst().box());
    assertEquals(List.of(), data.train().annotations(1).instances());
    assertTrue(data.notes().toString().contains("1 boxes reached beyond"), data.notes()::toString);
    assertTrue(data.notes().toString().contains("1 things without area"), data.notes()::toString);
  }

  @Test
  void brokenFiles() throws IOException {
    var file = dir.resolve("annotations/instances_train2017.json");
    var broken =
        List.of(
            new String[] {"[1, 2, 3.5, 2]", "[NaN, 2, 3.5, 2]", "line 3", "no well-formed JSON"},
            new String[] {"[1, 2, 3.5, 2]", "[1e999, 2, 3.5, 2]", "not finite"},
            new String[] {
              "[1, 2, 3.5, 2]", "[1, 2, \"x\", 2]", "line 3", "\"bbox\" holds x, which is no number"
            },
            new String[] {"[1, 2, 3.5, 2]", "[1, 2, -3.5, 2]", "annotation 7 has a bbox"},
            new String[] {"[1, 2, 3.5, 2]", "[1, 2, 3.5]", "annotation 7 has a bbox"},
            new String[] {
              "\"category_id\": 18", "\"category_id\": 19", "annotation 7 has category 19"
            },
            new String[] {"\"category_id\": 18", "\"category_id\": 1.5", "not a whole number"},
            new String[] {"\"a.png\"", "\"../secret.png\"", "no plain path"},
            new String[] {"\"a.png\"", "\"/etc/passwd\"", "no plain path"},
            new String[] {"\"a.png\"", "\"c.png\"", "there is no image \"c.png\""},
            new String[] {"\"height\": 6", "\"height\": 1e9", "no side of 1000000000 pixels"},
            new String[] {"\"height\": 6", "\"height\": \"6\"", "\"height\" is 6 and not a number"},
            new String[] {"\"images\"", "\"pictures\"", "no list of \"images\""},
            new String[] {"{\"id\": 18,", "{\"id\": 1,", "two categories have the id 1"});
    for (var change : broken) {
      var text = WHOLE.replaceFirst(Pattern.quote(change[0]), change[1]);
      write("instances_train2017.json", text);
      fails(() -> Datasets.open(dir), (Object[]) Arrays.copyOfRange(change, 2, change.length));
      fails(() -> Datasets.open(dir), file);
    }
    write("instances_train2017.json", "[".repeat(1_000_000));
    fails(() -> Datasets.open(dir), file);
    write("instances_train2017.json", "{\"info\":" + "[".repeat(1_000_000));
    fails(() -> Datasets.open(dir), file);
  }

  @Test
  void brokenMasks() throws IOException {
    var broken =
        List.of(
            new String[] {"[[1, 2, 4.5, 2,", "[[1, 2], [4.5, 2,", "annotation 7 is damaged"},
            new String[] {"[0, 2, 46]", "[0, 2, 47]", "annotation 8 is damaged: run lengths"},
            new String[] {"[0, 2, 46]", "[0, -2, 50]", "annotation 8 is damaged"},
            new String[] {
              "{\"size\": [6, 8]", "{\"size\": [8, 6]", "it has 8×6 pixels, its image 6×8"
            },
            new String[] {
              "{\"size\": [6, 8]", "{\"size\": [60000, 80000]", "annotation 8 is damaged"
            });
    for (var change : broken) {
      write("instances_train2017.json", WHOLE.replaceFirst(Pattern.quote(change[0]), change[1]));
      var data = Datasets.open(dir);
      fails(() -> data.train().annotations(0), change[2]);
    }
    write("instances_train2017.json", WHOLE.replace("02^1", "02^"));
    fails(() -> Datasets.open(dir).train().annotations(1), "annotation 9 is damaged");
  }

  /// Cut and changed anywhere, a file is read or refused by name.
  @Test
  void mutatedFiles() throws IOException {
    var file = dir.resolve("annotations/instances_train2017.json");
    var whole = WHOLE.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < whole.length; i += 3) {
      var changed = whole.clone();
      changed[i] ^= (byte) (1 + i % 100);
      Files.write(file, i % 2 == 0 ? changed : Arrays.copyOf(whole, i));
      try {
        var train = Datasets.open(dir).train();
        for (int k = 0; k < train.size(); k++) {
          train.annotations(k);
        }
      } catch (FoveaException e) {
        assertTrue(
            e.getMessage().contains("train2017") || e.getMessage().contains("the classes of"),
            e.getMessage());
      }
    }
  }
}
