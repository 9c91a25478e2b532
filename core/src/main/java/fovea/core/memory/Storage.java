package fovea.core.memory;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// One allocation: what a tensor's values lie in, shared by all its views. It belongs to the
/// [Scope] it was made in, or, outside any, to the collector.
public final class Storage {
  private final long bytes;
  private volatile @Nullable Block block;
  private @Nullable Scope scope;
  private @Nullable String releasedBy;
  private String origin = "new";
  private Memory.@Nullable Holding holding;

  Storage(Block block, long bytes, @Nullable Scope scope) {
    this.block = block;
    this.bytes = bytes;
    this.scope = scope;
  }

  /// The memory, at least [#bytes()] long, 64-byte aligned, not initialised.
  ///
  /// @throws ReleasedException when its scope has ended
  public MemorySegment segment() {
    var b = block;
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
    return block == null;
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
      Memory.giveBack(b, bytes);
    }
  }

  boolean belongsTo(Scope s) {
    return scope == s;
  }

  boolean inScope() {
    return scope != null && block != null;
  }

  void holding(Memory.Holding h) {
    holding = h;
  }

  @Nullable Block block() {
    return block;
  }
}
