package fovea.core.nn;

import fovea.core.kernel.Threads;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What an interface cannot keep to itself.
final class Modes {
  static final ScopedValue<Mode> CURRENT = ScopedValue.newInstance();
  static final Mode EVALUATE = new Mode.Evaluate();

  private static final ScopedValue<Boolean> SHARING = ScopedValue.newInstance();
  private static final AtomicInteger EVALUATING = new AtomicInteger();

  private Modes() {}

  /// Runs with a fair share of the processors, which is all of them for a thread that evaluates
  /// alone.
  static <T extends @Nullable Object> T sharing(Supplier<T> body) {
    if (SHARING.isBound()) {
      return body.get();
    }
    int threads = EVALUATING.incrementAndGet();
    try {
      return ScopedValue.where(SHARING, Boolean.TRUE)
          .call(
              () -> {
                if (threads == 1) {
                  return body.get();
                }
                int share = Runtime.getRuntime().availableProcessors() / threads;
                return Threads.atMost(Math.max(1, share), body);
              });
    } finally {
      EVALUATING.decrementAndGet();
    }
  }
}
