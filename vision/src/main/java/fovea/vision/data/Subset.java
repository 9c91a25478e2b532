package fovea.vision.data;

import fovea.vision.annotation.Annotations;
import fovea.vision.image.Image;
import java.util.List;
import java.util.Objects;

/// Some images of another data set.
final class Subset implements Dataset {
  private final Dataset whole;
  private final int[] indices;

  Subset(Dataset whole, int[] indices) {
    if (indices.length == 0) {
      throw new DataException("a subset of " + whole.name() + " needs at least one image");
    }
    for (int index : indices) {
      Objects.checkIndex(index, whole.size());
    }
    this.whole = whole;
    this.indices = indices.clone();
  }

  @Override
  public String name() {
    return whole.name();
  }

  @Override
  public int size() {
    return indices.length;
  }

  @Override
  public List<String> classes() {
    return whole.classes();
  }

  @Override
  public Image image(int index) {
    return whole.image(indices[index]);
  }

  @Override
  public int label(int index) {
    return whole.label(indices[index]);
  }

  @Override
  public Task task() {
    return whole.task();
  }

  @Override
  public Annotations annotations(int index) {
    return whole.annotations(indices[index]);
  }

  @Override
  public List<String> keypointNames() {
    return whole.keypointNames();
  }

  @Override
  public List<Integer> palette() {
    return whole.palette();
  }

  @Override
  public String source(int index) {
    return whole.source(indices[index]);
  }

  @Override
  public String hash() {
    var fingerprint = new Fingerprint().add(whole.hash());
    for (int index : indices) {
      fingerprint.add(index);
    }
    return fingerprint.hex();
  }
}
