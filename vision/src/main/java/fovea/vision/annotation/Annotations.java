package fovea.vision.annotation;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// All that is said of one image besides its class.
///
/// @param instances the things in it
/// @param labelMap a class for each of its pixels; null if nobody gave them
/// @param labels the classes of the whole image, where it may have several at once; ascending
/// @param targets numbers to be predicted, for regression
public record Annotations(
    List<Instance> instances, @Nullable LabelMap labelMap, int[] labels, float[] targets) {
  /// Nothing is said.
  public static final Annotations NONE = new Annotations(List.of(), null, new int[0], new float[0]);

  public Annotations {
    instances = List.copyOf(instances);
  }

  public static Annotations of(List<Instance> instances) {
    return NONE.instances(instances);
  }

  public static Annotations of(LabelMap labelMap) {
    return NONE.labelMap(labelMap);
  }

  public Annotations instances(List<Instance> instances) {
    return new Annotations(instances, labelMap, labels, targets);
  }

  public Annotations labelMap(@Nullable LabelMap labelMap) {
    return new Annotations(instances, labelMap, labels, targets);
  }

  public Annotations labels(int... labels) {
    return new Annotations(instances, labelMap, labels, targets);
  }

  public Annotations targets(float... targets) {
    return new Annotations(instances, labelMap, labels, targets);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Annotations o
        && instances.equals(o.instances)
        && Objects.equals(labelMap, o.labelMap)
        && Arrays.equals(labels, o.labels)
        && Arrays.equals(targets, o.targets);
  }

  @Override
  public int hashCode() {
    return Objects.hash(instances, labelMap, Arrays.hashCode(labels), Arrays.hashCode(targets));
  }

  @Override
  public String toString() {
    return "Annotations[instances=%s, labelMap=%s, labels=%s, targets=%s]"
        .formatted(instances, labelMap, Arrays.toString(labels), Arrays.toString(targets));
  }
}
