package fovea.core.nn;

import fovea.core.array.Rng;
import fovea.core.tensor.Graph;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Whether a computation trains a model or only evaluates it: dropout and batch norm differ. It
/// holds for a stretch of one thread's work, not for a model, so that one model can serve many
/// threads; where nobody says otherwise, models evaluate.
public sealed interface Mode {

  /// Training. Layers draw what they need of chance from `rng`, in the order they run.
  record Train(Rng rng) implements Mode {}

  /// Evaluating: deterministic.
  record Evaluate() implements Mode {}

  /// The mode of the work that this thread is doing.
  static Mode current() {
    return Modes.CURRENT.orElse(Modes.EVALUATE);
  }

  /// Runs in training mode.
  static <T extends @Nullable Object> T training(Rng rng, Supplier<T> body) {
    return ScopedValue.where(Modes.CURRENT, new Train(rng)).call(body::get);
  }

  /// Runs in evaluation mode, without recording for gradients. Where several threads do so at the
  /// same time, the processor's cores are shared out among them.
  static <T extends @Nullable Object> T evaluating(Supplier<T> body) {
    return Modes.sharing(
        () -> ScopedValue.where(Modes.CURRENT, Modes.EVALUATE).call(() -> Graph.unrecorded(body)));
  }
}
