package fovea.vision.data;

import fovea.vision.annotation.Annotations;
import fovea.vision.image.Image;
import java.util.List;

/// Images with labels or annotations, read by index; [#task()] says which.
///
/// Images may differ in size and in channels, and may be decoded anew at each call. All methods may
/// be called by several threads at once; nothing ever changes.
public interface Dataset {
  /// What [#label] is for images that have no class as a whole.
  int NO_LABEL = -1;

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

  /// The class of the image at an index: 0 to `classes().size() - 1`. Where the task is another
  /// than [Task#CLASSIFICATION], images have no class as a whole and this is [#NO_LABEL].
  int label(int index);

  /// What is to be learned from these images.
  default Task task() {
    return Task.CLASSIFICATION;
  }

  /// What is said of the image at an index besides its class.
  ///
  /// @throws fovea.core.FoveaException if its file cannot be decoded; the message names it
  default Annotations annotations(int index) {
    return Annotations.NONE;
  }

  /// The names of an instance's keypoints, in their order; empty where there are none.
  default List<String> keypointNames() {
    return List.of();
  }

  /// The colours that the data set's makers draw its classes in, as 0xRRGGBB in the order of
  /// [#classes()]; empty where they chose none.
  default List<Integer> palette() {
    return List.of();
  }

  /// Where the image at an index came from, for messages and reports: `"train/cat/0001.jpg"`,
  /// `"train-images-idx3-ubyte.gz #17"` (counted from 0).
  String source(int index);

  /// A fingerprint of the contents: SHA-256 in hex. The same on every machine, whatever the times
  /// of the files, the order in which a folder lists them and the place where they lie. Computed
  /// when first asked for.
  String hash();

  /// How many images each class has, in the order of [#classes()]; images without one are not
  /// counted.
  default int[] counts() {
    var counts = new int[classes().size()];
    for (int i = 0; i < size(); i++) {
      if (label(i) != NO_LABEL) {
        counts[label(i)]++;
      }
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
