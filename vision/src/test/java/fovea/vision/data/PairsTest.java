package fovea.vision.data;

import static fovea.vision.data.Samples.fails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.vision.annotation.Box;
import fovea.vision.annotation.LabelMap;
import fovea.vision.image.Image;
import fovea.vision.image.Images;
import fovea.vision.image.Indices;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PairsTest {
  @TempDir Path dir;

  private Path write(String path, byte[] bytes) throws IOException {
    var file = dir.resolve(path);
    Files.createDirectories(file.getParent());
    return Files.write(file, bytes);
  }

  private void images(String folder, int n) throws IOException {
    for (int i = 0; i < n; i++) {
      write(folder + "/" + i + ".png", Samples.png(i));
    }
  }

  /// 2×2 pixels, grey.
  private static byte[] grey(int... values) {
    var pixels = new byte[4];
    for (int i = 0; i < 4; i++) {
      pixels[i] = (byte) values[i];
    }
    return Images.png(new Image(2, 2, 1, pixels));
  }

  private static byte[] palette(int... values) {
    return Images.png(new Indices(2, 2, values, Palettes.voc()));
  }

  private static LabelMap map(int... labels) {
    var bytes = new byte[4];
    for (int i = 0; i < 4; i++) {
      bytes[i] = (byte) labels[i];
    }
    return new LabelMap(2, 2, bytes);
  }

  @Test
  void camVid() throws IOException {
    for (var part : List.of("train", "val", "test")) {
      images("CamVid/" + part, 2);
      write("CamVid/" + part + "annot/0.png", grey(0, 3, 10, 11));
      write("CamVid/" + part + "annot/1.png", grey(8, 8, 8, 8));
    }
    var data = Datasets.open(dir);
    assertEquals(Task.SEGMENTATION, data.train().task());
    assertEquals("bicyclist", data.classes().getLast());
    assertEquals(11, data.train().palette().size());
    assertEquals(map(0, 3, 10, LabelMap.IGNORE), data.test().annotations(0).labelMap());
    assertNotNull(data.validation());
  }

  @Test
  void palettesKeepTheirIndices() throws IOException {
    images("images/train", 2);
    images("images/test", 1);
    write("labels/train/0_L.png", palette(0, 1, 2, 255));
    write("labels/train/1.png", palette(2, 2, 2, 2));
    write("labels/test/0_mask.png", palette(1, 1, 1, 1));
    var data = Datasets.open(dir);
    assertEquals(List.of("0", "1", "2"), data.classes());
    assertEquals(map(0, 1, 2, 255), data.train().annotations(0).labelMap());
    assertTrue(data.notes().getFirst().contains("classes.txt"));
    Files.writeString(dir.resolve("classes.txt"), "sky\nroad 128 64 128\n");
    fails(() -> Datasets.open(dir), "classes.txt", "2 classes and 1 colours");
    Files.writeString(dir.resolve("classes.txt"), "sky\nroad\n");
    var two = Datasets.open(dir);
    assertEquals(List.of("sky", "road"), two.classes());
    fails(() -> two.train().annotations(0), "0_L.png", "row 1, column 0 has number 2", "2 classes");
  }

  @Test
  void colours() throws IOException {
    images("img", 5);
    var label = new Image(2, 1, 3, new byte[] {(byte) 128, 64, (byte) 128, 0, 0, 1});
    for (int i = 0; i < 5; i++) {
      write("mask/" + i + ".png", Images.png(label));
    }
    fails(() -> Datasets.open(dir), "is in colour or no PNG file", "classes.txt");
    Files.writeString(
        dir.resolve("class_dict.csv"), "name,r,g,b\nroad,128,64,128\nopen sky,0,0,1\n");
    var data = Datasets.open(dir);
    assertEquals(List.of("road", "open sky"), data.classes());
    assertEquals(List.of(0x804080, 1), data.train().palette());
    assertEquals(new LabelMap(2, 1, new byte[] {0, 1}), data.train().annotations(0).labelMap());
    Files.writeString(dir.resolve("class_dict.csv"), "128 64 128\troad\n0 0 2\tsky\n");
    fails(
        () -> Datasets.open(dir).train().annotations(0),
        "row 1, column 0 has the colour 0 0 1, which no class has");
    Files.writeString(dir.resolve("class_dict.csv"), "road 128 64 328");
    fails(() -> Datasets.open(dir), "class_dict.csv, line 1", "328");
  }

  @Test
  void blackAndWhite() throws IOException {
    images("membrane/train/image", 5);
    images("membrane/test", 2);
    for (int i = 0; i < 5; i++) {
      write("membrane/train/label/" + i + ".png", grey(0, 255, 255, 0));
    }
    var data = Datasets.open(dir);
    assertEquals(List.of("background", "foreground"), data.classes());
    assertEquals(map(0, 1, 1, 0), data.train().annotations(0).labelMap());
    assertEquals(4, data.train().size());
    assertTrue(data.notes().toString().contains("test has no labels"), data.notes()::toString);
  }

  @Test
  void things() throws IOException {
    images("PNGImages", 5);
    for (int i = 0; i < 5; i++) {
      write("PedMasks/" + i + "_mask.png", palette(0, 2, 1, 2));
    }
    var data = Datasets.open(dir);
    assertEquals(Task.DETECTION, data.train().task());
    var instances = data.train().annotations(0).instances();
    assertEquals(2, instances.size());
    assertTrue(instances.getFirst().mask().get(1, 0));
    assertEquals(2, instances.get(1).mask().count());
  }

  @Test
  void aFileForEachThing() throws IOException {
    for (var part : List.of("train", "test")) {
      images("cells/" + part + "/images", 2);
      write("cells/" + part + "/masks/0/a.png", grey(0, 255, 0, 0));
      write("cells/" + part + "/masks/0/b.png", grey(0, 0, 1, 1));
    }
    var data = Datasets.open(dir.resolve("cells"));
    assertEquals(Task.DETECTION, data.train().task());
    var things = data.train().annotations(0).instances();
    assertEquals(2, things.size());
    assertEquals(new Box(1, 0, 2, 1), things.getFirst().box());
    assertEquals(2, things.get(1).mask().count());
    assertEquals(List.of(), data.test().annotations(1).instances());
    write("cells/test/masks/1/c.png", grey(0, 0, 0, 0));
    fails(
        () -> Datasets.open(dir.resolve("cells")).test().annotations(1), "c.png", "shows nothing");
  }

  /// As in the Data Science Bowl of 2018.
  @Test
  void aFolderForEachImage() throws IOException {
    for (int i = 0; i < 5; i++) {
      write("bowl/id" + i + "/images/id" + i + ".png", Samples.png(i));
      write("bowl/id" + i + "/masks/x.png", grey(255, 255, 0, 0));
      write("bowl/id" + i + "/masks/細胞.png", grey(0, 0, 0, 255));
    }
    var data = Datasets.open(dir.resolve("bowl"));
    assertEquals(4, data.train().size());
    assertEquals(2, data.train().annotations(0).instances().size());
    assertEquals(new Box(1, 1, 2, 2), data.test().annotations(0).instances().get(1).box());
    write("bowl/stray/a.png", Samples.png(1));
    fails(() -> Datasets.open(dir.resolve("bowl")), "stray", "one image in images");
  }

  @Test
  void broken() throws IOException {
    images("images", 5);
    for (int i = 0; i < 4; i++) {
      write("labels/" + i + ".png", grey(0, 1, 0, 1));
    }
    fails(() -> Datasets.open(dir), "4.png has no labels", "labels");
    var label = write("labels/4.png", new byte[] {1, 2, 3});
    fails(() -> Datasets.open(dir), label, "no PNG");
    var whole = grey(0, 1, 0, 1);
    write("labels/4.png", Arrays.copyOf(whole, whole.length - 20));
    fails(() -> Datasets.open(dir), label, "damaged");
  }
}
