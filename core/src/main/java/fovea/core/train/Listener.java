package fovea.core.train;

/// Watches a training. Called on the training's own thread.
public interface Listener {
  /// A step was made.
  default void step(Progress progress) {}

  /// An epoch and its validation have ended and the checkpoints are written.
  default void epoch(Epoch epoch) {}
}
