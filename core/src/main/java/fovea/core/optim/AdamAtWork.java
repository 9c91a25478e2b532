package fovea.core.optim;

import fovea.core.kernel.Kernels;
import fovea.core.tensor.Gradients;
import fovea.core.tensor.Tensor;
import java.util.Map;
import java.util.SequencedMap;

/// The steps of [Adam] and [AdamW], by one kernel.
///
/// @param coupled decay that is added to gradients
/// @param decoupled decay of parameters by themselves
record AdamAtWork(
    ParameterState kept,
    double rate,
    double beta1,
    double beta2,
    double eps,
    double coupled,
    double decoupled)
    implements Optimizer {

  static Optimizer over(
      SequencedMap<String, Tensor> parameters,
      double rate,
      double beta1,
      double beta2,
      double eps,
      double coupled,
      double decoupled) {
    var kept = new ParameterState(parameters, Moments.MEAN, Moments.SQUARE);
    return new AdamAtWork(kept, rate, beta1, beta2, eps, coupled, decoupled);
  }

  @Override
  public void step(Gradients gradients, double rateFactor) {
    double r = rate * rateFactor;
    kept.step(
        gradients,
        (name, p, g) ->
            Kernels.best()
                .adam(
                    p,
                    g,
                    kept.slot(name, Moments.MEAN),
                    kept.slot(name, Moments.SQUARE),
                    r,
                    beta1,
                    beta2,
                    eps,
                    coupled,
                    1 - r * decoupled,
                    kept.step()));
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
