package fovea.core.kernel.vector;

import static java.nio.ByteOrder.nativeOrder;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_S2I;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// Vectors of float32 in and out of native memory, by address; bfloat16 is converted on the way.
final class Memory {
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Short> SHORTS =
      VectorSpecies.of(short.class, VectorShape.forBitSize(SPECIES.vectorBitSize() / 2));

  /// All there is; who computes an address answers for it.
  @SuppressWarnings("restricted")
  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private Memory() {}

  /// The elements from index `i` on of what begins at `base`.
  static FloatVector load(long base, long i, boolean half) {
    return half
        ? widened(base + 2 * i)
        : FloatVector.fromMemorySegment(SPECIES, ALL, base + 4 * i, nativeOrder());
  }

  static void store(FloatVector v, long base, long i, boolean half) {
    if (half) {
      narrowed(v).intoMemorySegment(ALL, base + 2 * i, nativeOrder());
    } else {
      v.intoMemorySegment(ALL, base + 4 * i, nativeOrder());
    }
  }

  private static FloatVector widened(long address) {
    var bits =
        (IntVector)
            ShortVector.fromMemorySegment(SHORTS, ALL, address, nativeOrder())
                .convertShape(ZERO_EXTEND_S2I, INTS, 0);
    return bits.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
  }

  /// Rounds to the nearest, ties to even; NaN stays NaN, as long as arithmetic made it.
  private static ShortVector narrowed(FloatVector v) {
    var bits = v.reinterpretAsInts();
    var odd = bits.lanewise(LSHR, 16).and(1);
    var rounded = bits.add(odd).add(0x7FFF).lanewise(LSHR, 16);
    return (ShortVector) rounded.convertShape(VectorOperators.I2S, SHORTS, 0);
  }

  static void copy(long from, long to, long at, int count, boolean half) {
    int bytes = half ? 2 : 4;
    MemorySegment.copy(ALL, from + bytes * at, ALL, to + bytes * at, (long) bytes * count);
  }

  /// The first elements.
  static void read(long base, boolean half, float[] into) {
    for (int i = 0; i < into.length; i++) {
      into[i] =
          half
              ? Float.intBitsToFloat(ALL.get(ValueLayout.JAVA_SHORT, base + 2L * i) << 16)
              : ALL.get(ValueLayout.JAVA_FLOAT, base + 4L * i);
    }
  }
}
