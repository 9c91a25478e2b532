package fovea.core.optim;

import fovea.core.kernel.Kernels;
import fovea.core.kernel.Pass;
import fovea.core.tensor.Gradients;
import fovea.core.tensor.Tensor;
import java.util.Map;
import java.util.SequencedMap;

/// A rule at work that moves each number of a parameter by itself: one pass over the parameter,
/// what is kept for it, and its gradient, in this order.
final class Elementwise implements Optimizer {
  private final ParameterState kept;
  private final Rule rule;

  /// @param slots what is kept for each parameter
  Elementwise(SequencedMap<String, Tensor> parameters, Rule rule, String... slots) {
    this.kept = new ParameterState(parameters, slots);
    this.rule = rule;
  }

  /// A rule, at one of its steps.
  @FunctionalInterface
  interface Rule {
    /// What is done to the tiles of parameter, slots and gradient.
    ///
    /// @param step counted from 1
    /// @param rateFactor what a schedule multiplies the rate by
    Pass at(long step, double rateFactor);
  }

  @Override
  public void step(Gradients gradients, double rateFactor) {
    var pass = rule.at(kept.step() + 1, rateFactor);
    kept.step(
        gradients,
        (name, p, g) -> {
          var arrays = kept.arrays(name, p, g);
          Kernels.best().pass(pass, arrays.length - 1, arrays);
        });
  }

  @Override
  public SequencedMap<String, Tensor> state() {
    return kept.state();
  }

  @Override
  public void load(Map<String, Tensor> state) {
    kept.load(state);
  }
}
