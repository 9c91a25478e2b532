package fovea.vision.annotation;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One thing in an image.
///
/// @param label its class, an index into the data set's classes
/// @param box around it; null if nobody drew one
/// @param mask its pixels, of the size of the image; null if nobody drew them
/// @param keypoints as many as the data set has names for, or none
/// @param crowd whether it is many things in one, which detectors are not judged by (COCO's
///   `iscrowd`)
/// @param difficult whether detectors are not judged by it because it is hard to see (Pascal VOC's
///   `difficult`)
public record Instance(
    int label,
    @Nullable Box box,
    @Nullable Mask mask,
    List<Keypoint> keypoints,
    boolean crowd,
    boolean difficult) {

  /// @throws IllegalArgumentException if the label is negative
  public Instance {
    if (label < 0) {
      throw new IllegalArgumentException("a label is 0 or more, not " + label);
    }
    keypoints = List.copyOf(keypoints);
  }

  /// A thing with a box.
  public static Instance of(int label, Box box) {
    return new Instance(label, box, null, List.of(), false, false);
  }

  /// A thing with a mask, and the box around it.
  public static Instance of(int label, Mask mask) {
    return new Instance(label, mask.box(), mask, List.of(), false, false);
  }

  public Instance label(int label) {
    return new Instance(label, box, mask, keypoints, crowd, difficult);
  }

  public Instance box(@Nullable Box box) {
    return new Instance(label, box, mask, keypoints, crowd, difficult);
  }

  public Instance mask(@Nullable Mask mask) {
    return new Instance(label, box, mask, keypoints, crowd, difficult);
  }

  public Instance keypoints(List<Keypoint> keypoints) {
    return new Instance(label, box, mask, keypoints, crowd, difficult);
  }

  public Instance crowd(boolean crowd) {
    return new Instance(label, box, mask, keypoints, crowd, difficult);
  }

  public Instance difficult(boolean difficult) {
    return new Instance(label, box, mask, keypoints, crowd, difficult);
  }
}
