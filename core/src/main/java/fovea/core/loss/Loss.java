package fovea.core.loss;

import fovea.core.tensor.Tensor;

/// How far a prediction is from its target, as one number: the mean over the samples, where the
/// loss's [Reduction] is no other.
@FunctionalInterface
public interface Loss {
  /// The loss of a batch, of shape [] where it is reduced.
  ///
  /// @param prediction what the model gave
  /// @param target what it should have given, in the form that the loss asks for
  Tensor of(Tensor prediction, Tensor target);
}
