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

  // ---- the same rule, and something about it

  /// On gradients that are made smaller where all of them together are longer than `most`.
  default ClipNorm clipNorm(double most) {
    return new ClipNorm(this, most);
  }

  /// On gradients each of whose numbers is limited to [−most, most].
  default ClipValue clipValue(double most) {
    return new ClipValue(this, most);
  }

  /// With l1·Σ|p| + l2/2·Σp² of all parameters added to the loss.
  default Penalized penalized(double l1, double l2) {
    return new Penalized(this, l1, l2);
  }

  /// A step for so many gradients, of their mean.
  default Accumulated accumulated(int gradients) {
    return new Accumulated(this, gradients);
  }

  /// Keeping an exponential moving average of the parameters, which is what is used in the end.
  default Ema ema(double decay) {
    return new Ema(this, decay);
  }

  /// Keeping the mean of the parameters as they are at each `every`-th step from `start` on, which
  /// is what is used in the end.
  default Swa swa(long start, long every) {
    return new Swa(this, start, every);
  }

  /// Going back part of the way after every few steps.
  default Lookahead lookahead(int every, double share) {
    return new Lookahead(this, every, share);
  }

  /// With the gradient taken where, within a distance, the loss is worst.
  default Sam sam(double radius) {
    return new Sam(this, radius, false);
  }
}
