package fovea.vision.image;

/// Resizing by separable filters in fixed point, rows first and columns second, rounded to 8 bits
/// in between: the arithmetic of PIL's `Resample.c`, so that the results are equal bit by bit and
/// networks trained on images resized by PIL see the same here.
final class Resampling {
  private Resampling() {}

  /// Fraction bits of a weight: 32 less 8 for the sample and 2 to spare for sums.
  private static final int FRACTION = 22;

  /// What each output position draws on: the first source position, how many, and their weights.
  private static final class Taps {
    final int[] first;
    final int[] count;
    final int[][] weights;

    Taps(int from, int to) {
      double scale = (double) from / to;
      double reach = Math.max(scale, 1);
      first = new int[to];
      count = new int[to];
      weights = new int[to][];
      for (int i = 0; i < to; i++) {
        double centre = (i + 0.5) * scale;
        first[i] = Math.max((int) (centre - reach + 0.5), 0);
        count[i] = Math.min((int) (centre + reach + 0.5), from) - first[i];
        weights[i] = triangle(first[i], centre, reach, count[i]);
      }
    }

    /// The weights of `n` positions from `first` on under a triangle, in fixed point. The order of
    /// the operations is PIL's: another would round differently here and there.
    private static int[] triangle(int first, double centre, double reach, int n) {
      var weight = new double[n];
      double sum = 0;
      for (int k = 0; k < n; k++) {
        weight[k] = Math.max(0, 1 - Math.abs((first + k - centre + 0.5) * (1 / reach)));
        sum += weight[k];
      }
      var fixed = new int[n];
      for (int k = 0; k < n; k++) {
        fixed[k] = (int) (0.5 + (sum == 0 ? 0 : weight[k] / sum) * (1 << FRACTION));
      }
      return fixed;
    }
  }

  static Image bilinear(Image image, int height, int width) {
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "cannot resize to " + height + "×" + width + ": both must be at least 1");
    }
    var result = image;
    if (width != result.width()) {
      // Each row is a line of its own; its samples lie `channels` apart.
      var pixels =
          resample(result.pixels(), result.height(), result.width(), width, result.channels());
      result = new Image(result.height(), width, result.channels(), pixels);
    }
    if (height != result.height()) {
      // The whole image is one line of rows; the samples of a column lie a row apart.
      var pixels = resample(result.pixels(), 1, result.height(), height, width * result.channels());
      result = new Image(height, width, result.channels(), pixels);
    }
    return result;
  }

  /// Brings the middle axis of an array of [lines, length, step] samples to a new length.
  private static byte[] resample(byte[] in, int lines, int length, int newLength, int step) {
    var taps = new Taps(length, newLength);
    var out = new byte[Math.multiplyExact(Math.multiplyExact(lines, newLength), step)];
    for (int line = 0; line < lines; line++) {
      for (int i = 0; i < newLength; i++) {
        int from = (line * length + taps.first[i]) * step;
        int to = (line * newLength + i) * step;
        var weights = taps.weights[i];
        for (int s = 0; s < step; s++) {
          int sum = 1 << (FRACTION - 1);
          for (int k = 0; k < taps.count[i]; k++) {
            sum += (in[from + k * step + s] & 0xFF) * weights[k];
          }
          out[to + s] = (byte) Math.clamp(sum >> FRACTION, 0, 255);
        }
      }
    }
    return out;
  }
}
