package fovea.core.memory;

import fovea.core.FoveaException;
import java.lang.ref.Cleaner;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What a stretch of one thread's work did: its kernel calls in order, and the memory they worked
/// in, which is nobody else's until the tape is closed. Replaying makes the same calls in the same
/// places. The engine's own; people use `Captured`.
public final class Tape {
  private static final ScopedValue<Tape> CURRENT = ScopedValue.newInstance();

  /// How many tapes record or play, so that work outside of any pays one comparison.
  private static final AtomicInteger ACTIVE = new AtomicInteger();

  private static final Cleaner CLEANER = Cleaner.create();

  private final @Nullable Object random;
  private final boolean frozen;
  private final Set<Storage> varying;
  private final List<Runnable> recorded = new ArrayList<>();
  private final Set<Storage> foreign = new HashSet<>();
  private final Holdings holdings = new Holdings();
  private final Cleaner.Cleanable cleanable = CLEANER.register(this, holdings);
  private Runnable[] calls = {};
  private Storage[] others = {};
  private boolean playing;
  private boolean aside;
  private boolean whole;
  private int kernelDepth;

  /// A tape with nothing on it.
  ///
  /// @param random the one source of randomness that is renewed for each replay
  /// @param frozen whether what was there before keeps its values, but for `varying`
  /// @param varying what may hold other values in each replay
  public Tape(@Nullable Object random, boolean frozen, Set<Storage> varying) {
    this.random = random;
    this.frozen = frozen;
    this.varying = Set.copyOf(varying);
  }

  /// The tape that this thread records or plays, or `null`.
  private static @Nullable Tape current() {
    return ACTIVE.get() != 0 && CURRENT.isBound() ? CURRENT.get() : null;
  }

  /// The tape that this thread records, or `null`.
  public static @Nullable Tape recording() {
    var tape = current();
    return tape == null || tape.playing || tape.aside ? null : tape;
  }

  /// Runs and records. What is allocated meanwhile, and not released, lives as long as the tape.
  public <T extends @Nullable Object> T record(Supplier<T> body) {
    if (current() != null) {
      throw new CaptureException("a capture cannot begin inside of another");
    }
    ACTIVE.incrementAndGet();
    try {
      var result = ScopedValue.where(CURRENT, this).call(() -> Scope.runUnreleased(body));
      calls = recorded.toArray(Runnable[]::new);
      others = foreign.toArray(Storage[]::new);
      return result;
    } catch (Throwable t) {
      close();
      throw t;
    } finally {
      ACTIVE.decrementAndGet();
    }
  }

  /// Makes the recorded calls again. One thread at a time.
  public void replay() {
    if (holdings.closed) {
      throw new CaptureException("it has been closed");
    }
    for (var storage : others) {
      if (storage.isReleased()) {
        throw new CaptureException(
            "it used a tensor (of " + storage.origin() + ") that has been given back since");
      }
    }
    ACTIVE.incrementAndGet();
    playing = true;
    try {
      ScopedValue.where(CURRENT, this).run(this::play);
    } finally {
      playing = false;
      ACTIVE.decrementAndGet();
    }
  }

  private void play() {
    for (var call : calls) {
      call.run();
    }
  }

  /// Runs what is no part of the step, such as giving a model its first values.
  public static void aside(Runnable body) {
    var tape = recording();
    if (tape == null) {
      body.run();
    } else {
      tape.aside = true;
      // What it leaves behind is not the tape's.
      try (var _ = Scope.open("aside of a captured step")) {
        body.run();
      } finally {
        tape.aside = false;
      }
    }
  }

  // ---- for kernels

  /// Appends a call, which has been made.
  public void add(Runnable call) {
    recorded.add(call);
  }

  /// Runs a kernel and sees to it that a call is on the tape: those it added itself, bound to its
  /// arrays, or else `call`.
  public void kernel(Runnable call) {
    int before = recorded.size();
    kernelDepth++;
    whole = false;
    try {
      call.run();
    } finally {
      kernelDepth--;
    }
    if (whole) {
      recorded.subList(before, recorded.size()).clear();
    }
    if (recorded.size() == before) {
      recorded.add(call);
    }
  }

  /// Says that what the kernel at hand does depends on values, so that it must decide anew in each
  /// replay.
  public void replayWhole() {
    whole = true;
  }

  /// Says that a kernel reads or writes this.
  ///
  /// @throws CaptureException for memory that is given back before it can be replayed
  public void uses(Storage storage) {
    if (storage.tape() != this) {
      foreign.add(storage);
    }
  }

  /// Whether this holds the same values in every replay, so that what depends on it alone need be
  /// done but once.
  public boolean isConstant(Storage storage) {
    return frozen && storage.tape() != this && !varying.contains(storage);
  }

  /// Refuses randomness that a replay could not renew.
  public void draws(Object source) {
    if (!source.equals(random)) {
      throw new CaptureException(
          "it draws from a random stream of its own; only the one that the step was given is renewed"
              + " for each replay");
    }
  }

  /// Runs this when the tape is closed, or nobody holds it any more. It must not refer to the tape.
  public void onClose(Runnable action) {
    holdings.add(action);
  }

  /// Refuses to record what depends on values that only Java sees. Kernels may read them.
  ///
  /// @throws CaptureException where it is Java that reads
  public static void refuseReading(String what) {
    var tape = recording();
    if (tape != null && tape.kernelDepth == 0) {
      throw new CaptureException(
          what
              + " was read in the middle, and a replay could not know what was done with it; read"
              + " results after the step, or compute with tensors");
    }
  }

  // ---- memory

  boolean isPlaying() {
    return playing;
  }

  @Nullable Block take(int sizeClass) {
    return holdings.take(sizeClass);
  }

  void own(Block block) {
    holdings.own(block);
  }

  /// Takes a block back; `false` where it is no longer this tape's.
  boolean giveBack(Block block) {
    return holdings.giveBack(block);
  }

  /// Counts bytes in use.
  void live(long bytes) {
    holdings.live(bytes);
  }

  /// Bytes of memory that only this tape uses.
  public long bytes() {
    return holdings.bytes();
  }

  /// Gives its memory back, that of its results included; it cannot be replayed any more.
  public void close() {
    calls = new Runnable[0];
    others = new Storage[0];
    recorded.clear();
    foreign.clear();
    cleanable.clean();
  }

  boolean isClosed() {
    return holdings.closed;
  }

  /// What a tape owns, apart from it, so that the collector can find the tape unused.
  private static final class Holdings implements Runnable {
    private final List<Block> all = new ArrayList<>();
    private final Map<Integer, ArrayDeque<Block>> free = new HashMap<>();
    private final List<Runnable> actions = new ArrayList<>();
    private long liveBytes;
    private volatile boolean closed;

    synchronized @Nullable Block take(int sizeClass) {
      var blocks = free.get(sizeClass);
      return blocks == null ? null : blocks.pollLast();
    }

    synchronized void own(Block block) {
      all.add(block);
    }

    synchronized boolean giveBack(Block block) {
      if (closed) {
        return false;
      }
      free.computeIfAbsent(block.sizeClass(), k -> new ArrayDeque<>()).addLast(block);
      return true;
    }

    synchronized void live(long bytes) {
      if (!closed) {
        liveBytes += bytes;
      }
    }

    synchronized void add(Runnable action) {
      actions.add(action);
    }

    synchronized long bytes() {
      return all.stream().mapToLong(b -> b.segment().byteSize()).sum();
    }

    @Override
    public synchronized void run() {
      closed = true;
      actions.forEach(Runnable::run);
      actions.clear();
      Memory.giveBack(all, liveBytes);
      all.clear();
      free.clear();
    }
  }

  /// What was to be captured cannot be replayed, for the reason it gives.
  public static final class CaptureException extends FoveaException {
    private static final long serialVersionUID = 1;

    public CaptureException(String reason) {
      super("the step cannot be captured: " + reason);
    }
  }
}
