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

  /// Elements at a time: they stay in the first-level cache between the loops over them.
  static final int CHUNK = 4096;

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
        && s.size(1) <= CHUNK
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
      float low = relu ? 0 : Float.NEGATIVE_INFINITY;
      team.run(cut.blocks, b -> normalise(cut, b, xs, rs, ys, half, low, scale, shift));
    } finally {
      Reference.reachabilityFence(x);
      Reference.reachabilityFence(residual);
      Reference.reachabilityFence(y);
    }
    return true;
  }

  static float[] floats(NdArray vector) {
    var values = new float[vector.shape().size(0)];
    try {
      for (int i = 0; i < values.length; i++) {
        values[i] = get(vector, i);
      }
    } finally {
      Reference.reachabilityFence(vector);
    }
    return values;
  }

  static float get(NdArray vector, int i) {
    return vector.segment().getAtIndex(JAVA_FLOAT, vector.offset() + i);
  }

  static void set(NdArray vector, int i, double value) {
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
      if (half) {
        BatchNormHalfPasses.moments(xs + 2 * p * channels, n, channels, origin, part);
      } else {
        BatchNormPasses.moments(xs + 4 * p * channels, n, channels, origin, part);
      }
      add(part, sums, block * 2 * channels, 2 * channels);
    }
  }

  static void add(float[] part, double[] sums, int at, int count) {
    for (int i = 0; i < count; i++) {
      sums[at + i] += part[i];
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
      float low,
      float[] scale,
      float[] shift) {
    int channels = cut.channels;
    long end = cut.start(block + 1);
    for (long p = cut.start(block); p < end; p += cut.chunk) {
      int n = (int) Math.min(cut.chunk, end - p);
      long at = (half ? 2 : 4) * p * channels;
      if (rs == 0) {
        if (half) {
          BatchNormHalfPasses.affine(xs + at, ys + at, n, channels, scale, shift, low);
        } else {
          BatchNormPasses.affine(xs + at, ys + at, n, channels, scale, shift, low);
        }
      } else if (half) {
        BatchNormHalfPasses.affineAdd(xs + at, rs + at, ys + at, n, channels, scale, shift, low);
      } else {
        BatchNormPasses.affineAdd(xs + at, rs + at, ys + at, n, channels, scale, shift, low);
      }
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
      long rs = dresidual == null ? 0 : dresidual.address();
      boolean byResult = relu && dresidual != null;
      long ys = byResult ? y.address() : 0;
      // What passed ReLU is known to the gradient of the residual, where there is one.
      float low = relu && !byResult ? 0 : Float.NEGATIVE_INFINITY;
      var sums = sums(cut);
      team.run(cut.blocks, b -> products(cut, b, xs, ys, gs, rs, half, m, scale, shift, low, sums));
      var total = total(cut, sums);
      var slope = new float[channels];
      var constant = new float[channels];
      for (int c = 0; c < channels; c++) {
        double s = g[c] * inverse[c];
        double perInput = -s * inverse[c] * inverse[c] * total[channels + c] / cut.pixels;
        slope[c] = (float) perInput;
        constant[c] = (float) (-s * total[c] / cut.pixels - perInput * m[c]);
        set(dbeta, c, total[c]);
        set(dgamma, c, total[channels + c] * inverse[c]);
      }
      long ds = dx.address();
      long from = byResult ? rs : gs;
      team.run(
          cut.blocks,
          b -> inputGradient(cut, b, xs, from, ds, half, scale, shift, low, slope, constant));
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
      float[] mean,
      float[] scale,
      float[] shift,
      float low,
      double[] sums) {
    int channels = cut.channels;
    int bytes = half ? 2 : 4;
    var part = part(channels);
    long end = cut.start(block + 1);
    for (long p = cut.start(block); p < end; p += cut.chunk) {
      int n = (int) Math.min(cut.chunk, end - p);
      int count = n * channels;
      long at = bytes * p * channels;
      long g = gs + at;
      if (ys != 0) {
        if (half) {
          BatchNormHalfPasses.pass(ys + at, g, rs + at, count);
        } else {
          BatchNormPasses.pass(ys + at, g, rs + at, count);
        }
        g = rs + at;
      } else if (rs != 0) {
        Memory.copyBytes(g, rs + at, (long) bytes * count);
      }
      if (half) {
        BatchNormHalfPasses.products(xs + at, g, n, channels, mean, scale, shift, low, part);
      } else {
        BatchNormPasses.products(xs + at, g, n, channels, mean, scale, shift, low, part);
      }
      add(part, sums, block * 2 * channels, 2 * channels);
    }
  }

  /// dx = scale·g + slope·x + constant, g = dy where ReLU let pass.
  private static void inputGradient(
      Cut cut,
      int block,
      long xs,
      long gs,
      long ds,
      boolean half,
      float[] scale,
      float[] shift,
      float low,
      float[] slope,
      float[] constant) {
    int channels = cut.channels;
    long end = cut.start(block + 1);
    for (long p = cut.start(block); p < end; p += cut.chunk) {
      int n = (int) Math.min(cut.chunk, end - p);
      long at = (half ? 2 : 4) * p * channels;
      if (half) {
        BatchNormHalfPasses.combine(
            xs + at, gs + at, ds + at, n, channels, scale, shift, low, slope, constant);
      } else {
        BatchNormPasses.combine(
            xs + at, gs + at, ds + at, n, channels, scale, shift, low, slope, constant);
      }
    }
  }
}
