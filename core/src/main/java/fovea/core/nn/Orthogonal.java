package fovea.core.nn;

import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.tensor.Tensor;

/// Random orthogonal matrices: normal vectors, each made orthogonal to those before it (Gram and
/// Schmidt, modified, twice, which leaves nothing but rounding: Giraud et al. 2005).
final class Orthogonal {
  private Orthogonal() {}

  static Tensor draw(Rng rng, Shape shape, double gain) {
    int rows = shape.size(0);
    int columns = rows == 0 ? 0 : Math.toIntExact(shape.elements() / rows);
    boolean tall = rows > columns;
    var vectors = new double[Math.min(rows, columns)][Math.max(rows, columns)];
    for (int i = 0; i < vectors.length; i++) {
      for (int k = 0; k < vectors[i].length; k++) {
        vectors[i][k] = rng.nextGaussian();
      }
      for (int pass = 0; pass < 2; pass++) {
        for (int j = 0; j < i; j++) {
          subtract(vectors[i], dot(vectors[i], vectors[j]), vectors[j]);
        }
      }
      double length = Math.sqrt(dot(vectors[i], vectors[i]));
      for (int k = 0; k < vectors[i].length; k++) {
        vectors[i][k] /= length;
      }
    }
    var values = new double[rows * columns];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        values[row * columns + column] =
            gain * (tall ? vectors[column][row] : vectors[row][column]);
      }
    }
    return Tensor.of(values, shape);
  }

  private static double dot(double[] a, double[] b) {
    // Four sums side by side: a single one would wait for each addition to finish.
    var sums = new double[4];
    int k = 0;
    for (; k + 3 < a.length; k += 4) {
      sums[0] += a[k] * b[k];
      sums[1] += a[k + 1] * b[k + 1];
      sums[2] += a[k + 2] * b[k + 2];
      sums[3] += a[k + 3] * b[k + 3];
    }
    for (; k < a.length; k++) {
      sums[0] += a[k] * b[k];
    }
    return sums[0] + sums[1] + sums[2] + sums[3];
  }

  private static void subtract(double[] a, double factor, double[] b) {
    for (int k = 0; k < a.length; k++) {
      a[k] -= factor * b[k];
    }
  }
}
