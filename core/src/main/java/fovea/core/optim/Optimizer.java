package fovea.core.optim;

import fovea.core.tensor.Gradients;
import fovea.core.tensor.Tensor;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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

  /// As [#step(Gradients, double)], for rules that look at the gradient at several places: it is
  /// computed anew, at the parameters' values of that moment, each time it is asked for. Most ask
  /// once.
  default void step(Supplier<Gradients> gradients, double rateFactor) {
    step(gradients.get(), rateFactor);
  }

  /// Runs while the parameters have the values that are to be used and kept: of rules that average
  /// them, the averages. Afterwards they have their former values again, to the bit.
  default <T extends @Nullable Object> T averaged(Supplier<T> body) {
    return body.get();
  }

  /// Whether [#averaged] lends the parameters other values than they have: batch norm's statistics
  /// are then of other parameters, see [fovea.core.nn.BatchStatistics].
  default boolean isAveraged() {
    return false;
  }

  /// All that a later continuation needs, by name: `fc1.weight.momentum`. The tensors themselves.
  SequencedMap<String, Tensor> state();

  /// Continues from a saved state.
  ///
  /// @throws fovea.core.FoveaException when it is not one of this rule and these parameters
  void load(Map<String, Tensor> state);
}
