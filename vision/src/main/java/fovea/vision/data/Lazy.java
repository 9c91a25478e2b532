package fovea.vision.data;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A value computed once, when first asked for.
final class Lazy<T> implements Supplier<T> {
  private @Nullable Supplier<? extends T> how;
  private volatile @Nullable T value;

  Lazy(Supplier<? extends T> how) {
    this.how = how;
  }

  @Override
  public T get() {
    var known = value;
    return known != null ? known : compute();
  }

  private synchronized T compute() {
    var known = value;
    if (known == null && how != null) {
      known = how.get();
      value = known;
      how = null; // what it needed may be collected
    }
    if (known == null) {
      throw new IllegalStateException("a lazy value was null");
    }
    return known;
  }
}
