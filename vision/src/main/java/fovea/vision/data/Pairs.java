package fovea.vision.data;

import fovea.vision.annotation.Annotations;
import fovea.vision.annotation.Instance;
import fovea.vision.annotation.LabelMap;
import fovea.vision.annotation.Mask;
import fovea.vision.image.Images;
import fovea.vision.image.Indices;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Images, and to each a picture of the same size whose pixels are classes or things.
///
/// Two folders lie beside each other, matched by the names of their files: `train` and `trainannot`
/// (as SegNet's copy of CamVid does it), `images` and `labels` or `masks` (each perhaps with a
/// folder for each part, or itself within one). Label pictures are PNG files of numbers (palette or
/// grey) or of colours, which a list of classes explains ([ClassList]). Where the second folder is
/// called `instances`, or `PedMasks` as in Penn-Fudan, the numbers are things: 0 is none of them.
final class Pairs {
  static final Set<String> IMAGES =
      Set.of("image", "images", "img", "imgs", "jpegimages", "pngimages", "leftimg8bit");
  static final Set<String> LABELS =
      Set.of(
          "label",
          "labels",
          "mask",
          "masks",
          "annotation",
          "annotations",
          "annot",
          "segmentation",
          "segmentations",
          "gt",
          "gtfine");
  static final Set<String> THINGS = Set.of("instance", "instances", "pedmasks");

  /// What the name of a label picture may have behind that of its image.
  private static final List<String> SUFFIXES =
      List.of("", "_L", "_mask", "_masks", "_label", "_labels", "_seg", "_gt", "_instance");

  /// How many label pictures are looked at to see which numbers there are.
  private static final int SAMPLED = 64;

  /// More are no things, but grey values.
  private static final int MAX_THINGS = 4096;

  /// SegNet's copy of CamVid (Badrinarayanan et al., TPAMI 2017; data set of Brostow et al.,
  /// Pattern Recognition Letters 2009): the classes of numbers 0 to 10, and 11 for what is none.
  private static final List<String> CAMVID =
      List.of(
          "sky",
          "building",
          "pole",
          "road",
          "pavement",
          "tree",
          "sign",
          "fence",
          "car",
          "pedestrian",
          "bicyclist");

  private static final List<Integer> CAMVID_COLOURS =
      List.of(
          0x808080, 0x800000, 0xC0C080, 0x804080, 0x3C28DE, 0x808000, 0xC08080, 0x404080, 0x400080,
          0x404000, 0x0080C0);

  /// Images of a part, their folder and that of their label pictures.
  private record Found(Part part, String images, String labels, boolean things) {}

  /// What the pixels of label pictures mean.
  ///
  /// @param numbers the class of each number that is not its own class
  private record Reading(ClassList classes, Map<Integer, Integer> numbers) {}

  private final FileTree tree;
  private final String root;
  private final String name;
  private final List<String> notes = new ArrayList<>();

  private Pairs(FileTree tree, String root, String name) {
    this.tree = tree;
    this.root = root;
    this.name = name;
  }

  /// Whether a folder has this layout.
  static boolean matches(FileTree tree, String root) {
    return !find(tree, root).isEmpty();
  }

  static DataSplits open(FileTree tree, String root, String name) {
    return new Pairs(tree, root, name).open();
  }

  private static List<Found> find(FileTree tree, String root) {
    var found = new ArrayList<Found>();
    var folders = tree.folders(root);
    for (var folder : folders) {
      var part = Part.of(folder);
      if (part != null) {
        var path = FileTree.join(root, folder);
        for (var beside : List.of(folder + "annot", folder + "_labels", folder + "_masks")) {
          if (folders.contains(beside)) {
            found.add(new Found(part, path, FileTree.join(root, beside), false));
          }
        }
        found.addAll(within(tree, path, part));
      }
    }
    return found.isEmpty() ? within(tree, root, null) : found;
  }

  /// @param part of the images; null if folders in those of images and labels may say
  private static List<Found> within(FileTree tree, String folder, @Nullable Part part) {
    var folders = tree.folders(folder);
    var images = named(folders, IMAGES);
    var labels = named(folders, LABELS);
    var things = named(folders, THINGS);
    if (images == null || (labels == null && things == null)) {
      return List.of();
    }
    var from = FileTree.join(folder, images);
    var to = FileTree.join(folder, things != null ? things : labels == null ? "" : labels);
    if (part != null) {
      return List.of(new Found(part, from, to, things != null));
    }
    var found = new ArrayList<Found>();
    for (var child : tree.folders(from)) {
      var childPart = Part.of(child);
      if (childPart != null && tree.folders(to).contains(child)) {
        found.add(
            new Found(
                childPart, FileTree.join(from, child), FileTree.join(to, child), things != null));
      }
    }
    return found.isEmpty() ? List.of(new Found(Part.TRAIN, from, to, things != null)) : found;
  }

  /// The first of these folders that has one of these names, whatever its case; null if none does.
  static @Nullable String named(List<String> folders, Set<String> names) {
    return folders.stream()
        .filter(f -> names.contains(f.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElse(null);
  }

  private DataSplits open() {
    var found = find(tree, root);
    var pairs = new EnumMap<Part, SortedMap<String, String>>(Part.class);
    for (var f : found) {
      if (pairs.put(f.part, match(f)) != null) {
        throw new DataException(
            "%s has two folders of %s images".formatted(tree.describe(root), f.part.word()));
      }
    }
    for (var folder : tree.folders(root)) {
      if (Part.of(folder) != null
          && found.stream()
              .noneMatch(
                  f ->
                      FileTree.join(root, folder).equals(f.images)
                          || f.images.startsWith(FileTree.join(root, folder) + "/"))) {
        notes.add(tree.describe(FileTree.join(root, folder)) + " has no labels and is not used.");
      }
    }
    boolean things = found.getFirst().things;
    var parts = new EnumMap<Part, Dataset>(Part.class);
    if (things) {
      var meaning = new ImageFiles.Meaning(Task.DETECTION, List.of("object"));
      pairs.forEach((part, pair) -> parts.put(part, instances(part, pair, meaning)));
    } else {
      var reading =
          reading(found, pairs.values().stream().flatMap(p -> p.values().stream()).toList());
      pairs.forEach((part, pair) -> parts.put(part, maps(part, pair, reading)));
    }
    return Part.splits(name, parts, notes);
  }

  /// To each image its label picture.
  private SortedMap<String, String> match(Found found) {
    var labels = new HashMap<String, String>();
    tree.files(found.labels).forEach(p -> labels.put(FileTree.stem(p), p));
    var pairs = new TreeMap<String, String>();
    var images = tree.files(found.images).stream().filter(p -> !ClassList.isOne(p)).toList();
    for (var image : images) {
      var stem = FileTree.stem(image);
      var label =
          SUFFIXES.stream().map(s -> labels.get(stem + s)).filter(l -> l != null).findFirst();
      pairs.put(
          image,
          label.orElseThrow(
              () ->
                  new DataException(
                      "%s has no labels: there is no %s.png in %s"
                          .formatted(tree.describe(image), stem, tree.describe(found.labels)))));
    }
    if (pairs.isEmpty()) {
      throw new DataException(tree.describe(found.images) + " holds no images");
    }
    return pairs;
  }

  private Dataset maps(Part part, SortedMap<String, String> pairs, Reading reading) {
    var labels = List.copyOf(pairs.values());
    var byColour = reading.classes.byColour();
    return new ImageFiles(
        tree,
        root,
        part.in(name),
        new ImageFiles.Meaning(
            Task.SEGMENTATION, reading.classes.names(), List.of(), reading.classes.colours()),
        List.copyOf(pairs.keySet()),
        new int[0],
        i -> Annotations.of(labelMap(tree, labels.get(i), reading, byColour)),
        labels);
  }

  private Dataset instances(
      Part part, SortedMap<String, String> pairs, ImageFiles.Meaning meaning) {
    var pictures = List.copyOf(pairs.values());
    return new ImageFiles(
        tree,
        root,
        part.in(name),
        meaning,
        List.copyOf(pairs.keySet()),
        new int[0],
        i ->
            Annotations.of(
                masks(tree, pictures.get(i)).values().stream()
                    .map(mask -> Instance.of(0, mask))
                    .toList()),
        pictures);
  }

  /// What numbers or colours there are, and what they mean.
  private Reading reading(List<Found> found, List<String> labels) {
    var list = ClassList.find(tree, root);
    if (list != null) {
      return new Reading(list, Map.of());
    }
    var numbers = numbers(labels);
    boolean segnet = found.stream().anyMatch(f -> f.labels.endsWith("annot"));
    if (segnet && numbers.last() == CAMVID.size()) {
      return new Reading(
          new ClassList(CAMVID, CAMVID_COLOURS), Map.of(CAMVID.size(), LabelMap.IGNORE));
    }
    if (numbers.equals(Set.of(0, 255))) {
      notes.add("Label pictures are black and white: black is background, white is foreground.");
      return new Reading(
          new ClassList(List.of("background", "foreground"), List.of()), Map.of(255, 1));
    }
    int last =
        numbers.headSet(LabelMap.IGNORE).isEmpty() ? 0 : numbers.headSet(LabelMap.IGNORE).last();
    notes.add(
        "Nothing names the classes (a file classes.txt, a line each, would); they are called by their numbers, 0 to %d%s."
            .formatted(last, numbers.contains(LabelMap.IGNORE) ? ", and 255 is ignored" : ""));
    var names = IntStream.rangeClosed(0, last).mapToObj(String::valueOf).toList();
    return new Reading(new ClassList(names, List.of()), Map.of());
  }

  private NavigableSet<Integer> numbers(List<String> labels) {
    var seen = new ConcurrentSkipListSet<Integer>();
    int n = Math.min(labels.size(), SAMPLED);
    IntStream.range(0, n)
        .map(i -> (int) ((long) i * labels.size() / n))
        .parallel()
        .forEach(
            i ->
                Arrays.stream(indices(tree, labels.get(i)).values()).distinct().forEach(seen::add));
    return new TreeSet<>(seen);
  }

  /// The numbers of a label picture.
  static Indices indices(FileTree tree, String path) {
    var file = tree.describe(path);
    var indices = Images.readIndices(tree.read(path), file);
    if (indices == null) {
      throw new DataException(
          "%s is in colour or no PNG file; its pixels are numbers only in a PNG file with a palette or in grey, and colours need a list of them (classes.txt with lines such as \"road 128 64 128\")"
              .formatted(file));
    }
    return indices;
  }

  /// The masks of the things in a picture, by their numbers; 0 and 255 are none.
  static SortedMap<Integer, Mask> masks(FileTree tree, String path) {
    var indices = indices(tree, path);
    var bits = new TreeMap<Integer, BitSet>();
    var values = indices.values();
    for (int p = 0; p < values.length; p++) {
      if (values[p] != 0 && values[p] != LabelMap.IGNORE) {
        bits.computeIfAbsent(values[p], _ -> new BitSet()).set(p);
      }
    }
    if (bits.size() > MAX_THINGS) {
      throw new DataException(
          "%s has %d different numbers, too many to be things"
              .formatted(tree.describe(path), bits.size()));
    }
    var masks = new TreeMap<Integer, Mask>();
    bits.forEach((n, b) -> masks.put(n, Mask.of(indices.height(), indices.width(), b)));
    return masks;
  }

  /// The classes of a picture whose numbers are classes.
  static LabelMap labelMap(FileTree tree, String path, int classes) {
    var names = IntStream.range(0, classes).mapToObj(String::valueOf).toList();
    return labelMap(tree, path, new Reading(new ClassList(names, List.of()), Map.of()), Map.of());
  }

  private static LabelMap labelMap(
      FileTree tree, String path, Reading reading, Map<Integer, Integer> byColour) {
    var file = tree.describe(path);
    var bytes = tree.read(path);
    var indices = Images.readIndices(bytes, file);
    int classes = reading.classes.names().size();
    if (indices != null) {
      var labels = new byte[indices.values().length];
      for (int p = 0; p < labels.length; p++) {
        int number = indices.values()[p];
        int label = reading.numbers.getOrDefault(number, number);
        if (label >= classes && label != LabelMap.IGNORE) {
          throw new DataException(
              "%s: the pixel in row %d, column %d has number %d, but there are %d classes (0 to %d, and 255 for none)"
                  .formatted(
                      file,
                      p / indices.width(),
                      p % indices.width(),
                      number,
                      classes,
                      classes - 1));
        }
        labels[p] = (byte) label;
      }
      return new LabelMap(indices.height(), indices.width(), labels);
    }
    var image = Images.read(bytes, file).toRgb();
    if (byColour.isEmpty()) {
      throw new DataException(
          file
              + " is in colour, but nothing says which class each colour is; a file classes.txt with lines such as \"road 128 64 128\" would");
    }
    var pixels = image.pixels();
    var labels = new byte[image.height() * image.width()];
    for (int p = 0; p < labels.length; p++) {
      int colour =
          ((pixels[3 * p] & 0xFF) << 16)
              | ((pixels[3 * p + 1] & 0xFF) << 8)
              | (pixels[3 * p + 2] & 0xFF);
      var label = byColour.get(colour);
      if (label == null) {
        throw new DataException(
            "%s: the pixel in row %d, column %d has the colour %d %d %d, which no class has"
                .formatted(
                    file,
                    p / image.width(),
                    p % image.width(),
                    colour >> 16,
                    colour >> 8 & 0xFF,
                    colour & 0xFF));
      }
      labels[p] = label.byteValue();
    }
    return new LabelMap(image.height(), image.width(), labels);
  }
}
