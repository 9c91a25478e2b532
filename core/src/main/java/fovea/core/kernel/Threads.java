package fovea.core.kernel;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// How many threads a kernel may split its work over, where that is less than there are: several
/// threads that compute at once are faster when each of them keeps to itself.
public final class Threads {
  private static final ScopedValue<Integer> LIMIT = ScopedValue.newInstance();

  private Threads() {}

  /// Runs with kernels that use at most `n` threads.
  ///
  /// @throws IllegalArgumentException for less than 1
  public static <T extends @Nullable Object> T atMost(int n, Supplier<T> body) {
    if (n < 1) {
      throw new IllegalArgumentException("computing takes at least 1 thread, not " + n);
    }
    return ScopedValue.where(LIMIT, Math.min(n, limit())).call(body::get);
  }

  /// How many a kernel that this thread calls may use, if there are as many.
  public static int limit() {
    return LIMIT.orElse(Integer.MAX_VALUE);
  }
}
