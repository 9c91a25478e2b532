package fovea.core.kernel.vector;

import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_S2I;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// Native memory as vectors, by address, and bfloat16 to and from float32.
///
/// **Loops on vectors call nothing but the Vector API itself**, which the compiler always inlines.
/// A method of ours between them, however small, it may decide not to: each vector then becomes an
/// object, and a loop a hundred times slower. That is why loads and stores are written out in full,
/// and why bfloat16 is converted chunk by chunk, in passes of its own over what the nearest cache
/// holds, so that all other loops know only float32.
final class Memory {
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  static final int LANES = SPECIES.length();
  static final ByteOrder ORDER = ByteOrder.nativeOrder();

  /// What bfloat16 becomes on its way to float32, which has its bits in its upper half; back, it is
  /// rounded to the nearest, ties to even, and NaN stays NaN as long as arithmetic made it.
  static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;

  static final VectorSpecies<Short> SHORTS =
      VectorSpecies.of(short.class, VectorShape.forBitSize(SPECIES.vectorBitSize() / 2));

  /// All there is; who computes an address answers for it.
  @SuppressWarnings("restricted")
  static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private Memory() {}

  /// bfloat16 to float32: rows of `count` elements, a multiple of the lanes. Addresses and steps
  /// from row to row are in bytes.
  static void widen(long from, long fromStep, long to, long toStep, long rows, int count) {
    for (long r = 0; r < rows; r++) {
      long source = from + r * fromStep;
      long target = to + r * toStep;
      for (int i = 0; i < count; i += LANES) {
        var bits =
            (IntVector)
                ShortVector.fromMemorySegment(SHORTS, ALL, source + 2L * i, ORDER)
                    .convertShape(ZERO_EXTEND_S2I, INTS, 0);
        bits.lanewise(LSHL, 16)
            .reinterpretAsFloats()
            .intoMemorySegment(ALL, target + 4L * i, ORDER);
      }
    }
  }

  /// Rows of float32.
  static void copyFloats(long from, long fromStep, long to, long toStep, long rows, int count) {
    for (long r = 0; r < rows; r++) {
      long source = from + r * fromStep;
      long target = to + r * toStep;
      for (int i = 0; i < count; i += LANES) {
        FloatVector.fromMemorySegment(SPECIES, ALL, source + 4L * i, ORDER)
            .intoMemorySegment(ALL, target + 4L * i, ORDER);
      }
    }
  }

  /// Rows of bfloat16.
  static void copyShorts(long from, long fromStep, long to, long toStep, long rows, int count) {
    for (long r = 0; r < rows; r++) {
      long source = from + r * fromStep;
      long target = to + r * toStep;
      for (int i = 0; i < count; i += LANES) {
        ShortVector.fromMemorySegment(SHORTS, ALL, source + 2L * i, ORDER)
            .intoMemorySegment(ALL, target + 2L * i, ORDER);
      }
    }
  }

  static void copyBytes(long from, long to, long bytes) {
    MemorySegment.copy(ALL, from, ALL, to, bytes);
  }

  /// A float32 by itself, where elements do not fill a vector.
  static float get(long base, long i) {
    return ALL.get(ValueLayout.JAVA_FLOAT, base + 4 * i);
  }

  static void set(long base, long i, float value) {
    ALL.set(ValueLayout.JAVA_FLOAT, base + 4 * i, value);
  }

  static void read(long from, float[] into, int count) {
    MemorySegment.copy(ALL, ValueLayout.JAVA_FLOAT_UNALIGNED, from, into, 0, count);
  }

  static void write(float[] from, int count, long to) {
    MemorySegment.copy(from, 0, ALL, ValueLayout.JAVA_FLOAT_UNALIGNED, to, count);
  }

  /// The first elements of float32 or bfloat16.
  static void read(long base, boolean half, float[] into) {
    for (int i = 0; i < into.length; i++) {
      into[i] =
          half
              ? Float.intBitsToFloat(ALL.get(ValueLayout.JAVA_SHORT, base + 2L * i) << 16)
              : ALL.get(ValueLayout.JAVA_FLOAT, base + 4L * i);
    }
  }
}
