package fovea.vision.data;

import fovea.vision.image.Image;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A folder with the four files of MNIST: images and labels, to train and to test.
final class IdxFolder {
  private IdxFolder() {}

  private static final List<String> TRAIN = List.of("train");
  private static final List<String> TEST = List.of("t10k", "test");

  /// Whether a folder holds at least one of the four.
  static boolean matches(Path folder) {
    return find(folder, TRAIN, "images", 3) != null
        || find(folder, TRAIN, "labels", 1) != null
        || find(folder, TEST, "images", 3) != null
        || find(folder, TEST, "labels", 1) != null;
  }

  static DataSplits open(Path folder, String name) {
    var train = read(folder, name + " train", TRAIN, null);
    var test = read(folder, name + " test", TEST, train.classes());
    return new DataSplits(name, train, null, test, List.of());
  }

  private static @Nullable Path find(Path folder, List<String> prefixes, String what, int axes) {
    for (var prefix : prefixes) {
      for (var dash : List.of("-", ".")) {
        for (var end : List.of("", ".gz")) {
          var file = folder.resolve(prefix + "-" + what + dash + "idx" + axes + "-ubyte" + end);
          if (Files.isRegularFile(file)) {
            return file;
          }
        }
      }
    }
    return null;
  }

  private static Path need(Path folder, List<String> prefixes, String what, int axes) {
    var file = find(folder, prefixes, what, axes);
    if (file == null) {
      throw new DataException(
          "%s holds IDX files, but no %s-%s-idx%d-ubyte (or …-ubyte.gz)"
              .formatted(folder, prefixes.getFirst(), what, axes));
    }
    return file;
  }

  /// @param known the classes of the training labels; null if these are they
  private static Dataset read(
      Path folder, String name, List<String> prefixes, @Nullable List<String> known) {
    var imageFile = need(folder, prefixes, "images", 3);
    var labelFile = need(folder, prefixes, "labels", 1);
    var labels = labels(labelFile, known == null ? 256 : known.size());
    var images = images(imageFile);
    if (images.size() != labels.length) {
      throw new DataException(
          "%s holds %d images but %s %d labels"
              .formatted(imageFile, images.size(), labelFile.getFileName(), labels.length));
    }
    var classes = known;
    if (classes == null) {
      int last = Arrays.stream(labels).max().orElseThrow();
      classes = IntStream.rangeClosed(0, last).mapToObj(String::valueOf).toList();
    }
    return new InMemory(name, fileName(imageFile), classes, labels, () -> images);
  }

  private static int[] labels(Path file, int classes) {
    var idx = Idx.read(file);
    if (idx.type() != Idx.Type.U8 || idx.dims().size() != 1) {
      throw new DataException(
          "%s should hold labels, unsigned bytes along 1 axis, but holds %s along %d"
              .formatted(file, idx.type(), idx.dims().size()));
    }
    var labels = new int[idx.bytes().length];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = idx.bytes()[i] & 0xFF;
      if (labels[i] >= classes) {
        throw new DataException(
            "%s: label #%d is %d, but the training labels run from 0 to %d"
                .formatted(file, i, labels[i], classes - 1));
      }
    }
    return labels;
  }

  private static List<Image> images(Path file) {
    var idx = Idx.read(file);
    var dims = idx.dims();
    int channels = dims.size() == 4 ? dims.get(3) : 1;
    if (idx.type() != Idx.Type.U8
        || dims.size() < 3
        || dims.size() > 4
        || (channels != 1 && channels != 3)) {
      throw new DataException(
          "%s should hold images, unsigned bytes as images × rows × columns (× 1 or 3 channels), but holds %s as %s"
              .formatted(file, idx.type(), dims));
    }
    int height = dims.get(1);
    int width = dims.get(2);
    int each = height * width * channels; // fits: the whole fits into one array
    var images = new ArrayList<Image>(dims.getFirst());
    for (int i = 0; i < dims.getFirst(); i++) {
      var pixels = Arrays.copyOfRange(idx.bytes(), i * each, (i + 1) * each);
      images.add(new Image(height, width, channels, pixels));
    }
    return images;
  }

  private static String fileName(Path file) {
    return String.valueOf(file.getFileName());
  }
}
