package fovea.core.kernel.vector;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.kernel.Team;
import java.lang.ref.Reference;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Batch norm with residual and ReLU, forwards and back, of images whose channels fill vectors.
/// What is done to each chunk is in [BatchNormPasses].
final class BatchNorms {
  private static final int BLOCKS = 64;

  private static final ThreadLocal<double[]> SUMS = ThreadLocal.withInitial(() -> new double[0]);
  private static final ThreadLocal<float[]> PART = ThreadLocal.withInitial(() -> new float[0]);

  private BatchNorms() {}

  /// Whether the loops take such an image.
  static boolean take(NdArray x) {
    var s = x.shape();
    return (x.dtype() == DType.F32 || x.dtype() == DType.BF16)
        && s.rank() >= 2
        && !s.isEmpty()
        && s.size(1) % Memory.LANES == 0
        && s.size(1) <= Chunks.SIZE
        && x.isChannelsLast();
  }

  private static boolean alike(NdArray x, NdArray... others) {
    if (!take(x)) {
      return false;
    }
    for (var other : others) {
      if (other.dtype() != x.dtype() || !other.isChannelsLast()) {
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
      int chunk = Math.max(1, Chunks.SIZE / channels);
      long chunks = Math.ceilDiv(pixels, (long) chunk);
      return new Cut(channels, pixels, chunk, (int) Math.min(BLOCKS, chunks));
    }

    /// The first pixel of a block.
    long start(int block) {
      long chunks = Math.ceilDiv(pixels, (long) chunk);
      return Math.min(pixels, chunks * block / blocks * chunk);
    }
  }

  static boolean train(
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
        || !VectorLoops.areVectors(gamma, beta, mean, variance)) {
      return false;
    }
    var cut = Cut.of(x.shape());
    int channels = cut.channels;
    try {
      var xs = Chunks.of(x);
      var origin = new float[channels];
      Memory.read(xs.address(), xs.half(), origin);
      var sums = sums(cut);
      team.run(cut.blocks, b -> moments(cut, b, xs, origin, sums));
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
      var rs = residual == null ? Chunks.NONE : Chunks.of(residual);
      var ys = Chunks.of(y);
      team.run(cut.blocks, b -> normalise(cut, b, xs, rs, ys, relu, scale, shift));
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
  private static void moments(Cut cut, int block, Chunks xs, float[] origin, double[] sums) {
    int channels = cut.channels;
    var part = part(channels);
    long end = cut.start(block + 1);
    for (long p = cut.start(block); p < end; p += cut.chunk) {
      int n = (int) Math.min(cut.chunk, end - p);
      long x = xs.read(p * channels, n * channels, 0);
      BatchNormPasses.moments(x, n, channels, origin, part);
      add(part, sums, block * 2 * channels, 2 * channels);
    }
  }

  private static void add(float[] part, double[] sums, int at, int count) {
    for (int i = 0; i < count; i++) {
      sums[at + i] += part[i];
    }
  }

  /// y = scale·x + shift (+ r), and ReLU.
  private static void normalise(
      Cut cut,
      int block,
      Chunks xs,
      Chunks rs,
      Chunks ys,
      boolean relu,
      float[] scale,
      float[] shift) {
    int channels = cut.channels;
    long end = cut.start(block + 1);
    for (long p = cut.start(block); p < end; p += cut.chunk) {
      int n = (int) Math.min(cut.chunk, end - p);
      long at = p * channels;
      int count = n * channels;
      long x = xs.read(at, count, 0);
      long y = ys.target(at, 0);
      if (rs.isNone()) {
        BatchNormPasses.affine(x, y, n, channels, scale, shift, relu);
      } else {
        BatchNormPasses.affineAdd(x, rs.read(at, count, 1), y, n, channels, scale, shift, relu);
      }
      ys.deliver(at, count, 0);
    }
  }

  // ---- the way back

  static boolean backward(
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
        || !VectorLoops.areVectors(gamma, beta, mean, variance, dgamma, dbeta)) {
      return false;
    }
    var cut = Cut.of(x.shape());
    int channels = cut.channels;
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
      var xs = Chunks.of(x);
      var gs = Chunks.of(dy);
      var rs = dresidual == null ? Chunks.NONE : Chunks.of(dresidual);
      boolean byResult = relu && dresidual != null;
      var ys = byResult ? Chunks.of(y) : Chunks.NONE;
      var sums = sums(cut);
      team.run(cut.blocks, b -> products(cut, b, xs, ys, gs, rs, relu, m, scale, shift, sums));
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
      var ds = Chunks.of(dx);
      // What passed ReLU is known to the gradient of the residual, where there is one.
      boolean mask = relu && !byResult;
      var from = byResult ? rs : gs;
      team.run(
          cut.blocks,
          b -> inputGradient(cut, b, xs, from, ds, mask, shift, ofGradient, ofInput, constant));
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
      Chunks xs,
      Chunks ys,
      Chunks gs,
      Chunks rs,
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
      int count = n * channels;
      long g = gs.read(at, count, 0);
      if (!ys.isNone()) {
        long passed = rs.target(at, 0);
        BatchNormPasses.pass(ys.read(at, count, 1), g, passed, count);
        rs.deliver(at, count, 0);
        BatchNormPasses.products(xs.read(at, count, 1), passed, n, channels, mean, part);
      } else {
        if (!rs.isNone()) {
          gs.copyTo(rs, at, count);
        }
        long x = xs.read(at, count, 1);
        if (relu) {
          BatchNormPasses.maskedProducts(x, g, n, channels, mean, scale, shift, part);
        } else {
          BatchNormPasses.products(x, g, n, channels, mean, part);
        }
      }
      add(part, sums, block * 2 * channels, 2 * channels);
    }
  }

  /// dx = ofGradient·g + ofInput·x + constant.
  private static void inputGradient(
      Cut cut,
      int block,
      Chunks xs,
      Chunks gs,
      Chunks ds,
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
      int count = n * channels;
      long x = xs.read(at, count, 0);
      long g = gs.read(at, count, 1);
      long d = ds.target(at, 0);
      if (mask) {
        BatchNormPasses.maskedCombine(x, g, d, n, channels, shift, ofGradient, ofInput, constant);
      } else {
        BatchNormPasses.combine(x, g, d, n, channels, ofGradient, ofInput, constant);
      }
      ds.deliver(at, count, 0);
    }
  }
}
