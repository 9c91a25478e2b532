package fovea.vision.data;

import fovea.vision.image.Image;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// The binary versions of CIFAR-10 and CIFAR-100 (Krizhevsky, Learning Multiple Layers of Features
/// from Tiny Images, 2009): records of a label, for CIFAR-100 two, and 3,072 bytes, the red, green
/// and blue of 32×32 pixels.
final class Cifar {
  private static final int SIDE = 32;
  private static final int PIXELS = SIDE * SIDE;

  /// More than any of the files holds.
  private static final int MAX_RECORDS = 1_000_000;

  private static final List<String> TRAIN_10 =
      IntStream.rangeClosed(1, 5).mapToObj(i -> "data_batch_" + i + ".bin").toList();

  private Cifar() {}

  /// Whether a folder holds these files.
  static boolean matches(FileTree tree, String root) {
    return is10(tree, root) || is100(tree, root);
  }

  private static boolean is10(FileTree tree, String root) {
    return tree.has(FileTree.join(root, "data_batch_1.bin"))
        || tree.has(FileTree.join(root, "test_batch.bin"));
  }

  private static boolean is100(FileTree tree, String root) {
    return tree.has(FileTree.join(root, "train.bin"))
        && tree.has(FileTree.join(root, "fine_label_names.txt"));
  }

  static DataSplits open(FileTree tree, String root, String name) {
    boolean ten = is10(tree, root);
    var classes =
        classes(tree, FileTree.join(root, ten ? "batches.meta.txt" : "fine_label_names.txt"));
    var train = ten ? TRAIN_10 : List.of("train.bin");
    var test = List.of(ten ? "test_batch.bin" : "test.bin");
    return new DataSplits(
        name,
        read(tree, root, train, Part.TRAIN.in(name), classes, ten ? 1 : 2),
        null,
        read(tree, root, test, Part.TEST.in(name), classes, ten ? 1 : 2),
        List.of());
  }

  private static List<String> classes(FileTree tree, String path) {
    if (!tree.has(path)) {
      throw new DataException(tree.describe(path) + " is missing; it names the classes");
    }
    return tree.text(path).lines().map(String::strip).filter(l -> !l.isEmpty()).toList();
  }

  private static Dataset read(
      FileTree tree,
      String root,
      List<String> files,
      String name,
      List<String> classes,
      int labelBytes) {
    var images = new ArrayList<Image>();
    var labels = new ArrayList<Integer>();
    for (var file : files) {
      var path = FileTree.join(root, file);
      if (!tree.has(path)) {
        throw new DataException(tree.describe(path) + " is missing; its companions are there");
      }
      int record = labelBytes + 3 * PIXELS;
      try (var in = tree.open(path)) {
        for (var bytes = in.readNBytes(record); bytes.length > 0; bytes = in.readNBytes(record)) {
          int n = images.size();
          if (bytes.length < record || n >= MAX_RECORDS) {
            throw new DataException(
                "%s is cut short or no file of CIFAR: record %d has %d of %d bytes"
                    .formatted(tree.describe(path), n, bytes.length, record));
          }
          int label = bytes[labelBytes - 1] & 0xFF;
          if (label >= classes.size()) {
            throw new DataException(
                "%s: record %d has class %d, but there are %d"
                    .formatted(tree.describe(path), n, label, classes.size()));
          }
          labels.add(label);
          images.add(new Image(SIDE, SIDE, 3, interleaved(bytes, labelBytes)));
        }
      } catch (IOException e) {
        throw DataException.unreadable(tree.describe(path), e);
      }
    }
    return Dataset.of(name, classes, images, labels.stream().mapToInt(i -> i).toArray());
  }

  private static byte[] interleaved(byte[] planes, int from) {
    var pixels = new byte[3 * PIXELS];
    for (int c = 0; c < 3; c++) {
      for (int p = 0; p < PIXELS; p++) {
        pixels[3 * p + c] = planes[from + c * PIXELS + p];
      }
    }
    return pixels;
  }
}
