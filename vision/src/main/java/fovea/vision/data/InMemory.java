package fovea.vision.data;

import fovea.vision.image.Image;
import java.util.List;
import java.util.function.Supplier;

/// Images that are, or on first use will be, in memory.
final class InMemory implements Dataset {
  private final String name;
  private final String from;
  private final List<String> classes;
  private final int[] labels;
  private final Lazy<List<Image>> images;
  private final Lazy<String> hash = new Lazy<>(this::computeHash);

  /// @param from what [#source] puts before the index
  /// @param images called once; as many images as labels
  InMemory(
      String name,
      String from,
      List<String> classes,
      int[] labels,
      Supplier<? extends List<Image>> images) {
    this.name = name;
    this.from = from;
    this.classes = List.copyOf(classes);
    this.labels = labels;
    this.images = new Lazy<>(images);
  }

  static InMemory of(String name, List<String> classes, List<Image> images, int[] labels) {
    if (images.isEmpty()) {
      throw new DataException(name + " holds no images");
    }
    if (images.size() != labels.length) {
      throw new DataException(
          name + " has " + images.size() + " images but " + labels.length + " labels");
    }
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] < 0 || labels[i] >= classes.size()) {
        throw new DataException(
            name
                + " #"
                + i
                + " has label "
                + labels[i]
                + ", but there are "
                + classes.size()
                + " classes");
      }
    }
    var kept = List.copyOf(images);
    return new InMemory(name, name, classes, labels.clone(), () -> kept);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int size() {
    return labels.length;
  }

  @Override
  public List<String> classes() {
    return classes;
  }

  @Override
  public Image image(int index) {
    return images.get().get(index);
  }

  @Override
  public int label(int index) {
    return labels[index];
  }

  @Override
  public String source(int index) {
    return from + " #" + index;
  }

  @Override
  public String hash() {
    return hash.get();
  }

  private String computeHash() {
    var fingerprint = new Fingerprint().add(classes);
    for (int i = 0; i < size(); i++) {
      var image = image(i);
      fingerprint.add(label(i)).add(image.height()).add(image.width()).add(image.channels());
      fingerprint.add(image.pixels());
    }
    return fingerprint.hex();
  }
}
