package fovea.core.kernel.vector;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// An array without gaps, chunk by chunk as float32: where it lies, or converted from bfloat16 into
/// memory that the thread keeps, and back.
///
/// @param address of its first element; 0 for none
record Chunks(long address, boolean half) {
  /// Elements of the largest chunk: what a loop has in hand stays in the caches next to it.
  static final int SIZE = 2048;

  /// How many arrays one loop may convert.
  private static final int PLACES = 4;

  private static final long BYTES = 4L * SIZE;

  private static final ThreadLocal<MemorySegment> SCRATCH =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(PLACES * BYTES, 64));

  static final Chunks NONE = new Chunks(0, false);

  static Chunks of(NdArray a) {
    return new Chunks(a.address(), a.dtype() == DType.BF16);
  }

  boolean isNone() {
    return address == 0;
  }

  /// This thread's memory for conversions, number `place` of a loop.
  static long scratch(int place) {
    return SCRATCH.get().address() + place * BYTES;
  }

  /// Where `count` elements from index `at` on can be read as float32.
  ///
  /// @param place which of the thread's memories to convert into
  long read(long at, int count, int place) {
    if (!half) {
      return address + 4 * at;
    }
    long to = scratch(place);
    Memory.widen(address + 2 * at, 0, to, 0, 1, count);
    return to;
  }

  /// Where elements from index `at` on are to be written as float32, to be followed by [#deliver].
  long target(long at, int place) {
    return half ? scratch(place) : address + 4 * at;
  }

  void deliver(long at, int count, int place) {
    if (half) {
      Memory.narrow(scratch(place), 0, address + 2 * at, 0, 1, count);
    }
  }

  /// Copies elements of the same type.
  void copyTo(Chunks other, long at, int count) {
    int bytes = half ? 2 : 4;
    Memory.copyBytes(address + bytes * at, other.address + bytes * at, (long) bytes * count);
  }
}
