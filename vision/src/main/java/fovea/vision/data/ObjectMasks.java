package fovea.vision.data;

import fovea.vision.annotation.Annotations;
import fovea.vision.annotation.Instance;
import fovea.vision.annotation.Mask;
import fovea.vision.image.Images;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Images, and to each a folder of pictures of the same size, one for each thing: its pixels are
/// those that are not black (in colour or in JPEG: brighter than half).
///
/// Either `images/a.png` has its things in `masks/a/…` (or `instances/a/…`, or another name that
/// [Pairs] knows), or each image has a folder of its own, with `images/….png` and `masks/….png` in
/// it, as in the Data Science Bowl of 2018. Folders for parts (`train`, `test`) may lie around
/// either.
final class ObjectMasks {
  private final FileTree tree;
  private final String root;
  private final String name;

  private ObjectMasks(FileTree tree, String root, String name) {
    this.tree = tree;
    this.root = root;
    this.name = name;
  }

  /// Whether a folder has this layout.
  static boolean matches(FileTree tree, String root) {
    return tree.folders(root).stream()
            .filter(folder -> Part.of(folder) != null)
            .anyMatch(folder -> isOne(tree, FileTree.join(root, folder)))
        || isOne(tree, root);
  }

  /// Looks no further than at the first image that has things: there may be a hundred thousand.
  private static boolean isOne(FileTree tree, String folder) {
    var folders = tree.folders(folder);
    var images = Pairs.named(folders, Pairs.IMAGES);
    var masks = masksIn(folders);
    if (images != null && masks != null) {
      var things = tree.folders(FileTree.join(folder, masks));
      return !things.isEmpty()
          && tree.files(FileTree.join(folder, images)).stream()
              .anyMatch(image -> things.contains(FileTree.stem(image)));
    }
    return !folders.isEmpty() && isScene(tree, FileTree.join(folder, folders.getFirst()));
  }

  private static boolean isScene(FileTree tree, String folder) {
    var folders = tree.folders(folder);
    var images = Pairs.named(folders, Pairs.IMAGES);
    return images != null
        && masksIn(folders) != null
        && tree.files(FileTree.join(folder, images)).size() == 1;
  }

  private static @Nullable String masksIn(List<String> folders) {
    var things = Pairs.named(folders, Pairs.THINGS);
    return things == null ? Pairs.named(folders, Pairs.LABELS) : things;
  }

  static DataSplits open(FileTree tree, String root, String name) {
    return new ObjectMasks(tree, root, name).open();
  }

  private DataSplits open() {
    var parts = new EnumMap<Part, Dataset>(Part.class);
    for (var folder : tree.folders(root)) {
      var part = Part.of(folder);
      if (part != null && isOne(tree, FileTree.join(root, folder))) {
        parts.put(part, read(part, FileTree.join(root, folder)));
      }
    }
    if (parts.isEmpty()) {
      parts.put(Part.TRAIN, read(Part.TRAIN, root));
    }
    return Part.splits(name, parts, List.of());
  }

  private Dataset read(Part part, String folder) {
    var things = things(folder);
    var images = List.copyOf(things.keySet());
    return new ImageFiles(
        tree,
        root,
        part.in(name),
        new ImageFiles.Meaning(Task.DETECTION, List.of("object")),
        images,
        new int[0],
        i -> said(things.getOrDefault(images.get(i), List.of())),
        things.values().stream().flatMap(List::stream).toList());
  }

  /// To each image the pictures of its things; none for an image without a folder of them.
  private SortedMap<String, List<String>> things(String folder) {
    var found = new TreeMap<String, List<String>>();
    var folders = tree.folders(folder);
    var images = Pairs.named(folders, Pairs.IMAGES);
    var masks = masksIn(folders);
    if (images != null && masks != null) {
      var to = FileTree.join(folder, masks);
      var known = tree.folders(to);
      for (var image : tree.files(FileTree.join(folder, images))) {
        var stem = FileTree.stem(image);
        found.put(image, known.contains(stem) ? tree.files(FileTree.join(to, stem)) : List.of());
      }
      return found;
    }
    for (var scene : folders) {
      var path = FileTree.join(folder, scene);
      if (!isScene(tree, path)) {
        throw new DataException(
            "%s is no folder with one image in images and its things in masks, as those beside it are"
                .formatted(tree.describe(path)));
      }
      var within = tree.folders(path);
      var image =
          tree.files(FileTree.join(path, String.valueOf(Pairs.named(within, Pairs.IMAGES))));
      found.put(image.getFirst(), tree.files(FileTree.join(path, String.valueOf(masksIn(within)))));
    }
    return found;
  }

  private Annotations said(List<String> pictures) {
    var instances = new ArrayList<Instance>();
    for (var picture : pictures) {
      var mask = mask(picture);
      if (mask.isEmpty()) {
        throw new DataException(
            tree.describe(picture) + " shows nothing: all of its pixels are black");
      }
      instances.add(Instance.of(0, mask));
    }
    return Annotations.of(instances);
  }

  private Mask mask(String picture) {
    var file = tree.describe(picture);
    var bytes = tree.read(picture);
    var bits = new BitSet();
    var indices = Images.readIndices(bytes, file);
    if (indices != null) {
      for (int p = 0; p < indices.values().length; p++) {
        bits.set(p, indices.values()[p] != 0);
      }
      return Mask.of(indices.height(), indices.width(), bits);
    }
    var image = Images.read(bytes, file).toGrey();
    for (int p = 0; p < image.pixels().length; p++) {
      // JPEG's black is not quite black.
      bits.set(p, (image.pixels()[p] & 0xFF) > 127);
    }
    return Mask.of(image.height(), image.width(), bits);
  }
}
