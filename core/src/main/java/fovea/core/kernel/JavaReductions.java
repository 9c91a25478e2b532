package fovea.core.kernel;

import fovea.core.array.NdArray;

/// Reductions, and softmax, which is one along an axis followed by a division.
final class JavaReductions {
  /// Elements of a block of rows, where rows are not longer than that.
  private static final int BLOCK = 1024;

  private JavaReductions() {}

  static void reduce(Reduction f, NdArray x, NdArray y) {
    var order = Cursor.memoryOrder(x);
    var reduced = new boolean[order.length];
    for (int axis = 0; axis < order.length; axis++) {
      reduced[axis] = x.shape().size(axis) != y.shape().size(axis);
    }
    var in = new Cursor(x, order);
    var result = Accumulator.reduce(f, x.shape(), order, reduced, in::load);
    new Cursor(y, order).store(result, result.length);
  }

  static void argMax(NdArray x, int axis, NdArray y) {
    int size = x.shape().size(axis);
    var order = Cursor.innermost(x.shape().axis(axis), Cursor.memoryOrder(x));
    var in = new Cursor(x, order);
    var out = new Cursor(y, order);
    var row = new double[size];
    var at = new long[1];
    for (long rows = y.shape().elements(); rows > 0; rows--) {
      in.load(row, size);
      at[0] = argMax(row);
      out.store(at, 1);
    }
  }

  private static int argMax(double[] row) {
    int best = 0;
    for (int i = 0; i < row.length; i++) {
      if (Double.isNaN(row[i])) {
        return i;
      }
      if (row[i] > row[best]) {
        best = i;
      }
    }
    return best;
  }

  static void softmax(NdArray x, int axis, boolean log, NdArray y) {
    int size = x.shape().size(axis);
    var order = Cursor.innermost(x.shape().axis(axis), Cursor.memoryOrder(y));
    var in = new Cursor(x, order);
    var out = new Cursor(y, order);
    int rows = Math.max(1, BLOCK / Math.max(1, size));
    var v = new double[rows * size];
    for (long left = y.shape().elements(); left > 0; ) {
      int n = (int) Math.min(left, v.length);
      in.load(v, n);
      for (int from = 0; from < n; from += size) {
        softmax(v, from, from + size, log);
      }
      out.store(v, n);
      left -= n;
    }
  }

  private static void softmax(double[] v, int from, int to, boolean log) {
    // exp(x − max) / Σ exp(x − max) is the same quotient, and cannot overflow.
    double max = Double.NEGATIVE_INFINITY;
    for (int i = from; i < to; i++) {
      max = Math.max(max, v[i]);
    }
    double sum = 0;
    if (log) {
      for (int i = from; i < to; i++) {
        v[i] -= max;
        sum += Math.exp(v[i]);
      }
      double logSum = Math.log(sum);
      for (int i = from; i < to; i++) {
        v[i] -= logSum;
      }
    } else {
      for (int i = from; i < to; i++) {
        v[i] = Math.exp(v[i] - max);
        sum += v[i];
      }
      for (int i = from; i < to; i++) {
        v[i] /= sum;
      }
    }
  }

  static void softmaxBackward(NdArray y, NdArray dy, int axis, boolean log, NdArray dx) {
    int size = y.shape().size(axis);
    var order = Cursor.innermost(y.shape().axis(axis), Cursor.memoryOrder(dx));
    var result = new Cursor(y, order);
    var in = new Cursor(dy, order);
    var out = new Cursor(dx, order);
    int rows = Math.max(1, BLOCK / Math.max(1, size));
    var v = new double[rows * size];
    var d = new double[rows * size];
    for (long left = dx.shape().elements(); left > 0; ) {
      int n = (int) Math.min(left, v.length);
      result.load(v, n);
      in.load(d, n);
      for (int from = 0; from < n; from += size) {
        softmaxBackward(v, d, from, from + size, log);
      }
      out.store(d, n);
      left -= n;
    }
  }

  private static void softmaxBackward(double[] y, double[] d, int from, int to, boolean log) {
    double sum = 0;
    if (log) {
      for (int i = from; i < to; i++) {
        sum += d[i];
      }
      for (int i = from; i < to; i++) {
        d[i] -= Math.exp(y[i]) * sum;
      }
    } else {
      for (int i = from; i < to; i++) {
        sum += y[i] * d[i];
      }
      for (int i = from; i < to; i++) {
        d[i] = y[i] * (d[i] - sum);
      }
    }
  }
}
