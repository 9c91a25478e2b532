package fovea.core.optim;

import fovea.core.kernel.Kernels;
import fovea.core.tensor.Gradients;
import fovea.core.tensor.Tensor;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// An optimizer at work whose parameters are averaged over steps, and used as the average.
final class Averaging implements Optimizer {
  private static final String AVERAGE = "average";

  private final Optimizer inner;
  private final ParameterState kept;
  private final long first;
  private final Keep keep;

  /// How much of the average is kept, of 0 to 1, at a step; the rest is of the parameters.
  @FunctionalInterface
  interface Keep {
    /// The share kept.
    ///
    /// @param step after the first that counts, of all counted from 1
    double at(long step);
  }

  /// @param first the step that the average begins at, where it is the parameters
  Averaging(UpdateRule rule, SequencedMap<String, Tensor> parameters, long first, Keep keep) {
    this.inner = rule.over(parameters);
    this.kept = new ParameterState(parameters, AVERAGE);
    this.first = first;
    this.keep = keep;
  }

  @Override
  public void step(Gradients gradients, double rateFactor) {
    inner.step(gradients, rateFactor);
    average();
  }

  @Override
  public void step(Supplier<Gradients> gradients, double rateFactor) {
    inner.step(gradients, rateFactor);
    average();
  }

  private void average() {
    long step = kept.count();
    double share = step < first ? 1 : step == first ? 0 : keep.at(step);
    if (share < 1) {
      kept.parameters()
          .forEach(
              (name, p) ->
                  Kernels.best()
                      .pass(
                          (t, n) -> Tile.average(t[0], share, t[1], n),
                          1,
                          kept.slot(name, AVERAGE),
                          p.array()));
    }
  }

  @Override
  public boolean isAveraged() {
    return kept.step() >= first || inner.isAveraged();
  }

  @Override
  public <T extends @Nullable Object> T averaged(Supplier<T> body) {
    return kept.step() < first
        ? inner.averaged(body)
        : kept.exchanged((name, _) -> kept.slot(name, AVERAGE), body);
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
