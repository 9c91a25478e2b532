package fovea.core.kernel.vector;

import static fovea.core.kernel.vector.Memory.ALL;
import static fovea.core.kernel.vector.Memory.LANES;
import static fovea.core.kernel.vector.Memory.ORDER;
import static fovea.core.kernel.vector.Memory.SPECIES;

import jdk.incubator.vector.FloatVector;

/// The loops of [Winograd], written out as [Memory] says. A matrix of 4×4 numbers has its places
/// row by row, `apart` elements from one to the next; channels go along the vectors.
final class WinogradPasses {
  /// Of [#addOuterProducts].
  static final int CHANNELS_AT_ONCE = 8;

  private WinogradPasses() {}

  /// Bᵀ d B of a patch: rows become d₀ − d₂, d₁ + d₂, d₂ − d₁, d₁ − d₃, and then columns.
  ///
  /// @param d where its 16 pixels are
  static void patch(long[] d, float[] v, int at, int apart, int channels) {
    for (int c = 0; c < channels; c += LANES) {
      long b = 4L * c;
      int p = at + c;
      var d00 = FloatVector.fromMemorySegment(SPECIES, ALL, d[0] + b, ORDER);
      var d01 = FloatVector.fromMemorySegment(SPECIES, ALL, d[1] + b, ORDER);
      var d02 = FloatVector.fromMemorySegment(SPECIES, ALL, d[2] + b, ORDER);
      var d03 = FloatVector.fromMemorySegment(SPECIES, ALL, d[3] + b, ORDER);
      var d10 = FloatVector.fromMemorySegment(SPECIES, ALL, d[4] + b, ORDER);
      var d11 = FloatVector.fromMemorySegment(SPECIES, ALL, d[5] + b, ORDER);
      var d12 = FloatVector.fromMemorySegment(SPECIES, ALL, d[6] + b, ORDER);
      var d13 = FloatVector.fromMemorySegment(SPECIES, ALL, d[7] + b, ORDER);
      var d20 = FloatVector.fromMemorySegment(SPECIES, ALL, d[8] + b, ORDER);
      var d21 = FloatVector.fromMemorySegment(SPECIES, ALL, d[9] + b, ORDER);
      var d22 = FloatVector.fromMemorySegment(SPECIES, ALL, d[10] + b, ORDER);
      var d23 = FloatVector.fromMemorySegment(SPECIES, ALL, d[11] + b, ORDER);
      var d30 = FloatVector.fromMemorySegment(SPECIES, ALL, d[12] + b, ORDER);
      var d31 = FloatVector.fromMemorySegment(SPECIES, ALL, d[13] + b, ORDER);
      var d32 = FloatVector.fromMemorySegment(SPECIES, ALL, d[14] + b, ORDER);
      var d33 = FloatVector.fromMemorySegment(SPECIES, ALL, d[15] + b, ORDER);
      var t00 = d00.sub(d20);
      var t01 = d01.sub(d21);
      var t02 = d02.sub(d22);
      var t03 = d03.sub(d23);
      var t10 = d10.add(d20);
      var t11 = d11.add(d21);
      var t12 = d12.add(d22);
      var t13 = d13.add(d23);
      var t20 = d20.sub(d10);
      var t21 = d21.sub(d11);
      var t22 = d22.sub(d12);
      var t23 = d23.sub(d13);
      var t30 = d10.sub(d30);
      var t31 = d11.sub(d31);
      var t32 = d12.sub(d32);
      var t33 = d13.sub(d33);
      t00.sub(t02).intoArray(v, p);
      t01.add(t02).intoArray(v, p + apart);
      t02.sub(t01).intoArray(v, p + 2 * apart);
      t01.sub(t03).intoArray(v, p + 3 * apart);
      t10.sub(t12).intoArray(v, p + 4 * apart);
      t11.add(t12).intoArray(v, p + 5 * apart);
      t12.sub(t11).intoArray(v, p + 6 * apart);
      t11.sub(t13).intoArray(v, p + 7 * apart);
      t20.sub(t22).intoArray(v, p + 8 * apart);
      t21.add(t22).intoArray(v, p + 9 * apart);
      t22.sub(t21).intoArray(v, p + 10 * apart);
      t21.sub(t23).intoArray(v, p + 11 * apart);
      t30.sub(t32).intoArray(v, p + 12 * apart);
      t31.add(t32).intoArray(v, p + 13 * apart);
      t32.sub(t31).intoArray(v, p + 14 * apart);
      t31.sub(t33).intoArray(v, p + 15 * apart);
    }
  }

  /// Aᵀ m A: rows become m₀ + m₁ + m₂, m₁ − m₂ − m₃, and then columns; then times scale, plus shift
  /// and r, at least `low`. The four pixels of y are named by row and column.
  static void outputs(
      float[] m,
      int at,
      int apart,
      int channels,
      float[] scale,
      float[] shift,
      float low,
      long r00,
      long r01,
      long r10,
      long r11,
      long y00,
      long y01,
      long y10,
      long y11) {
    var least = FloatVector.broadcast(SPECIES, low);
    for (int c = 0; c < channels; c += LANES) {
      long b = 4L * c;
      int p = at + c;
      var m00 = FloatVector.fromArray(SPECIES, m, p);
      var m10 = FloatVector.fromArray(SPECIES, m, p + 4 * apart);
      var m20 = FloatVector.fromArray(SPECIES, m, p + 8 * apart);
      var m30 = FloatVector.fromArray(SPECIES, m, p + 12 * apart);
      var upper0 = m00.add(m10).add(m20);
      var lower0 = m10.sub(m20).sub(m30);
      var m01 = FloatVector.fromArray(SPECIES, m, p + apart);
      var m11 = FloatVector.fromArray(SPECIES, m, p + 5 * apart);
      var m21 = FloatVector.fromArray(SPECIES, m, p + 9 * apart);
      var m31 = FloatVector.fromArray(SPECIES, m, p + 13 * apart);
      var upper1 = m01.add(m11).add(m21);
      var lower1 = m11.sub(m21).sub(m31);
      var m02 = FloatVector.fromArray(SPECIES, m, p + 2 * apart);
      var m12 = FloatVector.fromArray(SPECIES, m, p + 6 * apart);
      var m22 = FloatVector.fromArray(SPECIES, m, p + 10 * apart);
      var m32 = FloatVector.fromArray(SPECIES, m, p + 14 * apart);
      var upper2 = m02.add(m12).add(m22);
      var lower2 = m12.sub(m22).sub(m32);
      var m03 = FloatVector.fromArray(SPECIES, m, p + 3 * apart);
      var m13 = FloatVector.fromArray(SPECIES, m, p + 7 * apart);
      var m23 = FloatVector.fromArray(SPECIES, m, p + 11 * apart);
      var m33 = FloatVector.fromArray(SPECIES, m, p + 15 * apart);
      var upper3 = m03.add(m13).add(m23);
      var lower3 = m13.sub(m23).sub(m33);
      var factor = FloatVector.fromArray(SPECIES, scale, c);
      var term = FloatVector.fromArray(SPECIES, shift, c);
      var o00 =
          upper0
              .add(upper1)
              .add(upper2)
              .fma(factor, term)
              .add(FloatVector.fromMemorySegment(SPECIES, ALL, r00 + b, ORDER));
      o00.blend(least, o00.lt(least)).intoMemorySegment(ALL, y00 + b, ORDER);
      var o01 =
          upper1
              .sub(upper2)
              .sub(upper3)
              .fma(factor, term)
              .add(FloatVector.fromMemorySegment(SPECIES, ALL, r01 + b, ORDER));
      o01.blend(least, o01.lt(least)).intoMemorySegment(ALL, y01 + b, ORDER);
      var o10 =
          lower0
              .add(lower1)
              .add(lower2)
              .fma(factor, term)
              .add(FloatVector.fromMemorySegment(SPECIES, ALL, r10 + b, ORDER));
      o10.blend(least, o10.lt(least)).intoMemorySegment(ALL, y10 + b, ORDER);
      var o11 =
          lower1
              .sub(lower2)
              .sub(lower3)
              .fma(factor, term)
              .add(FloatVector.fromMemorySegment(SPECIES, ALL, r11 + b, ORDER));
      o11.blend(least, o11.lt(least)).intoMemorySegment(ALL, y11 + b, ORDER);
    }
  }

  /// A g Aᵀ of 2×2 gradients: rows become g₀, g₀ + g₁, g₀ − g₁, −g₁, and then columns. Their sum is
  /// added to `sums`.
  static void gradients(
      long g00,
      long g01,
      long g10,
      long g11,
      float[] z,
      int at,
      int apart,
      int filters,
      float[] sums,
      int sumsAt) {
    for (int k = 0; k < filters; k += LANES) {
      long b = 4L * k;
      int p = at + k;
      var t00 = FloatVector.fromMemorySegment(SPECIES, ALL, g00 + b, ORDER);
      var t01 = FloatVector.fromMemorySegment(SPECIES, ALL, g01 + b, ORDER);
      var t30 = FloatVector.fromMemorySegment(SPECIES, ALL, g10 + b, ORDER);
      var t31 = FloatVector.fromMemorySegment(SPECIES, ALL, g11 + b, ORDER);
      var t10 = t00.add(t30);
      var t11 = t01.add(t31);
      var t20 = t00.sub(t30);
      var t21 = t01.sub(t31);
      FloatVector.fromArray(SPECIES, sums, sumsAt + k)
          .add(t10.add(t11))
          .intoArray(sums, sumsAt + k);
      t00.intoArray(z, p);
      t00.add(t01).intoArray(z, p + apart);
      t00.sub(t01).intoArray(z, p + 2 * apart);
      t01.neg().intoArray(z, p + 3 * apart);
      t10.intoArray(z, p + 4 * apart);
      t10.add(t11).intoArray(z, p + 5 * apart);
      t10.sub(t11).intoArray(z, p + 6 * apart);
      t11.neg().intoArray(z, p + 7 * apart);
      t20.intoArray(z, p + 8 * apart);
      t20.add(t21).intoArray(z, p + 9 * apart);
      t20.sub(t21).intoArray(z, p + 10 * apart);
      t21.neg().intoArray(z, p + 11 * apart);
      var u30 = t30.neg();
      var u31 = t31.neg();
      u30.intoArray(z, p + 12 * apart);
      u30.add(u31).intoArray(z, p + 13 * apart);
      u30.sub(u31).intoArray(z, p + 14 * apart);
      u31.neg().intoArray(z, p + 15 * apart);
    }
  }

  /// m [tiles, 2 vectors] = v [tiles, inputs] · u [inputs, 2 vectors], 6 tiles at a time.
  ///
  /// @param outputs from a row of m to the next
  static void multiplyWide(
      float[] v,
      int vAt,
      float[] u,
      int uAt,
      float[] m,
      int mAt,
      int tiles,
      int inputs,
      int outputs) {
    for (int t = 0; t < tiles; t += 6) {
      int row = vAt + t * inputs;
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
      for (int c = 0; c < inputs; c++) {
        var p = FloatVector.fromArray(SPECIES, u, uAt + 2 * LANES * c);
        var q = FloatVector.fromArray(SPECIES, u, uAt + 2 * LANES * c + LANES);
        var x0 = FloatVector.broadcast(SPECIES, v[row + c]);
        a0 = x0.fma(p, a0);
        b0 = x0.fma(q, b0);
        var x1 = FloatVector.broadcast(SPECIES, v[row + inputs + c]);
        a1 = x1.fma(p, a1);
        b1 = x1.fma(q, b1);
        var x2 = FloatVector.broadcast(SPECIES, v[row + 2 * inputs + c]);
        a2 = x2.fma(p, a2);
        b2 = x2.fma(q, b2);
        var x3 = FloatVector.broadcast(SPECIES, v[row + 3 * inputs + c]);
        a3 = x3.fma(p, a3);
        b3 = x3.fma(q, b3);
        var x4 = FloatVector.broadcast(SPECIES, v[row + 4 * inputs + c]);
        a4 = x4.fma(p, a4);
        b4 = x4.fma(q, b4);
        var x5 = FloatVector.broadcast(SPECIES, v[row + 5 * inputs + c]);
        a5 = x5.fma(p, a5);
        b5 = x5.fma(q, b5);
      }
      int to = mAt + t * outputs;
      a0.intoArray(m, to);
      b0.intoArray(m, to + LANES);
      a1.intoArray(m, to + outputs);
      b1.intoArray(m, to + outputs + LANES);
      a2.intoArray(m, to + 2 * outputs);
      b2.intoArray(m, to + 2 * outputs + LANES);
      a3.intoArray(m, to + 3 * outputs);
      b3.intoArray(m, to + 3 * outputs + LANES);
      a4.intoArray(m, to + 4 * outputs);
      b4.intoArray(m, to + 4 * outputs + LANES);
      a5.intoArray(m, to + 5 * outputs);
      b5.intoArray(m, to + 5 * outputs + LANES);
    }
  }

  /// [#multiplyWide] with a single vector of outputs, 12 tiles at a time.
  static void multiplyNarrow(
      float[] v,
      int vAt,
      float[] u,
      int uAt,
      float[] m,
      int mAt,
      int tiles,
      int inputs,
      int outputs) {
    for (int t = 0; t < tiles; t += 12) {
      int row = vAt + t * inputs;
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
      for (int c = 0; c < inputs; c++) {
        var p = FloatVector.fromArray(SPECIES, u, uAt + LANES * c);
        a0 = FloatVector.broadcast(SPECIES, v[row + c]).fma(p, a0);
        a1 = FloatVector.broadcast(SPECIES, v[row + inputs + c]).fma(p, a1);
        a2 = FloatVector.broadcast(SPECIES, v[row + 2 * inputs + c]).fma(p, a2);
        a3 = FloatVector.broadcast(SPECIES, v[row + 3 * inputs + c]).fma(p, a3);
        a4 = FloatVector.broadcast(SPECIES, v[row + 4 * inputs + c]).fma(p, a4);
        a5 = FloatVector.broadcast(SPECIES, v[row + 5 * inputs + c]).fma(p, a5);
        a6 = FloatVector.broadcast(SPECIES, v[row + 6 * inputs + c]).fma(p, a6);
        a7 = FloatVector.broadcast(SPECIES, v[row + 7 * inputs + c]).fma(p, a7);
        a8 = FloatVector.broadcast(SPECIES, v[row + 8 * inputs + c]).fma(p, a8);
        a9 = FloatVector.broadcast(SPECIES, v[row + 9 * inputs + c]).fma(p, a9);
        a10 = FloatVector.broadcast(SPECIES, v[row + 10 * inputs + c]).fma(p, a10);
        a11 = FloatVector.broadcast(SPECIES, v[row + 11 * inputs + c]).fma(p, a11);
      }
      int to = mAt + t * outputs;
      a0.intoArray(m, to);
      a1.intoArray(m, to + outputs);
      a2.intoArray(m, to + 2 * outputs);
      a3.intoArray(m, to + 3 * outputs);
      a4.intoArray(m, to + 4 * outputs);
      a5.intoArray(m, to + 5 * outputs);
      a6.intoArray(m, to + 6 * outputs);
      a7.intoArray(m, to + 7 * outputs);
      a8.intoArray(m, to + 8 * outputs);
      a9.intoArray(m, to + 9 * outputs);
      a10.intoArray(m, to + 10 * outputs);
      a11.intoArray(m, to + 11 * outputs);
    }
  }

  /// s [channels, filters] += vᵀ · z, v [tiles, channels], z [tiles, filters]: 8 channels at a
  /// time.
  static void addOuterProducts(
      float[] v,
      int vAt,
      float[] z,
      int zAt,
      int tiles,
      int channels,
      int filters,
      float[] s,
      int sAt) {
    for (int k = 0; k < filters; k += LANES) {
      for (int c = 0; c < channels; c += CHANNELS_AT_ONCE) {
        int to = sAt + c * filters + k;
        var a0 = FloatVector.fromArray(SPECIES, s, to);
        var a1 = FloatVector.fromArray(SPECIES, s, to + filters);
        var a2 = FloatVector.fromArray(SPECIES, s, to + 2 * filters);
        var a3 = FloatVector.fromArray(SPECIES, s, to + 3 * filters);
        var a4 = FloatVector.fromArray(SPECIES, s, to + 4 * filters);
        var a5 = FloatVector.fromArray(SPECIES, s, to + 5 * filters);
        var a6 = FloatVector.fromArray(SPECIES, s, to + 6 * filters);
        var a7 = FloatVector.fromArray(SPECIES, s, to + 7 * filters);
        for (int t = 0; t < tiles; t++) {
          var p = FloatVector.fromArray(SPECIES, z, zAt + t * filters + k);
          int from = vAt + t * channels + c;
          a0 = FloatVector.broadcast(SPECIES, v[from]).fma(p, a0);
          a1 = FloatVector.broadcast(SPECIES, v[from + 1]).fma(p, a1);
          a2 = FloatVector.broadcast(SPECIES, v[from + 2]).fma(p, a2);
          a3 = FloatVector.broadcast(SPECIES, v[from + 3]).fma(p, a3);
          a4 = FloatVector.broadcast(SPECIES, v[from + 4]).fma(p, a4);
          a5 = FloatVector.broadcast(SPECIES, v[from + 5]).fma(p, a5);
          a6 = FloatVector.broadcast(SPECIES, v[from + 6]).fma(p, a6);
          a7 = FloatVector.broadcast(SPECIES, v[from + 7]).fma(p, a7);
        }
        a0.intoArray(s, to);
        a1.intoArray(s, to + filters);
        a2.intoArray(s, to + 2 * filters);
        a3.intoArray(s, to + 3 * filters);
        a4.intoArray(s, to + 4 * filters);
        a5.intoArray(s, to + 5 * filters);
        a6.intoArray(s, to + 6 * filters);
        a7.intoArray(s, to + 7 * filters);
      }
    }
  }

  /// G g Gᵀ of filters: columns become g₀, (g₀ + g₁ + g₂)/2, (g₀ − g₁ + g₂)/2, g₂, and then rows.
  ///
  /// @param taps 9 × panel
  /// @param place elements from place to place of u
  static void filters(float[] taps, int from, int panel, float[] u, int to, int place) {
    for (int k = 0; k < panel; k += LANES) {
      int f = from + k;
      int p = to + k;
      var r0 = FloatVector.fromArray(SPECIES, taps, f);
      var r1 = FloatVector.fromArray(SPECIES, taps, f + panel);
      var r2 = FloatVector.fromArray(SPECIES, taps, f + 2 * panel);
      var q0 = FloatVector.fromArray(SPECIES, taps, f + 3 * panel);
      var q1 = FloatVector.fromArray(SPECIES, taps, f + 4 * panel);
      var q2 = FloatVector.fromArray(SPECIES, taps, f + 5 * panel);
      var z0 = FloatVector.fromArray(SPECIES, taps, f + 6 * panel);
      var z1 = FloatVector.fromArray(SPECIES, taps, f + 7 * panel);
      var z2 = FloatVector.fromArray(SPECIES, taps, f + 8 * panel);
      var even0 = r0.add(z0).mul(0.5f);
      var odd0 = q0.mul(0.5f);
      var s0 = even0.add(odd0);
      var t0 = even0.sub(odd0);
      var even1 = r1.add(z1).mul(0.5f);
      var odd1 = q1.mul(0.5f);
      var s1 = even1.add(odd1);
      var t1 = even1.sub(odd1);
      var even2 = r2.add(z2).mul(0.5f);
      var odd2 = q2.mul(0.5f);
      var s2 = even2.add(odd2);
      var t2 = even2.sub(odd2);
      var rEven = r0.add(r2).mul(0.5f);
      var rOdd = r1.mul(0.5f);
      r0.intoArray(u, p);
      rEven.add(rOdd).intoArray(u, p + place);
      rEven.sub(rOdd).intoArray(u, p + 2 * place);
      r2.intoArray(u, p + 3 * place);
      var sEven = s0.add(s2).mul(0.5f);
      var sOdd = s1.mul(0.5f);
      s0.intoArray(u, p + 4 * place);
      sEven.add(sOdd).intoArray(u, p + 5 * place);
      sEven.sub(sOdd).intoArray(u, p + 6 * place);
      s2.intoArray(u, p + 7 * place);
      var tEven = t0.add(t2).mul(0.5f);
      var tOdd = t1.mul(0.5f);
      t0.intoArray(u, p + 8 * place);
      tEven.add(tOdd).intoArray(u, p + 9 * place);
      tEven.sub(tOdd).intoArray(u, p + 10 * place);
      t2.intoArray(u, p + 11 * place);
      var zEven = z0.add(z2).mul(0.5f);
      var zOdd = z1.mul(0.5f);
      z0.intoArray(u, p + 12 * place);
      zEven.add(zOdd).intoArray(u, p + 13 * place);
      zEven.sub(zOdd).intoArray(u, p + 14 * place);
      z2.intoArray(u, p + 15 * place);
    }
  }

  /// Gᵀ s G of one vector of filters, s the sum over parts: columns become s₀ + (s₁ + s₂)/2, (s₁ −
  /// s₂)/2, (s₁ + s₂)/2 + s₃, and then rows.
  ///
  /// @param size elements from part to part
  /// @param place elements from place to place of a part
  /// @param taps 9 × a vector
  static void gradient(
      float[] sums, int from, int parts, int size, int place, float[] taps, int to) {
    var s0 = FloatVector.zero(SPECIES);
    var s1 = FloatVector.zero(SPECIES);
    var s2 = FloatVector.zero(SPECIES);
    var s3 = FloatVector.zero(SPECIES);
    var s4 = FloatVector.zero(SPECIES);
    var s5 = FloatVector.zero(SPECIES);
    var s6 = FloatVector.zero(SPECIES);
    var s7 = FloatVector.zero(SPECIES);
    var s8 = FloatVector.zero(SPECIES);
    var s9 = FloatVector.zero(SPECIES);
    var s10 = FloatVector.zero(SPECIES);
    var s11 = FloatVector.zero(SPECIES);
    var s12 = FloatVector.zero(SPECIES);
    var s13 = FloatVector.zero(SPECIES);
    var s14 = FloatVector.zero(SPECIES);
    var s15 = FloatVector.zero(SPECIES);
    for (int part = 0; part < parts; part++) {
      int p = from + part * size;
      s0 = s0.add(FloatVector.fromArray(SPECIES, sums, p));
      s1 = s1.add(FloatVector.fromArray(SPECIES, sums, p + place));
      s2 = s2.add(FloatVector.fromArray(SPECIES, sums, p + 2 * place));
      s3 = s3.add(FloatVector.fromArray(SPECIES, sums, p + 3 * place));
      s4 = s4.add(FloatVector.fromArray(SPECIES, sums, p + 4 * place));
      s5 = s5.add(FloatVector.fromArray(SPECIES, sums, p + 5 * place));
      s6 = s6.add(FloatVector.fromArray(SPECIES, sums, p + 6 * place));
      s7 = s7.add(FloatVector.fromArray(SPECIES, sums, p + 7 * place));
      s8 = s8.add(FloatVector.fromArray(SPECIES, sums, p + 8 * place));
      s9 = s9.add(FloatVector.fromArray(SPECIES, sums, p + 9 * place));
      s10 = s10.add(FloatVector.fromArray(SPECIES, sums, p + 10 * place));
      s11 = s11.add(FloatVector.fromArray(SPECIES, sums, p + 11 * place));
      s12 = s12.add(FloatVector.fromArray(SPECIES, sums, p + 12 * place));
      s13 = s13.add(FloatVector.fromArray(SPECIES, sums, p + 13 * place));
      s14 = s14.add(FloatVector.fromArray(SPECIES, sums, p + 14 * place));
      s15 = s15.add(FloatVector.fromArray(SPECIES, sums, p + 15 * place));
    }
    var plus0 = s4.add(s8).mul(0.5f);
    var a0 = s0.add(plus0);
    var b0 = s4.sub(s8).mul(0.5f);
    var c0 = plus0.add(s12);
    var plus1 = s5.add(s9).mul(0.5f);
    var a1 = s1.add(plus1);
    var b1 = s5.sub(s9).mul(0.5f);
    var c1 = plus1.add(s13);
    var plus2 = s6.add(s10).mul(0.5f);
    var a2 = s2.add(plus2);
    var b2 = s6.sub(s10).mul(0.5f);
    var c2 = plus2.add(s14);
    var plus3 = s7.add(s11).mul(0.5f);
    var a3 = s3.add(plus3);
    var b3 = s7.sub(s11).mul(0.5f);
    var c3 = plus3.add(s15);
    var aPlus = a1.add(a2).mul(0.5f);
    a0.add(aPlus).intoArray(taps, to);
    a1.sub(a2).mul(0.5f).intoArray(taps, to + LANES);
    aPlus.add(a3).intoArray(taps, to + 2 * LANES);
    var bPlus = b1.add(b2).mul(0.5f);
    b0.add(bPlus).intoArray(taps, to + 3 * LANES);
    b1.sub(b2).mul(0.5f).intoArray(taps, to + 4 * LANES);
    bPlus.add(b3).intoArray(taps, to + 5 * LANES);
    var cPlus = c1.add(c2).mul(0.5f);
    c0.add(cPlus).intoArray(taps, to + 6 * LANES);
    c1.sub(c2).mul(0.5f).intoArray(taps, to + 7 * LANES);
    cPlus.add(c3).intoArray(taps, to + 8 * LANES);
  }
}
