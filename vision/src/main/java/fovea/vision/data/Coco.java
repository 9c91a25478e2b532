package fovea.vision.data;

import fovea.vision.annotation.Annotations;
import fovea.vision.annotation.Box;
import fovea.vision.annotation.Instance;
import fovea.vision.annotation.Keypoint;
import fovea.vision.annotation.Mask;
import fovea.vision.annotation.Visibility;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The layout of COCO (Lin et al., Microsoft COCO: Common Objects in Context, ECCV 2014): JSON
/// files of boxes, masks and keypoints in `annotations`, beside the images or at the root, and
/// images in folders of the same name (`train2017`), of the part's (`train`), or in `images`.
final class Coco {
  /// Files of COCO that mark no things.
  private static final Set<String> OTHERS =
      Set.of("captions", "image_info", "stuff", "panoptic", "unlabeled");

  private final FileTree tree;
  private final String root;
  private final String name;
  private final @Nullable Task task;
  private final List<String> notes = new ArrayList<>();

  private Coco(FileTree tree, String root, String name, @Nullable Task task) {
    this.tree = tree;
    this.root = root;
    this.name = name;
    this.task = task;
  }

  /// Whether a folder has this layout.
  static boolean matches(FileTree tree, String root) {
    return !files(tree, root).isEmpty();
  }

  /// @param task [Task#DETECTION], [Task#KEYPOINTS], or null for whichever there is, boxes first
  static DataSplits open(FileTree tree, String root, String name, @Nullable Task task) {
    if (task != null && task != Task.DETECTION && task != Task.KEYPOINTS) {
      throw new DataException(name + " marks things, and has nothing for " + task);
    }
    return new Coco(tree, root, name, task).open();
  }

  private static List<String> files(FileTree tree, String root) {
    var files = new ArrayList<String>();
    var folders = new ArrayList<>(List.of(root));
    for (var folder : tree.folders(root)) {
      if (folder.equals("annotations") || Part.of(folder) != null) {
        folders.add(FileTree.join(root, folder));
      }
    }
    for (var folder : folders) {
      tree.files(folder).stream()
          .filter(p -> p.endsWith(".json"))
          .filter(p -> OTHERS.stream().noneMatch(FileTree.fileName(p)::startsWith))
          .forEach(files::add);
    }
    return files;
  }

  private DataSplits open() {
    var chosen = new EnumMap<Part, String>(Part.class);
    var files = files(tree, root);
    boolean keypoints = files.stream().anyMatch(Coco::isOfKeypoints);
    boolean boxes = files.stream().anyMatch(f -> !isOfKeypoints(f));
    for (var file : files) {
      if (keypoints && boxes && isOfKeypoints(file) != (task == Task.KEYPOINTS)) {
        continue;
      }
      var part = Part.within(FileTree.stem(file));
      if (part == null) {
        part = Part.within(file.substring(root.length()));
      }
      if (chosen.put(part == null ? Part.TRAIN : part, file) != null) {
        throw new DataException(
            "%s has two files of one part, one of them %s; leave one for each of train, val and test"
                .formatted(
                    root.isEmpty() ? tree.name() : tree.describe(root), tree.describe(file)));
      }
    }
    var parts = new EnumMap<Part, Dataset>(Part.class);
    chosen.forEach((part, file) -> parts.put(part, read(part, file)));
    return Part.splits(name, parts, notes);
  }

  private static boolean isOfKeypoints(String file) {
    return FileTree.fileName(file).contains("keypoints");
  }

  private Dataset read(Part part, String file) {
    var json = CocoJson.read(tree, file);
    var classes = new LinkedHashMap<Long, Integer>();
    json.categories().forEach((id, _) -> classes.put(id, classes.size()));
    var names = json.categories().values().stream().map(CocoJson.Category::name).toList();
    var keypoints =
        json.categories().values().stream()
            .map(CocoJson.Category::keypoints)
            .filter(k -> !k.isEmpty())
            .findFirst()
            .orElse(List.of());
    if (task == Task.KEYPOINTS && keypoints.isEmpty()) {
      throw new DataException(json.file() + " names no keypoints");
    }
    var folders = imageFolders(part, file);
    var paths = new ArrayList<String>();
    var marked = new ArrayList<Marked>();
    var counts = new Cut();
    for (var picture : json.images()) {
      paths.add(path(json, picture, folders));
      var things = new ArrayList<CocoJson.Thing>();
      for (var thing : json.things().getOrDefault(picture.id(), List.of())) {
        if (!classes.containsKey(thing.category())) {
          throw wrong(
              json.file(),
              thing,
              "has category %d, which is not listed".formatted(thing.category()));
        }
        if (check(json.file(), picture, thing, keypoints, counts)) {
          things.add(thing);
        }
      }
      marked.add(new Marked(picture, List.copyOf(things)));
    }
    counts.note(part.in(name), notes);
    boolean asKeypoints = !keypoints.isEmpty() && task != Task.DETECTION;
    return new ImageFiles(
        tree,
        root,
        part.in(name),
        new ImageFiles.Meaning(
            asKeypoints ? Task.KEYPOINTS : Task.DETECTION, names, keypoints, List.of()),
        paths,
        new int[0],
        i -> Annotations.of(instances(json.file(), marked.get(i), classes)),
        List.of(file));
  }

  /// An image and what of it is used.
  private record Marked(CocoJson.Picture picture, List<CocoJson.Thing> things) {}

  /// How many things were changed or left out.
  private static final class Cut {
    private int boxes;
    private int empty;

    void note(String part, List<String> notes) {
      if (boxes > 0) {
        notes.add(
            "%s: %d boxes reached beyond their images and were cut there.".formatted(part, boxes));
      }
      if (empty > 0) {
        notes.add("%s: %d things without area were left out.".formatted(part, empty));
      }
    }
  }

  /// Whether a thing can be used.
  private static boolean check(
      String file,
      CocoJson.Picture picture,
      CocoJson.Thing thing,
      List<String> keypoints,
      Cut counts) {
    var box = thing.box();
    if (box != null) {
      if (box.length != 4 || box[2] < 0 || box[3] < 0) {
        throw wrong(
            file,
            thing,
            "has a bbox that is not left, top, width and height, none of these negative");
      }
      var whole = box(box);
      var inside = whole.clip(picture.width(), picture.height());
      // Files are written in hundredths of pixels; those are no news.
      if (Math.abs(whole.area() - inside.area()) > 0.05 * (whole.width() + whole.height())) {
        counts.boxes++;
      }
      if (inside.isEmpty()) {
        counts.empty++;
        return false;
      }
    }
    int n = thing.keypoints().length;
    if (n > 0 && n != 3 * keypoints.size()) {
      throw wrong(
          file,
          thing,
          "has %d numbers for keypoints; %d names need three each".formatted(n, keypoints.size()));
    }
    for (int i = 2; i < n; i += 3) {
      double visibility = thing.keypoints()[i];
      if (visibility != 0 && visibility != 1 && visibility != 2) {
        throw wrong(file, thing, "has a keypoint that is neither 0, 1 nor 2 visible");
      }
    }
    return true;
  }

  private static Box box(double[] box) {
    return new Box(box[0], box[1], box[0] + box[2], box[1] + box[3]);
  }

  private static DataException wrong(String file, CocoJson.Thing thing, String why) {
    return new DataException("%s: annotation %d %s".formatted(file, thing.id(), why));
  }

  private static List<Instance> instances(String file, Marked marked, Map<Long, Integer> classes) {
    var picture = marked.picture;
    var instances = new ArrayList<Instance>();
    for (var thing : marked.things) {
      var label = classes.get(thing.category());
      var mask = mask(file, picture, thing);
      var raw = thing.box();
      var box =
          raw != null
              ? box(raw).clip(picture.width(), picture.height())
              : mask == null ? null : mask.box();
      instances.add(
          new Instance(
              label == null ? 0 : label,
              box,
              mask,
              keypoints(thing.keypoints()),
              thing.crowd(),
              false));
    }
    return instances;
  }

  private static List<Keypoint> keypoints(double[] numbers) {
    var keypoints = new ArrayList<Keypoint>();
    for (int i = 0; i < numbers.length; i += 3) {
      keypoints.add(
          numbers[i + 2] == 0
              ? Keypoint.NONE
              : new Keypoint(numbers[i], numbers[i + 1], Visibility.of((int) numbers[i + 2])));
    }
    return keypoints;
  }

  private static @Nullable Mask mask(String file, CocoJson.Picture picture, CocoJson.Thing thing) {
    try {
      return switch (thing.segmentation()) {
        case null -> null;
        case CocoJson.Outlines(var polygons) ->
            Mask.ofPolygons(
                picture.height(), picture.width(), polygons.stream().map(Coco::doubles).toList());
        case CocoJson.Runs(int h, int w, var counts) -> sized(picture, Mask.ofRle(h, w, counts));
        case CocoJson.PackedRuns(int h, int w, var counts) ->
            sized(picture, Mask.ofCompressedRle(h, w, counts));
      };
    } catch (IllegalArgumentException e) {
      throw new DataException(
          "%s: the mask of annotation %d is damaged: %s"
              .formatted(file, thing.id(), e.getMessage()),
          e);
    }
  }

  private static Mask sized(CocoJson.Picture picture, Mask mask) {
    if (mask.height() != picture.height() || mask.width() != picture.width()) {
      throw new IllegalArgumentException(
          "it has %d×%d pixels, its image %d×%d"
              .formatted(mask.height(), mask.width(), picture.height(), picture.width()));
    }
    return mask;
  }

  private static double[] doubles(float[] polygon) {
    var doubles = new double[polygon.length];
    for (int i = 0; i < doubles.length; i++) {
      doubles[i] = polygon[i];
    }
    return doubles;
  }

  /// Where the images of a file may lie, the likeliest first.
  private Set<String> imageFolders(Part part, String file) {
    var stem = FileTree.stem(file);
    var folders = new LinkedHashSet<String>();
    var slash = file.lastIndexOf('/');
    var beside = slash < 0 ? "" : file.substring(0, slash);
    for (var name :
        List.of(stem.substring(stem.lastIndexOf('_') + 1), part.folder(), part.word())) {
      folders.add(FileTree.join(root, name));
      folders.add(FileTree.join(root, "images/" + name));
    }
    folders.add(beside);
    folders.add(FileTree.join(beside, "images"));
    for (var name : List.of("images", "JPEGImages", "data")) {
      folders.add(FileTree.join(root, name));
    }
    folders.add(root);
    return folders;
  }

  private String path(CocoJson json, CocoJson.Picture picture, Set<String> folders) {
    for (var folder : folders) {
      var path = FileTree.join(folder, picture.fileName());
      if (tree.has(path)) {
        return path;
      }
    }
    throw new DataException(
        "%s: there is no image \"%s\" beside it, in images or in a folder of the part's name"
            .formatted(json.file(), picture.fileName()));
  }
}
