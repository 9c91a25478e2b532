package fovea.core.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import fovea.core.array.NdArray;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Pooling, channel by channel.
///
/// The workspace of max pooling holds one int for each output, in row-major order of [N, C, OH,
/// OW]: the index in the input channel, row-major too, of the largest.
final class JavaPooling {
  private final Window window;
  private final int inDepth;
  private final int inHeight;
  private final int inWidth;
  private final int outDepth;
  private final int outHeight;
  private final int outWidth;
  private final long planes;
  private final double[] x;
  private final double[] y;

  private JavaPooling(NdArray x, NdArray y, Window window) {
    this.window = window.withRank(3);
    inDepth = x.shape().rank() == 5 ? x.shape().size(2) : 1;
    inHeight = x.shape().size(-2);
    inWidth = x.shape().size(-1);
    outDepth = y.shape().rank() == 5 ? y.shape().size(2) : 1;
    outHeight = y.shape().size(-2);
    outWidth = y.shape().size(-1);
    planes = (long) x.shape().size(0) * x.shape().size(1);
    this.x = new double[Math.multiplyExact(inDepth, Math.multiplyExact(inHeight, inWidth))];
    this.y = new double[Math.multiplyExact(outDepth, Math.multiplyExact(outHeight, outWidth))];
  }

  static long workspaceBytes(NdArray y) {
    return Math.multiplyExact(y.shape().elements(), Integer.BYTES);
  }

  static void max(NdArray x, Window window, NdArray y, @Nullable NdArray workspace) {
    new JavaPooling(x, y, window).max(x, y, workspace);
  }

  static void maxBackward(NdArray dy, NdArray workspace, Window window, NdArray dx) {
    new JavaPooling(dx, dy, window).maxBackward(dy, workspace, dx);
  }

  static void maxIndices(NdArray workspace, NdArray indices) {
    var out = new Cursor(indices, Cursor.rowMajor(indices));
    var v = new long[out.chunk()];
    try {
      var memory = workspace.segment();
      long at = workspace.offset();
      for (int n = out.ready(); n > 0; n = out.ready()) {
        for (int i = 0; i < n; i++, at += Integer.BYTES) {
          v[i] = memory.get(JAVA_INT_UNALIGNED, at);
        }
        out.store(v, n);
      }
    } finally {
      Reference.reachabilityFence(workspace);
    }
  }

  static void medianIndices(NdArray x, Window window, NdArray indices) {
    new JavaPooling(x, indices, window).medianIndices(x, indices);
  }

  static void average(NdArray x, Window window, boolean countPad, NdArray y) {
    new JavaPooling(x, y, window).average(x, countPad, y);
  }

  static void averageBackward(NdArray dy, Window window, boolean countPad, NdArray dx) {
    new JavaPooling(dx, dy, window).averageBackward(dy, countPad, dx);
  }

  private void max(NdArray from, NdArray to, @Nullable NdArray workspace) {
    var in = new Cursor(from, Cursor.rowMajor(from));
    var out = new Cursor(to, Cursor.rowMajor(to));
    var where = new int[y.length];
    for (long plane = 0; plane < planes; plane++) {
      in.load(x, x.length);
      Arrays.fill(y, Double.NEGATIVE_INFINITY);
      Arrays.fill(where, -1);
      forEachTap((at, i, n, step) -> takeLarger(at, i, n, step, where));
      out.store(y, y.length);
      if (workspace != null) {
        remember(where, workspace, plane);
      }
    }
  }

  private void takeLarger(int at, int i, int n, int step, int[] where) {
    for (int end = i + n; i < end; i++, at += step) {
      double v = x[at];
      double best = y[i];
      if (v > best || where[i] < 0 || (Double.isNaN(v) && !Double.isNaN(best))) {
        y[i] = v;
        where[i] = at;
      }
    }
  }

  private void maxBackward(NdArray dy, NdArray workspace, NdArray dx) {
    var in = new Cursor(dy, Cursor.rowMajor(dy));
    var out = new Cursor(dx, Cursor.rowMajor(dx));
    var where = new int[y.length];
    for (long plane = 0; plane < planes; plane++) {
      in.load(y, y.length);
      recall(where, workspace, plane);
      Arrays.fill(x, 0);
      for (int i = 0; i < where.length; i++) {
        x[where[i]] += y[i];
      }
      out.store(x, x.length);
    }
  }

  private void remember(int[] where, NdArray workspace, long plane) {
    try {
      long at = place(workspace, plane);
      MemorySegment.copy(where, 0, workspace.segment(), JAVA_INT_UNALIGNED, at, where.length);
    } finally {
      Reference.reachabilityFence(workspace);
    }
  }

  private void recall(int[] where, NdArray workspace, long plane) {
    try {
      long at = place(workspace, plane);
      MemorySegment.copy(workspace.segment(), JAVA_INT_UNALIGNED, at, where, 0, where.length);
    } finally {
      Reference.reachabilityFence(workspace);
    }
  }

  private long place(NdArray workspace, long plane) {
    return workspace.offset() + plane * y.length * Integer.BYTES;
  }

  private void medianIndices(NdArray from, NdArray to) {
    var in = new Cursor(from, Cursor.rowMajor(from));
    var out = new Cursor(to, Cursor.rowMajor(to));
    var counts = new int[y.length];
    var seen = new int[y.length][window.area()];
    var medians = new long[y.length];
    for (long plane = 0; plane < planes; plane++) {
      in.load(x, x.length);
      Arrays.fill(counts, 0);
      forEachTap(
          (at, i, n, step) -> {
            for (int end = i + n; i < end; i++, at += step) {
              insert(at, seen[i], counts[i]++);
            }
          });
      for (int i = 0; i < medians.length; i++) {
        medians[i] = seen[i][(counts[i] - 1) / 2];
      }
      store(medians, out);
    }
  }

  /// Into a list of places in the order of their values.
  private void insert(int place, int[] list, int size) {
    int i = size;
    while (i > 0 && Double.compare(x[list[i - 1]], x[place]) > 0) {
      list[i] = list[i - 1];
      i--;
    }
    list[i] = place;
  }

  private static void store(long[] values, Cursor out) {
    var chunk = new long[Math.max(1, out.chunk())];
    for (int done = 0; done < values.length; ) {
      int n = Math.min(values.length - done, out.ready());
      System.arraycopy(values, done, chunk, 0, n);
      out.store(chunk, n);
      done += n;
    }
  }

  private void average(NdArray from, boolean countPad, NdArray to) {
    var in = new Cursor(from, Cursor.rowMajor(from));
    var out = new Cursor(to, Cursor.rowMajor(to));
    var share = shares(countPad);
    for (long plane = 0; plane < planes; plane++) {
      in.load(x, x.length);
      Arrays.fill(y, 0);
      forEachTap(
          (at, i, n, step) -> {
            for (int end = i + n; i < end; i++, at += step) {
              y[i] += x[at];
            }
          });
      for (int i = 0; i < y.length; i++) {
        y[i] *= share[i];
      }
      out.store(y, y.length);
    }
  }

  private void averageBackward(NdArray dy, boolean countPad, NdArray dx) {
    var in = new Cursor(dy, Cursor.rowMajor(dy));
    var out = new Cursor(dx, Cursor.rowMajor(dx));
    var share = shares(countPad);
    for (long plane = 0; plane < planes; plane++) {
      in.load(y, y.length);
      for (int i = 0; i < y.length; i++) {
        y[i] *= share[i];
      }
      Arrays.fill(x, 0);
      forEachTap(
          (at, i, n, step) -> {
            for (int end = i + n; i < end; i++, at += step) {
              x[at] += y[i];
            }
          });
      out.store(x, x.length);
    }
  }

  /// 1 / the number of values that each output is the mean of.
  private double[] shares(boolean countPad) {
    var counts = new double[y.length];
    if (countPad) {
      Arrays.fill(counts, window.area());
    } else {
      forEachTap(
          (at, i, n, step) -> {
            for (int end = i + n; i < end; i++) {
              counts[i]++;
            }
          });
    }
    for (int i = 0; i < counts.length; i++) {
      counts[i] = 1 / counts[i];
    }
    return counts;
  }

  private interface Run {
    /// Outputs `i` … `i + n − 1` see inputs `at`, `at + step`, …
    void at(int at, int i, int n, int step);
  }

  /// For each output row and each tap of the window, in row-major order, the run of outputs for
  /// which the tap lies on the image and not on the padding.
  private void forEachTap(Run run) {
    var depth = window.axis(0);
    for (int slice = 0; slice < outDepth; slice++) {
      for (int row = 0; row < outHeight; row++) {
        for (int kd = 0; kd < depth.taps(); kd++) {
          int d = slice * depth.stride() - depth.before() + kd * depth.dilation();
          for (int kh = 0; kh < window.height(); kh++) {
            int h = row * window.strideH() - window.padTop() + kh * window.dilationH();
            if (d >= 0 && d < inDepth && h >= 0 && h < inHeight) {
              forEachTap(d * inHeight + h, slice * outHeight + row, run);
            }
          }
        }
      }
    }
  }

  /// The same within one row of inputs and one of outputs.
  private void forEachTap(int in, int out, Run run) {
    int step = window.strideW();
    for (int kw = 0; kw < window.width(); kw++) {
      int shift = kw * window.dilationW() - window.padLeft();
      int first = Math.max(0, Math.ceilDiv(-shift, step));
      int end = Math.min(outWidth, Math.floorDiv(inWidth - 1 - shift, step) + 1);
      if (first < end) {
        run.at(in * inWidth + first * step + shift, out * outWidth + first, end - first, step);
      }
    }
  }
}
