package fovea.core.kernel.onednn;

import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Memory for intermediate results, lent for the time of one call: there are as many as calls ran
/// at the same time, each as large as the largest of them wanted.
final class Scratch {
  private static final int ALIGNMENT = 64;
  private static final AtomicReference<@Nullable Scratch> LAST = new AtomicReference<>();
  private static final ConcurrentLinkedDeque<Scratch> FREE = new ConcurrentLinkedDeque<>();

  private long base;
  private long bytes;

  private Scratch() {}

  /// At least `bytes` bytes.
  static Scratch take(long bytes) {
    var scratch = LAST.getAndSet(null);
    if (scratch == null) {
      scratch = FREE.pollLast();
    }
    if (scratch == null) {
      scratch = new Scratch();
    }
    if (scratch.bytes < bytes) {
      scratch.grow(bytes);
    }
    return scratch;
  }

  void giveBack() {
    if (!LAST.compareAndSet(null, this)) {
      FREE.addLast(this);
    }
  }

  private void grow(long wanted) {
    if (base != 0) {
      OneDnn.free(base);
      base = 0;
      bytes = 0;
    }
    base = OneDnn.malloc(wanted + ALIGNMENT);
    bytes = wanted;
  }

  long address() {
    return base + ALIGNMENT - 1 & -ALIGNMENT;
  }
}
