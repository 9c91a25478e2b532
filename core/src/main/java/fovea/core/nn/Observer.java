package fovea.core.nn;

import fovea.core.tensor.Tensor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Watches layers as they run: for summaries, activation pictures, profiles.
public interface Observer {
  /// Bound by [#watch]; not for others.
  ScopedValue<Observer> CURRENT = ScopedValue.newInstance();

  /// A layer is about to run.
  default void before(Layer layer) {}

  /// A layer has run; its children have reported before.
  ///
  /// @param multiplyAdds of the layer itself, without its children
  void after(Layer layer, Tensor x, Tensor y, long multiplyAdds);

  /// Runs `body` with an observer on this thread.
  static <T extends @Nullable Object> T watch(Observer observer, Supplier<T> body) {
    return ScopedValue.where(CURRENT, observer).call(body::get);
  }
}
