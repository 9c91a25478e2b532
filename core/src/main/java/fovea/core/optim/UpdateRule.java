package fovea.core.optim;

import fovea.core.tensor.Tensor;
import java.util.SequencedMap;

/// The specification of an optimizer: a rule with its settings, equal by value.
public interface UpdateRule {
  /// The rule at work on parameters, with fresh state.
  ///
  /// @param parameters by name; they are updated in place
  Optimizer over(SequencedMap<String, Tensor> parameters);

  /// The learning rate, before any schedule.
  double rate();
}
