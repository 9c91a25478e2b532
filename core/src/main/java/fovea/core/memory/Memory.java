package fovea.core.memory;

import fovea.core.FoveaException;
import java.lang.management.ManagementFactory;
import java.lang.ref.Cleaner;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The native memory of this process. Blocks come from a pool of free ones by size class, else from
/// the C library; together they stay under a byte budget: four fifths of the machine's memory, or
/// what the system property `fovea.memory` says (`8g`, `512m`, bytes).
///
/// Where the budget would be passed, the pool is trimmed, then the collector is asked to find
/// tensors that nobody holds, and only then an error lists the largest holders.
public final class Memory {
  private static final Cleaner CLEANER = Cleaner.create();
  private static final Object LOCK = new Object();
  private static final List<ArrayDeque<Block>> FREE = new ArrayList<>();
  private static final AtomicLong LIVE = new AtomicLong();
  private static final AtomicLong COLLECTIONS = new AtomicLong();
  private static final Set<Holding> HOLDINGS = ConcurrentHashMap.newKeySet();
  private static final Set<Scope> SCOPES = ConcurrentHashMap.newKeySet();
  private static long owned;
  private static long pooled;
  private static long budget = initialBudget();

  private Memory() {}

  /// A new storage of at least `bytes` bytes, not initialised, in this thread's innermost scope or,
  /// where there is none, in the collector's care.
  ///
  /// @throws OutOfNativeMemoryException when the budget is spent
  public static Storage allocate(long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("cannot allocate " + bytes + " bytes");
    }
    int sizeClass = SizeClass.of(bytes);
    var tape = Tape.recording();
    var block = tape == null ? null : tape.take(sizeClass);
    if (block == null) {
      block = take(sizeClass);
      if (block == null) {
        block = makeRoomAndAllocate(sizeClass, bytes);
      }
      if (tape != null) {
        tape.own(block);
      }
    }
    if (tape != null) {
      tape.live(bytes);
    }
    LIVE.addAndGet(bytes);
    var scope = Scope.current();
    var storage = new Storage(block, bytes, scope, tape);
    if (scope != null) {
      scope.add(storage);
    } else {
      storage.holding(leaveToCollector(storage));
    }
    return storage;
  }

  private static @Nullable Block take(int sizeClass) {
    long bytes = SizeClass.bytes(sizeClass);
    synchronized (LOCK) {
      if (sizeClass < FREE.size()) {
        var block = FREE.get(sizeClass).pollLast();
        if (block != null) {
          pooled -= bytes;
          return block;
        }
      }
      if (owned + bytes > budget) {
        return null;
      }
      var block = Native.allocate(sizeClass);
      if (block != null) {
        owned += bytes;
      }
      return block;
    }
  }

  private static Block makeRoomAndAllocate(int sizeClass, long bytes) {
    trim();
    var block = take(sizeClass);
    for (int attempt = 0; block == null && attempt < 4; attempt++) {
      COLLECTIONS.incrementAndGet();
      System.gc();
      // The cleaner's thread needs a moment to give back what the collector found.
      try {
        Thread.sleep(25L << attempt);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      }
      trim();
      block = take(sizeClass);
    }
    if (block == null) {
      throw new OutOfNativeMemoryException(outOfMemory(bytes));
    }
    return block;
  }

  private static String outOfMemory(long bytes) {
    return "out of native memory: %s more were asked for, %s of the budget of %s are in use%s\n%s"
        .formatted(
            size(bytes),
            size(liveBytes()),
            size(budget()),
            " (use smaller batches or images, or raise it with -Dfovea.memory=…); the largest holders:",
            holders());
  }

  /// Live storages by origin, largest sum first, a line each.
  private static String holders() {
    record Sum(int count, long bytes) {}
    var sums = new HashMap<String, Sum>();
    for (var h : HOLDINGS) {
      sums.merge(
          h.origin, new Sum(1, h.bytes), (a, b) -> new Sum(a.count + b.count, a.bytes + b.bytes));
    }
    for (var scope : SCOPES) {
      // Another thread's scope may grow meanwhile; a copy that misses its newest entries will do.
      for (var s : scope.storages().toArray(Storage[]::new)) {
        if (s != null && !s.isReleased()) {
          sums.merge(
              s.origin(),
              new Sum(1, s.bytes()),
              (a, b) -> new Sum(a.count + b.count, a.bytes + b.bytes));
        }
      }
    }
    var lines = new ArrayList<String>();
    sums.entrySet().stream()
        .sorted(Comparator.comparingLong(e -> -e.getValue().bytes))
        .limit(10)
        .forEach(
            e ->
                lines.add(
                    "  %10s in %6d of %s"
                        .formatted(size(e.getValue().bytes), e.getValue().count, e.getKey())));
    return String.join("\n", lines);
  }

  /// Bytes in storages that are in use.
  public static long liveBytes() {
    return LIVE.get();
  }

  /// Bytes in free blocks that wait to be used again.
  public static long pooledBytes() {
    synchronized (LOCK) {
      return pooled;
    }
  }

  /// Bytes taken from the system: live and pooled ones, rounded up to their size classes.
  public static long ownedBytes() {
    synchronized (LOCK) {
      return owned;
    }
  }

  /// How often the collector had to be asked for memory; stays at zero where scopes do their work.
  public static long collections() {
    return COLLECTIONS.get();
  }

  public static long budget() {
    synchronized (LOCK) {
      return budget;
    }
  }

  /// Sets the byte budget.
  public static void budget(long bytes) {
    if (bytes <= 0) {
      throw new IllegalArgumentException("the memory budget must be positive, not " + bytes);
    }
    synchronized (LOCK) {
      budget = bytes;
    }
  }

  /// Returns all free blocks to the system.
  public static void trim() {
    synchronized (LOCK) {
      for (var blocks : FREE) {
        for (var block : blocks) {
          Native.free(block);
        }
        blocks.clear();
      }
      owned -= pooled;
      pooled = 0;
    }
  }

  static void giveBack(Block block, long bytes, @Nullable Tape tape) {
    if (tape == null) {
      LIVE.addAndGet(-bytes);
      giveBack(block);
    } else if (tape.giveBack(block)) {
      LIVE.addAndGet(-bytes);
      tape.live(-bytes);
    }
  }

  /// Takes back all that a tape owned, part of it still in use.
  static void giveBack(List<Block> blocks, long liveBytes) {
    LIVE.addAndGet(-liveBytes);
    blocks.forEach(Memory::giveBack);
  }

  private static void giveBack(Block block) {
    synchronized (LOCK) {
      while (FREE.size() <= block.sizeClass()) {
        FREE.add(new ArrayDeque<>());
      }
      FREE.get(block.sizeClass()).addLast(block);
      pooled += SizeClass.bytes(block.sizeClass());
    }
  }

  static Holding leaveToCollector(Storage storage) {
    var block = storage.block();
    if (block == null) {
      throw new IllegalStateException("released already");
    }
    var holding = new Holding(block, storage.bytes(), storage.origin(), storage.tape());
    HOLDINGS.add(holding);
    holding.cleanable = CLEANER.register(storage, holding);
    return holding;
  }

  static void opened(Scope scope) {
    SCOPES.add(scope);
  }

  static void closed(Scope scope) {
    SCOPES.remove(scope);
  }

  /// What the cleaner needs to give a block back when its storage is no longer reachable.
  static final class Holding implements Runnable {
    private final Block block;
    private final long bytes;
    private final @Nullable Tape tape;
    volatile String origin;
    private Cleaner.@Nullable Cleanable cleanable;

    Holding(Block block, long bytes, String origin, @Nullable Tape tape) {
      this.block = block;
      this.bytes = bytes;
      this.tape = tape;
      this.origin = origin;
    }

    void clean() {
      if (cleanable != null) {
        cleanable.clean();
      }
    }

    @Override
    public void run() {
      HOLDINGS.remove(this);
      giveBack(block, bytes, tape);
    }
  }

  private static long initialBudget() {
    var property = System.getProperty("fovea.memory");
    if (property != null) {
      return parse(property);
    }
    var system = ManagementFactory.getOperatingSystemMXBean();
    return system instanceof com.sun.management.OperatingSystemMXBean os
        ? os.getTotalMemorySize() / 5 * 4
        : Long.MAX_VALUE;
  }

  private static long parse(String text) {
    var t = text.strip().toLowerCase(Locale.ROOT);
    int shift =
        switch (t.isEmpty() ? ' ' : t.charAt(t.length() - 1)) {
          case 'k' -> 10;
          case 'm' -> 20;
          case 'g' -> 30;
          default -> 0;
        };
    try {
      long n = Long.parseLong(shift == 0 ? t : t.substring(0, t.length() - 1));
      if (n > 0 && n < Long.MAX_VALUE >> shift) {
        return n << shift;
      }
    } catch (NumberFormatException e) {
      // Falls through to the one message for all that is not a size.
    }
    throw new FoveaException(
        "fovea.memory=" + text + " is not a size; write 8g, 512m or a number of bytes");
  }

  /// A size for people: `512 B`, `1.5 MiB`.
  public static String size(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    int unit = Math.min(4, (63 - Long.numberOfLeadingZeros(bytes)) / 10);
    return String.format(
        Locale.ROOT, "%.1f %ciB", bytes / (double) (1L << (10 * unit)), "KMGT".charAt(unit - 1));
  }
}
