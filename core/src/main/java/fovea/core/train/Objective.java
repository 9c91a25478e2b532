package fovea.core.train;

/// What training makes small: applies the model to a batch and says how wrong it was.
///
/// @param <B> what a batch is
@FunctionalInterface
public interface Objective<B> {
  /// Called in training mode with gradients recorded, or in evaluation mode without.
  Measured measure(B batch);
}
