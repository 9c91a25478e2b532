package fovea.vision.augment;

import fovea.core.array.Rng;

/// A smooth field of shifts: what is seen at a pixel comes from as far away as its value says.
public final class Displacement {
  /// Enough to find the way back to far less than a pixel where the field is as smooth as drawn.
  private static final int STEPS = 40;

  private final int height;
  private final int width;
  private final float[] x;
  private final float[] y;

  private Displacement(int height, int width, float[] x, float[] y) {
    this.height = height;
    this.width = width;
    this.x = x;
    this.y = y;
  }

  /// Of random shifts, uniform in [−1, 1] for each pixel, blurred by a Gaussian and multiplied:
  /// Simard et al., "Best practices for convolutional neural networks", 2003, section 2. It never
  /// shifts by more from one pixel to the next than 0.9, so that nothing is folded over.
  ///
  /// @param strength what they are multiplied by, in pixels
  /// @param smoothness deviation of the Gaussian, in pixels
  public static Displacement random(
      int height, int width, double strength, double smoothness, Rng rng) {
    var x = smooth(height, width, strength, smoothness, rng);
    var y = smooth(height, width, strength, smoothness, rng);
    float steepest = Math.max(steepest(height, width, x), steepest(height, width, y));
    if (steepest > 0.45f) { // a step along both axes adds up
      float less = 0.45f / steepest;
      for (int i = 0; i < x.length; i++) {
        x[i] *= less;
        y[i] *= less;
      }
    }
    return new Displacement(height, width, x, y);
  }

  private static float[] smooth(
      int height, int width, double strength, double smoothness, Rng rng) {
    var field = new float[height * width];
    for (int i = 0; i < field.length; i++) {
      field[i] = 2 * rng.nextFloat() - 1;
    }
    var kernel = Gaussian.kernel(smoothness);
    field = Gaussian.alongRows(field, height, width, kernel);
    field = Gaussian.alongColumns(field, height, width, kernel);
    for (int i = 0; i < field.length; i++) {
      field[i] *= (float) strength;
    }
    return field;
  }

  private static float steepest(int height, int width, float[] field) {
    float steepest = 0;
    for (int row = 0; row < height; row++) {
      for (int column = 0; column < width; column++) {
        float here = field[row * width + column];
        if (column > 0) {
          steepest = Math.max(steepest, Math.abs(here - field[row * width + column - 1]));
        }
        if (row > 0) {
          steepest = Math.max(steepest, Math.abs(here - field[(row - 1) * width + column]));
        }
      }
    }
    return steepest;
  }

  /// From places in the bent image to those in the image before.
  void back(double[] xs, double[] ys) {
    for (int i = 0; i < xs.length; i++) {
      double px = xs[i];
      double py = ys[i];
      xs[i] = px + at(x, px, py);
      ys[i] = py + at(y, px, py);
    }
  }

  /// Where a place of the image before is seen in the bent one.
  double[] forward(double px, double py) {
    double bx = px;
    double by = py;
    for (int step = 0; step < STEPS; step++) {
      double shiftX = at(x, bx, by);
      double shiftY = at(y, bx, by);
      bx = px - shiftX;
      by = py - shiftY;
    }
    return new double[] {bx, by};
  }

  /// The field between pixels' centres, bilinear; beyond them as at the border.
  private double at(float[] field, double px, double py) {
    double u = Math.clamp(px - 0.5, 0, width - 1.0);
    double v = Math.clamp(py - 0.5, 0, height - 1.0);
    int column = Math.min((int) u, Math.max(width - 2, 0));
    int row = Math.min((int) v, Math.max(height - 2, 0));
    int right = Math.min(column + 1, width - 1);
    int below = Math.min(row + 1, height - 1);
    double s = u - column;
    double t = v - row;
    return (1 - t) * ((1 - s) * field[row * width + column] + s * field[row * width + right])
        + t * ((1 - s) * field[below * width + column] + s * field[below * width + right]);
  }
}
