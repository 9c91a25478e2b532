package fovea.core.kernel.vector;

import static fovea.core.kernel.vector.Memory.ALL;
import static fovea.core.kernel.vector.Memory.INTS;
import static fovea.core.kernel.vector.Memory.LANES;
import static fovea.core.kernel.vector.Memory.ORDER;
import static fovea.core.kernel.vector.Memory.SHORTS;
import static fovea.core.kernel.vector.Memory.SPECIES;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_S2I;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/// The transforms of [Winograd], one vector of channels at a time, written out as [Memory] says. A
/// matrix is transformed row by row into `t`, and from there column by column; both read and write
/// vectors that lie next to each other in `t`. Addresses and steps are in bytes.
///
/// Polynomials are evaluated at 0, ±3/4, ±3/2 and infinity. Integers, as Lavin and Gray have them,
/// would be cheaper by nothing and wrong by five times as much: what counts is how far the powers
/// of the points are from 1, and their reciprocals (Barabasz et al. 2020, "Error Analysis and
/// Improving the Accuracy of Winograd Convolution for Deep Neural Networks", section 5).
final class WinogradPasses {
  /// Bytes of `t`: 6×6 vectors.
  static final long ROOM = 36L * 4 * LANES;

  private static final long VECTOR = 4L * LANES;

  private static final float A = 0.75f;
  private static final float B = 1.5f;
  private static final float A2 = A * A;
  private static final float B2 = B * B;
  private static final float A3 = A * A2;
  private static final float B3 = B * B2;
  private static final float PRODUCT = A2 * B2;
  private static final float SUM = A2 + B2;

  /// What the rows of G are divided by: for x(x² − A²)(x² − B²), the derivative at each point.
  private static final double AT_ZERO = (double) A2 * B2;

  private static final double AT_A = 2.0 * A2 * (A2 - B2);
  private static final double AT_B = 2.0 * B2 * (B2 - A2);

  private WinogradPasses() {}

  /// Pixels of bfloat16 to float32, a vector each.
  ///
  /// @param d where the first `count` pixels are
  /// @param channel bytes from there to the channels
  static void widen(long[] d, int count, long channel, long to) {
    for (int i = 0; i < count; i++) {
      var bits =
          (IntVector)
              ShortVector.fromMemorySegment(SHORTS, ALL, d[i] + channel, ORDER)
                  .convertShape(ZERO_EXTEND_S2I, INTS, 0);
      bits.lanewise(LSHL, 16).reinterpretAsFloats().intoMemorySegment(ALL, to + i * VECTOR, ORDER);
    }
  }

  // ---- Bᵀ d B, of patches of 6×6 pixels

  /// Rows of a patch.
  ///
  /// @param d where its 36 pixels are, in float32
  static void patchRows(long[] d, long channel, long t) {
    var product = FloatVector.broadcast(SPECIES, PRODUCT);
    var minusSum = FloatVector.broadcast(SPECIES, -SUM);
    var minusA2 = FloatVector.broadcast(SPECIES, -A2);
    var minusB2 = FloatVector.broadcast(SPECIES, -B2);
    var a = FloatVector.broadcast(SPECIES, A);
    var b = FloatVector.broadcast(SPECIES, B);
    for (int i = 0; i < 36; i += 6) {
      var d0 = FloatVector.fromMemorySegment(SPECIES, ALL, d[i] + channel, ORDER);
      var d1 = FloatVector.fromMemorySegment(SPECIES, ALL, d[i + 1] + channel, ORDER);
      var d2 = FloatVector.fromMemorySegment(SPECIES, ALL, d[i + 2] + channel, ORDER);
      var d3 = FloatVector.fromMemorySegment(SPECIES, ALL, d[i + 3] + channel, ORDER);
      var d4 = FloatVector.fromMemorySegment(SPECIES, ALL, d[i + 4] + channel, ORDER);
      var d5 = FloatVector.fromMemorySegment(SPECIES, ALL, d[i + 5] + channel, ORDER);
      var evenA = d2.fma(minusB2, d4);
      var oddA = d1.fma(minusB2, d3).mul(a);
      var evenB = d2.fma(minusA2, d4);
      var oddB = d1.fma(minusA2, d3).mul(b);
      long to = t + i * VECTOR;
      d0.fma(product, d2.fma(minusSum, d4)).intoMemorySegment(ALL, to, ORDER);
      evenA.add(oddA).intoMemorySegment(ALL, to + VECTOR, ORDER);
      evenA.sub(oddA).intoMemorySegment(ALL, to + 2 * VECTOR, ORDER);
      evenB.add(oddB).intoMemorySegment(ALL, to + 3 * VECTOR, ORDER);
      evenB.sub(oddB).intoMemorySegment(ALL, to + 4 * VECTOR, ORDER);
      d1.fma(product, d3.fma(minusSum, d5)).intoMemorySegment(ALL, to + 5 * VECTOR, ORDER);
    }
  }

  /// The columns, which go to v.
  ///
  /// @param apart from place to place of v
  static void patchColumns(long t, long v, long apart) {
    var product = FloatVector.broadcast(SPECIES, PRODUCT);
    var minusSum = FloatVector.broadcast(SPECIES, -SUM);
    var minusA2 = FloatVector.broadcast(SPECIES, -A2);
    var minusB2 = FloatVector.broadcast(SPECIES, -B2);
    var a = FloatVector.broadcast(SPECIES, A);
    var b = FloatVector.broadcast(SPECIES, B);
    for (int j = 0; j < 6; j++) {
      long from = t + j * VECTOR;
      var d0 = FloatVector.fromMemorySegment(SPECIES, ALL, from, ORDER);
      var d1 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 6 * VECTOR, ORDER);
      var d2 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 12 * VECTOR, ORDER);
      var d3 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 18 * VECTOR, ORDER);
      var d4 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 24 * VECTOR, ORDER);
      var d5 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 30 * VECTOR, ORDER);
      var evenA = d2.fma(minusB2, d4);
      var oddA = d1.fma(minusB2, d3).mul(a);
      var evenB = d2.fma(minusA2, d4);
      var oddB = d1.fma(minusA2, d3).mul(b);
      long to = v + j * apart;
      long row = 6 * apart;
      d0.fma(product, d2.fma(minusSum, d4)).intoMemorySegment(ALL, to, ORDER);
      evenA.add(oddA).intoMemorySegment(ALL, to + row, ORDER);
      evenA.sub(oddA).intoMemorySegment(ALL, to + 2 * row, ORDER);
      evenB.add(oddB).intoMemorySegment(ALL, to + 3 * row, ORDER);
      evenB.sub(oddB).intoMemorySegment(ALL, to + 4 * row, ORDER);
      d1.fma(product, d3.fma(minusSum, d5)).intoMemorySegment(ALL, to + 5 * row, ORDER);
    }
  }

  // ---- Aᵀ m A, to 4×4 outputs

  /// Rows of the products of a tile.
  ///
  /// @param apart from place to place of m
  static void outputRows(long m, long apart, long t) {
    var a = FloatVector.broadcast(SPECIES, A);
    var b = FloatVector.broadcast(SPECIES, B);
    var a2 = FloatVector.broadcast(SPECIES, A2);
    var b2 = FloatVector.broadcast(SPECIES, B2);
    var a3 = FloatVector.broadcast(SPECIES, A3);
    var b3 = FloatVector.broadcast(SPECIES, B3);
    for (int i = 0; i < 6; i++) {
      long from = m + 6L * i * apart;
      var m0 = FloatVector.fromMemorySegment(SPECIES, ALL, from, ORDER);
      var m1 = FloatVector.fromMemorySegment(SPECIES, ALL, from + apart, ORDER);
      var m2 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 2 * apart, ORDER);
      var m3 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 3 * apart, ORDER);
      var m4 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 4 * apart, ORDER);
      var m5 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 5 * apart, ORDER);
      var evenA = m1.add(m2);
      var oddA = m1.sub(m2);
      var evenB = m3.add(m4);
      var oddB = m3.sub(m4);
      long to = t + 4L * i * VECTOR;
      m0.add(evenA).add(evenB).intoMemorySegment(ALL, to, ORDER);
      oddA.fma(a, oddB.mul(b)).intoMemorySegment(ALL, to + VECTOR, ORDER);
      evenA.fma(a2, evenB.mul(b2)).intoMemorySegment(ALL, to + 2 * VECTOR, ORDER);
      oddA.fma(a3, oddB.fma(b3, m5)).intoMemorySegment(ALL, to + 3 * VECTOR, ORDER);
    }
  }

  /// The columns, in place: what was in the first four of the six rows are then the outputs.
  static void outputColumns(long t) {
    var a = FloatVector.broadcast(SPECIES, A);
    var b = FloatVector.broadcast(SPECIES, B);
    var a2 = FloatVector.broadcast(SPECIES, A2);
    var b2 = FloatVector.broadcast(SPECIES, B2);
    var a3 = FloatVector.broadcast(SPECIES, A3);
    var b3 = FloatVector.broadcast(SPECIES, B3);
    for (int j = 0; j < 4; j++) {
      long from = t + j * VECTOR;
      var m0 = FloatVector.fromMemorySegment(SPECIES, ALL, from, ORDER);
      var m1 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 4 * VECTOR, ORDER);
      var m2 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 8 * VECTOR, ORDER);
      var m3 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 12 * VECTOR, ORDER);
      var m4 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 16 * VECTOR, ORDER);
      var m5 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 20 * VECTOR, ORDER);
      var evenA = m1.add(m2);
      var oddA = m1.sub(m2);
      var evenB = m3.add(m4);
      var oddB = m3.sub(m4);
      m0.add(evenA).add(evenB).intoMemorySegment(ALL, from, ORDER);
      oddA.fma(a, oddB.mul(b)).intoMemorySegment(ALL, from + 4 * VECTOR, ORDER);
      evenA.fma(a2, evenB.mul(b2)).intoMemorySegment(ALL, from + 8 * VECTOR, ORDER);
      oddA.fma(a3, oddB.fma(b3, m5)).intoMemorySegment(ALL, from + 12 * VECTOR, ORDER);
    }
  }

  /// Outputs to float32: times `scale`, plus `shift`, plus what is added, at least `low`.
  ///
  /// @param scale address of a vector, as is `shift`
  /// @param added where the 16 pixels are that are added
  /// @param y where the 16 pixels go
  static void finish(
      long t, long scale, long shift, float low, long[] added, long[] y, long channel) {
    var factor = FloatVector.fromMemorySegment(SPECIES, ALL, scale, ORDER);
    var term = FloatVector.fromMemorySegment(SPECIES, ALL, shift, ORDER);
    var least = FloatVector.broadcast(SPECIES, low);
    for (int i = 0; i < 16; i++) {
      var o =
          FloatVector.fromMemorySegment(SPECIES, ALL, t + i * VECTOR, ORDER)
              .fma(factor, term)
              .add(FloatVector.fromMemorySegment(SPECIES, ALL, added[i] + channel, ORDER));
      o.blend(least, o.lt(least)).intoMemorySegment(ALL, y[i] + channel, ORDER);
    }
  }

  /// Outputs to float32 as they are.
  static void finish(long t, long[] y, long channel) {
    for (int i = 0; i < 16; i++) {
      FloatVector.fromMemorySegment(SPECIES, ALL, t + i * VECTOR, ORDER)
          .intoMemorySegment(ALL, y[i] + channel, ORDER);
    }
  }

  // ---- A g Aᵀ, of gradients of 4×4 outputs

  /// Rows of the gradients. Their sum is added to `sums`.
  ///
  /// @param g where the 16 pixels are, in float32
  /// @param sums address of a vector
  static void gradientRows(long[] g, long channel, long t, long sums) {
    var a = FloatVector.broadcast(SPECIES, A);
    var b = FloatVector.broadcast(SPECIES, B);
    var a2 = FloatVector.broadcast(SPECIES, A2);
    var b2 = FloatVector.broadcast(SPECIES, B2);
    var a3 = FloatVector.broadcast(SPECIES, A3);
    var b3 = FloatVector.broadcast(SPECIES, B3);
    var sum = FloatVector.fromMemorySegment(SPECIES, ALL, sums, ORDER);
    for (int i = 0; i < 4; i++) {
      var g0 = FloatVector.fromMemorySegment(SPECIES, ALL, g[4 * i] + channel, ORDER);
      var g1 = FloatVector.fromMemorySegment(SPECIES, ALL, g[4 * i + 1] + channel, ORDER);
      var g2 = FloatVector.fromMemorySegment(SPECIES, ALL, g[4 * i + 2] + channel, ORDER);
      var g3 = FloatVector.fromMemorySegment(SPECIES, ALL, g[4 * i + 3] + channel, ORDER);
      sum = sum.add(g0.add(g1).add(g2.add(g3)));
      var evenA = g2.fma(a2, g0);
      var oddA = g1.fma(a, g3.mul(a3));
      var evenB = g2.fma(b2, g0);
      var oddB = g1.fma(b, g3.mul(b3));
      long to = t + 6L * i * VECTOR;
      g0.intoMemorySegment(ALL, to, ORDER);
      evenA.add(oddA).intoMemorySegment(ALL, to + VECTOR, ORDER);
      evenA.sub(oddA).intoMemorySegment(ALL, to + 2 * VECTOR, ORDER);
      evenB.add(oddB).intoMemorySegment(ALL, to + 3 * VECTOR, ORDER);
      evenB.sub(oddB).intoMemorySegment(ALL, to + 4 * VECTOR, ORDER);
      g3.intoMemorySegment(ALL, to + 5 * VECTOR, ORDER);
    }
    sum.intoMemorySegment(ALL, sums, ORDER);
  }

  /// The columns, which go to z.
  ///
  /// @param apart from place to place of z
  static void gradientColumns(long t, long z, long apart) {
    var a = FloatVector.broadcast(SPECIES, A);
    var b = FloatVector.broadcast(SPECIES, B);
    var a2 = FloatVector.broadcast(SPECIES, A2);
    var b2 = FloatVector.broadcast(SPECIES, B2);
    var a3 = FloatVector.broadcast(SPECIES, A3);
    var b3 = FloatVector.broadcast(SPECIES, B3);
    for (int j = 0; j < 6; j++) {
      long from = t + j * VECTOR;
      var g0 = FloatVector.fromMemorySegment(SPECIES, ALL, from, ORDER);
      var g1 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 6 * VECTOR, ORDER);
      var g2 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 12 * VECTOR, ORDER);
      var g3 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 18 * VECTOR, ORDER);
      var evenA = g2.fma(a2, g0);
      var oddA = g1.fma(a, g3.mul(a3));
      var evenB = g2.fma(b2, g0);
      var oddB = g1.fma(b, g3.mul(b3));
      long to = z + j * apart;
      long row = 6 * apart;
      g0.intoMemorySegment(ALL, to, ORDER);
      evenA.add(oddA).intoMemorySegment(ALL, to + row, ORDER);
      evenA.sub(oddA).intoMemorySegment(ALL, to + 2 * row, ORDER);
      evenB.add(oddB).intoMemorySegment(ALL, to + 3 * row, ORDER);
      evenB.sub(oddB).intoMemorySegment(ALL, to + 4 * row, ORDER);
      g3.intoMemorySegment(ALL, to + 5 * row, ORDER);
    }
  }

  // ---- G g Gᵀ, of filters of 3×3 taps

  /// Filters, a vector of them at a time: columns, then rows.
  ///
  /// @param taps 9 × panel elements
  /// @param panel bytes
  /// @param place from place to place of u
  static void filters(long taps, long panel, long u, long place, long t) {
    var zero = FloatVector.broadcast(SPECIES, (float) (1 / AT_ZERO));
    var a0 = FloatVector.broadcast(SPECIES, (float) (1 / AT_A));
    var a1 = FloatVector.broadcast(SPECIES, (float) (A / AT_A));
    var a2 = FloatVector.broadcast(SPECIES, (float) (A2 / AT_A));
    var b0 = FloatVector.broadcast(SPECIES, (float) (1 / AT_B));
    var b1 = FloatVector.broadcast(SPECIES, (float) (B / AT_B));
    var b2 = FloatVector.broadcast(SPECIES, (float) (B2 / AT_B));
    for (long k = 0; k < panel; k += VECTOR) {
      for (int j = 0; j < 3; j++) {
        long from = taps + j * panel + k;
        var g0 = FloatVector.fromMemorySegment(SPECIES, ALL, from, ORDER);
        var g1 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 3 * panel, ORDER);
        var g2 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 6 * panel, ORDER);
        var evenA = g0.fma(a0, g2.mul(a2));
        var oddA = g1.mul(a1);
        var evenB = g0.fma(b0, g2.mul(b2));
        var oddB = g1.mul(b1);
        long to = t + j * VECTOR;
        g0.mul(zero).intoMemorySegment(ALL, to, ORDER);
        evenA.add(oddA).intoMemorySegment(ALL, to + 3 * VECTOR, ORDER);
        evenA.sub(oddA).intoMemorySegment(ALL, to + 6 * VECTOR, ORDER);
        evenB.add(oddB).intoMemorySegment(ALL, to + 9 * VECTOR, ORDER);
        evenB.sub(oddB).intoMemorySegment(ALL, to + 12 * VECTOR, ORDER);
        g2.intoMemorySegment(ALL, to + 15 * VECTOR, ORDER);
      }
      for (int i = 0; i < 6; i++) {
        long from = t + 3L * i * VECTOR;
        var g0 = FloatVector.fromMemorySegment(SPECIES, ALL, from, ORDER);
        var g1 = FloatVector.fromMemorySegment(SPECIES, ALL, from + VECTOR, ORDER);
        var g2 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 2 * VECTOR, ORDER);
        var evenA = g0.fma(a0, g2.mul(a2));
        var oddA = g1.mul(a1);
        var evenB = g0.fma(b0, g2.mul(b2));
        var oddB = g1.mul(b1);
        long to = u + 6L * i * place + k;
        g0.mul(zero).intoMemorySegment(ALL, to, ORDER);
        evenA.add(oddA).intoMemorySegment(ALL, to + place, ORDER);
        evenA.sub(oddA).intoMemorySegment(ALL, to + 2 * place, ORDER);
        evenB.add(oddB).intoMemorySegment(ALL, to + 3 * place, ORDER);
        evenB.sub(oddB).intoMemorySegment(ALL, to + 4 * place, ORDER);
        g2.intoMemorySegment(ALL, to + 5 * place, ORDER);
      }
    }
  }

  // ---- Gᵀ s G, to 3×3 taps

  /// One vector of filters.
  ///
  /// @param sums of the first part
  /// @param size from part to part
  /// @param place from place to place of a part
  /// @param taps 9 vectors
  static void taps(long sums, int parts, long size, long place, long t, long taps) {
    for (int i = 0; i < 36; i++) {
      long from = sums + i * place;
      var s = FloatVector.fromMemorySegment(SPECIES, ALL, from, ORDER);
      for (int part = 1; part < parts; part++) {
        s = s.add(FloatVector.fromMemorySegment(SPECIES, ALL, from + part * size, ORDER));
      }
      s.intoMemorySegment(ALL, t + i * VECTOR, ORDER);
    }
    var zero = FloatVector.broadcast(SPECIES, (float) (1 / AT_ZERO));
    var a0 = FloatVector.broadcast(SPECIES, (float) (1 / AT_A));
    var a1 = FloatVector.broadcast(SPECIES, (float) (A / AT_A));
    var a2 = FloatVector.broadcast(SPECIES, (float) (A2 / AT_A));
    var b0 = FloatVector.broadcast(SPECIES, (float) (1 / AT_B));
    var b1 = FloatVector.broadcast(SPECIES, (float) (B / AT_B));
    var b2 = FloatVector.broadcast(SPECIES, (float) (B2 / AT_B));
    for (int i = 0; i < 6; i++) {
      long from = t + 6L * i * VECTOR;
      var s0 = FloatVector.fromMemorySegment(SPECIES, ALL, from, ORDER);
      var s1 = FloatVector.fromMemorySegment(SPECIES, ALL, from + VECTOR, ORDER);
      var s2 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 2 * VECTOR, ORDER);
      var s3 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 3 * VECTOR, ORDER);
      var s4 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 4 * VECTOR, ORDER);
      var s5 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 5 * VECTOR, ORDER);
      var evenA = s1.add(s2);
      var evenB = s3.add(s4);
      s0.fma(zero, evenA.fma(a0, evenB.mul(b0))).intoMemorySegment(ALL, from, ORDER);
      s1.sub(s2).fma(a1, s3.sub(s4).mul(b1)).intoMemorySegment(ALL, from + VECTOR, ORDER);
      evenA.fma(a2, evenB.fma(b2, s5)).intoMemorySegment(ALL, from + 2 * VECTOR, ORDER);
    }
    for (int j = 0; j < 3; j++) {
      long from = t + j * VECTOR;
      var s0 = FloatVector.fromMemorySegment(SPECIES, ALL, from, ORDER);
      var s1 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 6 * VECTOR, ORDER);
      var s2 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 12 * VECTOR, ORDER);
      var s3 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 18 * VECTOR, ORDER);
      var s4 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 24 * VECTOR, ORDER);
      var s5 = FloatVector.fromMemorySegment(SPECIES, ALL, from + 30 * VECTOR, ORDER);
      var evenA = s1.add(s2);
      var evenB = s3.add(s4);
      long to = taps + j * VECTOR;
      s0.fma(zero, evenA.fma(a0, evenB.mul(b0))).intoMemorySegment(ALL, to, ORDER);
      s1.sub(s2).fma(a1, s3.sub(s4).mul(b1)).intoMemorySegment(ALL, to + 3 * VECTOR, ORDER);
      evenA.fma(a2, evenB.fma(b2, s5)).intoMemorySegment(ALL, to + 6 * VECTOR, ORDER);
    }
  }
}
