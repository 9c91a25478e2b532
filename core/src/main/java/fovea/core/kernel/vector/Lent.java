package fovea.core.kernel.vector;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Native memory that a thread keeps from call to call, at the start of a cache's line, where a
/// Java array's elements never are. What it held is lost when it grows.
final class Lent {
  private static final long ALIGNMENT = 64;

  private MemorySegment segment;

  Lent(long bytes) {
    segment = Arena.ofAuto().allocate(bytes, ALIGNMENT);
  }

  long address() {
    return segment.address();
  }

  /// The address of at least `bytes` bytes.
  long atLeast(long bytes) {
    if (segment.byteSize() < bytes) {
      segment = Arena.ofAuto().allocate(bytes, ALIGNMENT);
    }
    return segment.address();
  }
}
