package fovea.vision.data;

import fovea.core.UnknownNameException;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Opens data by name or by path.
///
/// A path is recognised by what lies there:
///
/// - a folder with IDX files under the names of MNIST's four (`train-images-idx3-ubyte`,
///   `train-labels-idx1-ubyte`, `t10k-…` or `test-…`; with a dot before `idx`, packed by gzip or
///   both);
/// - a folder of images, a folder for each class: `train/<class>/…` and `test/<class>/…`, perhaps
///   also `val/<class>/…` (without a test folder it serves as one), or `<class>/…` alone (every
///   fifth image of a class, always the same ones, becomes a test image);
/// - Pascal VOC's layout: `JPEGImages`, `Annotations` and `ImageSets`;
/// - COCO's layout: `annotations/instances_train2017.json` and the images in `train2017`, or a JSON
///   file beside the images;
/// - images and, beside them under the same names, pictures of labels, as in CamVid: `train` and
///   `trainannot`, or `images` and `labels`, `masks` or `instances`;
/// - images and, to each, a folder of masks, one file for each thing: `images/a.png` and
///   `masks/a/1.png`, or `a/images/a.png` and `a/masks/1.png`;
/// - a table of labels, `labels.csv` or `train.csv` and `test.csv`, beside the images
///   ([CsvColumns]);
/// - the binary files of CIFAR-10 and CIFAR-100;
/// - a zip file of such a folder (but for IDX files), or a table itself.
///
/// Hidden files and what systems leave behind (`__MACOSX`, `Thumbs.db`, `desktop.ini`) are passed
/// over. Any other file among the images that is not an image is an error.
public final class Datasets {
  /// `digits#2/5@0`: fold 2 of 5 with seed 0.
  private static final Pattern FOLD =
      Pattern.compile("(.+)#(\\d{1,6})/(\\d{1,6})@(-?\\d{1,18})", Pattern.DOTALL);

  private Datasets() {}

  private record BuiltIn(String name, String description, Supplier<DataSplits> open) {}

  private static final List<BuiltIn> BUILT_IN =
      List.of(
          new BuiltIn("digits", Digits.DESCRIPTION, Digits::open),
          new BuiltIn("shapes", Shapes.DESCRIPTION, () -> Shapes.usual().open()));

  /// The names of the data sets that are built in.
  public static List<String> names() {
    return BUILT_IN.stream().map(BuiltIn::name).toList();
  }

  /// One line about a data set that is built in.
  ///
  /// @throws UnknownNameException if there is none of this name
  public static String describe(String name) {
    return builtIn(name)
        .orElseThrow(() -> new UnknownNameException("dataset", name, names()))
        .description;
  }

  /// Opens what is built in under a name, or else what lies at a path, or else what was fetched by
  /// a name ([Downloads]); `./digits` is a path in any case. With `#2/5@0` behind any of these,
  /// fold 2 of 5 of it by seed 0, see [DataSplits#fold].
  ///
  /// @throws UnknownNameException if it is neither and does not look like a path
  /// @throws DataException if nothing lies at the path, or what lies there cannot be used
  public static DataSplits open(String nameOrPath) {
    var builtIn = builtIn(nameOrPath);
    if (builtIn.isPresent()) {
      return builtIn.get().open.get().at(nameOrPath);
    }
    var path = path(nameOrPath);
    if (path != null && Files.exists(path)) {
      return open(path);
    }
    var fold = FOLD.matcher(nameOrPath);
    if (fold.matches()) {
      return open(fold.group(1))
          .fold(
              Integer.parseInt(fold.group(2)),
              Integer.parseInt(fold.group(3)),
              Long.parseLong(fold.group(4)));
    }
    var fetched = Downloads.find(nameOrPath);
    if (fetched.isPresent()) {
      return open(fetched.get());
    }
    if (Downloads.names().contains(nameOrPath)) {
      throw new DataException(
          "%s is not on this machine; fovea datasets get %s fetches it"
              .formatted(nameOrPath, nameOrPath));
    }
    boolean looksLikePath =
        nameOrPath.contains("/")
            || nameOrPath.contains(File.separator)
            || nameOrPath.startsWith(".")
            || nameOrPath.endsWith(".zip");
    if (path == null || !looksLikePath) {
      throw new UnknownNameException("dataset", nameOrPath, names());
    }
    throw nothingAt(path);
  }

  /// Opens what lies at a path.
  ///
  /// @throws DataException if nothing lies there, or it cannot be used
  public static DataSplits open(Path path) {
    return recognise(path, null).at(place(path));
  }

  /// Opens what lies at a path for a task, where it holds annotations for several: Pascal VOC has
  /// boxes and label images, COCO boxes and keypoints.
  ///
  /// @throws DataException if nothing lies there, or it has nothing for the task
  public static DataSplits open(Path path, Task task) {
    return recognise(path, task).at(place(path));
  }

  /// Opens images that a table names.
  ///
  /// @param table a CSV file, or the folder that holds it or one for each part
  /// @param columns which of its columns to read
  /// @throws DataException if it cannot be used
  public static DataSplits openCsv(Path table, CsvColumns columns) {
    if (Files.isDirectory(table)) {
      return CsvFolder.open(new FolderTree(table), "", nameOf(table), columns).at(place(table));
    }
    if (!Files.exists(table)) {
      throw nothingAt(table);
    }
    var parent = table.toAbsolutePath().normalize().getParent();
    return CsvFolder.open(
            new FolderTree(parent == null ? Path.of("") : parent),
            "",
            nameOf(table),
            columns,
            String.valueOf(table.getFileName()))
        .at(place(table));
  }

  private static String place(Path path) {
    return path.toAbsolutePath().normalize().toString();
  }

  private static DataSplits recognise(Path path, @Nullable Task task) {
    var name = nameOf(path);
    if (Files.isDirectory(path)) {
      return IdxFolder.matches(path)
          ? only(task, IdxFolder.open(path, name))
          : recognise(new FolderTree(path), name, task);
    }
    if (!Files.exists(path)) {
      throw nothingAt(path);
    }
    if (!Files.isRegularFile(path)) {
      throw new DataException(path + " is neither a folder nor a file");
    }
    var start = start(path);
    if (start.startsWith("PK\3\4") || start.startsWith("PK\5\6")) {
      var tree = new ZipTree(path);
      try {
        return recognise(tree, name, task);
      } catch (RuntimeException e) {
        tree.close(e);
        throw e;
      }
    }
    if (path.toString().toLowerCase(Locale.ROOT).endsWith(".csv")) {
      return only(task, openCsv(path, CsvColumns.FOUND));
    }
    throw new DataException(
        path
            + switch (start) {
              case String s when s.startsWith("\0\0") ->
                  " looks like an IDX file; give the folder that holds it and its companions";
              case String s when s.startsWith("\u001f\u008b") ->
                  " is packed by gzip; give the folder that holds it if it is one of MNIST's four files, and unpack it otherwise";
              case String s when s.startsWith("\u0089PNG") || s.startsWith("\u00ff\u00d8\u00ff") ->
                  " is a single image; give a folder with " + ImageFolder.LAYOUTS;
              default ->
                  " is no data set; what works: a folder of IDX files, or a folder or zip file in the layout of VOC, COCO, CamVid or CIFAR, with a table labels.csv, or with "
                      + ImageFolder.LAYOUTS;
            });
  }

  private static DataSplits recognise(FileTree tree, String name, @Nullable Task task) {
    // One folder around everything is how most archives are made.
    var root = "";
    while (true) {
      var children = tree.list(root);
      if (Voc.matches(tree, root)) {
        return Voc.open(tree, root, name, task);
      }
      if (Coco.matches(tree, root)) {
        return Coco.open(tree, root, name, task);
      }
      if (Cifar.matches(tree, root)) {
        return only(task, Cifar.open(tree, root, name));
      }
      if (ObjectMasks.matches(tree, root)) {
        return only(task, ObjectMasks.open(tree, root, name));
      }
      if (Pairs.matches(tree, root)) {
        return only(task, Pairs.open(tree, root, name));
      }
      if (CsvFolder.matches(tree, root)) {
        return only(task, CsvFolder.open(tree, root, name, CsvColumns.FOUND));
      }
      if (children.size() != 1
          || !children.getFirst().folder()
          || Part.of(children.getFirst().name()) != null) {
        return only(task, ImageFolder.open(tree, name));
      }
      root = FileTree.join(root, children.getFirst().name());
    }
  }

  /// These data, if they are for this task.
  private static DataSplits only(@Nullable Task task, DataSplits data) {
    if (task != null && data.train().task() != task) {
      throw new DataException(
          "%s is for %s, and has nothing for %s".formatted(data.name(), data.train().task(), task));
    }
    return data;
  }

  private static Optional<BuiltIn> builtIn(String name) {
    return BUILT_IN.stream().filter(b -> b.name.equals(name)).findFirst();
  }

  private static @Nullable Path path(String text) {
    try {
      return text.isEmpty() ? null : Path.of(text);
    } catch (InvalidPathException e) {
      return null;
    }
  }

  private static String nameOf(Path path) {
    var last = path.toAbsolutePath().normalize().getFileName();
    var name = last == null ? path.toString() : last.toString();
    return name.toLowerCase(Locale.ROOT).endsWith(".zip")
        ? name.substring(0, name.length() - 4)
        : name;
  }

  private static DataException nothingAt(Path path) {
    var parent = path.toAbsolutePath().normalize().getParent();
    while (parent != null && !Files.exists(parent)) {
      parent = parent.getParent();
    }
    return new DataException(
        "nothing lies at %s (the path exists as far as %s); a path or one of %s would work"
            .formatted(path, parent, String.join(", ", names())));
  }

  /// The first four bytes of a file as characters.
  private static String start(Path file) {
    try (var in = Files.newInputStream(file)) {
      return new String(in.readNBytes(4), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw DataException.unreadable(file.toString(), e);
    }
  }
}
