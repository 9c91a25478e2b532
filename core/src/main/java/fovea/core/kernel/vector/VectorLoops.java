package fovea.core.kernel.vector;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.kernel.Loops;
import fovea.core.kernel.Team;
import java.lang.ref.Reference;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/// The loops on Java's Vector API.
///
/// Work is cut into blocks by the size of the image alone, and what blocks find is put together in
/// their order: results do not depend on how many threads there are.
public final class VectorLoops implements Loops {
  private static final int BLOCKS = 64;

  /// Elements at a time: they stay in the first-level cache between the loops over them.
  private static final int CHUNK = 4096;

  private static final int LANES = Memory.SPECIES.length();

  private static final ThreadLocal<double[]> SUMS = ThreadLocal.withInitial(() -> new double[0]);
  private static final ThreadLocal<float[]> PART = ThreadLocal.withInitial(() -> new float[0]);

  /// Loops on this processor's widest vectors.
  public VectorLoops() {}

  @Override
  public boolean takes(NdArray x) {
    var s = x.shape();
    return (x.dtype() == DType.F32 || x.dtype() == DType.BF16)
        && s.rank() >= 2
        && !s.isEmpty()
        && s.size(1) % LANES == 0
        && s.size(1) <= CHUNK
        && x.isChannelsLast();
  }

  private boolean alike(NdArray x, NdArray... others) {
    if (!takes(x)) {
      return false;
    }
    for (var other : others) {
      if (other.dtype() != x.dtype() || !other.isChannelsLast()) {
        return false;
      }
    }
    return true;
  }

  /// Whether they are float32 without gaps.
  static boolean areVectors(NdArray... parameters) {
    for (var p : parameters) {
      if (p.dtype() != DType.F32 || !p.isContiguous()) {
        return false;
      }
    }
    return true;
  }

  /// How an image is cut: into blocks of whole chunks of whole pixels.
  private record Cut(int channels, long pixels, int chunk, int blocks) {
    static Cut of(Shape shape) {
      int channels = shape.size(1);
      long pixels = shape.elements() / channels;
      int chunk = Math.max(1, CHUNK / channels);
      long chunks = Math.ceilDiv(pixels, (long) chunk);
      return new Cut(channels, pixels, chunk, (int) Math.min(BLOCKS, chunks));
    }

    /// The first pixel of a block.
    long start(int block) {
      long chunks = Math.ceilDiv(pixels, (long) chunk);
      return Math.min(pixels, chunks * block / blocks * chunk);
    }
  }

  @Override
  public boolean batchNormTrain(
      Team team,
      NdArray x,
      NdArray gamma,
      NdArray beta,
      double eps,
      @Nullable NdArray residual,
      boolean relu,
      NdArray y,
      NdArray mean,
      NdArray variance) {
    if (!alike(x, y)
        || !(residual == null || alike(x, residual))
        || !areVectors(gamma, beta, mean, variance)) {
      return false;
    }
    var cut = Cut.of(x.shape());
    int channels = cut.channels;
    boolean half = x.dtype() == DType.BF16;
    try {
      long xs = x.address();
      var origin = new float[channels];
      Memory.read(xs, half, origin);
      var sums = sums(cut);
      team.run(cut.blocks, b -> moments(cut, b, xs, half, origin, sums));
      var total = total(cut, sums);
      var scale = new float[channels];
      var shift = new float[channels];
      var g = floats(gamma);
      var h = floats(beta);
      for (int c = 0; c < channels; c++) {
        double d = total[c] / cut.pixels;
        double m = origin[c] + d;
        double v = Math.max(0, total[channels + c] / cut.pixels - d * d);
        if (Double.isNaN(total[channels + c])) {
          v = Double.NaN;
        }
        double s = g[c] / Math.sqrt(v + eps);
        scale[c] = (float) s;
        shift[c] = (float) (h[c] - m * s);
        set(mean, c, m);
        set(variance, c, v);
      }
      long rs = residual == null ? 0 : residual.address();
      long ys = y.address();
      team.run(cut.blocks, b -> normalise(cut, b, xs, rs, ys, half, relu, scale, shift));
    } finally {
      Reference.reachabilityFence(x);
      Reference.reachabilityFence(residual);
      Reference.reachabilityFence(y);
    }
    return true;
  }

  private static float[] floats(NdArray vector) {
    var values = new float[vector.shape().size(0)];
    try {
      for (int i = 0; i < values.length; i++) {
        values[i] = vector.segment().getAtIndex(JAVA_FLOAT, vector.offset() + i);
      }
    } finally {
      Reference.reachabilityFence(vector);
    }
    return values;
  }

  private static void set(NdArray vector, int i, double value) {
    vector.segment().setAtIndex(JAVA_FLOAT, vector.offset() + i, (float) value);
  }

  /// Room for two sums a channel of each block, which the next loop on this thread overwrites.
  private static double[] sums(Cut cut) {
    int wanted = cut.blocks * 2 * cut.channels;
    var sums = SUMS.get();
    if (sums.length < wanted) {
      sums = new double[wanted];
      SUMS.set(sums);
    }
    Arrays.fill(sums, 0, wanted, 0);
    return sums;
  }

  private static double[] total(Cut cut, double[] sums) {
    int n = 2 * cut.channels;
    var total = new double[n];
    for (int b = 0; b < cut.blocks; b++) {
      for (int i = 0; i < n; i++) {
        total[i] += sums[b * n + i];
      }
    }
    return total;
  }

  private static float[] part(int channels) {
    var part = PART.get();
    if (part.length < 2 * channels) {
      part = new float[2 * channels];
      PART.set(part);
    }
    return part;
  }

  /// Σ (x − origin) and Σ (x − origin)² of a block, for each channel. Near an origin that is one of
  /// the values, neither loses its digits.
  private static void moments(
      Cut cut, int block, long xs, boolean half, float[] origin, double[] sums) {
    int channels = cut.channels;
    var part = part(channels);
    long end = cut.start(block + 1);
    for (long p = cut.start(block); p < end; p += cut.chunk) {
      int n = (int) Math.min(cut.chunk, end - p);
      moments(xs, p * channels, half, n, channels, origin, part);
      add(part, sums, block * 2 * channels, 2 * channels);
    }
  }

  private static void add(float[] part, double[] sums, int at, int count) {
    for (int i = 0; i < count; i++) {
      sums[at + i] += part[i];
    }
  }

  private static void moments(
      long x, long start, boolean half, int pixels, int channels, float[] origin, float[] sums) {
    long step = channels;
    for (int c = 0; c < channels; c += LANES) {
      var k = FloatVector.fromArray(Memory.SPECIES, origin, c);
      var s0 = FloatVector.zero(Memory.SPECIES);
      var s1 = s0;
      var q0 = s0;
      var q1 = s0;
      long at = start + c;
      int p = 0;
      for (; p + 1 < pixels; p += 2) {
        var d0 = Memory.load(x, at, half).sub(k);
        var d1 = Memory.load(x, at + step, half).sub(k);
        s0 = s0.add(d0);
        s1 = s1.add(d1);
        q0 = d0.fma(d0, q0);
        q1 = d1.fma(d1, q1);
        at += 2 * step;
      }
      if (p < pixels) {
        var d0 = Memory.load(x, at, half).sub(k);
        s0 = s0.add(d0);
        q0 = d0.fma(d0, q0);
      }
      s0.add(s1).intoArray(sums, c);
      q0.add(q1).intoArray(sums, channels + c);
    }
  }

  /// y = scale·x + shift (+ r), and ReLU.
  private static void normalise(
      Cut cut,
      int block,
      long xs,
      long rs,
      long ys,
      boolean half,
      boolean relu,
      float[] scale,
      float[] shift) {
    int channels = cut.channels;
    long end = cut.start(block + 1);
    for (long p = cut.start(block); p < end; p += cut.chunk) {
      int n = (int) Math.min(cut.chunk, end - p);
      long at = p * channels;
      if (rs == 0) {
        affine(xs, ys, at, half, n, channels, scale, shift, relu);
      } else {
        affineAdd(xs, rs, ys, at, half, n, channels, scale, shift, relu);
      }
    }
  }

  private static void affine(
      long x,
      long y,
      long start,
      boolean half,
      int pixels,
      int channels,
      float[] scale,
      float[] shift,
      boolean relu) {
    long step = channels;
    var zero = FloatVector.zero(Memory.SPECIES);
    for (int c = 0; c < channels; c += LANES) {
      var a = FloatVector.fromArray(Memory.SPECIES, scale, c);
      var b = FloatVector.fromArray(Memory.SPECIES, shift, c);
      long at = start + c;
      if (relu) {
        for (int p = 0; p < pixels; p++) {
          var v = Memory.load(x, at, half).fma(a, b);
          Memory.store(v.blend(zero, v.lt(0)), y, at, half);
          at += step;
        }
      } else {
        for (int p = 0; p < pixels; p++) {
          Memory.store(Memory.load(x, at, half).fma(a, b), y, at, half);
          at += step;
        }
      }
    }
  }

  private static void affineAdd(
      long x,
      long r,
      long y,
      long start,
      boolean half,
      int pixels,
      int channels,
      float[] scale,
      float[] shift,
      boolean relu) {
    long step = channels;
    var zero = FloatVector.zero(Memory.SPECIES);
    for (int c = 0; c < channels; c += LANES) {
      var a = FloatVector.fromArray(Memory.SPECIES, scale, c);
      var b = FloatVector.fromArray(Memory.SPECIES, shift, c);
      long at = start + c;
      if (relu) {
        for (int p = 0; p < pixels; p++) {
          var v = Memory.load(x, at, half).fma(a, b).add(Memory.load(r, at, half));
          Memory.store(v.blend(zero, v.lt(0)), y, at, half);
          at += step;
        }
      } else {
        for (int p = 0; p < pixels; p++) {
          Memory.store(
              Memory.load(x, at, half).fma(a, b).add(Memory.load(r, at, half)), y, at, half);
          at += step;
        }
      }
    }
  }

  // ---- the way back

  @Override
  public boolean batchNormBackward(
      Team team,
      NdArray x,
      NdArray y,
      NdArray dy,
      NdArray gamma,
      NdArray beta,
      NdArray mean,
      NdArray variance,
      double eps,
      boolean relu,
      NdArray dx,
      @Nullable NdArray dresidual,
      NdArray dgamma,
      NdArray dbeta) {
    if (!alike(x, dy, dx, y)
        || !(dresidual == null || alike(x, dresidual))
        || !areVectors(gamma, beta, mean, variance, dgamma, dbeta)) {
      return false;
    }
    var cut = Cut.of(x.shape());
    int channels = cut.channels;
    boolean half = x.dtype() == DType.BF16;
    var g = floats(gamma);
    var h = floats(beta);
    var m = floats(mean);
    var v = floats(variance);
    var scale = new float[channels];
    var shift = new float[channels];
    var inverse = new double[channels];
    for (int c = 0; c < channels; c++) {
      inverse[c] = 1 / Math.sqrt(v[c] + eps);
      scale[c] = (float) (g[c] * inverse[c]);
      shift[c] = (float) (h[c] - m[c] * (g[c] * inverse[c]));
    }
    try {
      long xs = x.address();
      long gs = dy.address();
      long ys = y.address();
      long rs = dresidual == null ? 0 : dresidual.address();
      boolean byResult = relu && dresidual != null;
      var sums = sums(cut);
      team.run(
          cut.blocks,
          b -> products(cut, b, xs, byResult ? ys : 0, gs, rs, half, relu, m, scale, shift, sums));
      var total = total(cut, sums);
      var ofGradient = scale;
      var ofInput = new float[channels];
      var constant = new float[channels];
      for (int c = 0; c < channels; c++) {
        double s = g[c] * inverse[c];
        double slope = -s * inverse[c] * inverse[c] * total[channels + c] / cut.pixels;
        ofInput[c] = (float) slope;
        constant[c] = (float) (-s * total[c] / cut.pixels - slope * m[c]);
        set(dbeta, c, total[c]);
        set(dgamma, c, total[channels + c] * inverse[c]);
      }
      long ds = dx.address();
      // What passed ReLU is known to the gradient of the residual, where there is one.
      boolean mask = relu && !byResult;
      long from = byResult ? rs : gs;
      team.run(
          cut.blocks,
          b ->
              inputGradient(
                  cut, b, xs, from, ds, half, mask, shift, ofGradient, ofInput, constant));
    } finally {
      Reference.reachabilityFence(x);
      Reference.reachabilityFence(y);
      Reference.reachabilityFence(dy);
      Reference.reachabilityFence(dx);
      Reference.reachabilityFence(dresidual);
    }
    return true;
  }

  /// Σ g and Σ g·(x − mean) of a block, g = dy where ReLU let pass; g is written where the
  /// residual's gradient goes.
  private static void products(
      Cut cut,
      int block,
      long xs,
      long ys,
      long gs,
      long rs,
      boolean half,
      boolean relu,
      float[] mean,
      float[] scale,
      float[] shift,
      double[] sums) {
    int channels = cut.channels;
    var part = part(channels);
    long end = cut.start(block + 1);
    for (long p = cut.start(block); p < end; p += cut.chunk) {
      int n = (int) Math.min(cut.chunk, end - p);
      long at = p * channels;
      if (ys != 0) {
        pass(ys, gs, rs, at, half, n * channels);
        products(xs, rs, at, half, n, channels, mean, part);
      } else {
        if (rs != 0) {
          Memory.copy(gs, rs, at, n * channels, half);
        }
        if (relu) {
          maskedProducts(xs, gs, at, half, n, channels, mean, scale, shift, part);
        } else {
          products(xs, gs, at, half, n, channels, mean, part);
        }
      }
      add(part, sums, block * 2 * channels, 2 * channels);
    }
  }

  /// r = g where y is above 0, else 0.
  private static void pass(long y, long g, long r, long start, boolean half, int count) {
    var zero = FloatVector.zero(Memory.SPECIES);
    for (long at = start; at < start + count; at += LANES) {
      var v = Memory.load(g, at, half);
      Memory.store(zero.blend(v, zero.lt(Memory.load(y, at, half))), r, at, half);
    }
  }

  private static void products(
      long x,
      long g,
      long start,
      boolean half,
      int pixels,
      int channels,
      float[] mean,
      float[] sums) {
    long step = channels;
    for (int c = 0; c < channels; c += LANES) {
      var m = FloatVector.fromArray(Memory.SPECIES, mean, c);
      var s = FloatVector.zero(Memory.SPECIES);
      var q = s;
      long at = start + c;
      for (int p = 0; p < pixels; p++) {
        var v = Memory.load(g, at, half);
        s = s.add(v);
        q = v.fma(Memory.load(x, at, half).sub(m), q);
        at += step;
      }
      s.intoArray(sums, c);
      q.intoArray(sums, channels + c);
    }
  }

  private static void maskedProducts(
      long x,
      long g,
      long start,
      boolean half,
      int pixels,
      int channels,
      float[] mean,
      float[] scale,
      float[] shift,
      float[] sums) {
    long step = channels;
    var zero = FloatVector.zero(Memory.SPECIES);
    for (int c = 0; c < channels; c += LANES) {
      var m = FloatVector.fromArray(Memory.SPECIES, mean, c);
      var a = FloatVector.fromArray(Memory.SPECIES, scale, c);
      var b = FloatVector.fromArray(Memory.SPECIES, shift, c);
      var s = zero;
      var q = zero;
      long at = start + c;
      for (int p = 0; p < pixels; p++) {
        var u = Memory.load(x, at, half);
        var v = zero.blend(Memory.load(g, at, half), zero.lt(u.fma(a, b)));
        s = s.add(v);
        q = v.fma(u.sub(m), q);
        at += step;
      }
      s.intoArray(sums, c);
      q.intoArray(sums, channels + c);
    }
  }

  /// dx = ofGradient·g + ofInput·x + constant.
  private static void inputGradient(
      Cut cut,
      int block,
      long xs,
      long gs,
      long ds,
      boolean half,
      boolean mask,
      float[] shift,
      float[] ofGradient,
      float[] ofInput,
      float[] constant) {
    int channels = cut.channels;
    long end = cut.start(block + 1);
    for (long p = cut.start(block); p < end; p += cut.chunk) {
      int n = (int) Math.min(cut.chunk, end - p);
      long at = p * channels;
      if (mask) {
        maskedCombine(xs, gs, ds, at, half, n, channels, shift, ofGradient, ofInput, constant);
      } else {
        combine(xs, gs, ds, at, half, n, channels, ofGradient, ofInput, constant);
      }
    }
  }

  private static void combine(
      long x,
      long g,
      long d,
      long start,
      boolean half,
      int pixels,
      int channels,
      float[] ofGradient,
      float[] ofInput,
      float[] constant) {
    long step = channels;
    for (int c = 0; c < channels; c += LANES) {
      var a = FloatVector.fromArray(Memory.SPECIES, ofGradient, c);
      var b = FloatVector.fromArray(Memory.SPECIES, ofInput, c);
      var k = FloatVector.fromArray(Memory.SPECIES, constant, c);
      long at = start + c;
      for (int p = 0; p < pixels; p++) {
        Memory.store(
            Memory.load(g, at, half).fma(a, Memory.load(x, at, half).fma(b, k)), d, at, half);
        at += step;
      }
    }
  }

  private static void maskedCombine(
      long x,
      long g,
      long d,
      long start,
      boolean half,
      int pixels,
      int channels,
      float[] shift,
      float[] ofGradient,
      float[] ofInput,
      float[] constant) {
    long step = channels;
    var zero = FloatVector.zero(Memory.SPECIES);
    for (int c = 0; c < channels; c += LANES) {
      var t = FloatVector.fromArray(Memory.SPECIES, shift, c);
      var a = FloatVector.fromArray(Memory.SPECIES, ofGradient, c);
      var b = FloatVector.fromArray(Memory.SPECIES, ofInput, c);
      var k = FloatVector.fromArray(Memory.SPECIES, constant, c);
      long at = start + c;
      for (int p = 0; p < pixels; p++) {
        var u = Memory.load(x, at, half);
        // The factor of the gradient is also that of the normalisation.
        var v = zero.blend(Memory.load(g, at, half), zero.lt(u.fma(a, t)));
        Memory.store(v.fma(a, u.fma(b, k)), d, at, half);
        at += step;
      }
    }
  }

  @Override
  public boolean sgd(
      Team team,
      NdArray p,
      NdArray g,
      @Nullable NdArray v,
      double rate,
      double momentum,
      boolean nesterov,
      double weightDecay) {
    return Descent.sgd(
        team, p, g, v, (float) rate, (float) momentum, nesterov, (float) weightDecay);
  }
}
