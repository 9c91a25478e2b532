package fovea.vision.data;

import static fovea.vision.data.Samples.fails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.vision.annotation.Box;
import fovea.vision.annotation.Instance;
import fovea.vision.annotation.LabelMap;
import fovea.vision.image.Image;
import fovea.vision.image.Images;
import fovea.vision.image.Indices;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VocTest {
  @TempDir Path dir;

  @BeforeEach
  void images() throws IOException {
    for (int i = 1; i <= 3; i++) {
      picture("JPEGImages/" + i + ".png", i);
    }
    annotate(
        1,
        object("cat", 2, 3, 4, 6)
            + object("dog", 1, 1, 8, 6).replace("<difficult>0", "<difficult>1"));
    annotate(2, object("dog", 3, 3, 3, 3));
    annotate(3, "");
    list("Main/train.txt", "1", "3");
    list("Main/test.txt", "2");
  }

  private void picture(String path, int value) throws IOException {
    var file = dir.resolve(path);
    Files.createDirectories(file.getParent());
    var pixels = new byte[6 * 8 * 3];
    pixels[0] = (byte) value;
    Files.write(file, Images.png(new Image(6, 8, 3, pixels)));
  }

  private static String object(String name, int xmin, int ymin, int xmax, int ymax) {
    return """
        <object><name>%s</name><pose>Left</pose><difficult>0</difficult>
        <bndbox><xmin>%d</xmin><ymin>%d</ymin><xmax>%d</xmax><ymax>%d</ymax></bndbox>
        <part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></part>
        </object>
        """
        .formatted(name, xmin, ymin, xmax, ymax);
  }

  private Path annotate(int image, String objects) throws IOException {
    return xml(
        image,
        "<annotation><filename>%d.png</filename><size><width>8</width><height>6</height></size>\n%s</annotation>"
            .formatted(image, objects));
  }

  private Path xml(int image, String text) throws IOException {
    var file = dir.resolve("Annotations/" + image + ".xml");
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  private void list(String path, String... lines) throws IOException {
    var file = dir.resolve("ImageSets").resolve(path);
    Files.createDirectories(file.getParent());
    Files.write(file, List.of(lines));
  }

  @Test
  void boxes() {
    var data = Datasets.open(dir);
    assertEquals(List.of("cat", "dog"), data.classes());
    assertEquals(Task.DETECTION, data.train().task());
    assertEquals(2, data.train().size());
    assertEquals(
        List.of(
            Instance.of(0, new Box(1, 2, 4, 6)),
            Instance.of(1, new Box(0, 0, 8, 6)).difficult(true)),
        data.train().annotations(0).instances());
    assertEquals(List.of(), data.train().annotations(1).instances());
    // A box of one pixel.
    assertEquals(
        List.of(Instance.of(1, new Box(2, 2, 3, 3))), data.test().annotations(0).instances());
    assertEquals(2, data.test().image(0).pixels()[0]);
    assertEquals(Dataset.NO_LABEL, data.train().label(0));
    assertEquals("JPEGImages/2.png", data.test().source(0));
  }

  @Test
  void hashKnowsTheAnnotations() throws IOException {
    var before = Datasets.open(dir).hash();
    assertEquals(before, Datasets.open(dir).hash());
    annotate(2, object("dog", 3, 3, 4, 3));
    assertNotEquals(before, Datasets.open(dir).hash());
  }

  @Test
  void withoutLists() throws IOException {
    Files.delete(dir.resolve("ImageSets/Main/train.txt"));
    var data = Datasets.open(dir);
    assertEquals(2, data.train().size());
    Files.delete(dir.resolve("ImageSets/Main/test.txt"));
    data = Datasets.open(dir);
    assertEquals(2, data.train().size());
    assertEquals(1, data.test().size());
    assertTrue(data.notes().getFirst().contains("one image in five"));
  }

  @Test
  void boxesBeyondTheImageAreCut() throws IOException {
    annotate(1, object("cat", 0, 3, 40, 60) + object("dog", 20, 20, 30, 30));
    var data = Datasets.open(dir);
    assertEquals(
        List.of(Instance.of(0, new Box(0, 2, 8, 6))), data.train().annotations(0).instances());
    assertTrue(data.notes().getFirst().contains("2 boxes reached beyond"), data.notes()::toString);
  }

  @Test
  void masks() throws IOException {
    var numbers = new int[48];
    numbers[0] = 1;
    numbers[9] = 2;
    numbers[10] = 255;
    Files.createDirectories(dir.resolve("SegmentationObject"));
    Files.createDirectories(dir.resolve("SegmentationClass"));
    Files.write(
        dir.resolve("SegmentationObject/1.png"),
        Images.png(new Indices(6, 8, numbers, Palettes.voc())));
    numbers[0] = 8;
    numbers[9] = 12;
    Files.write(
        dir.resolve("SegmentationClass/1.png"),
        Images.png(new Indices(6, 8, numbers, Palettes.voc())));
    var instances = Datasets.open(dir).train().annotations(0).instances();
    var cat = instances.getFirst().mask();
    var dog = instances.get(1).mask();
    assertNotNull(cat);
    assertNotNull(dog);
    assertTrue(cat.get(0, 0) && cat.count() == 1);
    assertTrue(dog.get(1, 1) && dog.count() == 1);

    list("Segmentation/train.txt", "1");
    list("Segmentation/val.txt", "1");
    var classes = Datasets.open(dir, Task.SEGMENTATION);
    assertEquals("background", classes.classes().getFirst());
    assertEquals(21, classes.classes().size());
    assertEquals(0x800000, classes.train().palette().get(1));
    var map = classes.train().annotations(0).labelMap();
    assertNotNull(map);
    assertEquals("cat", classes.classes().get(map.get(0, 0)));
    assertEquals("dog", classes.classes().get(map.get(1, 1)));
    assertEquals(LabelMap.IGNORE, map.get(1, 2));
    fails(() -> Datasets.open(dir, Task.KEYPOINTS), "nothing for KEYPOINTS");
  }

  @Test
  void brokenFiles() throws IOException {
    var whole = Files.readString(dir.resolve("Annotations/1.xml"));
    var file = xml(1, whole.substring(0, whole.length() / 2));
    fails(() -> Datasets.open(dir), file, "line ", "no well-formed XML");
    xml(1, "");
    fails(() -> Datasets.open(dir), file, "no well-formed XML");
    xml(1, "<html></html>");
    fails(() -> Datasets.open(dir), file, "line 1", "<html>, not <annotation>");
    annotate(1, object("cat", 5, 1, 4, 2));
    fails(() -> Datasets.open(dir), file, "line 2", "the box of \"cat\" is 5.0 1.0 4.0 2.0");
    xml(1, whole.replace("<xmin>2<", "<xmin>NaN<"));
    fails(() -> Datasets.open(dir), file, "NaN");
    xml(1, whole.replace("<xmin>2<", "<xmin>two<"));
    fails(() -> Datasets.open(dir), file, "<xmin> is \"two\", which is no number");
    xml(1, whole.replace("<xmin>2</xmin>", ""));
    fails(() -> Datasets.open(dir), file, "\"cat\" needs a <bndbox>");
    xml(1, whole.replace("<name>cat</name>", ""));
    fails(() -> Datasets.open(dir), file, "has no <name>");
    xml(1, whole);
    Files.delete(dir.resolve("JPEGImages/1.png"));
    fails(() -> Datasets.open(dir), file, "there is no 1.png in");
  }

  @Test
  void hostileXml() throws IOException {
    var secret = Files.writeString(dir.resolve("secret"), "cat");
    var file =
        xml(
            1,
            """
            <!DOCTYPE annotation [<!ENTITY x SYSTEM "%s">]>
            <annotation><object><name>&x;</name></object></annotation>
            """
                .formatted(secret.toUri()));
    fails(() -> Datasets.open(dir), file, "document type is refused");
    var bomb = new StringBuilder("<!DOCTYPE a [<!ENTITY e0 \"ha\">");
    for (int i = 1; i < 30; i++) {
      bomb.append("<!ENTITY e%d \"&e%d;&e%d;\">".formatted(i, i - 1, i - 1));
    }
    xml(1, bomb + "]><annotation><filename>&e29;</filename></annotation>");
    fails(() -> Datasets.open(dir), file, "document type is refused");
    xml(1, "<annotation>" + " ".repeat(17 << 20) + "</annotation>");
    fails(() -> Datasets.open(dir), file, "larger than");
    xml(1, "<a>".repeat(100_000));
    fails(() -> Datasets.open(dir), file, "not <annotation>");
    xml(1, "<annotation>" + "<a>".repeat(100_000));
    fails(() -> Datasets.open(dir), file, "well-formed");
  }

  /// Cut and changed anywhere, a file is read or refused by name.
  @Test
  void mutatedFiles() throws IOException {
    var file = dir.resolve("Annotations/1.xml");
    var whole = Files.readAllBytes(file);
    for (int i = 0; i < whole.length; i += 7) {
      var changed = whole.clone();
      changed[i] ^= (byte) (1 + i % 255);
      Files.write(file, changed);
      try {
        Datasets.open(dir).train().annotations(0);
      } catch (DataException e) {
        assertTrue(e.getMessage().contains("1.xml"), e.getMessage());
      }
    }
  }

  @Test
  void writtenAndReadAgain() {
    var data = Datasets.open(dir);
    var copy = dir.resolve("copy");
    Export.voc(data, copy);
    Samples.assertSame(data, Datasets.open(copy));
    fails(() -> Export.voc(data, copy), copy + " is not empty");
    fails(() -> Export.voc(Digits.open(), dir.resolve("digits")), "digits is for CLASSIFICATION");
  }
}
