package fovea.vision.data;

import fovea.vision.annotation.Annotations;
import fovea.vision.image.Image;
import fovea.vision.image.Images;
import java.util.List;
import java.util.function.IntFunction;

/// Images in files, decoded when asked for, with what is said of each.
final class ImageFiles implements Dataset {
  /// What the annotations of a data set mean.
  record Meaning(
      Task task, List<String> classes, List<String> keypointNames, List<Integer> palette) {
    Meaning {
      classes = List.copyOf(classes);
      keypointNames = List.copyOf(keypointNames);
      palette = List.copyOf(palette);
    }

    Meaning(Task task, List<String> classes) {
      this(task, classes, List.of(), List.of());
    }
  }

  private final FileTree tree;
  private final String folder;
  private final String name;
  private final Meaning meaning;
  private final List<String> paths;
  private final int[] labels;
  private final IntFunction<Annotations> annotations;
  private final List<String> sources;
  private final Lazy<String> hash = new Lazy<>(this::computeHash);

  /// @param folder what the images lie in, for fingerprints: their paths count from there
  /// @param paths of the images
  /// @param labels their classes, or none where images have no class as a whole
  /// @param annotations called for each image each time
  /// @param sources the files that labels and annotations came from, for fingerprints
  ImageFiles(
      FileTree tree,
      String folder,
      String name,
      Meaning meaning,
      List<String> paths,
      int[] labels,
      IntFunction<Annotations> annotations,
      List<String> sources) {
    this.tree = tree;
    this.folder = folder;
    this.name = name;
    this.meaning = meaning;
    this.paths = List.copyOf(paths);
    this.labels = labels;
    this.annotations = annotations;
    this.sources = List.copyOf(sources);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int size() {
    return paths.size();
  }

  @Override
  public List<String> classes() {
    return meaning.classes;
  }

  @Override
  public Image image(int index) {
    var path = paths.get(index);
    return Images.read(tree.read(path), tree.describe(path));
  }

  @Override
  public int label(int index) {
    return labels.length == 0 ? NO_LABEL : labels[index];
  }

  @Override
  public Task task() {
    return meaning.task;
  }

  @Override
  public Annotations annotations(int index) {
    return annotations.apply(index);
  }

  @Override
  public List<String> keypointNames() {
    return meaning.keypointNames;
  }

  @Override
  public List<Integer> palette() {
    return meaning.palette;
  }

  @Override
  public String source(int index) {
    return paths.get(index);
  }

  @Override
  public String hash() {
    return hash.get();
  }

  /// Over the name, size and CRC-32 of each file: a zip file knows them without unpacking, and a
  /// folder unpacked from it has the same.
  private String computeHash() {
    var fingerprint = new Fingerprint().add(meaning.classes);
    paths.forEach(path -> add(fingerprint, path));
    sources.forEach(path -> add(fingerprint, path));
    return fingerprint.hex();
  }

  private void add(Fingerprint fingerprint, String path) {
    var print = tree.print(path);
    var local =
        folder.isEmpty() || !path.startsWith(folder + "/")
            ? path
            : path.substring(folder.length() + 1);
    fingerprint.add(local).add(print.size()).add(print.crc());
  }
}
