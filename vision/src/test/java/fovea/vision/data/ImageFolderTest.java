package fovea.vision.data;

import static fovea.vision.data.Samples.fails;
import static fovea.vision.data.Samples.png;
import static fovea.vision.data.Samples.tree;
import static fovea.vision.data.Samples.twoClassesAnd;
import static fovea.vision.data.Samples.zip;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.FoveaException;
import fovea.core.array.Rng;
import fovea.vision.image.Image;
import fovea.vision.image.Images;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ImageFolderTest {

  @TempDir Path dir;

  // ---- layouts ----

  @Test
  void folderAndZipAreTheSame() throws IOException {
    var folder = Datasets.open(tree(dir.resolve("pets"), twoClassesAnd()));
    var zip = Datasets.open(zip(dir.resolve("pets.zip"), twoClassesAnd()));
    for (var data : List.of(folder, zip)) {
      assertEquals("pets", data.name());
      assertEquals("pets train", data.train().name());
      assertEquals(List.of("cat", "dog"), data.classes());
      assertEquals(List.of(), data.notes());
      assertNull(data.validation());
      var train = data.train();
      assertEquals(3, train.size());
      assertEquals("train/cat/1.png", train.source(0));
      assertEquals("train/cat/2.png", train.source(1));
      assertEquals(1, train.label(2));
      assertEquals(new Image(2, 2, 1, new byte[] {1, 1, 1, 1}), train.image(0));
      assertEquals(new Image(2, 2, 1, new byte[] {4, 4, 4, 4}), data.test().image(1));
    }
    assertEquals(folder.hash(), zip.hash());
  }

  @Test
  void hashIsOfContentsAlone() throws IOException {
    var root = tree(dir.resolve("a"), twoClassesAnd());
    var before = Datasets.open(root).hash();
    var file = root.resolve("train/cat/1.png");
    Files.setLastModifiedTime(file, FileTime.fromMillis(0));
    Files.createDirectory(dir.resolve("b"));
    assertEquals(before, Datasets.open(Files.move(root, dir.resolve("b/c"))).hash());
    Files.write(dir.resolve("b/c/train/cat/1.png"), png(200));
    assertNotEquals(before, Datasets.open(dir.resolve("b/c")).hash());
  }

  @Test
  void oneWrappingFolderAndClutter() throws IOException {
    var paths =
        new String[] {
          "top/train/cat/1.png",
          "top/train/cat/.DS_Store",
          "top/train/cat/Thumbs.db",
          "top/train/dog/sub/1.png",
          "top/test/cat/1.jpg", // the name does not matter
          "top/test/dog/1.png",
          "top/test/.ipynb_checkpoints/1.png",
          "top/README.txt",
          "__MACOSX/top/train/cat/._1.png",
          ".hidden"
        };
    var folder = tree(dir.resolve("x"), paths);
    Files.writeString(folder.resolve("top/README.txt"), "about");
    for (var data :
        List.of(Datasets.open(folder), Datasets.open(zip(dir.resolve("x.zip"), paths)))) {
      assertEquals(List.of("cat", "dog"), data.classes());
      assertEquals(2, data.train().size());
      assertEquals("top/train/dog/sub/1.png", data.train().source(1));
      assertEquals(1, data.notes().size());
      assertTrue(data.notes().getFirst().endsWith("README.txt is not used."));
    }
  }

  @Test
  void validationImages() throws IOException {
    var all =
        Datasets.open(tree(dir.resolve("all"), twoClassesAnd("val/cat/1.png", "val/dog/1.png")));
    assertEquals(2, all.validation().size());
    assertEquals(List.of(), all.notes());
    var noTest =
        Datasets.open(
            tree(
                dir.resolve("no"),
                "train/cat/1.png",
                "train/dog/1.png",
                "valid/cat/1.png",
                "valid/dog/1.png"));
    assertNull(noTest.validation());
    assertEquals("valid/cat/1.png", noTest.test().source(0));
    assertEquals(
        List.of("There is no test folder; the validation images serve as test images."),
        noTest.notes());
  }

  @Test
  void classesAlone() throws IOException {
    var paths = new String[30];
    Arrays.setAll(paths, i -> (i < 10 ? "cat/" : "dog/") + i + ".png");
    var root = tree(dir.resolve("x"), paths);
    var data = Datasets.open(root);
    assertEquals(24, data.train().size());
    assertEquals(6, data.test().size());
    assertEquals(2, data.test().counts()[0]);
    assertTrue(data.notes().getFirst().contains("one image in five"));
    assertEquals(data.hash(), Datasets.open(root).hash(), "the same images every time");
    var sources = new HashSet<String>();
    IntStream.range(0, 24).forEach(i -> sources.add(data.train().source(i)));
    IntStream.range(0, 6).forEach(i -> sources.add(data.test().source(i)));
    assertEquals(30, sources.size());
    // Only a training folder: the same.
    Files.createDirectory(dir.resolve("y"));
    Files.move(root, dir.resolve("y/train"));
    assertEquals(24, Datasets.open(dir.resolve("y")).train().size());
    // Too few to take one away.
    fails(
        () -> Datasets.open(tree(dir.resolve("z"), "cat/1.png", "dog/1.png", "dog/2.png")),
        "class \"cat\" of z has only one image");
  }

  // ---- what is wrong with folders ----

  private void folderFails(String name, String[] paths, Object... parts) throws IOException {
    var root = tree(dir.resolve(name), paths);
    fails(() -> Datasets.open(root), parts);
  }

  @Test
  void emptyClassFolder() throws IOException {
    folderFails(
        "x",
        twoClassesAnd("train/emu/", "test/emu/1.png"),
        dir.resolve("x/train/emu") + " is an empty class folder");
    var zip = zip(dir.resolve("x.zip"), twoClassesAnd("train/emu/", "test/emu/1.png"));
    fails(() -> Datasets.open(zip), zip + ": train/emu is an empty class folder");
  }

  @Test
  void classesMustBeTheSame() throws IOException {
    folderFails(
        "x",
        twoClassesAnd("train/emu/1.png"),
        "x test has no folder for class \"emu\", which x train");
    folderFails(
        "y",
        twoClassesAnd("test/emu/1.png", "test/fox/1.png"),
        "y train has no folder for the classes \"emu\", \"fox\", which y test has");
    folderFails(
        "z", twoClassesAnd("val/cat/1.png"), "z validation has no folder for class \"dog\"");
  }

  @Test
  void otherFiles() throws IOException {
    var root = tree(dir.resolve("x"), twoClassesAnd());
    var text = Files.writeString(root.resolve("train/dog/cat.png"), "hello world\n");
    fails(
        () -> Datasets.open(root),
        text + " is not an image of a known format (it starts with \"hello wor…\")",
        "class folders may hold nothing else");
    Files.write(text, new byte[0]);
    fails(() -> Datasets.open(root), text + " is not an image of a known format (it is empty)");
    Files.delete(text);
    Files.write(root.resolve("train/lost.png"), png(0));
    fails(() -> Datasets.open(root), "lost.png lies in no class folder", "train/<class>/*.png");
  }

  @Test
  void noLayoutAtAll() throws IOException {
    folderFails("empty", new String[] {"./"}, "holds no class folders", "train/<class>/*.png");
    folderFails("one", new String[] {"cat/1.png"}, "only the class folder cat");
    folderFails("test", new String[] {"test/a/1.png", "test/b/1.png"}, "has no train folder");
    folderFails(
        "two",
        new String[] {"train/a/1.png", "train/b/1.png", "training/a/1.png", "training/b/1.png"},
        "has two folders of training images");
  }

  @Test
  void aDamagedImageIsNamedWhenRead() throws IOException {
    var root = tree(dir.resolve("x"), twoClassesAnd());
    var file = root.resolve("train/dog/1.png");
    Files.write(file, Arrays.copyOf(png(0), 40));
    var train = Datasets.open(root).train();
    train.image(0);
    fails(() -> train.image(2), file + " is a damaged PNG image: it is cut short");
    Files.delete(file);
    fails(() -> train.image(2), "cannot read " + file + ": it is gone");
  }

  @Test
  void anImageOfOnePixel() throws IOException {
    var root = tree(dir.resolve("x"), twoClassesAnd());
    var one = new Image(1, 1, 1, new byte[] {9});
    Files.write(root.resolve("train/dog/1.png"), Images.png(one));
    assertEquals(one, Datasets.open(root).train().image(2));
  }

  @Test
  void linksInACircle() throws IOException {
    var root = tree(dir.resolve("x"), twoClassesAnd());
    Files.createSymbolicLink(root.resolve("train/dog/again"), root.resolve("train/dog"));
    fails(() -> Datasets.open(root), "train/dog/again");
  }

  // ---- what is wrong with zip files ----

  @Test
  void cutOffZip() throws IOException {
    var file = zip(dir.resolve("x.zip"), twoClassesAnd());
    var bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 10));
    fails(() -> Datasets.open(file), file + " is damaged or cut short: ", "fetch it again");
    Files.write(file, Arrays.copyOf(bytes, 3));
    fails(() -> Datasets.open(file), file + " is no data set");
    var empty = zip(dir.resolve("empty.zip"));
    fails(() -> Datasets.open(empty), empty + " holds no class folders");
  }

  @Test
  void namesThatLeadOut() throws IOException {
    for (var name :
        List.of(
            "../train/cat/1.png",
            "train/../../cat/1.png",
            "/train/cat/1.png",
            "C:/train/cat/1.png",
            "train\\cat\\1.png",
            "train//1.png",
            "train/./1.png")) {
      var file = zip(dir.resolve("x.zip"), twoClassesAnd(name));
      fails(() -> Datasets.open(file), file, "entry \"" + name + "\" is refused", "leads out");
    }
  }

  @Test
  void fileAndFolderOfOneName() throws IOException {
    var file = zip(dir.resolve("x.zip"), twoClassesAnd("train/cat"));
    fails(() -> Datasets.open(file), "entry \"train/cat\" is refused: it is both");
  }

  @Test
  @Timeout(20)
  void bombs() throws IOException {
    var file = dir.resolve("bomb.zip");
    writeZeros(file, 300L << 20);
    fails(() -> Datasets.open(file), "train/cat/bomb.png", "more than the 256 MiB allowed");
    writeZeros(file, 20L << 20);
    fails(
        () -> Datasets.open(file), "train/cat/bomb.png", "to 20971520 bytes, which no image does");
    // One that lies about its size in the archive's directory.
    var bytes = Files.readAllBytes(file);
    var in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int directory = in.getInt(bytes.length - 6);
    in.putInt(directory + 24, 100);
    Files.write(file, bytes);
    fails(
        () -> Datasets.open(file).train().image(2),
        "train/cat/bomb.png is damaged: it does not unpack");
  }

  private static void writeZeros(Path file, long size) throws IOException {
    try (var zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.setLevel(1);
      zip.putNextEntry(new ZipEntry("train/cat/bomb.png"));
      zip.write(Arrays.copyOf(png(0), 60));
      writeZeros(zip, size - 60);
      for (var path : Samples.TWO_CLASSES) {
        zip.putNextEntry(new ZipEntry(path));
        zip.write(png(0));
      }
    }
  }

  private static void writeZeros(OutputStream out, long n) throws IOException {
    var zeros = new byte[1 << 16];
    for (long left = n; left > 0; left -= zeros.length) {
      out.write(zeros, 0, (int) Math.min(left, zeros.length));
    }
  }

  @Test
  void damagedEntry() throws IOException {
    var file = dir.resolve("x.zip");
    try (var zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.setMethod(ZipOutputStream.STORED);
      for (var path : Samples.TWO_CLASSES) {
        var entry = new ZipEntry(path);
        var crc = new CRC32();
        crc.update(png(0));
        entry.setCrc(crc.getValue());
        entry.setSize(png(0).length);
        zip.putNextEntry(entry);
        zip.write(png(0));
      }
    }
    var bytes = Files.readAllBytes(file);
    var text = new String(bytes, StandardCharsets.ISO_8859_1);
    bytes[text.indexOf("IDAT") + 6] ^= 1;
    Files.write(file, bytes);
    var train = Datasets.open(file).train();
    fails(() -> train.image(1), file + ": train/cat/2.png is damaged");
    train.image(0);
  }

  @Test
  @Timeout(120)
  void damagedZipsNeverSurprise() throws IOException {
    long seed = 22;
    var rng = Rng.of(seed);
    var file = zip(dir.resolve("x.zip"), twoClassesAnd("val/cat/1.png", "val/dog/1.png"));
    var original = Files.readAllBytes(file);
    int directory = new String(original, StandardCharsets.ISO_8859_1).indexOf("PK\1\2");
    int read = 0;
    for (int round = 0; round < 4000; round++) {
      var bytes = original.clone();
      for (int n = 1 + rng.nextInt(4); n > 0; n--) {
        // The directory at the end is where it hurts.
        int from = rng.nextInt(2) == 0 ? directory : 0;
        bytes[from + rng.nextInt(bytes.length - from)] = (byte) rng.nextInt(256);
      }
      if (rng.nextInt(8) == 0) {
        bytes = Arrays.copyOf(bytes, rng.nextInt(bytes.length));
      }
      Files.write(file, bytes);
      try {
        var data = Datasets.open(file);
        for (var part : List.of(data.train(), data.test())) {
          for (int i = 0; i < part.size(); i++) {
            part.image(i);
          }
          part.hash();
        }
        read++;
      } catch (FoveaException e) {
        assertTrue(e.getMessage().length() > 20, e.getMessage());
      } catch (Throwable e) {
        throw new AssertionError("seed " + seed + ", round " + round, e);
      }
    }
    assertTrue(read > 0, "some mutations are harmless");
  }

  @Test
  void severalThreadsReadOneZip() throws IOException {
    var paths = new String[200];
    Arrays.setAll(paths, i -> (i % 2 == 0 ? "train/" : "test/") + "abcd".charAt(i / 50) + "/" + i);
    var train = Datasets.open(zip(dir.resolve("x.zip"), paths)).train();
    IntStream.range(0, 2000)
        .parallel()
        .map(i -> i % train.size())
        .forEach(
            i -> {
              var source = train.source(i);
              int value = Integer.parseInt(source.substring(source.lastIndexOf('/') + 1));
              assertEquals(value, train.image(i).pixels()[0] & 0xFF);
            });
  }
}
