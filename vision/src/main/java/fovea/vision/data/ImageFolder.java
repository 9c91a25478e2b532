package fovea.vision.data;

import fovea.core.FoveaException;
import fovea.vision.annotation.Annotations;
import fovea.vision.image.Images;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Images sorted into a folder for each class, in a folder or a zip file: `train/<class>/…` and
/// `test/<class>/…`, perhaps `val/<class>/…`, or `<class>/…` alone; all of it perhaps within one
/// more folder. Class names are sorted; files are decoded when asked for.
final class ImageFolder {

  /// The layouts that work, for messages.
  static final String LAYOUTS =
      "train/<class>/*.png and test/<class>/*.png (or .jpg), or <class>/*.png alone";

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
            "%s has two folders of %s images".formatted(place(root), part.word()));
      }
    }
    if (parts.isEmpty()) {
      var all = read(root, name);
      requireTwoClasses(root, all);
      return Part.splits(name, Map.of(Part.TRAIN, all), notes);
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

  private String place(String path) {
    return path.isEmpty() ? tree.name() : tree.describe(path);
  }

  private Dataset readPart(String folder, Part part) {
    return read(folder, part.in(name));
  }

  private DataSplits assemble(String root, Map<Part, Dataset> parts) {
    var train = parts.get(Part.TRAIN);
    if (train == null) {
      throw new DataException(
          "%s has no train folder; what works: %s".formatted(place(root), LAYOUTS));
    }
    parts.values().forEach(part -> requireSameClasses(train, part));
    requireTwoClasses(root, train);
    return Part.splits(name, parts, notes);
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
    return new ImageFiles(
        tree,
        folder,
        name,
        new ImageFiles.Meaning(Task.CLASSIFICATION, classes),
        paths,
        labels.stream().mapToInt(i -> i).toArray(),
        _ -> Annotations.NONE,
        List.of());
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
}
