package fovea.core.metric;

/// How the figures of several classes become one.
public enum Average {
  /// From the counts of all classes together: every sample weighs the same. Where each sample has
  /// one class, precision, recall and F1 are then all the accuracy.
  MICRO,
  /// The mean over the classes: a rare one weighs as much as a frequent one.
  MACRO,
  /// The mean over the classes, each weighed by how many samples it has.
  WEIGHTED
}
