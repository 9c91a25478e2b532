package fovea.core.kernel.onednn;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The plans that were made, by key. A plan serves one thread at a time; where several want the
/// same, each gets its own. Of the keys, those used last are kept.
final class Plans {
  private final ConcurrentHashMap<Key, Entry> entries = new ConcurrentHashMap<>();
  private final int capacity;

  /// Counts keys, not calls, so that threads do not fight over it.
  private volatile long clock;

  Plans(int capacity) {
    this.capacity = capacity;
  }

  /// What there is for a key.
  private static final class Entry {
    private final AtomicReference<@Nullable Plan> last = new AtomicReference<>();
    private final ConcurrentLinkedDeque<Plan> idle = new ConcurrentLinkedDeque<>();
    private volatile boolean unsupported;
    private volatile boolean evicted;
    private long used;

    @Nullable Plan take() {
      var plan = last.getAndSet(null);
      return plan != null ? plan : idle.pollLast();
    }

    void giveBack(Plan plan) {
      if (!last.compareAndSet(null, plan)) {
        idle.addLast(plan);
      }
      if (evicted) {
        destroyIdle();
      }
    }

    void destroyIdle() {
      for (var plan = take(); plan != null; plan = take()) {
        plan.destroy();
      }
    }
  }

  /// Runs the plan for a key on arrays at these addresses, making it first if there is none.
  ///
  /// @return `false` where oneDNN has no good way to do it
  boolean run(Key key, Supplier<Plan> make, long... addresses) {
    var entry = entries.get(key);
    if (entry == null) {
      entry = add(key);
    }
    long now = clock;
    if (entry.used != now) {
      entry.used = now;
    }
    var plan = entry.take();
    if (plan == null) {
      if (entry.unsupported) {
        return false;
      }
      try {
        plan = make.get();
      } catch (OneDnn.Unsupported e) {
        entry.unsupported = true;
        return false;
      }
    }
    try {
      plan.run(addresses);
    } finally {
      entry.giveBack(plan);
    }
    return true;
  }

  private synchronized Entry add(Key key) {
    var entry = entries.computeIfAbsent(key, k -> new Entry());
    clock++;
    entry.used = clock;
    if (entries.size() > capacity) {
      evict();
    }
    return entry;
  }

  /// Gives up the quarter that was not used for longest.
  private void evict() {
    record Age(Key key, Entry entry, long used) {}
    var ages = new ArrayList<Age>();
    entries.forEach((key, entry) -> ages.add(new Age(key, entry, entry.used)));
    ages.sort(Comparator.comparingLong(Age::used));
    for (var age : ages.subList(0, capacity / 4 + 1)) {
      entries.remove(age.key);
      age.entry.evicted = true;
      age.entry.destroyIdle();
    }
  }

  int size() {
    return entries.size();
  }
}
