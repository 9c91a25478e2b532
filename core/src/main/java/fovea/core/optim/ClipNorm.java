package fovea.core.optim;

import fovea.core.kernel.Kernels;
import fovea.core.tensor.Gradients;
import fovea.core.tensor.Graph;
import fovea.core.tensor.Tensor;
import java.util.IdentityHashMap;
import java.util.SequencedMap;

/// A rule on gradients that are clipped by norm (Pascanu, Mikolov & Bengio 2013, algorithm 1):
/// where all together, as one vector, they are longer than `most`, they are made that long.
///
/// **Differs** from PyTorch's `clip_grad_norm_`, which divides by the norm + 1e-6.
///
/// @param rule what follows them
/// @param most above 0
public record ClipNorm(UpdateRule rule, double most) implements UpdateRule {
  public ClipNorm {
    Require.positive("Clipping", "norm", most);
  }

  @Override
  public double rate() {
    return rule.rate();
  }

  @Override
  public Optimizer over(SequencedMap<String, Tensor> parameters) {
    return new Adjusting(rule.over(parameters), gradients -> clip(gradients, parameters));
  }

  private Gradients clip(Gradients gradients, SequencedMap<String, Tensor> parameters) {
    double squares = 0;
    for (var p : parameters.values()) {
      var g = gradients.find(p);
      squares += g == null ? 0 : Kernels.best().sumOfSquares(g.array());
    }
    double norm = Math.sqrt(squares);
    return norm <= most ? gradients : scaled(gradients, parameters, most / norm);
  }

  private static Gradients scaled(
      Gradients gradients, SequencedMap<String, Tensor> parameters, double factor) {
    return Graph.unrecorded(
        () -> {
          var changed = new IdentityHashMap<Tensor, Tensor>();
          for (var p : parameters.values()) {
            var g = gradients.find(p);
            if (g != null) {
              changed.put(p, g.mul(factor));
            }
          }
          return new Gradients(changed);
        });
  }
}
