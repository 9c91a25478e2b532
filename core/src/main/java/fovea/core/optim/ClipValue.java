package fovea.core.optim;

import fovea.core.tensor.Gradients;
import fovea.core.tensor.Graph;
import fovea.core.tensor.Tensor;
import java.util.IdentityHashMap;
import java.util.SequencedMap;

/// A rule on gradients each of whose numbers is limited to [−most, most].
///
/// @param rule what follows them
/// @param most above 0
public record ClipValue(UpdateRule rule, double most) implements UpdateRule {
  public ClipValue {
    Require.positive("Clipping", "value", most);
  }

  @Override
  public double rate() {
    return rule.rate();
  }

  @Override
  public Optimizer over(SequencedMap<String, Tensor> parameters) {
    return new Adjusting(
        rule.over(parameters),
        gradients ->
            Graph.unrecorded(
                () -> {
                  var changed = new IdentityHashMap<Tensor, Tensor>();
                  for (var p : parameters.values()) {
                    var g = gradients.find(p);
                    if (g != null) {
                      changed.put(p, g.clamp(-most, most));
                    }
                  }
                  return new Gradients(changed);
                }));
  }
}
