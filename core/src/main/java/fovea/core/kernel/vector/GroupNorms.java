package fovea.core.kernel.vector;

import static fovea.core.kernel.vector.Memory.ALL;
import static fovea.core.kernel.vector.Memory.LANES;
import static fovea.core.kernel.vector.Memory.ORDER;
import static fovea.core.kernel.vector.Memory.SPECIES;

import fovea.core.array.NdArray;
import fovea.core.kernel.Team;
import java.lang.ref.Reference;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/// Group normalisation, of which layer, instance and RMS normalisation are cases, where each group
/// lies in one piece: row-major [N, C, …], in one pass over memory as long as a group stays in the
/// cache. [GroupNormsLast] has channels next to each other.
///
/// Work is cut by sizes alone, so that results do not depend on how many threads there are.
final class GroupNorms {
  /// Elements summed in float32 before the sum goes on in double.
  private static final int CHUNK = 4096;

  /// Elements that are worth a part of their own, and how many such there are at most.
  static final int PART = 1 << 14;

  static final int PARTS = 64;

  private GroupNorms() {}

  /// What is normalised: `groups` in all, each `channels` rows of `pixels` elements.
  private record Cut(int groups, int groupsPerImage, int channels, int pixels, int parts) {
    static Cut of(NdArray x, int groupsPerImage) {
      int images = x.shape().size(0);
      int channels = x.shape().size(1) / groupsPerImage;
      int groups = images * groupsPerImage;
      int length = Math.toIntExact(x.shape().elements() / groups);
      long wanted = Math.ceilDiv(x.shape().elements(), (long) PART);
      int parts = (int) Math.min(Math.min(PARTS, wanted), groups);
      return new Cut(groups, groupsPerImage, channels, length / channels, parts);
    }

    int length() {
      return channels * pixels;
    }

    int start(int part) {
      return (int) ((long) groups * part / parts);
    }

    /// The channel that a group begins with.
    int channel(int group) {
      return group % groupsPerImage * channels;
    }
  }

  /// Whether these loops take an image, and others that lie like it.
  static boolean take(NdArray x, NdArray... others) {
    return !x.shape().isEmpty() && VectorLoops.areVectors(x) && VectorLoops.areVectors(others);
  }

  /// One thread alone for what is done before a second one has begun.
  static Team team(Team team, NdArray x) {
    return x.shape().elements() < 2 * PART ? Team.ALONE : team;
  }

  /// The values of a parameter, or of one that there is not.
  static float[] parameter(@Nullable NdArray vector, int channels, float otherwise) {
    if (vector != null) {
      return BatchNorms.floats(vector);
    }
    var values = new float[channels];
    Arrays.fill(values, otherwise);
    return values;
  }

  static void forward(
      Team team,
      NdArray x,
      int groups,
      boolean centred,
      @Nullable NdArray gamma,
      @Nullable NdArray beta,
      double eps,
      NdArray y,
      NdArray mean,
      NdArray inverse) {
    var cut = Cut.of(x, groups);
    var g = parameter(gamma, x.shape().size(1), 1);
    var h = parameter(beta, x.shape().size(1), 0);
    try {
      long xs = x.address();
      long ys = y.address();
      long means = mean.address();
      long inverses = inverse.address();
      team(team, x)
          .run(
              cut.parts,
              p -> {
                for (int i = cut.start(p); i < cut.start(p + 1); i++) {
                  long at = (long) i * cut.length();
                  int c = cut.channel(i);
                  var moments = moments(xs, at, cut.length(), centred);
                  double m = centred ? moments.mean : 0;
                  double r = 1 / Math.sqrt(moments.variance + eps);
                  Memory.set(means, i, (float) m);
                  Memory.set(inverses, i, (float) r);
                  if (cut.pixels == 1) {
                    row(xs, ys, at, cut.channels, (float) m, (float) r, g, h, c);
                  } else {
                    for (int k = 0; k < cut.channels; k++) {
                      double scale = r * g[c + k];
                      float shift = (float) (h[c + k] - m * scale);
                      long start = at + (long) k * cut.pixels;
                      affine(xs, ys, start, cut.pixels, (float) scale, shift);
                    }
                  }
                }
              });
    } finally {
      Reference.reachabilityFence(x);
      Reference.reachabilityFence(y);
      Reference.reachabilityFence(mean);
      Reference.reachabilityFence(inverse);
    }
  }

  /// Of n elements, seen from 0 where they are not to be centred.
  private record Moments(double mean, double variance) {}

  private static Moments moments(long x, long at, int n, boolean centred) {
    // Near an origin that is one of the values, neither sum loses its digits.
    float origin = centred ? Memory.get(x, at) : 0;
    double sum = 0;
    double squares = 0;
    for (int done = 0; done < n; done += CHUNK) {
      int part = Math.min(CHUNK, n - done);
      long from = at + done;
      var k = FloatVector.broadcast(SPECIES, origin);
      var s0 = FloatVector.zero(SPECIES);
      var s1 = s0;
      var q0 = s0;
      var q1 = s0;
      int i = 0;
      for (; i + 2 * LANES <= part; i += 2 * LANES) {
        var d0 = FloatVector.fromMemorySegment(SPECIES, ALL, x + 4 * (from + i), ORDER).sub(k);
        var d1 =
            FloatVector.fromMemorySegment(SPECIES, ALL, x + 4 * (from + i + LANES), ORDER).sub(k);
        s0 = s0.add(d0);
        s1 = s1.add(d1);
        q0 = d0.fma(d0, q0);
        q1 = d1.fma(d1, q1);
      }
      sum += s0.add(s1).reduceLanes(VectorOperators.ADD);
      squares += q0.add(q1).reduceLanes(VectorOperators.ADD);
      for (; i < part; i++) {
        double d = Memory.get(x, from + i) - origin;
        sum += d;
        squares += d * d;
      }
    }
    double d = sum / n;
    double v = squares / n - (centred ? d * d : 0);
    // A difference of sums may end below 0; NaN stays.
    return new Moments(origin + d, v < 0 ? 0 : v);
  }

  /// y = (x − m)·r·gamma + beta, of a row with a gamma for each element.
  private static void row(
      long x, long y, long at, int n, float m, float r, float[] g, float[] h, int c) {
    var mean = FloatVector.broadcast(SPECIES, m);
    var inverse = FloatVector.broadcast(SPECIES, r);
    int i = 0;
    for (; i + LANES <= n; i += LANES) {
      var normal =
          FloatVector.fromMemorySegment(SPECIES, ALL, x + 4 * (at + i), ORDER)
              .sub(mean)
              .mul(inverse);
      var scale = FloatVector.fromArray(SPECIES, g, c + i);
      var shift = FloatVector.fromArray(SPECIES, h, c + i);
      normal.fma(scale, shift).intoMemorySegment(ALL, y + 4 * (at + i), ORDER);
    }
    for (; i < n; i++) {
      float normal = (Memory.get(x, at + i) - m) * r;
      Memory.set(y, at + i, Math.fma(normal, g[c + i], h[c + i]));
    }
  }

  /// y = scale·x + shift.
  private static void affine(long x, long y, long at, int n, float scale, float shift) {
    var a = FloatVector.broadcast(SPECIES, scale);
    var b = FloatVector.broadcast(SPECIES, shift);
    int i = 0;
    for (; i + LANES <= n; i += LANES) {
      FloatVector.fromMemorySegment(SPECIES, ALL, x + 4 * (at + i), ORDER)
          .fma(a, b)
          .intoMemorySegment(ALL, y + 4 * (at + i), ORDER);
    }
    for (; i < n; i++) {
      Memory.set(y, at + i, Math.fma(Memory.get(x, at + i), scale, shift));
    }
  }

  // ---- the way back

  static void backward(
      Team team,
      NdArray x,
      NdArray dy,
      int groups,
      boolean centred,
      @Nullable NdArray gamma,
      NdArray mean,
      NdArray inverse,
      NdArray dx,
      @Nullable NdArray dgamma,
      @Nullable NdArray dbeta) {
    var cut = Cut.of(x, groups);
    int channels = x.shape().size(1);
    var g = parameter(gamma, channels, 1);
    // Of each part, the sums for dgamma and for dbeta.
    var sums = new float[cut.parts][2 * channels];
    try {
      long xs = x.address();
      long gs = dy.address();
      long ds = dx.address();
      long means = mean.address();
      long inverses = inverse.address();
      team(team, x)
          .run(
              cut.parts,
              p -> {
                for (int i = cut.start(p); i < cut.start(p + 1); i++) {
                  long at = (long) i * cut.length();
                  int c = cut.channel(i);
                  float m = centred ? Memory.get(means, i) : 0;
                  float r = Memory.get(inverses, i);
                  if (cut.pixels == 1) {
                    rowBackward(xs, gs, ds, at, cut.channels, centred, m, r, g, c, sums[p]);
                  } else {
                    groupBackward(xs, gs, ds, at, cut, centred, m, r, g, c, sums[p]);
                  }
                }
              });
    } finally {
      Reference.reachabilityFence(x);
      Reference.reachabilityFence(dy);
      Reference.reachabilityFence(dx);
      Reference.reachabilityFence(mean);
      Reference.reachabilityFence(inverse);
    }
    total(sums, 0, dgamma);
    total(sums, channels, dbeta);
  }

  /// What the parts have found, in their order.
  private static void total(float[][] sums, int from, @Nullable NdArray into) {
    if (into == null) {
      return;
    }
    for (int c = 0; c < into.shape().size(0); c++) {
      double sum = 0;
      for (var part : sums) {
        sum += part[from + c];
      }
      BatchNorms.set(into, c, sum);
    }
  }

  /// dx = r·(dy·gamma − mean(dy·gamma) − normal·mean(dy·gamma·normal)), the first mean only where x
  /// was centred; `sums` gains dy·normal and dy.
  private static void rowBackward(
      long x,
      long dy,
      long dx,
      long at,
      int n,
      boolean centred,
      float m,
      float r,
      float[] g,
      int c,
      float[] sums) {
    var mean = FloatVector.broadcast(SPECIES, m);
    var s = FloatVector.zero(SPECIES);
    var q = s;
    int i = 0;
    for (; i + LANES <= n; i += LANES) {
      var d =
          FloatVector.fromMemorySegment(SPECIES, ALL, dy + 4 * (at + i), ORDER)
              .mul(FloatVector.fromArray(SPECIES, g, c + i));
      s = s.add(d);
      q = d.fma(FloatVector.fromMemorySegment(SPECIES, ALL, x + 4 * (at + i), ORDER).sub(mean), q);
    }
    double first = s.reduceLanes(VectorOperators.ADD);
    double second = q.reduceLanes(VectorOperators.ADD);
    for (; i < n; i++) {
      double d = (double) Memory.get(dy, at + i) * g[c + i];
      first += d;
      second += d * (Memory.get(x, at + i) - m);
    }
    // In terms of x − m: the factor of gamma·dy is r, that of x − m is `slope`.
    float slope = (float) (-(double) r * r * r * second / n);
    float constant = centred ? (float) (-r * first / n) : 0;
    int beta = sums.length / 2 + c;
    var inverse = FloatVector.broadcast(SPECIES, r);
    var a = FloatVector.broadcast(SPECIES, slope);
    var k = FloatVector.broadcast(SPECIES, constant);
    for (i = 0; i + LANES <= n; i += LANES) {
      var d = FloatVector.fromMemorySegment(SPECIES, ALL, dy + 4 * (at + i), ORDER);
      var v = FloatVector.fromMemorySegment(SPECIES, ALL, x + 4 * (at + i), ORDER).sub(mean);
      var scale = FloatVector.fromArray(SPECIES, g, c + i).mul(inverse);
      d.fma(scale, v.fma(a, k)).intoMemorySegment(ALL, dx + 4 * (at + i), ORDER);
      d.fma(v.mul(inverse), FloatVector.fromArray(SPECIES, sums, c + i)).intoArray(sums, c + i);
      FloatVector.fromArray(SPECIES, sums, beta + i).add(d).intoArray(sums, beta + i);
    }
    for (; i < n; i++) {
      float d = Memory.get(dy, at + i);
      float v = Memory.get(x, at + i) - m;
      Memory.set(dx, at + i, Math.fma(d, g[c + i] * r, Math.fma(v, slope, constant)));
      sums[c + i] += d * v * r;
      sums[beta + i] += d;
    }
  }

  /// The same of a group with one gamma for the pixels of a channel.
  private static void groupBackward(
      long x,
      long dy,
      long dx,
      long at,
      Cut cut,
      boolean centred,
      float m,
      float r,
      float[] g,
      int c,
      float[] sums) {
    int pixels = cut.pixels;
    double first = 0;
    double second = 0;
    int beta = sums.length / 2 + c;
    var pair = new double[2];
    for (int k = 0; k < cut.channels; k++) {
      products(x, dy, at + (long) k * pixels, pixels, m, pair);
      first += pair[0] * g[c + k];
      second += pair[1] * g[c + k];
      sums[c + k] += (float) (pair[1] * r);
      sums[beta + k] += (float) pair[0];
    }
    int n = cut.length();
    double slope = -(double) r * r * r * second / n;
    float constant = (float) ((centred ? -r * first / n : 0) - slope * m);
    for (int k = 0; k < cut.channels; k++) {
      long from = at + (long) k * pixels;
      combine(x, dy, dx, from, pixels, r * g[c + k], (float) slope, constant);
    }
  }

  /// Σ dy and Σ dy·(x − m).
  private static void products(long x, long dy, long at, int n, float m, double[] pair) {
    var mean = FloatVector.broadcast(SPECIES, m);
    var s = FloatVector.zero(SPECIES);
    var q = s;
    int i = 0;
    for (; i + LANES <= n; i += LANES) {
      var d = FloatVector.fromMemorySegment(SPECIES, ALL, dy + 4 * (at + i), ORDER);
      s = s.add(d);
      q = d.fma(FloatVector.fromMemorySegment(SPECIES, ALL, x + 4 * (at + i), ORDER).sub(mean), q);
    }
    double first = s.reduceLanes(VectorOperators.ADD);
    double second = q.reduceLanes(VectorOperators.ADD);
    for (; i < n; i++) {
      double d = Memory.get(dy, at + i);
      first += d;
      second += d * (Memory.get(x, at + i) - m);
    }
    pair[0] = first;
    pair[1] = second;
  }

  /// dx = scale·dy + slope·x + constant.
  private static void combine(
      long x, long dy, long dx, long at, int n, float scale, float slope, float constant) {
    var a = FloatVector.broadcast(SPECIES, scale);
    var b = FloatVector.broadcast(SPECIES, slope);
    var k = FloatVector.broadcast(SPECIES, constant);
    int i = 0;
    for (; i + LANES <= n; i += LANES) {
      var d = FloatVector.fromMemorySegment(SPECIES, ALL, dy + 4 * (at + i), ORDER);
      d.fma(a, FloatVector.fromMemorySegment(SPECIES, ALL, x + 4 * (at + i), ORDER).fma(b, k))
          .intoMemorySegment(ALL, dx + 4 * (at + i), ORDER);
    }
    for (; i < n; i++) {
      float v = Math.fma(Memory.get(x, at + i), slope, constant);
      Memory.set(dx, at + i, Math.fma(Memory.get(dy, at + i), scale, v));
    }
  }
}
