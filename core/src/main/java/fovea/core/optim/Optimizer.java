package fovea.core.optim;

import fovea.core.tensor.Gradients;
import fovea.core.tensor.Tensor;
import java.util.Map;
import java.util.SequencedMap;

/// An update rule at work on some parameters.
public interface Optimizer {
  /// Moves every parameter that has a gradient, in place.
  ///
  /// @param rateFactor what a schedule multiplies the learning rate by
  void step(Gradients gradients, double rateFactor);

  /// Moves every parameter that has a gradient, in place, at the full rate.
  default void step(Gradients gradients) {
    step(gradients, 1);
  }

  /// All that a later continuation needs, by name: `fc1.weight.momentum`. The tensors themselves.
  SequencedMap<String, Tensor> state();

  /// Continues from a saved state.
  ///
  /// @throws fovea.core.FoveaException when it is not one of this rule and these parameters
  void load(Map<String, Tensor> state);
}
