package fovea.vision.data;

import fovea.vision.annotation.Annotations;
import fovea.vision.annotation.Instance;
import fovea.vision.annotation.Mask;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The layout of Pascal VOC (Everingham et al., The PASCAL Visual Object Classes Challenge, IJCV
/// 2010; its development kit): `JPEGImages`, `Annotations/*.xml`, lists of images in `ImageSets`,
/// label images in `SegmentationClass` and `SegmentationObject`.
final class Voc {
  /// The classes of the challenge, in the order of its label images.
  private static final List<String> CHALLENGE =
      List.of(
          "aeroplane",
          "bicycle",
          "bird",
          "boat",
          "bottle",
          "bus",
          "car",
          "cat",
          "chair",
          "cow",
          "diningtable",
          "dog",
          "horse",
          "motorbike",
          "person",
          "pottedplant",
          "sheep",
          "sofa",
          "train",
          "tvmonitor");

  private static final String BACKGROUND = "background";

  private final FileTree tree;
  private final String root;
  private final String name;
  private final Task task;
  private final List<String> notes = new ArrayList<>();

  private Voc(FileTree tree, String root, String name, Task task) {
    this.tree = tree;
    this.root = root;
    this.name = name;
    this.task = task;
  }

  /// Whether a folder has this layout.
  static boolean matches(FileTree tree, String root) {
    var folders = tree.folders(root);
    return folders.contains("JPEGImages")
        && (folders.contains("Annotations") || folders.contains("SegmentationClass"));
  }

  /// @param task [Task#DETECTION], [Task#SEGMENTATION], or null for whichever there is, boxes first
  static DataSplits open(FileTree tree, String root, String name, @Nullable Task task) {
    boolean boxes = tree.folders(root).contains("Annotations");
    boolean classes = tree.folders(root).contains("SegmentationClass");
    if (task == null) {
      task = boxes ? Task.DETECTION : Task.SEGMENTATION;
    }
    if ((task == Task.DETECTION && boxes) || (task == Task.SEGMENTATION && classes)) {
      return new Voc(tree, root, name, task).open();
    }
    throw new DataException(
        "%s has %s, and nothing for %s"
            .formatted(
                tree.describe(root),
                boxes && classes ? "boxes and label images" : boxes ? "boxes" : "label images",
                task));
  }

  private DataSplits open() {
    var images = byStem("JPEGImages");
    var things = byStem("SegmentationObject");
    var marked = byStem(task == Task.DETECTION ? "Annotations" : "SegmentationClass");
    var sets = sets(marked.keySet());
    // Read once for all parts, by several threads: there may be ten thousand.
    var xml =
        task == Task.DETECTION
            ? marked.entrySet().parallelStream()
                .collect(Collectors.toMap(Map.Entry::getKey, e -> VocXml.read(tree, e.getValue())))
            : Map.<String, VocXml>of();
    var classes = classes(xml);
    var parts = new EnumMap<Part, Dataset>(Part.class);
    sets.forEach(
        (part, stems) ->
            parts.put(
                part,
                task == Task.DETECTION
                    ? detection(part, stems, images, marked, xml, things, classes)
                    : segmentation(part, stems, images, marked, classes)));
    return Part.splits(name, parts, notes);
  }

  /// The files of a folder by their names without ending.
  private Map<String, String> byStem(String folder) {
    var path = FileTree.join(root, folder);
    if (!tree.folders(root).contains(folder)) {
      return Map.of();
    }
    return tree.files(path).stream()
        .collect(Collectors.toMap(FileTree::stem, p -> p, (first, _) -> first));
  }

  /// The images of each part: as the lists say, or all.
  private Map<Part, List<String>> sets(Set<String> all) {
    var folder =
        FileTree.join(root, "ImageSets/" + (task == Task.DETECTION ? "Main" : "Segmentation"));
    var sets = new EnumMap<Part, List<String>>(Part.class);
    for (var part : Part.values()) {
      var list = FileTree.join(folder, part.folder() + ".txt");
      if (tree.has(list)) {
        var stems =
            tree.text(list)
                .lines()
                .map(l -> l.strip().replaceFirst("\\s.*", ""))
                .filter(l -> !l.isEmpty())
                .toList();
        var known = stems.stream().filter(all::contains).toList();
        if (known.isEmpty()) {
          notes.add("No image of %s is annotated; it is not used.".formatted(tree.describe(list)));
        } else {
          if (known.size() < stems.size()) {
            notes.add(
                "%d of %d images of %s are not annotated and not used."
                    .formatted(stems.size() - known.size(), stems.size(), tree.describe(list)));
          }
          sets.put(part, known);
        }
      }
    }
    if (!sets.containsKey(Part.TRAIN)) {
      var taken = sets.values().stream().flatMap(List::stream).collect(Collectors.toSet());
      sets.put(Part.TRAIN, all.stream().filter(s -> !taken.contains(s)).sorted().toList());
    }
    return sets;
  }

  private List<String> classes(Map<String, VocXml> xml) {
    if (task == Task.SEGMENTATION) {
      var all = new ArrayList<>(CHALLENGE);
      all.addFirst(BACKGROUND);
      return all;
    }
    var names = new TreeSet<String>();
    xml.values().forEach(x -> x.things().forEach(thing -> names.add(thing.name())));
    if (names.isEmpty()) {
      throw new DataException(tree.describe(FileTree.join(root, "Annotations")) + " marks nothing");
    }
    return List.copyOf(names);
  }

  private Dataset detection(
      Part part,
      List<String> stems,
      Map<String, String> images,
      Map<String, String> files,
      Map<String, VocXml> xml,
      Map<String, String> masks,
      List<String> classes) {
    var paths = new ArrayList<String>();
    var found = new ArrayList<List<Numbered>>();
    var cut = new ArrayList<String>();
    for (var stem : stems) {
      var file = files.get(stem);
      var annotation = xml.get(stem);
      if (file == null || annotation == null) {
        throw new AssertionError("no annotation for " + stem);
      }
      paths.add(image(stem, annotation.filename(), images, file));
      found.add(numbered(annotation, tree.describe(file), classes, cut));
    }
    if (!cut.isEmpty()) {
      notes.add(
          "%s: %d boxes reached beyond their images and were cut there or, with nothing left, dropped, the first in %s."
              .formatted(part.in(name), cut.size(), cut.getFirst()));
    }
    return new ImageFiles(
        tree,
        root,
        part.in(name),
        new ImageFiles.Meaning(Task.DETECTION, classes),
        paths,
        new int[0],
        i -> {
          var mask = masks.get(stems.get(i));
          return Annotations.of(instances(found.get(i), mask));
        },
        stems.stream().map(files::get).toList());
  }

  private String image(
      String stem, String filename, Map<String, String> images, String annotation) {
    var path = images.getOrDefault(stem, images.get(FileTree.stem(filename)));
    if (path == null) {
      throw new DataException(
          "%s has no image: there is no %s in %s"
              .formatted(
                  tree.describe(annotation),
                  filename.isEmpty() ? stem + ".jpg" : filename,
                  tree.describe(FileTree.join(root, "JPEGImages"))));
    }
    return path;
  }

  /// A thing and the number it has in the picture of things: its place in the file, from 1.
  private record Numbered(int number, Instance thing) {}

  private static List<Numbered> numbered(
      VocXml xml, String file, List<String> classes, List<String> cut) {
    var instances = new ArrayList<Numbered>();
    for (int i = 0; i < xml.things().size(); i++) {
      var thing = xml.things().get(i);
      var box = thing.box(file);
      boolean sized = xml.width() > 0 && xml.height() > 0;
      var inside = sized ? box.clip(xml.width(), xml.height()) : box;
      if (!inside.equals(box)) {
        cut.add(file);
      }
      if (!inside.isEmpty()) {
        var instance = Instance.of(classes.indexOf(thing.name()), inside);
        instances.add(new Numbered(i + 1, instance.difficult(thing.difficult())));
      }
    }
    return List.copyOf(instances);
  }

  /// @param path the picture of things, null if there is none
  private List<Instance> instances(List<Numbered> things, @Nullable String path) {
    var masks = path == null ? Map.<Integer, Mask>of() : Pairs.masks(tree, path);
    return things.stream().map(t -> t.thing.mask(masks.get(t.number))).toList();
  }

  private Dataset segmentation(
      Part part,
      List<String> stems,
      Map<String, String> images,
      Map<String, String> files,
      List<String> classes) {
    var paths = stems.stream().map(s -> image(s, "", images, files.getOrDefault(s, s))).toList();
    var maps = stems.stream().map(s -> files.getOrDefault(s, s)).toList();
    return new ImageFiles(
        tree,
        root,
        part.in(name),
        new ImageFiles.Meaning(task, classes, List.of(), Palettes.voc().subList(0, classes.size())),
        paths,
        new int[0],
        i -> Annotations.of(Pairs.labelMap(tree, maps.get(i), classes.size())),
        maps);
  }
}
