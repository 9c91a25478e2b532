package fovea.core.kernel;

import fovea.core.array.NdArray;

/// Resampling, channel by channel: first along the columns of pixels, then along the rows.
final class JavaResampling {
  private JavaResampling() {}

  static void resample(NdArray x, Taps rows, Taps columns, NdArray y) {
    int width = columns.inputs();
    int outWidth = columns.outputs();
    var in = new double[Math.multiplyExact(rows.inputs(), width)];
    var between = new double[width];
    var out = new double[Math.multiplyExact(rows.outputs(), outWidth)];
    var from = new Cursor(x, Cursor.rowMajor(x));
    var to = new Cursor(y, Cursor.rowMajor(y));
    for (long plane = (long) x.shape().size(0) * x.shape().size(1); plane > 0; plane--) {
      from.load(in, in.length);
      for (int row = 0; row < rows.outputs(); row++) {
        for (int column = 0; column < width; column++) {
          between[column] = sum(rows, row, in, column, width);
        }
        for (int column = 0; column < outWidth; column++) {
          out[row * outWidth + column] = sum(columns, column, between, 0, 1);
        }
      }
      to.store(out, out.length);
    }
  }

  /// One output of a map, of inputs that lie `step` apart.
  private static double sum(Taps taps, int output, double[] inputs, int start, int step) {
    double sum = 0;
    for (int t = taps.start(output); t < taps.start(output + 1); t++) {
      sum += taps.weight(t) * inputs[start + taps.index(t) * step];
    }
    return sum;
  }
}
