package fovea.vision.data;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which columns of a table of labels to read, by their heads; what is left open is found.
///
/// @param image names the image files; null to take the first called image, file, filename, path
///   and the like
/// @param labels what is to be learned: one column of classes, several of 0 and 1, or several of
///   numbers; empty to take one called label, class and the like, or else all that are left
/// @param part says of each image whether it is for training, validation or test; null to take one
///   called split, part, set and the like, if there is one
/// @param task how to read them; null to judge by what is in them
public record CsvColumns(
    @Nullable String image, List<String> labels, @Nullable String part, @Nullable Task task) {
  /// All is found.
  public static final CsvColumns FOUND = new CsvColumns(null, List.of(), null, null);

  public CsvColumns {
    labels = List.copyOf(labels);
    if (task != null
        && task != Task.CLASSIFICATION
        && task != Task.MULTI_LABEL
        && task != Task.REGRESSION) {
      throw new IllegalArgumentException(
          "a table holds classes, several at once, or numbers, and nothing for " + task);
    }
  }

  public CsvColumns image(String head) {
    return new CsvColumns(head, labels, part, task);
  }

  public CsvColumns labels(String... heads) {
    return new CsvColumns(image, List.of(heads), part, task);
  }

  public CsvColumns part(String head) {
    return new CsvColumns(image, labels, head, task);
  }

  public CsvColumns task(Task task) {
    return new CsvColumns(image, labels, part, task);
  }
}
