package fovea.core.tensor;

import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Kernels;
import fovea.core.kernel.Window;
import org.jspecify.annotations.Nullable;

/// Convolution of images, in the field's sense: cross-correlation, the filter is not flipped.
public final class Convolution {
  private Convolution() {}

  /// y[n, k, i, j] = b[k] + Σ over c, u, v of w[k, c, u, v] · x[n, c, i·stride + u·dilation − pad,
  /// …].
  ///
  /// **Shapes**: `x [N, C, H, W]`, `w [K, C/groups, KH, KW]`, `b [K]` → `y [N, K, OH, OW]`, OH as
  /// [Window#outHeight].
  ///
  /// @param window its height and width are the weight's
  /// @param groups parts into which channels and filters are split, each convolved alone
  /// @throws ShapeException when channels, filters, groups, window or bias do not fit, or nothing
  ///   of the padded image is left to put the window on
  public static Tensor conv2d(
      Tensor x, Tensor w, @Nullable Tensor bias, Window window, int groups) {
    check(x, w, bias, window, groups);
    return compute(Precision.input(x), w, bias, window, groups);
  }

  private static Tensor compute(
      Tensor x, Tensor w, @Nullable Tensor bias, Window window, int groups) {
    var shape =
        Shape.of(
            x.shape().size(0),
            w.shape().size(0),
            window.outHeight(x.shape().size(2)),
            window.outWidth(x.shape().size(3)));
    var y = NdArray.channelsLast(x.dtype(), shape);
    Kernels.best()
        .convolution(x.array(), w.array(), bias == null ? null : bias.array(), window, groups, y);
    var op = new Conv2d(x, w, bias, window, groups);
    return bias == null ? Graph.record(y, op, x, w) : Graph.record(y, op, x, w, bias);
  }

  /// As the full form, without groups.
  public static Tensor conv2d(Tensor x, Tensor w, @Nullable Tensor bias, Window window) {
    return conv2d(x, w, bias, window, 1);
  }

  private static void check(Tensor x, Tensor w, @Nullable Tensor bias, Window window, int groups) {
    var xs = x.shape();
    var ws = w.shape();
    if (xs.rank() != 4) {
      throw new ShapeException("conv2d", "input " + xs + " is not [N, C, H, W]");
    }
    if (ws.rank() != 4) {
      throw new ShapeException("conv2d", "weight " + ws + " is not [K, C/groups, KH, KW]");
    }
    if (groups < 1 || ws.size(0) % groups != 0) {
      throw new ShapeException(
          "conv2d", ws.size(0) + " filters cannot be split into " + groups + " groups");
    }
    if (xs.size(1) != ws.size(1) * groups) {
      throw new ShapeException(
          "conv2d",
          "input %s has %d channels, weight %s expects %d%s"
              .formatted(
                  xs,
                  xs.size(1),
                  ws,
                  ws.size(1) * groups,
                  groups == 1 ? "" : " in " + groups + " groups"));
    }
    if (ws.size(2) != window.height() || ws.size(3) != window.width()) {
      throw new ShapeException(
          "conv2d",
          "weight %s has not the window's size %d×%d"
              .formatted(ws, window.height(), window.width()));
    }
    if (bias != null && !bias.shape().equals(Shape.of(ws.size(0)))) {
      throw new ShapeException("conv2d", "bias " + bias.shape() + " must be [" + ws.size(0) + "]");
    }
    if (!Precision.fits(x.dtype(), w.dtype())) {
      throw new ShapeException(
          "conv2d",
          "input and weight must have one floating type, not " + x.dtype() + " and " + w.dtype());
    }
    if (bias != null && bias.dtype() != w.dtype()) {
      throw new ShapeException(
          "conv2d", "the weight is " + w.dtype() + ", the bias " + bias.dtype());
    }
    checkFits("conv2d", xs, window);
  }

  static void checkFits(String operation, Shape x, Window window) {
    if (window.outHeight(x.size(2)) < 1 || window.outWidth(x.size(3)) < 1) {
      throw new ShapeException(
          operation,
          "input %s, padded by %d+%d rows and %d+%d columns, is smaller than the %d×%d window%s"
              .formatted(
                  x,
                  window.padTop(),
                  window.padBottom(),
                  window.padLeft(),
                  window.padRight(),
                  window.height(),
                  window.width(),
                  window.dilationH() > 1 || window.dilationW() > 1 ? " with its dilation" : ""));
    }
  }

  /// y = x ⋆ w + b. Its gradients are two more linear maps; the three are closed under
  /// differentiation.
  private record Conv2d(Tensor x, Tensor w, @Nullable Tensor bias, Window window, int groups)
      implements Backward {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      var dx = x.requiresGrad() ? data(gradient, w, window, groups, x) : null;
      if (bias == null) {
        return new @Nullable Tensor[] {
          dx, w.requiresGrad() ? weights(x, gradient, window, groups, w) : null
        };
      }
      if (Graph.isRecording() || !w.requiresGrad() || !bias.requiresGrad()) {
        return new @Nullable Tensor[] {
          dx,
          w.requiresGrad() ? weights(x, gradient, window, groups, w) : null,
          bias.requiresGrad() ? gradient.to(bias.dtype()).sum(0, 2, 3) : null
        };
      }
      var dw = NdArray.allocate(w.dtype(), w.shape());
      var db = NdArray.allocate(w.dtype(), bias.shape());
      Kernels.best()
          .convolutionBackwardWeights(x.array(), gradient.array(), window, groups, dw, db);
      return new @Nullable Tensor[] {dx, new Tensor(dw, false), new Tensor(db, false)};
    }
  }

  /// The gradient with respect to the input, of x's shape: the convolution's transpose.
  private static Tensor data(Tensor dy, Tensor w, Window window, int groups, Tensor x) {
    var dx = NdArray.channelsLast(dy.dtype(), x.shape());
    Kernels.best().convolutionBackwardData(dy.array(), w.array(), window, groups, dx);
    return Graph.record(dx, new Conv2dData(dy, w, window, groups), dy, w);
  }

  private record Conv2dData(Tensor dy, Tensor w, Window window, int groups) implements Backward {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return new @Nullable Tensor[] {
        dy.requiresGrad() ? compute(gradient, w, null, window, groups) : null,
        w.requiresGrad() ? weights(gradient, dy, window, groups, w) : null
      };
    }
  }

  /// The gradient with respect to the weight.
  private static Tensor weights(Tensor x, Tensor dy, Window window, int groups, Tensor w) {
    var dw = NdArray.allocate(w.dtype(), w.shape());
    Kernels.best().convolutionBackwardWeights(x.array(), dy.array(), window, groups, dw, null);
    return Graph.record(dw, new Conv2dWeights(x, dy, window, groups), x, dy);
  }

  private record Conv2dWeights(Tensor x, Tensor dy, Window window, int groups) implements Backward {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return new @Nullable Tensor[] {
        x.requiresGrad() ? data(dy, gradient, window, groups, x) : null,
        dy.requiresGrad() ? compute(x, gradient, null, window, groups) : null
      };
    }
  }
}
