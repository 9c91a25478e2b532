package fovea.core.optim;

import fovea.core.tensor.Gradients;
import fovea.core.tensor.Tensor;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// An optimizer at work on gradients that are changed first.
///
/// @param change gives new gradients, since tensors may be the gradient of several parameters
record Adjusting(Optimizer inner, UnaryOperator<Gradients> change) implements Optimizer {
  @Override
  public void step(Gradients gradients, double rateFactor) {
    inner.step(change.apply(gradients), rateFactor);
  }

  @Override
  public void step(Supplier<Gradients> gradients, double rateFactor) {
    inner.step(() -> change.apply(gradients.get()), rateFactor);
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
    return inner.state();
  }

  @Override
  public void load(Map<String, Tensor> state) {
    inner.load(state);
  }
}
