package fovea.vision.data;

import fovea.core.FoveaException;
import fovea.core.array.Rng;
import fovea.vision.image.Image;
import fovea.vision.image.Images;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Images sorted into a folder for each class, in a folder or a zip file: `train/<class>/…` and
/// `test/<class>/…`, perhaps `val/<class>/…`, or `<class>/…` alone; all of it perhaps within one
/// more folder. Class names are sorted; files are decoded when asked for.
final class ImageFolder {

  /// The layouts that work, for messages.
  static final String LAYOUTS =
      "train/<class>/*.png and test/<class>/*.png (or .jpg), or <class>/*.png alone";

  /// What the images of the parts that nobody named are split by, everywhere and always.
  private static final long SPLIT_SEED = 0;

  private static final double TEST_FRACTION = 0.2;

  private enum Part {
    TRAIN,
    VALIDATION,
    TEST;

    static @Nullable Part of(String folder) {
      return switch (folder.toLowerCase(Locale.ROOT)) {
        case "train", "training" -> TRAIN;
        case "val", "valid", "validation" -> VALIDATION;
        case "test", "testing" -> TEST;
        default -> null;
      };
    }
  }

  private final FileTree tree;
  private final String name;
  private final List<String> notes = new ArrayList<>();

  private ImageFolder(FileTree tree, String name) {
    this.tree = tree;
    this.name = name;
  }

  /// @throws DataException if the tree has none of the layouts, a class is empty or missing in a
  ///   part, or a file among the images is none
  static DataSplits open(FileTree tree, String name) {
    return new ImageFolder(tree, name).open();
  }

  private DataSplits open() {
    var root = "";
    var children = tree.list(root);
    // One folder around everything is how most archives are made.
    while (isWrapper(root, children)) {
      root = FileTree.join(root, children.getFirst().name());
      children = tree.list(root);
    }
    Map<Part, Dataset> parts = new LinkedHashMap<>();
    var others = new ArrayList<String>();
    for (var child : children) {
      var part = child.folder() ? Part.of(child.name()) : null;
      if (part == null) {
        others.add(child.name());
      } else if (parts.put(part, readPart(FileTree.join(root, child.name()), part)) != null) {
        throw new DataException(
            "%s has two folders of %s images".formatted(place(root), word(part)));
      }
    }
    if (parts.isEmpty()) {
      var all = read(root, name);
      requireTwoClasses(root, all);
      return split(all);
    }
    for (var other : others) {
      notes.add(tree.describe(FileTree.join(root, other)) + " is not used.");
    }
    return assemble(root, parts);
  }

  private boolean isWrapper(String root, List<FileTree.Child> children) {
    if (children.size() != 1 || !children.getFirst().folder()) {
      return false;
    }
    var only = children.getFirst().name();
    return Part.of(only) == null
        && tree.list(FileTree.join(root, only)).stream().anyMatch(FileTree.Child::folder);
  }

  private static String word(Part part) {
    return switch (part) {
      case TRAIN -> "training";
      case VALIDATION -> "validation";
      case TEST -> "test";
    };
  }

  private String place(String path) {
    return path.isEmpty() ? tree.name() : tree.describe(path);
  }

  private Dataset readPart(String folder, Part part) {
    return read(folder, name + " " + part.name().toLowerCase(Locale.ROOT));
  }

  private DataSplits assemble(String root, Map<Part, Dataset> parts) {
    var train = parts.get(Part.TRAIN);
    if (train == null) {
      throw new DataException(
          "%s has no train folder; what works: %s".formatted(place(root), LAYOUTS));
    }
    parts.values().forEach(part -> requireSameClasses(train, part));
    requireTwoClasses(root, train);
    var validation = parts.get(Part.VALIDATION);
    var test = parts.get(Part.TEST);
    if (test == null && validation == null) {
      return split(train);
    }
    if (test == null) {
      notes.add("There is no test folder; the validation images serve as test images.");
      test = validation;
      validation = null;
    }
    return new DataSplits(name, train, validation, Objects.requireNonNull(test), notes);
  }

  /// Takes the test images from the training images, for want of others.
  private DataSplits split(Dataset all) {
    var parts = DataSplits.split(all, TEST_FRACTION, Rng.of(SPLIT_SEED).split("test"));
    notes.add(
        "There is no test folder; one image in five of each class, always the same ones, serves as test image.");
    return new DataSplits(name, parts.kept(), null, parts.held(), notes);
  }

  private void requireTwoClasses(String folder, Dataset data) {
    var classes = data.classes();
    if (classes.size() < 2) {
      throw new DataException(
          "%s holds %s, and telling images apart needs two; what works: %s"
              .formatted(
                  place(folder),
                  classes.isEmpty()
                      ? "no class folders"
                      : "only the class folder " + classes.getFirst(),
                  LAYOUTS));
    }
  }

  private static void requireSameClasses(Dataset train, Dataset part) {
    requireClassesOf(train, part);
    requireClassesOf(part, train);
  }

  private static void requireClassesOf(Dataset model, Dataset part) {
    var missing = new ArrayList<>(model.classes());
    missing.removeAll(part.classes());
    if (!missing.isEmpty()) {
      throw new DataException(
          "%s has no folder for %s \"%s\", which %s has"
              .formatted(
                  part.name(),
                  missing.size() == 1 ? "class" : "the classes",
                  String.join("\", \"", missing),
                  model.name()));
    }
  }

  /// Reads a folder of class folders.
  private Dataset read(String folder, String name) {
    var classes = new ArrayList<String>();
    var paths = new ArrayList<String>();
    var labels = new ArrayList<Integer>();
    for (var child : tree.list(folder)) {
      var path = FileTree.join(folder, child.name());
      if (!child.folder()) {
        throw new DataException(
            "%s lies in no class folder; what works: %s".formatted(tree.describe(path), LAYOUTS));
      }
      int before = paths.size();
      collect(path, paths);
      if (paths.size() == before) {
        throw new DataException(
            "%s is an empty class folder; put images into it or remove it"
                .formatted(tree.describe(path)));
      }
      for (int i = before; i < paths.size(); i++) {
        labels.add(classes.size());
      }
      classes.add(child.name());
    }
    return new Files(
        tree,
        folder,
        name,
        List.copyOf(classes),
        paths.toArray(String[]::new),
        labels.stream().mapToInt(i -> i).toArray());
  }

  /// Adds the images below a folder, in order, after a look at the first bytes of each: better now
  /// than in the middle of an epoch.
  private void collect(String folder, List<String> paths) {
    var children = tree.list(folder);
    var bad =
        children.parallelStream()
            .filter(child -> !child.folder())
            .map(child -> problem(FileTree.join(folder, child.name())))
            .flatMap(Optional::stream)
            .findFirst();
    if (bad.isPresent()) {
      throw bad.get();
    }
    for (var child : children) {
      var path = FileTree.join(folder, child.name());
      if (child.folder()) {
        collect(path, paths);
      } else {
        paths.add(path);
      }
    }
  }

  private Optional<DataException> problem(String path) {
    try {
      Images.requireImage(tree.start(path), tree.describe(path));
      return Optional.empty();
    } catch (DataException e) {
      return Optional.of(e);
    } catch (FoveaException e) {
      return Optional.of(
          new DataException(e.getMessage() + "; class folders may hold nothing else", e));
    }
  }

  /// One part: paths and labels; the images stay where they are.
  private static final class Files implements Dataset {
    private final FileTree tree;
    private final String folder;
    private final String name;
    private final List<String> classes;
    private final String[] paths;
    private final int[] labels;
    private final Lazy<String> hash = new Lazy<>(this::computeHash);

    Files(
        FileTree tree,
        String folder,
        String name,
        List<String> classes,
        String[] paths,
        int[] labels) {
      this.tree = tree;
      this.folder = folder;
      this.name = name;
      this.classes = classes;
      this.paths = paths;
      this.labels = labels;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public int size() {
      return paths.length;
    }

    @Override
    public List<String> classes() {
      return classes;
    }

    @Override
    public Image image(int index) {
      var path = paths[index];
      return Images.read(tree.read(path), tree.describe(path));
    }

    @Override
    public int label(int index) {
      return labels[index];
    }

    @Override
    public String source(int index) {
      return paths[index];
    }

    @Override
    public String hash() {
      return hash.get();
    }

    /// Over the name, size and CRC-32 of each file: a zip file knows them without unpacking, and a
    /// folder unpacked from it has the same.
    private String computeHash() {
      var fingerprint = new Fingerprint().add(classes);
      for (var path : paths) {
        var print = tree.print(path);
        var local = folder.isEmpty() ? path : path.substring(folder.length() + 1);
        fingerprint.add(local).add(print.size()).add(print.crc());
      }
      return fingerprint.hex();
    }
  }
}
