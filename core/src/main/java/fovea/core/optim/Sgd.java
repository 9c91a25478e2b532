package fovea.core.optim;

import fovea.core.kernel.Kernels;
import fovea.core.tensor.Gradients;
import fovea.core.tensor.Tensor;
import java.util.Map;
import java.util.SequencedMap;

/// Stochastic gradient descent, with momentum (Polyak 1964; Sutskever et al. 2013) and weight
/// decay, by PyTorch's rule: g ← g + decay·p; v ← momentum·v + g; p ← p − rate·v, or with
/// Nesterov's look-ahead p ← p − rate·(g + momentum·v).
///
/// @param rate learning rate, above 0
/// @param momentum in [0, 1)
/// @param nesterov whether to look ahead
/// @param weightDecay of every parameter, coupled (an L2 penalty of weightDecay/2·‖p‖²)
public record Sgd(double rate, double momentum, boolean nesterov, double weightDecay)
    implements UpdateRule {
  private static final String VELOCITY = "momentum";

  public Sgd {
    if (!(rate > 0) || !(momentum >= 0 && momentum < 1) || !(weightDecay >= 0)) {
      throw new IllegalArgumentException(
          "SGD takes a rate above 0, momentum in [0, 1) and decay of at least 0, not %s, %s, %s"
              .formatted(rate, momentum, weightDecay));
    }
    if (nesterov && momentum == 0) {
      throw new IllegalArgumentException("Nesterov's look-ahead needs momentum");
    }
  }

  /// Plain gradient descent.
  public static Sgd sgd(double rate) {
    return new Sgd(rate, 0, false, 0);
  }

  public Sgd momentum(double m) {
    return new Sgd(rate, m, nesterov, weightDecay);
  }

  /// Momentum with look-ahead.
  public Sgd nesterov(double m) {
    return new Sgd(rate, m, true, weightDecay);
  }

  public Sgd weightDecay(double decay) {
    return new Sgd(rate, momentum, nesterov, decay);
  }

  @Override
  public Optimizer over(SequencedMap<String, Tensor> parameters) {
    return new AtWork(
        this,
        momentum == 0 ? new ParameterState(parameters) : new ParameterState(parameters, VELOCITY));
  }

  private record AtWork(Sgd rule, ParameterState kept) implements Optimizer {
    @Override
    public void step(Gradients gradients, double rateFactor) {
      kept.step(
          gradients,
          (name, p, g) ->
              Kernels.best()
                  .sgd(
                      p,
                      g,
                      rule.momentum == 0 ? null : kept.slot(name, VELOCITY),
                      rule.rate * rateFactor,
                      rule.momentum,
                      rule.nesterov,
                      rule.weightDecay));
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
}
