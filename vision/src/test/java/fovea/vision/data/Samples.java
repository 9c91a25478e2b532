package fovea.vision.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.FoveaException;
import fovea.core.array.Rng;
import fovea.vision.image.Image;
import fovea.vision.image.Images;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.function.Executable;

/// Small files of our own making.
final class Samples {
  private Samples() {}

  static byte[] idx(int type, int[] dims, byte[] elements) {
    var out = ByteBuffer.allocate(4 + 4 * dims.length + elements.length);
    out.put((byte) 0).put((byte) 0).put((byte) type).put((byte) dims.length);
    for (int dim : dims) {
      out.putInt(dim);
    }
    return out.put(elements).array();
  }

  /// `n` images of 2×3, the first sample of each being its index.
  static byte[] idxImages(int n) {
    var pixels = new byte[6 * n];
    for (int i = 0; i < n; i++) {
      pixels[6 * i] = (byte) i;
    }
    return idx(8, new int[] {n, 2, 3}, pixels);
  }

  static byte[] idxLabels(int... labels) {
    var bytes = new byte[labels.length];
    for (int i = 0; i < labels.length; i++) {
      bytes[i] = (byte) labels[i];
    }
    return idx(8, new int[] {labels.length}, bytes);
  }

  static byte[] gzip(byte[] bytes) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  static byte[] random(int n, long seed) {
    var rng = Rng.of(seed);
    var bytes = new byte[n];
    for (int i = 0; i < n; i++) {
      bytes[i] = (byte) rng.nextBits();
    }
    return bytes;
  }

  /// A PNG file of 2×2 grey pixels of one value.
  static byte[] png(int value) {
    var pixels = new byte[4];
    Arrays.fill(pixels, (byte) value);
    return Images.png(new Image(2, 2, 1, pixels));
  }

  /// Writes a PNG file of its own value to each path; a path that ends in `/` becomes an empty
  /// folder.
  static Path tree(Path root, String... paths) throws IOException {
    for (int i = 0; i < paths.length; i++) {
      var path = root.resolve(paths[i]);
      if (paths[i].endsWith("/")) {
        Files.createDirectories(path);
      } else {
        Files.createDirectories(path.getParent());
        Files.write(path, png(i));
      }
    }
    return root;
  }

  /// The same as [#tree] in a zip file.
  static Path zip(Path file, String... paths) throws IOException {
    try (var zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (int i = 0; i < paths.length; i++) {
        zip.putNextEntry(new ZipEntry(paths[i]));
        if (!paths[i].endsWith("/")) {
          zip.write(png(i));
        }
      }
    }
    return file;
  }

  static final List<String> TWO_CLASSES =
      List.of(
          "train/cat/2.png",
          "train/cat/1.png",
          "train/dog/1.png",
          "test/cat/3.png",
          "test/dog/4.png");

  static String[] twoClassesAnd(String... more) {
    var all = Arrays.copyOf(TWO_CLASSES.toArray(String[]::new), TWO_CLASSES.size() + more.length);
    System.arraycopy(more, 0, all, TWO_CLASSES.size(), more.length);
    return all;
  }

  /// Runs what must fail, and checks that its message has all these parts.
  static void fails(Executable action, Object... parts) {
    var message = assertThrows(FoveaException.class, action).getMessage();
    for (var part : parts) {
      assertTrue(message.contains(part.toString()), () -> "no \"" + part + "\" in: " + message);
    }
  }

  /// Checks that two data sets have the same classes, images and annotations.
  static void assertSame(DataSplits expected, DataSplits actual) {
    assertEquals(expected.classes(), actual.classes());
    assertSame(expected.train(), actual.train());
    assertSame(expected.test(), actual.test());
  }

  private static void assertSame(Dataset expected, Dataset actual) {
    assertEquals(expected.size(), actual.size());
    assertEquals(expected.keypointNames(), actual.keypointNames());
    for (int i = 0; i < expected.size(); i++) {
      assertEquals(expected.image(i), actual.image(i));
      assertEquals(expected.annotations(i), actual.annotations(i));
    }
  }
}
