package fovea.core.kernel.vector;

import static fovea.core.kernel.vector.Memory.ALL;
import static fovea.core.kernel.vector.Memory.INTS;
import static fovea.core.kernel.vector.Memory.LANES;
import static fovea.core.kernel.vector.Memory.ORDER;
import static fovea.core.kernel.vector.Memory.SHORTS;
import static fovea.core.kernel.vector.Memory.SPECIES;
import static jdk.incubator.vector.VectorOperators.I2S;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_S2I;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.kernel.Team;
import java.lang.ref.Reference;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/// Images pixel by pixel, where each pixel's channels lie next to each other and fill vectors, but
/// pixels may lie further apart: one of the parts that were joined by their channels. Or all at the
/// same place: one vector for all pixels.
///
/// @param address of the first element
/// @param step bytes from a pixel to the next
record Rows(long address, long step, boolean half) {
  /// Elements that a thread takes at a time.
  private static final int PART = 1 << 15;

  /// Whether these loops can read an array so.
  static boolean are(NdArray a) {
    return step(a) >= 0;
  }

  private static Rows of(NdArray a) {
    return new Rows(a.address(), step(a) * a.dtype().bytes(), a.dtype() == DType.BF16);
  }

  /// The elements from pixel to pixel, or −1 where there is no such number.
  private static long step(NdArray a) {
    var s = a.shape();
    if ((a.dtype() != DType.F32 && a.dtype() != DType.BF16)
        || s.rank() < 2
        || s.isEmpty()
        || s.size(1) % LANES != 0
        || a.stride(1) != 1) {
      return -1;
    }
    long step = -1;
    long pixels = 1;
    for (int i = s.rank() - 1; i >= 0; i--) {
      if (i == 1 || s.size(i) == 1) {
        continue;
      }
      if (step < 0) {
        step = a.stride(i);
      } else if (a.stride(i) != step * pixels) {
        return -1;
      }
      pixels *= s.size(i);
    }
    return Math.max(step, 0);
  }

  private long at(long pixel) {
    return address + pixel * step;
  }

  /// y = x, of one shape.
  ///
  /// @return `false` where it would have to narrow
  static boolean copy(Team team, NdArray x, NdArray y) {
    var from = of(x);
    var to = of(y);
    if (to.half && !from.half) {
      return false;
    }
    int channels = x.shape().size(1);
    try {
      inParts(team, y, (start, count) -> copy(from, to, channels, start, count));
    } finally {
      Reference.reachabilityFence(x);
      Reference.reachabilityFence(y);
    }
    return true;
  }

  private static void copy(Rows x, Rows y, int channels, long start, long count) {
    if (y.half) {
      Memory.copyShorts(x.at(start), x.step, y.at(start), y.step, count, channels);
    } else if (x.half) {
      Memory.widen(x.at(start), x.step, y.at(start), y.step, count, channels);
    } else {
      Memory.copyFloats(x.at(start), x.step, y.at(start), y.step, count, channels);
    }
  }

  /// y = a + b, all of one shape and type; `y` may be `a` or `b`.
  static void add(Team team, NdArray a, NdArray b, NdArray y) {
    var first = of(a);
    var second = of(b);
    var to = of(y);
    int channels = y.shape().size(1);
    try {
      inParts(team, y, (start, count) -> add(first, second, to, channels, start, count));
    } finally {
      Reference.reachabilityFence(a);
      Reference.reachabilityFence(b);
      Reference.reachabilityFence(y);
    }
  }

  private static void add(Rows a, Rows b, Rows y, int channels, long start, long count) {
    if (y.half) {
      addShorts(a.at(start), a.step, b.at(start), b.step, y.at(start), y.step, count, channels);
    } else {
      addFloats(a.at(start), a.step, b.at(start), b.step, y.at(start), y.step, count, channels);
    }
  }

  private static void addFloats(
      long a, long aStep, long b, long bStep, long y, long yStep, long rows, int count) {
    for (long r = 0; r < rows; r++) {
      long first = a + r * aStep;
      long second = b + r * bStep;
      long to = y + r * yStep;
      for (int i = 0; i < count; i += LANES) {
        FloatVector.fromMemorySegment(SPECIES, ALL, first + 4L * i, ORDER)
            .add(FloatVector.fromMemorySegment(SPECIES, ALL, second + 4L * i, ORDER))
            .intoMemorySegment(ALL, to + 4L * i, ORDER);
      }
    }
  }

  private static void addShorts(
      long a, long aStep, long b, long bStep, long y, long yStep, long rows, int count) {
    for (long r = 0; r < rows; r++) {
      long first = a + r * aStep;
      long second = b + r * bStep;
      long to = y + r * yStep;
      for (int i = 0; i < count; i += LANES) {
        var p =
            ((IntVector)
                    ShortVector.fromMemorySegment(SHORTS, ALL, first + 2L * i, ORDER)
                        .convertShape(ZERO_EXTEND_S2I, INTS, 0))
                .lanewise(LSHL, 16)
                .reinterpretAsFloats();
        var q =
            ((IntVector)
                    ShortVector.fromMemorySegment(SHORTS, ALL, second + 2L * i, ORDER)
                        .convertShape(ZERO_EXTEND_S2I, INTS, 0))
                .lanewise(LSHL, 16)
                .reinterpretAsFloats();
        var bits = p.add(q).reinterpretAsInts();
        var rounded = bits.add(bits.lanewise(LSHR, 16).and(1)).add(0x7FFF).lanewise(LSHR, 16);
        ((ShortVector) rounded.convertShape(I2S, SHORTS, 0))
            .intoMemorySegment(ALL, to + 2L * i, ORDER);
      }
    }
  }

  /// Does `count` pixels from `start` on.
  @FunctionalInterface
  private interface Part {
    void run(long start, long count);
  }

  private static void inParts(Team team, NdArray y, Part part) {
    int channels = y.shape().size(1);
    long pixels = y.shape().elements() / channels;
    int each = Math.max(1, PART / channels);
    int parts = Math.toIntExact(Math.ceilDiv(pixels, (long) each));
    team.run(
        parts,
        i -> {
          long start = (long) i * each;
          part.run(start, Math.min(pixels - start, each));
        });
  }
}
