package fovea.vision.data;

import static fovea.vision.data.Samples.fails;
import static fovea.vision.data.Samples.gzip;
import static fovea.vision.data.Samples.idx;
import static fovea.vision.data.Samples.idxImages;
import static fovea.vision.data.Samples.idxLabels;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxFolderTest {

  @TempDir Path dir;

  /// Three training images and two test images.
  private Path write() throws IOException {
    write("train-images-idx3-ubyte", idxImages(3));
    write("train-labels-idx1-ubyte", idxLabels(0, 2, 1));
    write("t10k-images-idx3-ubyte", idxImages(2));
    write("t10k-labels-idx1-ubyte", idxLabels(1, 1));
    return dir;
  }

  private void write(String name, byte[] bytes) throws IOException {
    Files.write(dir.resolve(name), bytes);
  }

  @Test
  void fourFiles() throws IOException {
    var data = Datasets.open(write());
    assertEquals(dir.getFileName().toString(), data.name());
    assertNull(data.validation());
    assertEquals(List.of("0", "1", "2"), data.classes());
    var train = data.train();
    assertEquals(3, train.size());
    assertEquals("2×3 grey", train.image(2).toString());
    assertArrayEquals(new byte[] {2, 0, 0, 0, 0, 0}, train.image(2).pixels());
    assertEquals(2, train.label(1));
    assertEquals("train-images-idx3-ubyte #2", train.source(2));
    assertArrayEquals(new int[] {1, 1, 1}, train.counts());
    assertEquals(2, data.test().size());
    assertEquals(64, data.hash().length());
  }

  @Test
  void otherSpellings() throws IOException {
    var plain = Datasets.open(write()).hash();
    for (var name : List.of("train-images-idx3", "train-labels-idx1")) {
      var file = dir.resolve(name + "-ubyte");
      Files.write(dir.resolve(name + "-ubyte.gz"), gzip(Files.readAllBytes(file)));
      Files.delete(file);
    }
    Files.move(dir.resolve("t10k-images-idx3-ubyte"), dir.resolve("test-images.idx3-ubyte"));
    Files.move(dir.resolve("t10k-labels-idx1-ubyte"), dir.resolve("t10k-labels.idx1-ubyte"));
    assertEquals(plain, Datasets.open(dir).hash(), "packing and names are no part of the data");
  }

  @Test
  void channels() throws IOException {
    write();
    write("train-images-idx3-ubyte", idx(8, new int[] {3, 1, 2, 3}, new byte[18]));
    assertEquals("1×2 RGB", Datasets.open(dir).train().image(0).toString());
    write("train-images-idx3-ubyte", idx(8, new int[] {3, 1, 2, 4}, new byte[24]));
    fails(() -> Datasets.open(dir), "train-images-idx3-ubyte should hold images", "[3, 1, 2, 4]");
    write("train-images-idx3-ubyte", idx(9, new int[] {3, 1, 2}, new byte[6]));
    fails(() -> Datasets.open(dir), "train-images-idx3-ubyte should hold images", "I8");
    write("train-images-idx3-ubyte", idx(8, new int[] {6}, new byte[6]));
    fails(() -> Datasets.open(dir), "should hold images", "[6]");
  }

  @Test
  void countsMustAgree() throws IOException {
    write();
    write("train-labels-idx1-ubyte", idxLabels(0, 1));
    fails(
        () -> Datasets.open(dir),
        dir.resolve("train-images-idx3-ubyte") + " holds 3 images but train-labels-idx1-ubyte 2");
  }

  @Test
  void testLabelsMustBeKnown() throws IOException {
    write();
    write("t10k-labels-idx1-ubyte", idxLabels(1, 3));
    fails(
        () -> Datasets.open(dir),
        "t10k-labels-idx1-ubyte: label #1 is 3, but the training labels run from 0 to 2");
  }

  @Test
  void labelsMustBeBytesInARow() throws IOException {
    write();
    write("train-labels-idx1-ubyte", idx(8, new int[] {3, 1}, new byte[3]));
    fails(() -> Datasets.open(dir), "should hold labels", "holds U8 along 2");
  }

  @Test
  void aMissingFileIsNamed() throws IOException {
    write();
    Files.delete(dir.resolve("t10k-labels-idx1-ubyte"));
    fails(() -> Datasets.open(dir), dir + " holds IDX files, but no t10k-labels-idx1-ubyte");
  }

  @Test
  void truncatedGzip() throws IOException {
    write();
    Files.delete(dir.resolve("train-images-idx3-ubyte"));
    var packed = gzip(idx(8, new int[] {3, 50, 50}, Samples.random(7500, 1)));
    write("train-images-idx3-ubyte.gz", Arrays.copyOf(packed, packed.length - 1000));
    fails(
        () -> Datasets.open(dir),
        dir.resolve("train-images-idx3-ubyte.gz") + " is cut short: ",
        " of 7516 bytes");
  }
}
