package fovea.vision.data;

import fovea.vision.annotation.Annotations;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Images named in tables, with their classes, several classes at once, or numbers: one table
/// (`labels.csv`) beside the images, perhaps with a column that says which part an image is for, or
/// a table for each part (`train.csv`, `val.csv`, `test.csv`).
final class CsvFolder {
  private static final Set<String> IMAGE_HEADS =
      Set.of(
          "image",
          "images",
          "file",
          "filename",
          "file_name",
          "path",
          "filepath",
          "image_path",
          "image_name",
          "image_id",
          "imageid",
          "img",
          "id",
          "id_code");
  private static final Set<String> LABEL_HEADS =
      Set.of("label", "labels", "class", "classes", "category", "tag", "tags", "breed", "species");
  private static final Set<String> PART_HEADS =
      Set.of("split", "part", "set", "subset", "fold", "partition");

  /// Several classes in one cell.
  private static final Pattern SEVERAL = Pattern.compile("[|;]");

  private static final List<String> IMAGE_FOLDERS =
      List.of("", "images", "image", "img", "train", "val", "valid", "test", "data");
  private static final List<String> ENDINGS = List.of("", ".jpg", ".png", ".jpeg", ".tif", ".bmp");

  private final FileTree tree;
  private final String root;
  private final String name;
  private final CsvColumns columns;

  private CsvFolder(FileTree tree, String root, String name, CsvColumns columns) {
    this.tree = tree;
    this.root = root;
    this.name = name;
    this.columns = columns;
  }

  /// Whether a folder holds tables.
  static boolean matches(FileTree tree, String root) {
    return !tables(tree, root).isEmpty();
  }

  private static List<String> tables(FileTree tree, String root) {
    return tree.files(root).stream()
        .filter(p -> p.toLowerCase(Locale.ROOT).endsWith(".csv") && !ClassList.isOne(p))
        .toList();
  }

  static DataSplits open(FileTree tree, String root, String name, CsvColumns columns) {
    return new CsvFolder(tree, root, name, columns).open(tables(tree, root));
  }

  static DataSplits open(
      FileTree tree, String root, String name, CsvColumns columns, String table) {
    return new CsvFolder(tree, root, name, columns).open(List.of(table));
  }

  /// The rows of a part, all from one table.
  private record Rows(Csv table, List<Csv.Row> rows) {}

  private DataSplits open(List<String> tables) {
    var notes = new ArrayList<String>();
    var parts = new EnumMap<Part, Rows>(Part.class);
    var used = new ArrayList<String>();
    for (var path : tables) {
      var part = tables.size() == 1 ? Part.TRAIN : Part.within(FileTree.stem(path));
      if (part == null) {
        notes.add(tree.describe(path) + " is not used: its name says no part.");
        continue;
      }
      used.add(path);
      var table = Csv.parse(text(path), tree.describe(path));
      if (tables.size() == 1) {
        byPart(table).forEach((p, rows) -> parts.put(p, new Rows(table, rows)));
      } else if (parts.put(part, new Rows(table, table.rows())) != null) {
        throw new DataException(
            "%s has two tables of %s images".formatted(tree.describe(root), part.word()));
      }
    }
    var train = parts.get(Part.TRAIN);
    if (train == null) {
      throw new DataException(
          "%s has no table of training images; what works: labels.csv, or train.csv and test.csv"
              .formatted(tree.describe(root)));
    }
    var model = Labels.of(train.table, train.rows, labelHeads(train.table), columns.task());
    var data = new EnumMap<Part, Dataset>(Part.class);
    parts.forEach((part, rows) -> data.put(part, read(part, rows, model, used)));
    return Part.splits(name, data, notes);
  }

  private String text(String path) {
    return new String(tree.read(path), StandardCharsets.UTF_8).replaceFirst("^\uFEFF", "");
  }

  private Map<Part, List<Csv.Row>> byPart(Csv table) {
    var head =
        Optional.ofNullable(columns.part())
            .or(() -> find(table, h -> PART_HEADS.contains(h.toLowerCase(Locale.ROOT))));
    if (head.isEmpty()) {
      return Map.of(Part.TRAIN, table.rows());
    }
    int column = column(table, head.get());
    var parts = new EnumMap<Part, List<Csv.Row>>(Part.class);
    for (var row : table.rows()) {
      var part = Part.of(row.cells().get(column).strip());
      if (part == null) {
        throw new DataException(
            "%s, line %d: column \"%s\" says \"%s\", which is neither train, val nor test"
                .formatted(table.file(), row.line(), head.get(), row.cells().get(column)));
      }
      parts.computeIfAbsent(part, _ -> new ArrayList<>()).add(row);
    }
    return parts;
  }

  private static Optional<String> find(Csv table, Predicate<String> wanted) {
    return table.heads().stream().filter(wanted).findFirst();
  }

  private static int column(Csv table, String head) {
    int column = table.heads().indexOf(head);
    if (column < 0) {
      throw new DataException(
          "%s has no column \"%s\", only %s".formatted(table.file(), head, table.heads()));
    }
    return column;
  }

  private String imageHead(Csv table) {
    var named = columns.image();
    return named != null
        ? named
        : find(table, h -> IMAGE_HEADS.contains(h.toLowerCase(Locale.ROOT)))
            .orElseThrow(
                () ->
                    new DataException(
                        "%s has the columns %s; none is called image, file, filename or path: name the one that holds the images"
                            .formatted(table.file(), table.heads())));
  }

  private List<String> labelHeads(Csv table) {
    if (!columns.labels().isEmpty()) {
      return columns.labels();
    }
    var one = find(table, h -> LABEL_HEADS.contains(h.toLowerCase(Locale.ROOT)));
    if (one.isPresent()) {
      return List.of(one.get());
    }
    var rest = new ArrayList<>(table.heads());
    rest.remove(imageHead(table));
    rest.removeIf(h -> h.equals(columns.part()) || PART_HEADS.contains(h.toLowerCase(Locale.ROOT)));
    if (rest.isEmpty()) {
      throw new DataException(
          "%s has only the columns %s and nothing to learn from them"
              .formatted(table.file(), table.heads()));
    }
    return rest;
  }

  private Dataset read(Part part, Rows rows, Labels model, List<String> tables) {
    var table = rows.table;
    int image = column(table, imageHead(table));
    var paths = new ArrayList<String>();
    var labels = new int[model.task == Task.CLASSIFICATION ? rows.rows.size() : 0];
    var annotations = new ArrayList<Annotations>();
    var known = model.columns.stream().mapToInt(h -> column(table, h)).toArray();
    for (var row : rows.rows) {
      paths.add(path(table, row, row.cells().get(image).strip()));
      var cells = Arrays.stream(known).mapToObj(i -> row.cells().get(i).strip()).toList();
      var annotation = model.read(table, row, cells);
      if (model.task == Task.CLASSIFICATION) {
        labels[annotations.size()] = annotation.labels()[0];
        annotation = Annotations.NONE;
      }
      annotations.add(annotation);
    }
    return new ImageFiles(
        tree,
        root,
        part.in(name),
        new ImageFiles.Meaning(model.task, model.classes),
        paths,
        labels,
        annotations::get,
        tables);
  }

  /// Where the image lies that a row names, with its ending or without.
  private String path(Csv table, Csv.Row row, String image) {
    if (!FileTree.isPlain(image)) {
      throw new DataException(
          "%s, line %d: \"%s\" is no plain path below the folder"
              .formatted(table.file(), row.line(), image));
    }
    for (var folder : IMAGE_FOLDERS) {
      for (var ending : ENDINGS) {
        var path = FileTree.join(root, FileTree.join(folder, image + ending));
        if (tree.has(path)) {
          return path;
        }
      }
    }
    throw new DataException(
        "%s, line %d: there is no image \"%s\" in %s"
            .formatted(
                table.file(),
                row.line(),
                image,
                root.isEmpty() ? tree.name() : tree.describe(root)));
  }

  /// How the columns of labels are read.
  private record Labels(Task task, List<String> columns, List<String> classes, boolean inOneCell) {

    static Labels of(Csv table, List<Csv.Row> rows, List<String> heads, @Nullable Task wanted) {
      var columns = heads.stream().mapToInt(h -> column(table, h)).toArray();
      var cells = new ArrayList<List<String>>();
      for (var row : rows) {
        cells.add(Arrays.stream(columns).mapToObj(i -> row.cells().get(i).strip()).toList());
      }
      if (cells.isEmpty()) {
        throw new DataException(table.file() + " names no training images");
      }
      var task = wanted != null ? wanted : judge(table, heads, cells);
      boolean inOneCell = heads.size() == 1;
      var classes =
          switch (task) {
            case CLASSIFICATION -> classes(cells.stream().map(List::getFirst).toList());
            case MULTI_LABEL ->
                inOneCell
                    ? classes(cells.stream().flatMap(c -> several(c.getFirst()).stream()).toList())
                    : heads;
            default -> heads;
          };
      return new Labels(task, heads, classes, inOneCell);
    }

    private static Task judge(Csv table, List<String> heads, List<List<String>> cells) {
      if (heads.size() == 1) {
        boolean named = LABEL_HEADS.contains(heads.getFirst().toLowerCase(Locale.ROOT));
        if (cells.stream().anyMatch(c -> SEVERAL.matcher(c.getFirst()).find())) {
          return Task.MULTI_LABEL;
        }
        boolean numbers = cells.stream().allMatch(c -> isNumber(c.getFirst()));
        boolean whole = cells.stream().allMatch(c -> c.getFirst().matches("\\d{1,9}"));
        return numbers && (!named || !whole) ? Task.REGRESSION : Task.CLASSIFICATION;
      }
      if (cells.stream().allMatch(c -> c.stream().allMatch(x -> x.matches("[01]")))) {
        return Task.MULTI_LABEL;
      }
      if (cells.stream().allMatch(c -> c.stream().allMatch(Labels::isNumber))) {
        return Task.REGRESSION;
      }
      throw new DataException(
          "%s has the columns %s, which are neither all 0 or 1 nor all numbers; name those to be learned"
              .formatted(table.file(), heads));
    }

    /// The classes by name, or in the order of their numbers where all are numbers.
    private static List<String> classes(List<String> all) {
      var names = new LinkedHashSet<>(all);
      if (names.stream().allMatch(n -> n.matches("\\d{1,9}"))) {
        return names.stream()
            .map(Integer::valueOf)
            .sorted()
            .map(String::valueOf)
            .distinct()
            .toList();
      }
      return List.copyOf(new TreeSet<>(names));
    }

    private static List<String> several(String cell) {
      return SEVERAL.splitAsStream(cell).map(String::strip).filter(c -> !c.isEmpty()).toList();
    }

    private static boolean isNumber(String cell) {
      try {
        return Float.isFinite(Float.parseFloat(cell));
      } catch (NumberFormatException e) {
        return false;
      }
    }

    /// What a row says; a class alone is put where several would be.
    Annotations read(Csv table, Csv.Row row, List<String> cells) {
      return switch (task) {
        case CLASSIFICATION -> Annotations.NONE.labels(label(table, row, cells.getFirst()));
        case MULTI_LABEL ->
            inOneCell
                ? Annotations.NONE.labels(
                    several(cells.getFirst()).stream()
                        .mapToInt(c -> label(table, row, c))
                        .sorted()
                        .distinct()
                        .toArray())
                : Annotations.NONE.labels(
                    IntStream.range(0, cells.size())
                        .filter(i -> isSet(table, row, i, cells.get(i)))
                        .toArray());
        default -> {
          var targets = new float[cells.size()];
          for (int i = 0; i < targets.length; i++) {
            if (!isNumber(cells.get(i))) {
              throw wrong(table, row, i, cells.get(i), "a number");
            }
            targets[i] = Float.parseFloat(cells.get(i));
          }
          yield Annotations.NONE.targets(targets);
        }
      };
    }

    private boolean isSet(Csv table, Csv.Row row, int column, String cell) {
      if (!cell.matches("[01]")) {
        throw wrong(table, row, column, cell, "0 or 1");
      }
      return cell.equals("1");
    }

    private DataException wrong(Csv table, Csv.Row row, int column, String cell, String wanted) {
      return new DataException(
          "%s, line %d: column \"%s\" is \"%s\" and not %s"
              .formatted(table.file(), row.line(), columns.get(column), cell, wanted));
    }

    private int label(Csv table, Csv.Row row, String cell) {
      var name = cell.matches("\\d{1,9}") ? String.valueOf(Integer.parseInt(cell)) : cell;
      int label = classes.indexOf(name);
      if (label < 0) {
        throw new DataException(
            "%s, line %d: \"%s\" is no class of the training images"
                .formatted(table.file(), row.line(), cell));
      }
      return label;
    }
  }
}
