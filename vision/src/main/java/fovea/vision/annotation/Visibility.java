package fovea.vision.annotation;

/// What is known of a keypoint; in this order COCO's 0, 1 and 2.
public enum Visibility {
  /// Not marked: its place is unknown and its coordinates mean nothing.
  ABSENT,
  /// Marked, but covered by something.
  HIDDEN,
  /// Marked and seen.
  VISIBLE
}
