package fovea.vision.augment;

/// Blurring by a Gaussian, along rows and columns in turn; beyond the border the image is mirrored
/// about its outermost pixels.
final class Gaussian {
  private Gaussian() {}

  /// Weights that sum to 1, as far as three deviations from the middle.
  static float[] kernel(double deviation) {
    int reach = Math.max(1, (int) Math.ceil(3 * deviation));
    var weights = new double[2 * reach + 1];
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      double x = (i - reach) / deviation;
      weights[i] = StrictMath.exp(-0.5 * x * x);
      sum += weights[i];
    }
    var kernel = new float[weights.length];
    for (int i = 0; i < kernel.length; i++) {
      kernel[i] = (float) (weights[i] / sum);
    }
    return kernel;
  }

  /// Each row of `height` rows of `width` values.
  static float[] alongRows(float[] in, int height, int width, float[] kernel) {
    return along(in, height, width, 1, kernel);
  }

  /// Each column.
  static float[] alongColumns(float[] in, int height, int width, float[] kernel) {
    return along(in, 1, height, width, kernel);
  }

  /// The middle axis of an array [lines, length, step].
  static float[] along(float[] in, int lines, int length, int step, float[] kernel) {
    var out = new float[in.length];
    int reach = kernel.length / 2;
    for (int line = 0; line < lines; line++) {
      for (int i = 0; i < length; i++) {
        int to = (line * length + i) * step;
        for (int k = -reach; k <= reach; k++) {
          int from = (line * length + Border.REFLECT.index(i + k, length)) * step;
          float weight = kernel[k + reach];
          for (int s = 0; s < step; s++) {
            out[to + s] += in[from + s] * weight;
          }
        }
      }
    }
    return out;
  }
}
