package fovea.core.optim;

import fovea.core.array.NdArray;
import fovea.core.kernel.Kernels;
import fovea.core.kernel.Pass;
import fovea.core.tensor.Gradients;
import fovea.core.tensor.Tensor;
import java.util.IdentityHashMap;
import java.util.SequencedMap;

/// A rule with penalties on the size of the parameters: follows the gradient of loss + l1·Σ|p| +
/// l2/2·Σp². L1 makes numbers that matter little come to 0 and stay about there (Tibshirani 1996);
/// L2 is coupled weight decay. The loss itself is reported without them.
///
/// @param rule what follows the sum
/// @param l1 at least 0
/// @param l2 at least 0
public record Penalized(UpdateRule rule, double l1, double l2) implements UpdateRule {
  public Penalized {
    Require.atLeast0("A penalty", "factor l1", l1);
    Require.atLeast0("A penalty", "factor l2", l2);
  }

  @Override
  public double rate() {
    return rule.rate();
  }

  @Override
  public Optimizer over(SequencedMap<String, Tensor> parameters) {
    return new Adjusting(rule.over(parameters), gradients -> penalize(gradients, parameters));
  }

  private Gradients penalize(Gradients gradients, SequencedMap<String, Tensor> parameters) {
    Pass penalty =
        (t, n) -> {
          var sum = t[0];
          var p = t[1];
          var g = t[2];
          for (int i = 0; i < n; i++) {
            sum[i] = g[i] + l1 * Math.signum(p[i]) + l2 * p[i];
          }
        };
    var changed = new IdentityHashMap<Tensor, Tensor>();
    for (var p : parameters.values()) {
      var g = gradients.find(p);
      if (g != null) {
        var sum = NdArray.like(p.array(), p.dtype());
        sum.storage().origin("penalty");
        Kernels.best().pass(penalty, 1, sum, p.array(), g.array());
        changed.put(p, Tensor.of(sum));
      }
    }
    return new Gradients(changed);
  }
}
