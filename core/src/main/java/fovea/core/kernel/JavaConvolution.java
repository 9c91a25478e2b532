package fovea.core.kernel;

import fovea.core.array.NdArray;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Convolution as a matrix product, one image and one block of output pixels at a time. The block's
/// *patches* are the input values under the window: one row for each tap (a channel and a place in
/// the window), one column for each output pixel. With w [K, taps]:
///
/// - forward: y [K, pixels] = w · patches
/// - backward to the data: patches' gradient = wᵀ · dy, added up where windows overlap
/// - backward to the weights: dw = Σ over images and blocks of dy · patchesᵀ
///
/// Both types are computed in double. An image in double and a block of patches of about 1 MiB are
/// held at a time.
final class JavaConvolution {
  private static final int PATCHES = 1 << 17;

  private final Window window;
  private final int groups;
  private final int channels;
  private final int taps;
  private final int filters;
  private final int inDepth;
  private final int inHeight;
  private final int inWidth;
  private final int outHeight;
  private final int outWidth;
  private final int pixels;
  private final int block;
  private final int images;
  // An image with its padding, so that no tap has to look whether it lies inside.
  private final int paddedHeight;
  private final int paddedWidth;
  private final double[][] padded;
  private final double[] plane;

  private JavaConvolution(NdArray x, NdArray w, NdArray y, Window window, int groups) {
    this.window = window.withRank(3);
    this.groups = groups;
    var xs = x.shape();
    var ys = y.shape();
    images = xs.size(0);
    channels = xs.size(1) / groups;
    filters = ys.size(1) / groups;
    inDepth = xs.rank() == 5 ? xs.size(2) : 1;
    inHeight = xs.size(-2);
    inWidth = xs.size(-1);
    outHeight = ys.size(-2);
    outWidth = ys.size(-1);
    int slice = Math.multiplyExact(outHeight, outWidth);
    pixels = Math.multiplyExact(ys.rank() == 5 ? ys.size(2) : 1, slice);
    taps = Math.multiplyExact(channels, window.area());
    assert w.shape().size(1) == channels;
    block = Math.max(1, Math.min(pixels, Math.max(64, PATCHES / Math.max(1, taps))));
    paddedWidth = window.padLeft() + inWidth + window.padRight();
    paddedHeight = window.padTop() + inHeight + window.padBottom();
    var depth = this.window.axis(0);
    int paddedDepth = depth.before() + inDepth + depth.after();
    int paddedSlice = Math.multiplyExact(paddedHeight, paddedWidth);
    padded = new double[xs.size(1)][Math.multiplyExact(paddedDepth, paddedSlice)];
    plane = new double[Math.multiplyExact(inDepth, Math.multiplyExact(inHeight, inWidth))];
  }

  static void forward(
      NdArray x, NdArray w, @Nullable NdArray bias, Window window, int groups, NdArray y) {
    new JavaConvolution(x, w, y, window, groups).forward(x, w, bias, y);
  }

  static void backwardData(NdArray dy, NdArray w, Window window, int groups, NdArray dx) {
    new JavaConvolution(dx, w, dy, window, groups).backwardData(dy, w, dx);
  }

  static void backwardWeights(
      NdArray x, NdArray dy, Window window, int groups, NdArray dw, @Nullable NdArray dbias) {
    new JavaConvolution(x, dw, dy, window, groups).backwardWeights(x, dy, dw, dbias);
  }

  private void forward(NdArray x, NdArray w, @Nullable NdArray bias, NdArray y) {
    var weights = new double[groups * filters][taps];
    load(new Cursor(w, Cursor.rowMajor(w)), weights, taps);
    var start = bias == null ? new double[groups * filters] : bias.toDoubles();
    var in = new Cursor(x, Cursor.rowMajor(x));
    var out = new Cursor(y, Cursor.rowMajor(y));
    var patches = new double[taps][block];
    var results = new double[filters][block];
    var image = new double[groups * filters][pixels];
    for (int n = 0; n < images; n++) {
      loadImage(in);
      for (int g = 0; g < groups; g++) {
        var w1 = Arrays.copyOfRange(weights, g * filters, (g + 1) * filters);
        for (int from = 0; from < pixels; from += block) {
          int count = Math.min(block, pixels - from);
          patches(g, from, count, patches);
          for (int k = 0; k < filters; k++) {
            Arrays.fill(results[k], 0, count, start[g * filters + k]);
          }
          Products.multiplyAdd(w1, patches, results, filters, taps, count);
          for (int k = 0; k < filters; k++) {
            System.arraycopy(results[k], 0, image[g * filters + k], from, count);
          }
        }
      }
      for (var result : image) {
        out.store(result, pixels);
      }
    }
  }

  private void backwardData(NdArray dy, NdArray w, NdArray dx) {
    var weights = new double[groups * filters][taps];
    load(new Cursor(w, Cursor.rowMajor(w)), weights, taps);
    var transposed = new double[groups][taps][filters];
    for (int k = 0; k < groups * filters; k++) {
      for (int t = 0; t < taps; t++) {
        transposed[k / filters][t][k % filters] = weights[k][t];
      }
    }
    var in = new Cursor(dy, Cursor.rowMajor(dy));
    var out = new Cursor(dx, Cursor.rowMajor(dx));
    var patches = new double[taps][block];
    var gradients = new double[filters][block];
    var image = new double[groups * filters][pixels];
    for (int n = 0; n < images; n++) {
      load(in, image, pixels);
      for (var p : padded) {
        Arrays.fill(p, 0);
      }
      for (int g = 0; g < groups; g++) {
        for (int from = 0; from < pixels; from += block) {
          int count = Math.min(block, pixels - from);
          for (int k = 0; k < filters; k++) {
            System.arraycopy(image[g * filters + k], from, gradients[k], 0, count);
          }
          for (var row : patches) {
            Arrays.fill(row, 0, count, 0);
          }
          Products.multiplyAdd(transposed[g], gradients, patches, taps, filters, count);
          addPatches(g, from, count, patches);
        }
      }
      storeImage(out);
    }
  }

  private void backwardWeights(NdArray x, NdArray dy, NdArray dw, @Nullable NdArray dbias) {
    var weights = new double[groups * filters][taps];
    var biases = new double[groups * filters];
    var in = new Cursor(x, Cursor.rowMajor(x));
    var gradientsIn = new Cursor(dy, Cursor.rowMajor(dy));
    var patches = new double[taps][block];
    var transposed = new double[block][taps];
    var gradients = new double[filters][block];
    var image = new double[groups * filters][pixels];
    for (int n = 0; n < images; n++) {
      loadImage(in);
      load(gradientsIn, image, pixels);
      for (int k = 0; k < biases.length; k++) {
        biases[k] += Accumulator.sum(image[k], 0, pixels);
      }
      for (int g = 0; g < groups; g++) {
        var sums = Arrays.copyOfRange(weights, g * filters, (g + 1) * filters);
        for (int from = 0; from < pixels; from += block) {
          int count = Math.min(block, pixels - from);
          patches(g, from, count, patches);
          transpose(patches, transposed, taps, count);
          for (int k = 0; k < filters; k++) {
            System.arraycopy(image[g * filters + k], from, gradients[k], 0, count);
          }
          Products.multiplyAdd(gradients, transposed, sums, filters, count, taps);
        }
      }
    }
    var out = new Cursor(dw, Cursor.rowMajor(dw));
    for (var row : weights) {
      out.store(row, taps);
    }
    if (dbias != null) {
      new Cursor(dbias, Cursor.rowMajor(dbias)).store(biases, biases.length);
    }
  }

  private static void load(Cursor in, double[][] rows, int columns) {
    for (var row : rows) {
      in.load(row, columns);
    }
  }

  private static void transpose(double[][] from, double[][] to, int rows, int columns) {
    for (int i = 0; i < rows; i++) {
      var row = from[i];
      for (int j = 0; j < columns; j++) {
        to[j][i] = row[j];
      }
    }
  }

  private void loadImage(Cursor in) {
    for (var p : padded) {
      in.load(plane, plane.length);
      for (int i = 0; i < inDepth * inHeight; i++) {
        System.arraycopy(plane, i * inWidth, p, inside(i), inWidth);
      }
    }
  }

  private void storeImage(Cursor out) {
    for (var p : padded) {
      for (int i = 0; i < inDepth * inHeight; i++) {
        System.arraycopy(p, inside(i), plane, i * inWidth, inWidth);
      }
      out.store(plane, plane.length);
    }
  }

  /// Where row `i` of the image, counted through all slices, starts in the padded one.
  private int inside(int i) {
    int slice = window.axis(0).before() + i / inHeight;
    return (slice * paddedHeight + window.padTop() + i % inHeight) * paddedWidth + window.padLeft();
  }

  private interface Taps {
    /// Outputs `i` … `i + n − 1` of a block see, by tap `t`, the places `at`, `at + stride`, … of
    /// the padded image.
    void at(int t, int at, int i, int n);
  }

  /// The runs of output pixels `from` … `from + count − 1`, for each tap of the window on one
  /// channel; the first tap has number `t`.
  private void forEachTap(int t, int from, int count, Taps taps) {
    var depth = window.axis(0);
    for (int kd = 0; kd < depth.taps(); kd++) {
      for (int kh = 0; kh < window.height(); kh++) {
        for (int kw = 0; kw < window.width(); kw++) {
          for (int done = 0; done < count; ) {
            int column = (from + done) % outWidth;
            int row = (from + done) / outWidth;
            int slice = row / outHeight * depth.stride() + kd * depth.dilation();
            int line = row % outHeight * window.strideH() + kh * window.dilationH();
            int run = Math.min(outWidth - column, count - done);
            int at = column * window.strideW() + kw * window.dilationW();
            taps.at(t, (slice * paddedHeight + line) * paddedWidth + at, done, run);
            done += run;
          }
          t++;
        }
      }
    }
  }

  /// The patches of output pixels `from` … `from + count − 1`.
  private void patches(int group, int from, int count, double[][] patches) {
    int step = window.strideW();
    for (int c = 0; c < channels; c++) {
      var p = padded[group * channels + c];
      forEachTap(
          c * window.area(),
          from,
          count,
          (t, at, start, n) -> {
            var row = patches[t];
            if (step == 1) {
              System.arraycopy(p, at, row, start, n);
            } else {
              for (int i = 0; i < n; i++) {
                row[start + i] = p[at + i * step];
              }
            }
          });
    }
  }

  /// The reverse of [#patches]: adds them to where they were taken from.
  private void addPatches(int group, int from, int count, double[][] patches) {
    int step = window.strideW();
    for (int c = 0; c < channels; c++) {
      var p = padded[group * channels + c];
      forEachTap(
          c * window.area(),
          from,
          count,
          (t, at, start, n) -> {
            var row = patches[t];
            for (int i = 0; i < n; i++) {
              p[at + i * step] += row[start + i];
            }
          });
    }
  }
}
