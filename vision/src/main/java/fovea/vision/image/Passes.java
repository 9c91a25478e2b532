package fovea.vision.image;

import java.util.Arrays;

/// Sums the samples of an image up by weights, first along the rows, then along the columns, in the
/// arithmetic of those whom the result shall match.
///
/// Sums along columns run over whole rows, which the just-in-time compiler turns into vectors.
final class Passes {
  private Passes() {}

  /// Fraction bits of PIL's weights: 32 less 8 for the sample and 2 to spare for sums.
  private static final int PIL_BITS = 22;

  /// Fraction bits of OpenCV's weights.
  private static final int OPENCV_BITS = 11;

  /// Rounded to 8 bits in between: PIL's `Resample.c`, bit by bit.
  static Image fixedPoint(Image image, Taps rows, Taps columns) {
    int length = columns.count() * image.channels();
    int top = rows.first()[0];
    int height = rows.end() - top;
    // Vectors are made of signed numbers only.
    var between = new short[Math.multiplyExact(height, length)];
    if (columns.isIdentity(image.width())) {
      for (int i = 0, from = top * length; i < between.length; i++) {
        between[i] = (short) (image.pixels()[from + i] & 0xFF);
      }
    } else {
      var weights = fixed(columns, PIL_BITS);
      var sums = new int[length];
      for (int y = 0; y < height; y++) {
        across(image, top + y, columns.first(), weights, sums);
        for (int i = 0, to = y * length; i < length; i++) {
          between[to + i] = (short) clip((sums[i] + (1 << (PIL_BITS - 1))) >> PIL_BITS);
        }
      }
    }
    var out = new byte[Math.multiplyExact(rows.count(), length)];
    var weights = fixed(rows, PIL_BITS);
    var sums = new int[length];
    for (int y = 0; y < rows.count(); y++) {
      Arrays.fill(sums, 1 << (PIL_BITS - 1));
      for (int k = 0; k < weights[y].length; k++) {
        int from = (rows.first()[y] - top + k) * length;
        int weight = weights[y][k];
        for (int i = 0; i < length; i++) {
          sums[i] += between[from + i] * weight;
        }
      }
      for (int i = 0, to = y * length; i < length; i++) {
        out[to + i] = (byte) clip(sums[i] >> PIL_BITS);
      }
    }
    return new Image(rows.count(), columns.count(), image.channels(), out);
  }

  /// Not rounded in between, and at the end to the nearest, ties to the even one.
  static Image floats(Image image, Taps rows, Taps columns) {
    int length = columns.count() * image.channels();
    var between = new float[Math.multiplyExact(image.height(), length)];
    var weights = fixed(columns, PIL_BITS);
    var across = new int[length];
    for (int y = 0; y < image.height(); y++) {
      across(image, y, columns.first(), weights, across);
      for (int i = 0, to = y * length; i < length; i++) {
        between[to + i] = across[i] * 0x1p-22f;
      }
    }
    var out = new byte[Math.multiplyExact(rows.count(), length)];
    var sums = new float[length];
    for (int y = 0; y < rows.count(); y++) {
      Arrays.fill(sums, 0);
      for (int k = 0; k < rows.weights()[y].length; k++) {
        int from = (rows.first()[y] + k) * length;
        float weight = (float) rows.weights()[y][k];
        for (int i = 0; i < length; i++) {
          sums[i] += between[from + i] * weight;
        }
      }
      for (int i = 0, to = y * length; i < length; i++) {
        // A float of this size has no place for a fraction: the sum is rounded as it is added.
        out[to + i] = (byte) clip((int) (sums[i] + 0x1.8p23f) - 0xC00000);
      }
    }
    return new Image(rows.count(), columns.count(), image.channels(), out);
  }

  /// What `cv2.resize` does with 8-bit images: 11 fraction bits for each weight, and some less for
  /// the sums along rows.
  static Image openCv(Image image, Taps rows, Taps columns) {
    int length = columns.count() * image.channels();
    var between = new int[Math.multiplyExact(image.height(), length)];
    var weights = fixed(columns, OPENCV_BITS);
    var across = new int[length];
    for (int y = 0; y < image.height(); y++) {
      across(image, y, columns.first(), weights, across);
      for (int i = 0, to = y * length; i < length; i++) {
        between[to + i] = across[i] >> 4;
      }
    }
    var out = new byte[Math.multiplyExact(rows.count(), length)];
    var down = fixed(rows, OPENCV_BITS);
    for (int y = 0; y < rows.count(); y++) {
      int upper = rows.first()[y] * length;
      int lower = down[y].length == 1 ? upper : upper + length;
      int above = down[y][0];
      int below = (1 << OPENCV_BITS) - above;
      for (int i = 0, to = y * length; i < length; i++) {
        int sum = ((between[upper + i] * above) >> 16) + ((between[lower + i] * below) >> 16);
        out[to + i] = (byte) ((sum + 2) >> 2);
      }
    }
    return new Image(rows.count(), columns.count(), image.channels(), out);
  }

  private static int[][] fixed(Taps taps, int bits) {
    var fixed = new int[taps.count()][];
    for (int i = 0; i < fixed.length; i++) {
      var weights = taps.weights()[i];
      fixed[i] = new int[weights.length];
      for (int k = 0; k < weights.length; k++) {
        double scaled = weights[k] * (1 << bits);
        fixed[i][k] = (int) (scaled < 0 ? scaled - 0.5 : scaled + 0.5);
      }
    }
    return fixed;
  }

  /// The sums of a row.
  private static void across(Image image, int y, int[] first, int[][] weights, int[] sums) {
    var in = image.pixels();
    int start = y * image.width();
    if (image.channels() == 1) {
      for (int i = 0; i < weights.length; i++) {
        int at = start + first[i];
        int sum = 0;
        for (int weight : weights[i]) {
          sum += (in[at++] & 0xFF) * weight;
        }
        sums[i] = sum;
      }
      return;
    }
    for (int i = 0, to = 0; i < weights.length; i++, to += 3) {
      int at = 3 * (start + first[i]);
      int red = 0;
      int green = 0;
      int blue = 0;
      for (int weight : weights[i]) {
        red += (in[at] & 0xFF) * weight;
        green += (in[at + 1] & 0xFF) * weight;
        blue += (in[at + 2] & 0xFF) * weight;
        at += 3;
      }
      sums[to] = red;
      sums[to + 1] = green;
      sums[to + 2] = blue;
    }
  }

  private static int clip(int value) {
    return Math.min(Math.max(value, 0), 255);
  }
}
