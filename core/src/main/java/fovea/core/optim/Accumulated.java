package fovea.core.optim;

import fovea.core.kernel.Kernels;
import fovea.core.kernel.Pass;
import fovea.core.tensor.Gradients;
import fovea.core.tensor.Tensor;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A rule that takes a step for every so many gradients, of their mean: as if the batch were so
/// many times larger, in the memory of one. The rate is that of the gradient that completes a step.
///
/// @param rule what follows the means
/// @param gradients to a step, at least 1
public record Accumulated(UpdateRule rule, int gradients) implements UpdateRule {
  private static final String SUM = "accumulated";

  public Accumulated {
    if (gradients < 1) {
      throw new IllegalArgumentException("a step takes at least 1 gradient, not " + gradients);
    }
  }

  @Override
  public double rate() {
    return rule.rate();
  }

  @Override
  public Optimizer over(SequencedMap<String, Tensor> parameters) {
    return new AtWork(this, rule.over(parameters), new ParameterState(parameters, SUM));
  }

  private record AtWork(Accumulated rule, Optimizer inner, ParameterState kept)
      implements Optimizer {
    @Override
    public void step(Gradients gradients, double rateFactor) {
      boolean complete = (kept.step() + 1) % rule.gradients == 0;
      double share = 1.0 / rule.gradients;
      Pass add = (t, n) -> Tile.add(t[0], share, t[1], n);
      kept.step(gradients, (name, _, g) -> Kernels.best().pass(add, 1, kept.slot(name, SUM), g));
      if (complete) {
        var means = new IdentityHashMap<Tensor, Tensor>();
        kept.parameters()
            .forEach(
                (name, p) -> {
                  if (gradients.find(p) != null) {
                    means.put(p, Tensor.of(kept.slot(name, SUM)));
                  }
                });
        inner.step(new Gradients(means), rateFactor);
        means.values().forEach(mean -> Kernels.best().fill(mean.array(), 0));
      }
    }

    @Override
    public boolean isAveraged() {
      return inner.isAveraged();
    }

    @Override
    public <T extends @Nullable Object> T averaged(Supplier<T> body) {
      return inner.averaged(body);
    }

    @Override
    public SequencedMap<String, Tensor> state() {
      return kept.stateWith(inner);
    }

    @Override
    public void load(Map<String, Tensor> state) {
      kept.loadWith(inner, state);
    }
  }
}
