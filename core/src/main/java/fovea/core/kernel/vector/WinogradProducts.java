package fovea.core.kernel.vector;

import static fovea.core.kernel.vector.Memory.ALL;
import static fovea.core.kernel.vector.Memory.LANES;
import static fovea.core.kernel.vector.Memory.ORDER;
import static fovea.core.kernel.vector.Memory.SPECIES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import jdk.incubator.vector.FloatVector;

/// The matrix products of [Winograd], written out as [Memory] says. Addresses are in bytes, sizes
/// in elements.
final class WinogradProducts {
  /// Tiles that are multiplied together: rows of v and m are read and written up to the next
  /// multiple.
  static final int TILES_AT_ONCE = 12;

  /// Channels that [#addOuterProducts] takes at once.
  static final int CHANNELS_AT_ONCE = 16;

  private static final long VECTOR = 4L * LANES;

  private WinogradProducts() {}

  /// m [tiles, 2 vectors] = v [tiles, inputs] · u [inputs, 2 vectors], 6 tiles at a time.
  ///
  /// @param outputs from a row of m to the next
  static void multiplyWide(long v, long u, long m, int tiles, int inputs, int outputs) {
    long rowV = 4L * inputs;
    long rowM = 4L * outputs;
    for (int t = 0; t < tiles; t += 6) {
      var a0 = FloatVector.zero(SPECIES);
      var b0 = a0;
      var a1 = FloatVector.zero(SPECIES);
      var b1 = a1;
      var a2 = FloatVector.zero(SPECIES);
      var b2 = a2;
      var a3 = FloatVector.zero(SPECIES);
      var b3 = a3;
      var a4 = FloatVector.zero(SPECIES);
      var b4 = a4;
      var a5 = FloatVector.zero(SPECIES);
      var b5 = a5;
      long from = v + t * rowV;
      for (int c = 0; c < inputs; c++) {
        var p = FloatVector.fromMemorySegment(SPECIES, ALL, u + 2 * VECTOR * c, ORDER);
        var q = FloatVector.fromMemorySegment(SPECIES, ALL, u + 2 * VECTOR * c + VECTOR, ORDER);
        long at = from + 4L * c;
        var x0 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at));
        a0 = x0.fma(p, a0);
        b0 = x0.fma(q, b0);
        var x1 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + rowV));
        a1 = x1.fma(p, a1);
        b1 = x1.fma(q, b1);
        var x2 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 2 * rowV));
        a2 = x2.fma(p, a2);
        b2 = x2.fma(q, b2);
        var x3 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 3 * rowV));
        a3 = x3.fma(p, a3);
        b3 = x3.fma(q, b3);
        var x4 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 4 * rowV));
        a4 = x4.fma(p, a4);
        b4 = x4.fma(q, b4);
        var x5 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 5 * rowV));
        a5 = x5.fma(p, a5);
        b5 = x5.fma(q, b5);
      }
      long to = m + t * rowM;
      a0.intoMemorySegment(ALL, to, ORDER);
      b0.intoMemorySegment(ALL, to + VECTOR, ORDER);
      a1.intoMemorySegment(ALL, to + rowM, ORDER);
      b1.intoMemorySegment(ALL, to + rowM + VECTOR, ORDER);
      a2.intoMemorySegment(ALL, to + 2 * rowM, ORDER);
      b2.intoMemorySegment(ALL, to + 2 * rowM + VECTOR, ORDER);
      a3.intoMemorySegment(ALL, to + 3 * rowM, ORDER);
      b3.intoMemorySegment(ALL, to + 3 * rowM + VECTOR, ORDER);
      a4.intoMemorySegment(ALL, to + 4 * rowM, ORDER);
      b4.intoMemorySegment(ALL, to + 4 * rowM + VECTOR, ORDER);
      a5.intoMemorySegment(ALL, to + 5 * rowM, ORDER);
      b5.intoMemorySegment(ALL, to + 5 * rowM + VECTOR, ORDER);
    }
  }

  /// [#multiplyWide] with a single vector of outputs, 12 tiles at a time.
  static void multiplyNarrow(long v, long u, long m, int tiles, int inputs, int outputs) {
    long rowV = 4L * inputs;
    long rowM = 4L * outputs;
    for (int t = 0; t < tiles; t += 12) {
      var a0 = FloatVector.zero(SPECIES);
      var a1 = FloatVector.zero(SPECIES);
      var a2 = FloatVector.zero(SPECIES);
      var a3 = FloatVector.zero(SPECIES);
      var a4 = FloatVector.zero(SPECIES);
      var a5 = FloatVector.zero(SPECIES);
      var a6 = FloatVector.zero(SPECIES);
      var a7 = FloatVector.zero(SPECIES);
      var a8 = FloatVector.zero(SPECIES);
      var a9 = FloatVector.zero(SPECIES);
      var a10 = FloatVector.zero(SPECIES);
      var a11 = FloatVector.zero(SPECIES);
      long from = v + t * rowV;
      for (int c = 0; c < inputs; c++) {
        var p = FloatVector.fromMemorySegment(SPECIES, ALL, u + VECTOR * c, ORDER);
        long at = from + 4L * c;
        var x0 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at));
        a0 = x0.fma(p, a0);
        var x1 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + rowV));
        a1 = x1.fma(p, a1);
        var x2 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 2 * rowV));
        a2 = x2.fma(p, a2);
        var x3 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 3 * rowV));
        a3 = x3.fma(p, a3);
        var x4 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 4 * rowV));
        a4 = x4.fma(p, a4);
        var x5 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 5 * rowV));
        a5 = x5.fma(p, a5);
        var x6 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 6 * rowV));
        a6 = x6.fma(p, a6);
        var x7 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 7 * rowV));
        a7 = x7.fma(p, a7);
        var x8 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 8 * rowV));
        a8 = x8.fma(p, a8);
        var x9 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 9 * rowV));
        a9 = x9.fma(p, a9);
        var x10 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 10 * rowV));
        a10 = x10.fma(p, a10);
        var x11 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 11 * rowV));
        a11 = x11.fma(p, a11);
      }
      long to = m + t * rowM;
      a0.intoMemorySegment(ALL, to, ORDER);
      a1.intoMemorySegment(ALL, to + rowM, ORDER);
      a2.intoMemorySegment(ALL, to + 2 * rowM, ORDER);
      a3.intoMemorySegment(ALL, to + 3 * rowM, ORDER);
      a4.intoMemorySegment(ALL, to + 4 * rowM, ORDER);
      a5.intoMemorySegment(ALL, to + 5 * rowM, ORDER);
      a6.intoMemorySegment(ALL, to + 6 * rowM, ORDER);
      a7.intoMemorySegment(ALL, to + 7 * rowM, ORDER);
      a8.intoMemorySegment(ALL, to + 8 * rowM, ORDER);
      a9.intoMemorySegment(ALL, to + 9 * rowM, ORDER);
      a10.intoMemorySegment(ALL, to + 10 * rowM, ORDER);
      a11.intoMemorySegment(ALL, to + 11 * rowM, ORDER);
    }
  }

  /// s [channels, filters] += vᵀ · z, v [tiles, channels], z [tiles, filters], 16 channels at a
  /// time.
  static void addOuterProducts(long v, long z, int tiles, int channels, int filters, long s) {
    long rowV = 4L * channels;
    long rowZ = 4L * filters;
    for (int k = 0; k < filters; k += LANES) {
      for (int c = 0; c < channels; c += 16) {
        long to = s + c * rowZ + 4L * k;
        var a0 = FloatVector.fromMemorySegment(SPECIES, ALL, to, ORDER);
        var a1 = FloatVector.fromMemorySegment(SPECIES, ALL, to + rowZ, ORDER);
        var a2 = FloatVector.fromMemorySegment(SPECIES, ALL, to + 2 * rowZ, ORDER);
        var a3 = FloatVector.fromMemorySegment(SPECIES, ALL, to + 3 * rowZ, ORDER);
        var a4 = FloatVector.fromMemorySegment(SPECIES, ALL, to + 4 * rowZ, ORDER);
        var a5 = FloatVector.fromMemorySegment(SPECIES, ALL, to + 5 * rowZ, ORDER);
        var a6 = FloatVector.fromMemorySegment(SPECIES, ALL, to + 6 * rowZ, ORDER);
        var a7 = FloatVector.fromMemorySegment(SPECIES, ALL, to + 7 * rowZ, ORDER);
        var a8 = FloatVector.fromMemorySegment(SPECIES, ALL, to + 8 * rowZ, ORDER);
        var a9 = FloatVector.fromMemorySegment(SPECIES, ALL, to + 9 * rowZ, ORDER);
        var a10 = FloatVector.fromMemorySegment(SPECIES, ALL, to + 10 * rowZ, ORDER);
        var a11 = FloatVector.fromMemorySegment(SPECIES, ALL, to + 11 * rowZ, ORDER);
        var a12 = FloatVector.fromMemorySegment(SPECIES, ALL, to + 12 * rowZ, ORDER);
        var a13 = FloatVector.fromMemorySegment(SPECIES, ALL, to + 13 * rowZ, ORDER);
        var a14 = FloatVector.fromMemorySegment(SPECIES, ALL, to + 14 * rowZ, ORDER);
        var a15 = FloatVector.fromMemorySegment(SPECIES, ALL, to + 15 * rowZ, ORDER);
        long left = v + 4L * c;
        long right = z + 4L * k;
        for (int t = 0; t < tiles; t++) {
          long at = left + t * rowV;
          var p = FloatVector.fromMemorySegment(SPECIES, ALL, right + t * rowZ, ORDER);
          var x0 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at));
          a0 = x0.fma(p, a0);
          var x1 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 4));
          a1 = x1.fma(p, a1);
          var x2 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 8));
          a2 = x2.fma(p, a2);
          var x3 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 12));
          a3 = x3.fma(p, a3);
          var x4 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 16));
          a4 = x4.fma(p, a4);
          var x5 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 20));
          a5 = x5.fma(p, a5);
          var x6 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 24));
          a6 = x6.fma(p, a6);
          var x7 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 28));
          a7 = x7.fma(p, a7);
          var x8 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 32));
          a8 = x8.fma(p, a8);
          var x9 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 36));
          a9 = x9.fma(p, a9);
          var x10 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 40));
          a10 = x10.fma(p, a10);
          var x11 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 44));
          a11 = x11.fma(p, a11);
          var x12 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 48));
          a12 = x12.fma(p, a12);
          var x13 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 52));
          a13 = x13.fma(p, a13);
          var x14 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 56));
          a14 = x14.fma(p, a14);
          var x15 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 60));
          a15 = x15.fma(p, a15);
        }
        a0.intoMemorySegment(ALL, to, ORDER);
        a1.intoMemorySegment(ALL, to + rowZ, ORDER);
        a2.intoMemorySegment(ALL, to + 2 * rowZ, ORDER);
        a3.intoMemorySegment(ALL, to + 3 * rowZ, ORDER);
        a4.intoMemorySegment(ALL, to + 4 * rowZ, ORDER);
        a5.intoMemorySegment(ALL, to + 5 * rowZ, ORDER);
        a6.intoMemorySegment(ALL, to + 6 * rowZ, ORDER);
        a7.intoMemorySegment(ALL, to + 7 * rowZ, ORDER);
        a8.intoMemorySegment(ALL, to + 8 * rowZ, ORDER);
        a9.intoMemorySegment(ALL, to + 9 * rowZ, ORDER);
        a10.intoMemorySegment(ALL, to + 10 * rowZ, ORDER);
        a11.intoMemorySegment(ALL, to + 11 * rowZ, ORDER);
        a12.intoMemorySegment(ALL, to + 12 * rowZ, ORDER);
        a13.intoMemorySegment(ALL, to + 13 * rowZ, ORDER);
        a14.intoMemorySegment(ALL, to + 14 * rowZ, ORDER);
        a15.intoMemorySegment(ALL, to + 15 * rowZ, ORDER);
      }
    }
  }

  /// [#addOuterProducts] of filters that fill two vectors, 8 channels at a time.
  static void addWideOuterProducts(long v, long z, int tiles, int channels, int filters, long s) {
    long rowV = 4L * channels;
    long rowZ = 4L * filters;
    for (int k = 0; k < filters; k += 2 * LANES) {
      for (int c = 0; c < channels; c += 8) {
        long to = s + c * rowZ + 4L * k;
        var a0 = FloatVector.fromMemorySegment(SPECIES, ALL, to, ORDER);
        var b0 = FloatVector.fromMemorySegment(SPECIES, ALL, to + VECTOR, ORDER);
        var a1 = FloatVector.fromMemorySegment(SPECIES, ALL, to + rowZ, ORDER);
        var b1 = FloatVector.fromMemorySegment(SPECIES, ALL, to + rowZ + VECTOR, ORDER);
        var a2 = FloatVector.fromMemorySegment(SPECIES, ALL, to + 2 * rowZ, ORDER);
        var b2 = FloatVector.fromMemorySegment(SPECIES, ALL, to + 2 * rowZ + VECTOR, ORDER);
        var a3 = FloatVector.fromMemorySegment(SPECIES, ALL, to + 3 * rowZ, ORDER);
        var b3 = FloatVector.fromMemorySegment(SPECIES, ALL, to + 3 * rowZ + VECTOR, ORDER);
        var a4 = FloatVector.fromMemorySegment(SPECIES, ALL, to + 4 * rowZ, ORDER);
        var b4 = FloatVector.fromMemorySegment(SPECIES, ALL, to + 4 * rowZ + VECTOR, ORDER);
        var a5 = FloatVector.fromMemorySegment(SPECIES, ALL, to + 5 * rowZ, ORDER);
        var b5 = FloatVector.fromMemorySegment(SPECIES, ALL, to + 5 * rowZ + VECTOR, ORDER);
        var a6 = FloatVector.fromMemorySegment(SPECIES, ALL, to + 6 * rowZ, ORDER);
        var b6 = FloatVector.fromMemorySegment(SPECIES, ALL, to + 6 * rowZ + VECTOR, ORDER);
        var a7 = FloatVector.fromMemorySegment(SPECIES, ALL, to + 7 * rowZ, ORDER);
        var b7 = FloatVector.fromMemorySegment(SPECIES, ALL, to + 7 * rowZ + VECTOR, ORDER);
        long left = v + 4L * c;
        long right = z + 4L * k;
        for (int t = 0; t < tiles; t++) {
          long at = left + t * rowV;
          var p = FloatVector.fromMemorySegment(SPECIES, ALL, right + t * rowZ, ORDER);
          var q = FloatVector.fromMemorySegment(SPECIES, ALL, right + t * rowZ + VECTOR, ORDER);
          var x0 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at));
          a0 = x0.fma(p, a0);
          b0 = x0.fma(q, b0);
          var x1 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 4));
          a1 = x1.fma(p, a1);
          b1 = x1.fma(q, b1);
          var x2 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 8));
          a2 = x2.fma(p, a2);
          b2 = x2.fma(q, b2);
          var x3 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 12));
          a3 = x3.fma(p, a3);
          b3 = x3.fma(q, b3);
          var x4 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 16));
          a4 = x4.fma(p, a4);
          b4 = x4.fma(q, b4);
          var x5 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 20));
          a5 = x5.fma(p, a5);
          b5 = x5.fma(q, b5);
          var x6 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 24));
          a6 = x6.fma(p, a6);
          b6 = x6.fma(q, b6);
          var x7 = FloatVector.broadcast(SPECIES, ALL.get(JAVA_FLOAT_UNALIGNED, at + 28));
          a7 = x7.fma(p, a7);
          b7 = x7.fma(q, b7);
        }
        a0.intoMemorySegment(ALL, to, ORDER);
        b0.intoMemorySegment(ALL, to + VECTOR, ORDER);
        a1.intoMemorySegment(ALL, to + rowZ, ORDER);
        b1.intoMemorySegment(ALL, to + rowZ + VECTOR, ORDER);
        a2.intoMemorySegment(ALL, to + 2 * rowZ, ORDER);
        b2.intoMemorySegment(ALL, to + 2 * rowZ + VECTOR, ORDER);
        a3.intoMemorySegment(ALL, to + 3 * rowZ, ORDER);
        b3.intoMemorySegment(ALL, to + 3 * rowZ + VECTOR, ORDER);
        a4.intoMemorySegment(ALL, to + 4 * rowZ, ORDER);
        b4.intoMemorySegment(ALL, to + 4 * rowZ + VECTOR, ORDER);
        a5.intoMemorySegment(ALL, to + 5 * rowZ, ORDER);
        b5.intoMemorySegment(ALL, to + 5 * rowZ + VECTOR, ORDER);
        a6.intoMemorySegment(ALL, to + 6 * rowZ, ORDER);
        b6.intoMemorySegment(ALL, to + 6 * rowZ + VECTOR, ORDER);
        a7.intoMemorySegment(ALL, to + 7 * rowZ, ORDER);
        b7.intoMemorySegment(ALL, to + 7 * rowZ + VECTOR, ORDER);
      }
    }
  }
}
