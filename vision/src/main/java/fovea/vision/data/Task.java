package fovea.vision.data;

/// What is to be learned from a data set: what its annotations hold.
public enum Task {
  /// Each image has one class: [Dataset#label].
  CLASSIFICATION,
  /// Each image may have several classes at once, or none: `Annotations.labels()`.
  MULTI_LABEL,
  /// Each image has numbers: `Annotations.targets()`.
  REGRESSION,
  /// Things have boxes, and perhaps masks: `Annotations.instances()`.
  DETECTION,
  /// Each pixel has a class: `Annotations.labelMap()`.
  SEGMENTATION,
  /// Things have keypoints, and perhaps boxes and masks: `Annotations.instances()`.
  KEYPOINTS
}
