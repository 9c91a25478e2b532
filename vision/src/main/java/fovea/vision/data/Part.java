package fovea.vision.data;

import fovea.core.array.Rng;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What images of a data set are for, by the names that people give to folders and lists.
enum Part {
  TRAIN,
  VALIDATION,
  TEST;

  /// What the images of parts that nobody named are split by, everywhere and always.
  private static final long SPLIT_SEED = 0;

  private static final double TEST_FRACTION = 0.2;

  private static final Pattern WORD = Pattern.compile("\\p{L}+");

  /// The part of this name; null if it names none.
  static @Nullable Part of(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "train", "training" -> TRAIN;
      case "val", "valid", "validation" -> VALIDATION;
      case "test", "testing" -> TEST;
      default -> null;
    };
  }

  /// The part that a word of this name names, as in `instances_train2017`; null if none does.
  static @Nullable Part within(String name) {
    for (var word : WORD.matcher(name).results().map(MatchResult::group).toList()) {
      var part = of(word);
      if (part != null) {
        return part;
      }
    }
    return null;
  }

  /// In a message: `"training"`.
  String word() {
    return switch (this) {
      case TRAIN -> "training";
      case VALIDATION -> "validation";
      case TEST -> "test";
    };
  }

  /// As a folder is called: `"val"`.
  String folder() {
    return this == VALIDATION ? "val" : name().toLowerCase(Locale.ROOT);
  }

  /// The name of a part of a data set: `"mnist train"`.
  String in(String whole) {
    return whole + " " + name().toLowerCase(Locale.ROOT);
  }

  /// The parts together. Without test images the validation images are those; without either, one
  /// in five of the training images, always the same ones, class by class.
  ///
  /// @param parts training images at least
  /// @param notes what else a user should know
  static DataSplits splits(String name, Map<Part, ? extends Dataset> parts, List<String> notes) {
    var all = new ArrayList<>(notes);
    Dataset train = parts.get(TRAIN);
    Dataset validation = parts.get(VALIDATION);
    Dataset test = parts.get(TEST);
    if (train == null) {
      throw new DataException(
          "%s has no training images, only those of %s".formatted(name, parts.keySet()));
    }
    for (var part : parts.values()) {
      if (part.size() == 0) {
        throw new DataException(part.name() + " holds no images");
      }
    }
    if (test != null) {
      return new DataSplits(name, train, validation, test, all);
    }
    if (validation != null) {
      all.add("There is no test folder; the validation images serve as test images.");
      return new DataSplits(name, train, null, validation, all);
    }
    var halves = DataSplits.split(train, TEST_FRACTION, Rng.of(SPLIT_SEED).split("test"));
    all.add(
        train.task() == Task.CLASSIFICATION
            ? "There is no test folder; one image in five of each class, always the same ones, serves as test image."
            : "There are no test images; one image in five, always the same ones, serves as test image.");
    return new DataSplits(name, halves.kept(), null, halves.held(), all);
  }
}
