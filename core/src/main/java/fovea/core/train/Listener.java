package fovea.core.train;

/// Watches a training. Called on the training's own thread.
public interface Listener {
  /// A step was made.
  default void step(Progress progress) {}

  /// An epoch and its validation have ended and the checkpoints are written.
  ///
  /// @param soFar all epochs up to this one, which is the last of them
  default void epoch(Epoch epoch, History soFar) {}
}
