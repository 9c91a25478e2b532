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

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/// [BatchNormPasses] of bfloat16: computed in float32, rounded as [Memory#INTS] says.
final class BatchNormHalfPasses {
  private BatchNormHalfPasses() {}

  /// sums = [Σ (x − origin), Σ (x − origin)²].
  static void moments(long x, int pixels, int channels, float[] origin, float[] sums) {
    long step = 2L * channels;
    for (int c = 0; c < channels; c += LANES) {
      var k = FloatVector.fromArray(SPECIES, origin, c);
      var s0 = FloatVector.zero(SPECIES);
      var s1 = s0;
      var q0 = s0;
      var q1 = s0;
      long at = 2L * c;
      int p = 0;
      for (; p + 1 < pixels; p += 2) {
        var d0 =
            ((IntVector)
                    ShortVector.fromMemorySegment(SHORTS, ALL, x + at, ORDER)
                        .convertShape(ZERO_EXTEND_S2I, INTS, 0))
                .lanewise(LSHL, 16)
                .reinterpretAsFloats()
                .sub(k);
        var d1 =
            ((IntVector)
                    ShortVector.fromMemorySegment(SHORTS, ALL, x + at + step, ORDER)
                        .convertShape(ZERO_EXTEND_S2I, INTS, 0))
                .lanewise(LSHL, 16)
                .reinterpretAsFloats()
                .sub(k);
        s0 = s0.add(d0);
        s1 = s1.add(d1);
        q0 = d0.fma(d0, q0);
        q1 = d1.fma(d1, q1);
        at += 2 * step;
      }
      if (p < pixels) {
        var d0 =
            ((IntVector)
                    ShortVector.fromMemorySegment(SHORTS, ALL, x + at, ORDER)
                        .convertShape(ZERO_EXTEND_S2I, INTS, 0))
                .lanewise(LSHL, 16)
                .reinterpretAsFloats()
                .sub(k);
        s0 = s0.add(d0);
        q0 = d0.fma(d0, q0);
      }
      s0.add(s1).intoArray(sums, c);
      q0.add(q1).intoArray(sums, channels + c);
    }
  }

  /// y = scale·x + shift, and at least `low`.
  static void affine(
      long x, long y, int pixels, int channels, float[] scale, float[] shift, float low) {
    long step = 2L * channels;
    var least = FloatVector.broadcast(SPECIES, low);
    for (int c = 0; c < channels; c += LANES) {
      var a = FloatVector.fromArray(SPECIES, scale, c);
      var b = FloatVector.fromArray(SPECIES, shift, c);
      long at = 2L * c;
      for (int p = 0; p < pixels; p++) {
        var v =
            ((IntVector)
                    ShortVector.fromMemorySegment(SHORTS, ALL, x + at, ORDER)
                        .convertShape(ZERO_EXTEND_S2I, INTS, 0))
                .lanewise(LSHL, 16)
                .reinterpretAsFloats()
                .fma(a, b);
        var bits = v.blend(least, v.lt(least)).reinterpretAsInts();
        var rounded = bits.add(bits.lanewise(LSHR, 16).and(1)).add(0x7FFF).lanewise(LSHR, 16);
        ((ShortVector) rounded.convertShape(I2S, SHORTS, 0)).intoMemorySegment(ALL, y + at, ORDER);
        at += step;
      }
    }
  }

  /// y = scale·x + shift + r, and at least `low`.
  static void affineAdd(
      long x, long r, long y, int pixels, int channels, float[] scale, float[] shift, float low) {
    long step = 2L * channels;
    var least = FloatVector.broadcast(SPECIES, low);
    for (int c = 0; c < channels; c += LANES) {
      var a = FloatVector.fromArray(SPECIES, scale, c);
      var b = FloatVector.fromArray(SPECIES, shift, c);
      long at = 2L * c;
      for (int p = 0; p < pixels; p++) {
        var term =
            ((IntVector)
                    ShortVector.fromMemorySegment(SHORTS, ALL, r + at, ORDER)
                        .convertShape(ZERO_EXTEND_S2I, INTS, 0))
                .lanewise(LSHL, 16)
                .reinterpretAsFloats();
        var v =
            ((IntVector)
                    ShortVector.fromMemorySegment(SHORTS, ALL, x + at, ORDER)
                        .convertShape(ZERO_EXTEND_S2I, INTS, 0))
                .lanewise(LSHL, 16)
                .reinterpretAsFloats()
                .fma(a, b)
                .add(term);
        var bits = v.blend(least, v.lt(least)).reinterpretAsInts();
        var rounded = bits.add(bits.lanewise(LSHR, 16).and(1)).add(0x7FFF).lanewise(LSHR, 16);
        ((ShortVector) rounded.convertShape(I2S, SHORTS, 0)).intoMemorySegment(ALL, y + at, ORDER);
        at += step;
      }
    }
  }

  /// r = g where y is above 0, else 0.
  static void pass(long y, long g, long r, int count) {
    var zero = FloatVector.zero(SPECIES);
    for (long at = 0; at < 2L * count; at += 2L * LANES) {
      var passes =
          zero.lt(
              ((IntVector)
                      ShortVector.fromMemorySegment(SHORTS, ALL, y + at, ORDER)
                          .convertShape(ZERO_EXTEND_S2I, INTS, 0))
                  .lanewise(LSHL, 16)
                  .reinterpretAsFloats());
      var v =
          ((IntVector)
                  ShortVector.fromMemorySegment(SHORTS, ALL, g + at, ORDER)
                      .convertShape(ZERO_EXTEND_S2I, INTS, 0))
              .lanewise(LSHL, 16)
              .reinterpretAsFloats();
      var bits = zero.blend(v, passes).reinterpretAsInts();
      var rounded = bits.add(bits.lanewise(LSHR, 16).and(1)).add(0x7FFF).lanewise(LSHR, 16);
      ((ShortVector) rounded.convertShape(I2S, SHORTS, 0)).intoMemorySegment(ALL, r + at, ORDER);
    }
  }

  /// sums = [Σ g, Σ g·(x − mean)], with g only where scale·x + shift is above `low`.
  static void products(
      long x,
      long g,
      int pixels,
      int channels,
      float[] mean,
      float[] scale,
      float[] shift,
      float low,
      float[] sums) {
    long step = 2L * channels;
    var zero = FloatVector.zero(SPECIES);
    var least = FloatVector.broadcast(SPECIES, low);
    for (int c = 0; c < channels; c += LANES) {
      var m = FloatVector.fromArray(SPECIES, mean, c);
      var a = FloatVector.fromArray(SPECIES, scale, c);
      var b = FloatVector.fromArray(SPECIES, shift, c);
      var s = zero;
      var q = zero;
      long at = 2L * c;
      for (int p = 0; p < pixels; p++) {
        var u =
            ((IntVector)
                    ShortVector.fromMemorySegment(SHORTS, ALL, x + at, ORDER)
                        .convertShape(ZERO_EXTEND_S2I, INTS, 0))
                .lanewise(LSHL, 16)
                .reinterpretAsFloats();
        var given =
            ((IntVector)
                    ShortVector.fromMemorySegment(SHORTS, ALL, g + at, ORDER)
                        .convertShape(ZERO_EXTEND_S2I, INTS, 0))
                .lanewise(LSHL, 16)
                .reinterpretAsFloats();
        var v = zero.blend(given, least.lt(u.fma(a, b)));
        s = s.add(v);
        q = v.fma(u.sub(m), q);
        at += step;
      }
      s.intoArray(sums, c);
      q.intoArray(sums, channels + c);
    }
  }

  /// d = scale·g + slope·x + constant, with g only where scale·x + shift is above `low`: the factor
  /// of batch norm is also that of the gradient.
  static void combine(
      long x,
      long g,
      long d,
      int pixels,
      int channels,
      float[] scale,
      float[] shift,
      float low,
      float[] slope,
      float[] constant) {
    long step = 2L * channels;
    var zero = FloatVector.zero(SPECIES);
    var least = FloatVector.broadcast(SPECIES, low);
    for (int c = 0; c < channels; c += LANES) {
      var a = FloatVector.fromArray(SPECIES, scale, c);
      var t = FloatVector.fromArray(SPECIES, shift, c);
      var b = FloatVector.fromArray(SPECIES, slope, c);
      var k = FloatVector.fromArray(SPECIES, constant, c);
      long at = 2L * c;
      for (int p = 0; p < pixels; p++) {
        var u =
            ((IntVector)
                    ShortVector.fromMemorySegment(SHORTS, ALL, x + at, ORDER)
                        .convertShape(ZERO_EXTEND_S2I, INTS, 0))
                .lanewise(LSHL, 16)
                .reinterpretAsFloats();
        var given =
            ((IntVector)
                    ShortVector.fromMemorySegment(SHORTS, ALL, g + at, ORDER)
                        .convertShape(ZERO_EXTEND_S2I, INTS, 0))
                .lanewise(LSHL, 16)
                .reinterpretAsFloats();
        var v = zero.blend(given, least.lt(u.fma(a, t))).fma(a, u.fma(b, k));
        var bits = v.reinterpretAsInts();
        var rounded = bits.add(bits.lanewise(LSHR, 16).and(1)).add(0x7FFF).lanewise(LSHR, 16);
        ((ShortVector) rounded.convertShape(I2S, SHORTS, 0)).intoMemorySegment(ALL, d + at, ORDER);
        at += step;
      }
    }
  }
}
