package fovea.core.kernel.vector;

import static fovea.core.kernel.vector.Memory.ALL;
import static fovea.core.kernel.vector.Memory.LANES;
import static fovea.core.kernel.vector.Memory.ORDER;
import static fovea.core.kernel.vector.Memory.SPECIES;

import jdk.incubator.vector.FloatVector;

/// What batch norm does to a chunk: pixels of float32 channels without gaps, by address. Channels
/// go along the vectors, and what belongs to a channel stays in registers. A result may lie where
/// an operand does.
///
/// [BatchNormHalfPasses] is the same for bfloat16, see [Memory] for why it is written out again.
final class BatchNormPasses {
  private BatchNormPasses() {}

  /// sums = [Σ (x − origin), Σ (x − origin)²].
  static void moments(long x, int pixels, int channels, float[] origin, float[] sums) {
    long step = 4L * channels;
    for (int c = 0; c < channels; c += LANES) {
      var k = FloatVector.fromArray(SPECIES, origin, c);
      var s0 = FloatVector.zero(SPECIES);
      var s1 = s0;
      var q0 = s0;
      var q1 = s0;
      long at = 4L * c;
      int p = 0;
      for (; p + 1 < pixels; p += 2) {
        var d0 = FloatVector.fromMemorySegment(SPECIES, ALL, x + at, ORDER).sub(k);
        var d1 = FloatVector.fromMemorySegment(SPECIES, ALL, x + at + step, ORDER).sub(k);
        s0 = s0.add(d0);
        s1 = s1.add(d1);
        q0 = d0.fma(d0, q0);
        q1 = d1.fma(d1, q1);
        at += 2 * step;
      }
      if (p < pixels) {
        var d0 = FloatVector.fromMemorySegment(SPECIES, ALL, x + at, ORDER).sub(k);
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
    long step = 4L * channels;
    var least = FloatVector.broadcast(SPECIES, low);
    for (int c = 0; c < channels; c += LANES) {
      var a = FloatVector.fromArray(SPECIES, scale, c);
      var b = FloatVector.fromArray(SPECIES, shift, c);
      long at = 4L * c;
      for (int p = 0; p < pixels; p++) {
        var v = FloatVector.fromMemorySegment(SPECIES, ALL, x + at, ORDER).fma(a, b);
        v.blend(least, v.lt(least)).intoMemorySegment(ALL, y + at, ORDER);
        at += step;
      }
    }
  }

  /// y = scale·x + shift + r, and at least `low`.
  static void affineAdd(
      long x, long r, long y, int pixels, int channels, float[] scale, float[] shift, float low) {
    long step = 4L * channels;
    var least = FloatVector.broadcast(SPECIES, low);
    for (int c = 0; c < channels; c += LANES) {
      var a = FloatVector.fromArray(SPECIES, scale, c);
      var b = FloatVector.fromArray(SPECIES, shift, c);
      long at = 4L * c;
      for (int p = 0; p < pixels; p++) {
        var term = FloatVector.fromMemorySegment(SPECIES, ALL, r + at, ORDER);
        var v = FloatVector.fromMemorySegment(SPECIES, ALL, x + at, ORDER).fma(a, b).add(term);
        v.blend(least, v.lt(least)).intoMemorySegment(ALL, y + at, ORDER);
        at += step;
      }
    }
  }

  /// r = g where y is above 0, else 0.
  static void pass(long y, long g, long r, int count) {
    var zero = FloatVector.zero(SPECIES);
    for (long at = 0; at < 4L * count; at += 4L * LANES) {
      var passes = zero.lt(FloatVector.fromMemorySegment(SPECIES, ALL, y + at, ORDER));
      var v = FloatVector.fromMemorySegment(SPECIES, ALL, g + at, ORDER);
      zero.blend(v, passes).intoMemorySegment(ALL, r + at, ORDER);
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
    long step = 4L * channels;
    var zero = FloatVector.zero(SPECIES);
    var least = FloatVector.broadcast(SPECIES, low);
    for (int c = 0; c < channels; c += LANES) {
      var m = FloatVector.fromArray(SPECIES, mean, c);
      var a = FloatVector.fromArray(SPECIES, scale, c);
      var b = FloatVector.fromArray(SPECIES, shift, c);
      var s = zero;
      var q = zero;
      long at = 4L * c;
      for (int p = 0; p < pixels; p++) {
        var u = FloatVector.fromMemorySegment(SPECIES, ALL, x + at, ORDER);
        var given = FloatVector.fromMemorySegment(SPECIES, ALL, g + at, ORDER);
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
    long step = 4L * channels;
    var zero = FloatVector.zero(SPECIES);
    var least = FloatVector.broadcast(SPECIES, low);
    for (int c = 0; c < channels; c += LANES) {
      var a = FloatVector.fromArray(SPECIES, scale, c);
      var t = FloatVector.fromArray(SPECIES, shift, c);
      var b = FloatVector.fromArray(SPECIES, slope, c);
      var k = FloatVector.fromArray(SPECIES, constant, c);
      long at = 4L * c;
      for (int p = 0; p < pixels; p++) {
        var u = FloatVector.fromMemorySegment(SPECIES, ALL, x + at, ORDER);
        var given = FloatVector.fromMemorySegment(SPECIES, ALL, g + at, ORDER);
        var v = zero.blend(given, least.lt(u.fma(a, t))).fma(a, u.fma(b, k));
        v.intoMemorySegment(ALL, d + at, ORDER);
        at += step;
      }
    }
  }
}
