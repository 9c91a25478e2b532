package fovea.vision.data;

import fovea.core.FoveaException;
import fovea.core.array.Rng;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A data set in its parts: images to learn from, images to watch the learning by, and images to
/// judge the result by.
///
/// @param name what people call the whole, such as `"mnist"`
/// @param train to learn from
/// @param validation to choose settings and checkpoints by; null if the data have none ([#holdOut]
///   makes one)
/// @param test to judge by, never to choose by
/// @param notes what a user should know about how this came about, in sentences
/// @param location what [Datasets#open(String)] opens it by again; empty for data that a program
///   made
public record DataSplits(
    String name,
    Dataset train,
    @Nullable Dataset validation,
    Dataset test,
    List<String> notes,
    String location) {

  /// @throws DataException if the parts do not have the same classes
  public DataSplits {
    notes = List.copyOf(notes);
    for (var part : validation == null ? List.of(test) : List.of(validation, test)) {
      if (!part.classes().equals(train.classes())) {
        throw new DataException(
            "the classes of %s are %s, but those of %s are %s"
                .formatted(train.name(), train.classes(), part.name(), part.classes()));
      }
    }
  }

  /// Data that a program made.
  ///
  /// @throws DataException if the parts do not have the same classes
  public DataSplits(
      String name, Dataset train, @Nullable Dataset validation, Dataset test, List<String> notes) {
    this(name, train, validation, test, notes, "");
  }

  /// The same data, said to be found at a place.
  DataSplits at(String place) {
    return new DataSplits(name, train, validation, test, notes, place);
  }

  /// The names of the classes, the same in every part.
  public List<String> classes() {
    return train.classes();
  }

  /// A fingerprint of all parts: SHA-256 in hex, see [Dataset#hash()]. Computed at each call from
  /// those of the parts. How images are distributed over the parts is part of it.
  public String hash() {
    var fingerprint = new Fingerprint().add(train.hash()).add(test.hash());
    return (validation == null ? fingerprint : fingerprint.add(validation.hash())).hex();
  }

  /// These splits with a part of the training images held out for validation, in place of any
  /// validation images there were. The same share of every class is held out, at least one image,
  /// and every class keeps at least one. What is chosen depends on the generator's seed alone.
  ///
  /// @param fraction how much to hold out, between 0 and 1, both excluded
  /// @throws DataException if a class has only one training image
  public DataSplits holdOut(double fraction, Rng rng) {
    var parts = split(train, fraction, rng);
    return new DataSplits(name, parts.kept, parts.held, test, notes, location);
  }

  /// These splits without the images that cannot be read, all of which are looked at once.
  ///
  /// @param broken is told why each cannot be read; the message names it
  /// @throws DataException if a part has no other
  public DataSplits withoutBroken(Consumer<String> broken) {
    return new DataSplits(
        name,
        readable(train, broken),
        validation == null ? null : readable(validation, broken),
        readable(test, broken),
        notes,
        location);
  }

  private static Dataset readable(Dataset part, Consumer<String> broken) {
    var faults = new AtomicReferenceArray<String>(part.size());
    IntStream.range(0, part.size())
        .parallel()
        .forEach(
            i -> {
              try {
                part.image(i);
              } catch (FoveaException e) {
                faults.set(i, String.valueOf(e.getMessage()));
              }
            });
    var good = IntStream.range(0, part.size()).filter(i -> faults.get(i) == null).toArray();
    if (good.length == part.size()) {
      return part;
    }
    IntStream.range(0, part.size())
        .filter(i -> faults.get(i) != null)
        .forEach(i -> broken.accept(faults.get(i)));
    if (good.length == 0) {
      throw new DataException("none of the images of " + part.name() + " can be read");
    }
    return part.subset(good);
  }

  /// What [#split] makes of one data set.
  record Parts(Dataset kept, Dataset held) {}

  /// Divides a data set class by class, or as one where its images have none; both parts keep the
  /// order of the whole.
  static Parts split(Dataset whole, double fraction, Rng rng) {
    if (!(fraction > 0 && fraction < 1)) {
      throw new IllegalArgumentException(
          "the fraction to hold out must lie between 0 and 1, not at " + fraction);
    }
    boolean byClass = whole.task() == Task.CLASSIFICATION;
    var counts = byClass ? whole.counts() : new int[] {whole.size()};
    var members = new int[counts.length][];
    Arrays.setAll(members, label -> new int[counts[label]]);
    var filled = new int[counts.length];
    for (int i = 0; i < whole.size(); i++) {
      int label = byClass ? whole.label(i) : 0;
      members[label][filled[label]++] = i;
    }
    var isHeld = new boolean[whole.size()];
    int held = 0;
    for (int label = 0; label < counts.length; label++) {
      int n = counts[label];
      if (n == 0) {
        continue;
      }
      if (n == 1) {
        throw new DataException(
            byClass
                ? "class \"%s\" of %s has only one image; holding some out needs at least two of each class"
                    .formatted(whole.classes().get(label), whole.name())
                : whole.name() + " has only one image; holding some out needs at least two");
      }
      int take = Math.clamp(Math.round(fraction * n), 1, n - 1);
      var order = rng.split(label).permutation(n);
      for (int k = 0; k < take; k++) {
        isHeld[members[label][order[k]]] = true;
      }
      held += take;
    }
    var heldIndices = new int[held];
    var keptIndices = new int[whole.size() - held];
    for (int i = 0, h = 0, k = 0; i < isHeld.length; i++) {
      if (isHeld[i]) {
        heldIndices[h++] = i;
      } else {
        keptIndices[k++] = i;
      }
    }
    return new Parts(whole.subset(keptIndices), whole.subset(heldIndices));
  }
}
