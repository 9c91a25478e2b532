package fovea.vision.data;

import fovea.vision.image.Image;
import java.util.List;

/// Images with labels, read by index.
///
/// Images may differ in size and in channels, and may be decoded anew at each call. All methods may
/// be called by several threads at once; nothing ever changes.
public interface Dataset {

  /// Images with labels that are already in memory.
  ///
  /// @param name what messages call it; image `i` comes from `"name #i"`
  /// @param classes the names of the classes, in the order of their labels
  /// @param labels a label for each image, 0 to `classes.size() - 1`
  /// @throws DataException if there are not as many labels as images, or a label has no class
  static Dataset of(String name, List<String> classes, List<Image> images, int... labels) {
    return InMemory.of(name, classes, images, labels);
  }

  /// What people call it, such as `"mnist train"`.
  String name();

  /// How many images there are, at least one.
  int size();

  /// The names of the classes; a label is an index into them.
  List<String> classes();

  /// The image at an index, 0 to `size() - 1`.
  ///
  /// @throws fovea.core.FoveaException if its file cannot be decoded; the message names it
  Image image(int index);

  /// The label of the image at an index: 0 to `classes().size() - 1`.
  int label(int index);

  /// Where the image at an index came from, for messages and reports: `"train/cat/0001.jpg"`,
  /// `"train-images-idx3-ubyte.gz #17"` (counted from 0).
  String source(int index);

  /// A fingerprint of the contents: SHA-256 in hex. The same on every machine, whatever the times
  /// of the files, the order in which a folder lists them and the place where they lie. Computed
  /// when first asked for.
  String hash();

  /// How many images each class has, in the order of [#classes()].
  default int[] counts() {
    var counts = new int[classes().size()];
    for (int i = 0; i < size(); i++) {
      counts[label(i)]++;
    }
    return counts;
  }

  /// A view of some of these images, in the given order.
  ///
  /// @param indices 0 to `size() - 1`, at least one
  /// @throws IndexOutOfBoundsException if an index is out of range
  default Dataset subset(int... indices) {
    return new Subset(this, indices);
  }
}
