package fovea.core.optim;

import fovea.core.kernel.Kernels;
import fovea.core.tensor.Gradients;
import fovea.core.tensor.Tensor;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Lookahead (Zhang et al. 2019, algorithm 1): after every few steps of a rule, the parameters go
/// back to a point part of the way from where they went out: slow ← slow + share·(p − slow); p ←
/// slow. What is measured and kept are the slow ones.
///
/// @param rule what moves the parameters in between
/// @param every steps, at least 1; the paper has 5
/// @param share of the way, above 0 and at most 1; the paper has 0.5
public record Lookahead(UpdateRule rule, int every, double share) implements UpdateRule {
  private static final String SLOW = "slow";

  public Lookahead {
    if (every < 1 || !(share > 0 && share <= 1)) {
      throw new IllegalArgumentException(
          "Lookahead takes at least 1 step and a share in (0, 1], not %d and %s"
              .formatted(every, share));
    }
  }

  @Override
  public double rate() {
    return rule.rate();
  }

  @Override
  public Optimizer over(SequencedMap<String, Tensor> parameters) {
    return new AtWork(this, rule.over(parameters), new ParameterState(parameters, SLOW));
  }

  private record AtWork(Lookahead rule, Optimizer inner, ParameterState kept) implements Optimizer {
    @Override
    public void step(Gradients gradients, double rateFactor) {
      begin();
      inner.step(gradients, rateFactor);
      end();
    }

    @Override
    public void step(Supplier<Gradients> gradients, double rateFactor) {
      begin();
      inner.step(gradients, rateFactor);
      end();
    }

    private void begin() {
      if (kept.step() == 0) {
        kept.parameters()
            .forEach((name, p) -> Kernels.best().copy(p.array(), kept.slot(name, SLOW)));
      }
    }

    private void end() {
      if (kept.count() % rule.every == 0) {
        kept.parameters()
            .forEach(
                (name, p) ->
                    Kernels.best()
                        .pass(
                            (t, n) -> {
                              Tile.average(t[0], 1 - rule.share, t[1], n);
                              System.arraycopy(t[0], 0, t[1], 0, n);
                            },
                            2,
                            kept.slot(name, SLOW),
                            p.array()));
      }
    }

    @Override
    public boolean isAveraged() {
      return kept.step() > 0 || inner.isAveraged();
    }

    @Override
    public <T extends @Nullable Object> T averaged(Supplier<T> body) {
      return kept.step() == 0
          ? inner.averaged(body)
          : kept.exchanged((name, _) -> kept.slot(name, SLOW), body);
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
