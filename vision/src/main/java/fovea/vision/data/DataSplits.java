package fovea.vision.data;

import fovea.core.FoveaException;
import fovea.core.array.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
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

  /// One data set divided into three parts, each with the same share of every class.
  ///
  /// @param validation share of the images for validation, in [0, 1); 0 for none
  /// @param test share for test, in (0, 1); both together below 1
  /// @throws DataException if a class has too few images to be in each part
  public static DataSplits of(String name, Dataset whole, double validation, double test, Rng rng) {
    if (!(validation >= 0 && test > 0 && validation + test < 1)) {
      throw new IllegalArgumentException(
          "%s for validation and %s for test leave nothing to learn from"
              .formatted(validation, test));
    }
    var first = split(whole, test, rng.split("test"));
    if (validation == 0) {
      return new DataSplits(name, first.kept, null, first.held, List.of());
    }
    var second = split(first.kept, validation / (1 - test), rng.split("validation"));
    return new DataSplits(name, second.kept, second.held, first.held, List.of());
  }

  /// One of the folds of a cross-validation: of the training images, which are divided into `of`
  /// parts with the same share of every class, one part becomes the test images and the others are
  /// learned from. The test images there were are left out: they are for the model that is chosen
  /// by cross-validation. Which image is in which fold depends on the seed alone.
  ///
  /// @param fold 1 to `of`
  /// @param of how many folds, at least 2
  /// @throws DataException if there are fewer images than folds
  public DataSplits fold(int fold, int of, long seed) {
    if (of < 2 || fold < 1 || fold > of) {
      throw new DataException("there is no fold %d of %d of %s".formatted(fold, of, name));
    }
    if (train.size() < of) {
      throw new DataException(
          "%s has %d images, too few for %d folds".formatted(train.name(), train.size(), of));
    }
    var members = members(train);
    var isHeld = new boolean[train.size()];
    int next = 0;
    for (int label = 0; label < members.length; label++) {
      var order = Rng.of(seed).split("folds").split(label).permutation(members[label].length);
      for (int k : order) {
        isHeld[members[label][k]] = next++ % of == fold - 1;
      }
    }
    var parts = parts(train, isHeld);
    var all = new ArrayList<>(notes);
    all.add(
        "Fold %d of %d: judged by training images that it does not learn from."
            .formatted(fold, of));
    return new DataSplits(
        name,
        parts.kept,
        null,
        parts.held,
        all,
        location.isEmpty() ? "" : "%s#%d/%d@%d".formatted(location, fold, of, seed));
  }

  /// An image that is in two parts.
  ///
  /// @param first a part
  /// @param index of the image there
  /// @param second another part
  /// @param again its index there
  public record Overlap(Dataset first, int index, Dataset second, int again) {}

  /// The images of the later parts (validation, test) whose pixels, to the last bit, are those of
  /// an image in an earlier one: figures on that part flatter by them. Every image is decoded;
  /// those that cannot be are passed over.
  public List<Overlap> overlaps() {
    record Place(int part, int index) {}
    var found = new ArrayList<Overlap>();
    var seen = new HashMap<String, Place>();
    var held = validation;
    var all = held == null ? List.of(train, test) : List.of(train, held, test);
    for (int part = 0; part < all.size(); part++) {
      var prints = prints(all.get(part));
      for (int i = 0; i < prints.size(); i++) {
        var before = prints.get(i).isEmpty() ? null : seen.get(prints.get(i));
        if (before == null) {
          seen.put(prints.get(i), new Place(part, i));
        } else if (before.part != part) {
          found.add(new Overlap(all.get(before.part), before.index, all.get(part), i));
        }
      }
    }
    return List.copyOf(found);
  }

  /// A fingerprint of each image's pixels; empty where it cannot be decoded.
  private static List<String> prints(Dataset part) {
    return IntStream.range(0, part.size())
        .parallel()
        .mapToObj(
            i -> {
              try {
                var image = part.image(i);
                return new Fingerprint()
                    .add(image.height())
                    .add(image.width())
                    .add(image.channels())
                    .add(image.pixels())
                    .hex();
              } catch (FoveaException e) {
                return "";
              }
            })
        .toList();
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
    var members = members(whole);
    var isHeld = new boolean[whole.size()];
    for (int label = 0; label < members.length; label++) {
      int n = members[label].length;
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
    }
    return parts(whole, isHeld);
  }

  /// The images of each class, in order; where images have no class, all in one.
  private static int[][] members(Dataset whole) {
    boolean byClass = whole.task() == Task.CLASSIFICATION;
    var counts = byClass ? whole.counts() : new int[] {whole.size()};
    var members = new int[counts.length][];
    Arrays.setAll(members, label -> new int[counts[label]]);
    var filled = new int[counts.length];
    for (int i = 0; i < whole.size(); i++) {
      int label = byClass ? whole.label(i) : 0;
      members[label][filled[label]++] = i;
    }
    return members;
  }

  private static Parts parts(Dataset whole, boolean[] isHeld) {
    var held = IntStream.range(0, isHeld.length).filter(i -> isHeld[i]).toArray();
    var kept = IntStream.range(0, isHeld.length).filter(i -> !isHeld[i]).toArray();
    return new Parts(whole.subset(kept), whole.subset(held));
  }
}
