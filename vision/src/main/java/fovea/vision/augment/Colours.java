package fovea.vision.augment;

import fovea.vision.image.Image;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;

/// Changes of an image's colours by given amounts, as PIL's `ImageEnhance` and `ImageOps` make
/// them, bit by bit, where they have them.
final class Colours {
  private Colours() {}

  /// Each sample by a table.
  static Image each(Image image, IntUnaryOperator change) {
    var table = new byte[256];
    for (int v = 0; v < 256; v++) {
      table[v] = (byte) change.applyAsInt(v);
    }
    var in = image.pixels();
    var out = new byte[in.length];
    for (int i = 0; i < in.length; i++) {
      out[i] = table[in[i] & 0xFF];
    }
    return new Image(image.height(), image.width(), image.channels(), out);
  }

  /// Towards black at 0, as it is at 1, brighter above.
  static Image brightness(Image image, double factor) {
    return each(image, v -> blend(0, v, (float) factor));
  }

  /// Towards the grey of its mean brightness at 0, as it is at 1, more contrast above.
  static Image contrast(Image image, double factor) {
    var grey = image.toGrey().pixels();
    long sum = 0;
    for (byte v : grey) {
      sum += v & 0xFF;
    }
    int mean = (int) ((double) sum / grey.length + 0.5);
    return each(image, v -> blend(mean, v, (float) factor));
  }

  /// Towards grey at 0, as it is at 1, more colour above.
  static Image saturation(Image image, double factor) {
    return image.channels() == 1 ? image : mixed(image.toGrey().toRgb(), image, factor);
  }

  /// Blurred at 0, as it is at 1, sharper above.
  static Image sharpness(Image image, double factor) {
    return mixed(smooth(image), image, factor);
  }

  /// Between two images at shares of 0 and 1, and beyond.
  private static Image mixed(Image zero, Image one, double factor) {
    var a = zero.pixels();
    var b = one.pixels();
    var out = new byte[a.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (byte) blend(a[i] & 0xFF, b[i] & 0xFF, (float) factor);
    }
    return new Image(one.height(), one.width(), one.channels(), out);
  }

  private static int blend(int zero, int one, float factor) {
    float value = zero + factor * (one - zero);
    return value <= 0 ? 0 : value >= 255 ? 255 : (int) value;
  }

  /// The filter SMOOTH of PIL, which leaves the outermost pixels alone.
  private static Image smooth(Image image) {
    int channels = image.channels();
    int row = image.width() * channels;
    var in = image.pixels();
    var out = in.clone();
    for (int y = 1; y < image.height() - 1; y++) {
      for (int x = channels; x < row - channels; x++) {
        int at = y * row + x;
        int sum = 4 * (in[at] & 0xFF);
        for (int v = -row; v <= row; v += row) {
          for (int u = -channels; u <= channels; u += channels) {
            sum += in[at + v + u] & 0xFF;
          }
        }
        out[at] = (byte) (sum / 13f + 0.5f);
      }
    }
    return new Image(image.height(), image.width(), channels, out);
  }

  /// Colours turned round the circle of hues: value and saturation stay.
  ///
  /// @param turn by this share of the circle
  static Image hue(Image image, double turn) {
    if (image.channels() == 1) {
      return image;
    }
    var in = image.pixels();
    var out = new byte[in.length];
    for (int i = 0; i < in.length; i += 3) {
      int r = in[i] & 0xFF;
      int g = in[i + 1] & 0xFF;
      int b = in[i + 2] & 0xFF;
      int high = Math.max(r, Math.max(g, b));
      int low = Math.min(r, Math.min(g, b));
      float span = high - low;
      float hue =
          span == 0
              ? 0
              : high == r ? (g - b) / span : high == g ? 2 + (b - r) / span : 4 + (r - g) / span;
      float sector = hue + 6 * (float) turn;
      sector -= 6 * (float) Math.floor(sector / 6);
      for (int c = 0; c < 3; c++) {
        // Smith, "Color gamut transform pairs", 1978, in the form with one formula for each
        // channel.
        float k = sector + (c == 0 ? 5 : c == 1 ? 3 : 1);
        k -= 6 * (float) Math.floor(k / 6);
        out[i + c] = (byte) (int) (high - span * Math.clamp(Math.min(k, 4 - k), 0f, 1f) + 0.5f);
      }
    }
    return new Image(image.height(), image.width(), 3, out);
  }

  static Image invert(Image image) {
    return each(image, v -> 255 - v);
  }

  /// Only the highest bits of each sample.
  static Image posterize(Image image, int bits) {
    int mask = 0xFF << (8 - bits);
    return each(image, v -> v & mask);
  }

  /// What is not darker than a threshold is inverted.
  static Image solarize(Image image, double threshold) {
    return each(image, v -> v < threshold ? v : 255 - v);
  }

  /// Each channel stretched so that its darkest sample becomes 0 and its brightest 255.
  static Image autoContrast(Image image) {
    return byChannel(
        image,
        counts -> {
          int low = 0;
          int high = 255;
          while (low < 255 && counts[low] == 0) {
            low++;
          }
          while (high > 0 && counts[high] == 0) {
            high--;
          }
          var table = new int[256];
          double scale = 255.0 / (high - low);
          double offset = -low * scale;
          for (int v = 0; v < 256; v++) {
            table[v] = high <= low ? v : Math.clamp((int) (v * scale + offset), 0, 255);
          }
          return table;
        });
  }

  /// Each channel so that all brightnesses are about equally frequent.
  static Image equalize(Image image) {
    return byChannel(
        image,
        counts -> {
          var used = Arrays.stream(counts).filter(n -> n > 0).toArray();
          long step =
              used.length <= 1 ? 0 : (Arrays.stream(used).sum() - used[used.length - 1]) / 255;
          var table = new int[256];
          long n = step / 2;
          for (int v = 0; v < 256; v++) {
            table[v] = step == 0 ? v : (int) Math.min(n / step, 255);
            n += counts[v];
          }
          return table;
        });
  }

  private interface ToTable {
    int[] of(int[] counts);
  }

  private static Image byChannel(Image image, ToTable toTable) {
    int channels = image.channels();
    var in = image.pixels();
    var out = new byte[in.length];
    for (int c = 0; c < channels; c++) {
      var counts = new int[256];
      for (int i = c; i < in.length; i += channels) {
        counts[in[i] & 0xFF]++;
      }
      var table = toTable.of(counts);
      for (int i = c; i < in.length; i += channels) {
        out[i] = (byte) table[in[i] & 0xFF];
      }
    }
    return new Image(image.height(), image.width(), channels, out);
  }

  /// Blurred by a Gaussian.
  static Image blur(Image image, double deviation) {
    int channels = image.channels();
    var in = image.pixels();
    var values = new float[in.length];
    for (int i = 0; i < in.length; i++) {
      values[i] = in[i] & 0xFF;
    }
    var kernel = Gaussian.kernel(deviation);
    values = Gaussian.along(values, image.height(), image.width(), channels, kernel);
    values = Gaussian.along(values, 1, image.height(), image.width() * channels, kernel);
    var out = new byte[in.length];
    for (int i = 0; i < in.length; i++) {
      out[i] = (byte) (int) (values[i] + 0.5f);
    }
    return new Image(image.height(), image.width(), channels, out);
  }
}
