package fovea.core.kernel.vector;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.kernel.Team;
import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/// Group normalisation of images whose channels lie next to each other in memory: what batch norm's
/// loops find for each channel is found for each image, and put together for its groups.
final class GroupNormsLast {
  /// The limit of a ReLU that is not there.
  private static final float ALL_PASS = Float.NEGATIVE_INFINITY;

  private GroupNormsLast() {}

  /// Whether these loops take an image, and others that lie like it.
  static boolean take(NdArray x, NdArray... others) {
    if (x.dtype() != DType.F32 || !BatchNorms.take(x)) {
      return false;
    }
    for (var other : others) {
      if (other.dtype() != DType.F32 || !other.isChannelsLast()) {
        return false;
      }
    }
    return true;
  }

  /// How images are cut: each into the same number of blocks of pixels.
  private record Cut(int images, int channels, int groups, int pixels, int blocks) {
    static Cut of(NdArray x, int groups) {
      int images = x.shape().size(0);
      int channels = x.shape().size(1);
      int pixels = Math.toIntExact(x.shape().elements() / images / channels);
      long wanted = Math.ceilDiv((long) pixels * channels, (long) GroupNorms.PART);
      int most = Math.max(1, GroupNorms.PARTS / images);
      return new Cut(images, channels, groups, pixels, Math.clamp(wanted, 1, most));
    }

    int parts() {
      return images * blocks;
    }

    int image(int part) {
      return part / blocks;
    }

    /// The first pixel of a part, counted from the first image on.
    long start(int part) {
      long inImage = (long) pixels * (part % blocks) / blocks;
      return (long) image(part) * pixels + inImage;
    }

    /// The pixel behind its last.
    long end(int part) {
      long inImage = (long) pixels * (part % blocks + 1) / blocks;
      return (long) image(part) * pixels + inImage;
    }

    /// Pixels at a time, which stay in the first-level cache.
    int chunk() {
      return Math.max(1, BatchNorms.CHUNK / channels);
    }

    /// Goes over all parts, then over all images, then over all parts again. Where there are as
    /// many images as threads, image by image: then the second time it lies in the cache. The order
    /// changes no bit.
    void run(Team team, Team.Part first, Team.Part between, Team.Part second) {
      if (images < team.threads()) {
        team.run(parts(), first);
        team.run(images, between);
        team.run(parts(), second);
        return;
      }
      team.run(
          images,
          n -> {
            for (int p = n * blocks; p < (n + 1) * blocks; p++) {
              first.run(p);
            }
            between.run(n);
            for (int p = n * blocks; p < (n + 1) * blocks; p++) {
              second.run(p);
            }
          });
    }

    /// What the parts of an image have found, in their order.
    double[] total(double[][] sums, int image) {
      var total = new double[2 * channels];
      for (int p = image * blocks; p < (image + 1) * blocks; p++) {
        for (int i = 0; i < total.length; i++) {
          total[i] += sums[p][i];
        }
      }
      return total;
    }
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
    int channels = cut.channels;
    var g = GroupNorms.parameter(gamma, channels, 1);
    var h = GroupNorms.parameter(beta, channels, 0);
    var origin = new float[cut.images][channels];
    var scale = new float[cut.images][channels];
    var shift = new float[cut.images][channels];
    var sums = new double[cut.parts()][2 * channels];
    try {
      long xs = x.address();
      long ys = y.address();
      for (int n = 0; n < cut.images; n++) {
        for (int c = 0; c < channels; c++) {
          origin[n][c] = Memory.get(xs, (long) n * cut.pixels * channels + c);
        }
      }
      Team.Part moments =
          p -> {
            var part = new float[2 * channels];
            for (long at = cut.start(p); at < cut.end(p); at += cut.chunk()) {
              int n = (int) Math.min(cut.chunk(), cut.end(p) - at);
              BatchNormPasses.moments(
                  xs + 4 * at * channels, n, channels, origin[cut.image(p)], part);
              BatchNorms.add(part, sums[p], 0, part.length);
            }
          };
      Team.Part statistics =
          n -> {
            var total = cut.total(sums, n);
            for (int group = 0; group < groups; group++) {
              int from = channels / groups * group;
              int to = channels / groups * (group + 1);
              double m = 0;
              for (int c = from; c < to && centred; c++) {
                m += (origin[n][c] + total[c] / cut.pixels) / (to - from);
              }
              double v = 0;
              for (int c = from; c < to; c++) {
                double d = total[c] / cut.pixels;
                double away = origin[n][c] + d - m;
                double own = total[channels + c] / cut.pixels - d * d;
                v += ((own < 0 ? 0 : own) + away * away) / (to - from);
              }
              double r = 1 / Math.sqrt(v + eps);
              int i = n * groups + group;
              Memory.set(mean.address(), i, (float) m);
              Memory.set(inverse.address(), i, (float) r);
              for (int c = from; c < to; c++) {
                scale[n][c] = (float) (r * g[c]);
                shift[n][c] = (float) (h[c] - m * r * g[c]);
              }
            }
          };
      Team.Part normalise =
          p -> {
            int image = cut.image(p);
            for (long at = cut.start(p); at < cut.end(p); at += cut.chunk()) {
              int n = (int) Math.min(cut.chunk(), cut.end(p) - at);
              BatchNormPasses.affine(
                  xs + 4 * at * channels,
                  ys + 4 * at * channels,
                  n,
                  channels,
                  scale[image],
                  shift[image],
                  ALL_PASS);
            }
          };
      cut.run(GroupNorms.team(team, x), moments, statistics, normalise);
    } finally {
      Reference.reachabilityFence(x);
      Reference.reachabilityFence(y);
      Reference.reachabilityFence(mean);
      Reference.reachabilityFence(inverse);
    }
  }

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
    int channels = cut.channels;
    int perGroup = channels / groups;
    var g = GroupNorms.parameter(gamma, channels, 1);
    var zeros = new float[channels];
    var means = new float[cut.images][channels];
    var ofGradient = new float[cut.images][channels];
    var ofInput = new float[cut.images][channels];
    var constant = new float[cut.images][channels];
    var ofGamma = new double[channels];
    var ofBeta = new double[channels];
    var sums = new double[cut.parts()][2 * channels];
    var totals = new double[cut.images][2 * channels];
    try {
      for (int n = 0; n < cut.images; n++) {
        for (int c = 0; c < channels && centred; c++) {
          means[n][c] = Memory.get(mean.address(), n * groups + c / perGroup);
        }
      }
      long xs = x.address();
      long gs = dy.address();
      long ds = dx.address();
      Team.Part products =
          p -> {
            var part = new float[2 * channels];
            for (long at = cut.start(p); at < cut.end(p); at += cut.chunk()) {
              int n = (int) Math.min(cut.chunk(), cut.end(p) - at);
              BatchNormPasses.products(
                  xs + 4 * at * channels,
                  gs + 4 * at * channels,
                  n,
                  channels,
                  means[cut.image(p)],
                  zeros,
                  zeros,
                  ALL_PASS,
                  part);
              BatchNorms.add(part, sums[p], 0, part.length);
            }
          };
      Team.Part factors =
          n -> {
            var total = cut.total(sums, n);
            totals[n] = total;
            for (int group = 0; group < groups; group++) {
              double r = Memory.get(inverse.address(), n * groups + group);
              double first = 0;
              double second = 0;
              for (int c = perGroup * group; c < perGroup * (group + 1); c++) {
                first += total[c] * g[c];
                second += total[channels + c] * g[c];
              }
              double count = (double) perGroup * cut.pixels;
              double slope = -r * r * r * second / count;
              for (int c = perGroup * group; c < perGroup * (group + 1); c++) {
                ofGradient[n][c] = (float) (r * g[c]);
                ofInput[n][c] = (float) slope;
                constant[n][c] = (float) ((centred ? -r * first / count : 0) - slope * means[n][c]);
              }
            }
          };
      Team.Part combine =
          p -> {
            int image = cut.image(p);
            for (long at = cut.start(p); at < cut.end(p); at += cut.chunk()) {
              int n = (int) Math.min(cut.chunk(), cut.end(p) - at);
              BatchNormPasses.combine(
                  xs + 4 * at * channels,
                  gs + 4 * at * channels,
                  ds + 4 * at * channels,
                  n,
                  channels,
                  ofGradient[image],
                  zeros,
                  ALL_PASS,
                  ofInput[image],
                  constant[image]);
            }
          };
      cut.run(GroupNorms.team(team, x), products, factors, combine);
      for (int n = 0; n < cut.images; n++) {
        for (int c = 0; c < channels; c++) {
          ofBeta[c] += totals[n][c];
          ofGamma[c] +=
              totals[n][channels + c] * Memory.get(inverse.address(), n * groups + c / perGroup);
        }
      }
    } finally {
      Reference.reachabilityFence(x);
      Reference.reachabilityFence(dy);
      Reference.reachabilityFence(dx);
      Reference.reachabilityFence(mean);
      Reference.reachabilityFence(inverse);
    }
    for (int c = 0; c < channels; c++) {
      if (dgamma != null) {
        BatchNorms.set(dgamma, c, ofGamma[c]);
      }
      if (dbeta != null) {
        BatchNorms.set(dbeta, c, ofBeta[c]);
      }
    }
  }
}
