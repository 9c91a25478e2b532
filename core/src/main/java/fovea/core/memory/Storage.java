package fovea.core.memory;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// One allocation: what a tensor's values lie in, shared by all its views. It belongs to the
/// [Scope] it was made in, or, outside any, to the collector.
public final class Storage {
  private final long bytes;

  /// What records the work that it was allocated in, or `null`.
  private final @Nullable Tape tape;

  /// What a tape's calls work in, also when the storage itself has been released.
  private final @Nullable Block taped;

  private volatile @Nullable Block block;
  private @Nullable Scope scope;
  private @Nullable String releasedBy;
  private String origin = "new";
  private Memory.@Nullable Holding holding;

  Storage(Block block, long bytes, @Nullable Scope scope, @Nullable Tape tape) {
    this.block = block;
    this.bytes = bytes;
    this.scope = scope;
    this.tape = tape;
    this.taped = tape == null ? null : block;
  }

  /// The memory, at least [#bytes()] long, 64-byte aligned, not initialised.
  ///
  /// @throws ReleasedException when its scope has ended
  public MemorySegment segment() {
    var b = block;
    if (tape != null && tape.isClosed()) {
      throw new ReleasedException(
          "the result of " + origin + " was given back when its capture was closed");
    }
    if (b == null && tape != null && taped != null && tape.isPlaying()) {
      return taped.segment();
    }
    if (b == null) {
      throw new ReleasedException(
          "the result of %s was given back when %s; call keep() inside the scope on what must outlive it"
              .formatted(origin, releasedBy));
    }
    return b.segment();
  }

  /// The size asked for, in bytes.
  public long bytes() {
    return bytes;
  }

  public boolean isReleased() {
    return block == null || (tape != null && tape.isClosed());
  }

  /// What made it, for error messages and the table of holders: an operation's name.
  public String origin() {
    return origin;
  }

  public void origin(String operation) {
    origin = operation;
    if (holding != null) {
      holding.origin = operation;
    }
  }

  /// Moves it out of its scope into the enclosing one, or into the collector's care where there is
  /// none.
  public void keep() {
    var from = scope;
    if (from == null || block == null) {
      return;
    }
    var to = from.outer();
    scope = to;
    if (to != null) {
      to.add(this);
    } else {
      holding = Memory.leaveToCollector(this);
    }
  }

  /// Gives the memory back now. For owners who know that nobody reads it any more; a second call
  /// does nothing.
  ///
  /// @param when said in the error of a later read: `"its gradient had been consumed"`
  public void release(String when) {
    var b = block;
    if (b == null) {
      return;
    }
    releasedBy = when;
    // Before the block is free: a reader on another thread must not find it when it is someone
    // else's.
    block = null;
    if (holding != null) {
      holding.clean();
    } else {
      Memory.giveBack(b, bytes, tape);
    }
  }

  boolean belongsTo(Scope s) {
    return scope == s;
  }

  boolean inScope() {
    return scope != null && block != null;
  }

  @Nullable Tape tape() {
    return tape;
  }

  void holding(Memory.Holding h) {
    holding = h;
  }

  @Nullable Block block() {
    return block;
  }
}
