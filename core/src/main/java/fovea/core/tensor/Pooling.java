package fovea.core.tensor;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Kernels;
import fovea.core.kernel.Window;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Pooling of images: one number for each place of a window, each channel by itself.
///
/// **Shapes**: `x [N, C, H, W]` → `y [N, C, OH, OW]`, OH as [Window#outHeight]. Padding may be at
/// most half the window, so that no window lies in padding alone.
public final class Pooling {
  private Pooling() {}

  /// The largest value under the window; padding is never taken. At a tie the gradient goes to the
  /// first.
  public static Tensor maxPool2d(Tensor x, Window window) {
    var y = result("maxPool2d", x, window);
    var kernels = Kernels.best();
    if (!x.requiresGrad() || !Graph.isRecording()) {
      y.storage().origin("maxPool2d");
      kernels.maxPool(x.array(), window, y, null);
      return new Tensor(y, false);
    }
    long bytes = kernels.maxPoolWorkspaceBytes(x.array(), window, y);
    var workspace = NdArray.allocate(DType.U8, Shape.of(Math.toIntExact(bytes)));
    workspace.storage().origin("maxPool2d's workspace");
    kernels.maxPool(x.array(), window, y, workspace);
    return Graph.record(y, new MaxPool2d(x, workspace, window), x);
  }

  private record MaxPool2d(Tensor x, NdArray workspace, Window window) implements Backward {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return new @Nullable Tensor[] {maxPoolBackward(gradient, x, workspace, window)};
    }
  }

  private static Tensor maxPoolBackward(Tensor dy, Tensor x, NdArray workspace, Window window) {
    var dx = NdArray.like(x.array(), x.dtype());
    Kernels.best().maxPoolBackward(dy.array(), workspace, window, dx);
    return Graph.record(dx, new MaxPool2dData(x.detach(), window), dy);
  }

  /// Picks what was largest in x out of the gradient: written with shifted slices of the padded
  /// image, one for each tap, since the workspace is the kernels' own secret.
  private record MaxPool2dData(Tensor x, Window window) implements Backward {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      var padded = padded(x, window, Double.NEGATIVE_INFINITY);
      var values = padded(gradient, window, 0);
      Tensor best = null;
      Tensor picked = null;
      for (int i = 0; i < window.height(); i++) {
        for (int j = 0; j < window.width(); j++) {
          var tap = tap(padded, x.shape(), window, i, j);
          var value = tap(values, x.shape(), window, i, j);
          if (best == null || picked == null) {
            best = tap;
            picked = value;
          } else {
            var larger = tap.gt(best);
            best = Tensor.where(larger, tap, best);
            picked = Tensor.where(larger, value, picked);
          }
        }
      }
      return new @Nullable Tensor[] {picked};
    }
  }

  private static Tensor padded(Tensor x, Window w, double value) {
    return x.pad(2, w.padTop(), w.padBottom(), value).pad(3, w.padLeft(), w.padRight(), value);
  }

  /// What tap (i, j) sees at each place of the window.
  private static Tensor tap(Tensor padded, Shape x, Window w, int i, int j) {
    int rows = (w.outHeight(x.size(2)) - 1) * w.strideH() + 1;
    int columns = (w.outWidth(x.size(3)) - 1) * w.strideW() + 1;
    int top = i * w.dilationH();
    int left = j * w.dilationW();
    return padded
        .slice(2, top, top + rows, w.strideH())
        .slice(3, left, left + columns, w.strideW());
  }

  /// The mean under the window; padding counts as zeros (PyTorch's and the field's default).
  public static Tensor avgPool2d(Tensor x, Window window) {
    return avgPool2d(x, window, true);
  }

  /// The mean under the window.
  ///
  /// @param countPad whether padding counts as zeros, else it is left out of the mean
  public static Tensor avgPool2d(Tensor x, Window window, boolean countPad) {
    var y = result("avgPool2d", x, window);
    Kernels.best().averagePool(x.array(), window, countPad, y);
    return Graph.record(y, new AvgPool2d(x.shape(), window, countPad), x);
  }

  private record AvgPool2d(Shape x, Window window, boolean countPad) implements Backward {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      var dx = NdArray.channelsLast(gradient.dtype(), x);
      Kernels.best().averagePoolBackward(gradient.array(), window, countPad, dx);
      return new @Nullable Tensor[] {
        Graph.record(dx, new AvgPool2dData(window, countPad), gradient)
      };
    }
  }

  private record AvgPool2dData(Window window, boolean countPad) implements Backward {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return new @Nullable Tensor[] {avgPool2d(gradient, window, countPad)};
    }
  }

  /// The mean over each of height × width parts of the image. Part i of n of H rows reaches from
  /// ⌊i·H/n⌋ to ⌈(i + 1)·H/n⌉: parts overlap where H is no multiple of n, as in PyTorch.
  ///
  /// **Shapes**: `x [N, C, H, W]` → `y [N, C, height, width]`.
  ///
  /// @throws ShapeException when x is not such an image, or empty, or the output has no pixel
  public static Tensor adaptiveAvgPool2d(Tensor x, int height, int width) {
    var shape = x.shape();
    if (shape.rank() != 4 || shape.size(2) < 1 || shape.size(3) < 1) {
      throw new ShapeException(
          "adaptiveAvgPool2d", "input " + shape + " is not [N, C, H, W] with at least one pixel");
    }
    if (height < 1 || width < 1) {
      throw new ShapeException(
          "adaptiveAvgPool2d", "the output has at least one pixel, not " + height + "×" + width);
    }
    int rows = shape.size(2) / height;
    int columns = shape.size(3) / width;
    if (rows * height == shape.size(2) && columns * width == shape.size(3)) {
      return avgPool2d(x, Window.of(rows, columns).stride(rows, columns));
    }
    // A mean over a rectangle is one of rows after one of columns: two matrix products.
    var overColumns = parts(shape.size(3), width, x.dtype()).transpose(0, 1);
    return parts(shape.size(2), height, x.dtype()).matmul(x.matmul(overColumns));
  }

  /// [n, size]: row i is 1/length over part i, else 0.
  private static Tensor parts(int size, int n, DType dtype) {
    var weights = new double[n * size];
    for (int i = 0; i < n; i++) {
      int from = Math.toIntExact((long) i * size / n);
      int to = Math.toIntExact(Math.ceilDiv((i + 1L) * size, n));
      Arrays.fill(weights, i * size + from, i * size + to, 1.0 / (to - from));
    }
    return Tensor.of(weights, Shape.of(n, size)).to(dtype);
  }

  private static NdArray result(String operation, Tensor x, Window w) {
    var shape = x.shape();
    if (shape.rank() != 4) {
      throw new ShapeException(operation, "input " + shape + " is not [N, C, H, W]");
    }
    if (!x.dtype().isFloating()) {
      throw new ShapeException(operation, "needs a floating type, not " + x.dtype());
    }
    if (2 * Math.max(w.padTop(), w.padBottom()) > w.height()
        || 2 * Math.max(w.padLeft(), w.padRight()) > w.width()) {
      throw new ShapeException(
          operation,
          "padding of %d+%d rows and %d+%d columns is more than half of the %d×%d window"
              .formatted(
                  w.padTop(), w.padBottom(), w.padLeft(), w.padRight(), w.height(), w.width()));
    }
    Convolution.checkFits(operation, shape, w);
    if (!seesImage(
            w.height(),
            w.padTop(),
            w.strideH(),
            w.dilationH(),
            shape.size(2),
            w.outHeight(shape.size(2)))
        || !seesImage(
            w.width(),
            w.padLeft(),
            w.strideW(),
            w.dilationW(),
            shape.size(3),
            w.outWidth(shape.size(3)))) {
      throw new ShapeException(
          operation,
          "input %s is so small that a %d×%d window would lie in the padding alone"
              .formatted(shape, w.height(), w.width()));
    }
    var y =
        Shape.of(
            shape.size(0), shape.size(1), w.outHeight(shape.size(2)), w.outWidth(shape.size(3)));
    return x.array().isContiguous() && shape.size(1) > 1
        ? NdArray.allocate(x.dtype(), y)
        : NdArray.channelsLast(x.dtype(), y);
  }

  /// Whether every place of the window has a tap inside, along one axis. Padding of at most half
  /// the window ensures it, but where dilation lets the taps jump over the whole image.
  private static boolean seesImage(
      int taps, int pad, int stride, int dilation, int size, int places) {
    for (int place = 0; place < places; place++) {
      boolean inside = false;
      for (int tap = 0; tap < taps; tap++) {
        int at = place * stride - pad + tap * dilation;
        inside |= at >= 0 && at < size;
      }
      if (!inside) {
        return false;
      }
    }
    return true;
  }
}
