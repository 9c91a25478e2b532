package fovea.core.tensor;

import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Binary;
import fovea.core.kernel.Kernels;
import fovea.core.kernel.Norm;
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
    var y = result(x, w, window);
    Kernels.best()
        .convolution(x.array(), w.array(), bias == null ? null : bias.array(), window, groups, y);
    var op = new Conv2d(x, w, bias, window, groups);
    return bias == null ? Graph.record(y, op, x, w) : Graph.record(y, op, x, w, bias);
  }

  /// As [#conv2d], followed by batch norm with given statistics, the addition of `residual`, and
  /// ReLU, as far as they are wanted: in one pass, outside of any graph.
  ///
  /// @param norm of K channels
  /// @param residual of the result's shape
  /// @throws IllegalStateException while operations are recorded
  public static Tensor conv2dThen(
      Tensor x,
      Tensor w,
      @Nullable Tensor bias,
      Window window,
      int groups,
      @Nullable Norm norm,
      @Nullable Tensor residual,
      boolean relu) {
    if (Graph.isRecording()) {
      throw new IllegalStateException("conv2dThen has no gradient; use it for inference");
    }
    check(x, w, bias, window, groups);
    var input = Precision.input(x);
    var y = result(input, w, window);
    y.storage().origin("conv2d");
    if (residual != null && !residual.shape().equals(y.shape())) {
      throw new ShapeException(
          "conv2d", "the residual " + residual.shape() + " must be " + y.shape());
    }
    var added = residual == null ? null : residual.to(y.dtype());
    Kernels.best()
        .convolutionThen(
            input.array(),
            w.array(),
            bias == null ? null : bias.array(),
            window,
            groups,
            norm,
            added == null ? null : added.array(),
            relu,
            y);
    return new Tensor(y, false);
  }

  private static NdArray result(Tensor x, Tensor w, Window window) {
    var shape =
        Shape.of(
            x.shape().size(0),
            w.shape().size(0),
            window.outHeight(x.shape().size(2)),
            window.outWidth(x.shape().size(3)));
    return NdArray.channelsLast(x.dtype(), shape);
  }

  /// As the full form, without groups.
  public static Tensor conv2d(Tensor x, Tensor w, @Nullable Tensor bias, Window window) {
    return conv2d(x, w, bias, window, 1);
  }

  private static void check(Tensor x, Tensor w, @Nullable Tensor bias, Window window, int groups) {
    var xs = x.shape();
    var ws = w.shape();
    checkRanks("conv2d", xs, ws, "[K, C/groups, KH, KW]");
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
    checkWindow("conv2d", ws, window);
    checkBias("conv2d", w, bias, ws.size(0));
    checkTypes("conv2d", x, w);
    checkFits("conv2d", xs, window);
  }

  private static void checkRanks(String operation, Shape x, Shape w, String weightAxes) {
    if (x.rank() != 4) {
      throw new ShapeException(operation, "input " + x + " is not [N, C, H, W]");
    }
    if (w.rank() != 4) {
      throw new ShapeException(operation, "weight " + w + " is not " + weightAxes);
    }
  }

  private static void checkWindow(String operation, Shape w, Window window) {
    if (w.size(2) != window.height() || w.size(3) != window.width()) {
      throw new ShapeException(
          operation,
          "weight %s has not the window's size %d×%d"
              .formatted(w, window.height(), window.width()));
    }
  }

  private static void checkBias(String operation, Tensor w, @Nullable Tensor bias, int filters) {
    if (bias == null) {
      return;
    }
    if (!bias.shape().equals(Shape.of(filters))) {
      throw new ShapeException(operation, "bias " + bias.shape() + " must be [" + filters + "]");
    }
    if (bias.dtype() != w.dtype()) {
      throw new ShapeException(
          operation, "the weight is " + w.dtype() + ", the bias " + bias.dtype());
    }
  }

  private static void checkTypes(String operation, Tensor x, Tensor w) {
    if (!Precision.fits(x.dtype(), w.dtype())) {
      throw new ShapeException(
          operation,
          "input and weight must have one floating type, not " + x.dtype() + " and " + w.dtype());
    }
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
      var dx = x.requiresGrad() ? transpose(gradient, w, null, window, groups, x.shape()) : null;
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

  /// The transposed convolution (Zeiler et al. 2010; "deconvolution" in older texts): the linear
  /// map that [#conv2d] with the same weight and window has for its gradient. Where that made an
  /// image smaller, this makes it larger: each input pixel adds its multiple of the filter to the
  /// output.
  ///
  /// **Shapes**: `x [N, C, H, W]`, `w [C, K/groups, KH, KW]`, `b [K]` → `y [N, K, OH, OW]`, OH = (H
  /// − 1)·stride − pads + dilation·(KH − 1) + 1 + outputPad.
  ///
  /// @param window its height and width are the weight's; its padding is what is cut off the output
  /// @param outputPadH rows added below, less than the stride: of the heights that a convolution
  ///   makes into H, which one is meant
  /// @param outputPadW columns added on the right
  /// @param groups parts into which channels and filters are split, each by itself
  /// @throws ShapeException when channels, groups, window or bias do not fit, or no output is left
  public static Tensor convTranspose2d(
      Tensor x,
      Tensor w,
      @Nullable Tensor bias,
      Window window,
      int outputPadH,
      int outputPadW,
      int groups) {
    var shape = checkTranspose(x, w, bias, window, outputPadH, outputPadW, groups);
    return transpose(Precision.input(x), w, bias, window, groups, shape);
  }

  /// As the full form, without output padding and groups.
  public static Tensor convTranspose2d(Tensor x, Tensor w, @Nullable Tensor bias, Window window) {
    return convTranspose2d(x, w, bias, window, 0, 0, 1);
  }

  /// The shape of the result.
  private static Shape checkTranspose(
      Tensor x,
      Tensor w,
      @Nullable Tensor bias,
      Window window,
      int outputPadH,
      int outputPadW,
      int groups) {
    var name = "convTranspose2d";
    var xs = x.shape();
    var ws = w.shape();
    checkRanks(name, xs, ws, "[C, K/groups, KH, KW]");
    if (groups < 1 || ws.size(0) % groups != 0) {
      throw new ShapeException(
          name, ws.size(0) + " channels cannot be split into " + groups + " groups");
    }
    if (xs.size(1) != ws.size(0)) {
      throw new ShapeException(
          name,
          "input %s has %d channels, weight %s expects %d"
              .formatted(xs, xs.size(1), ws, ws.size(0)));
    }
    checkWindow(name, ws, window);
    checkBias(name, w, bias, ws.size(1) * groups);
    checkTypes(name, x, w);
    if (outputPadH < 0
        || outputPadW < 0
        || outputPadH >= window.strideH()
        || outputPadW >= window.strideW()) {
      throw new ShapeException(
          name,
          "output padding %d×%d must be less than the stride, %d×%d"
              .formatted(outputPadH, outputPadW, window.strideH(), window.strideW()));
    }
    int height =
        (xs.size(2) - 1) * window.strideH()
            + window.dilationH() * (window.height() - 1)
            + (1 + outputPadH - window.padTop() - window.padBottom());
    int width =
        (xs.size(3) - 1) * window.strideW()
            + window.dilationW() * (window.width() - 1)
            + (1 + outputPadW - window.padLeft() - window.padRight());
    if (xs.size(2) < 1 || xs.size(3) < 1 || height < 1 || width < 1) {
      throw new ShapeException(
          name, "of input %s the padding leaves nothing of the output".formatted(xs));
    }
    return Shape.of(xs.size(0), ws.size(1) * groups, height, width);
  }

  /// The transposed convolution to an image of a shape, which is also the gradient of [#conv2d]
  /// with respect to its input.
  private static Tensor transpose(
      Tensor x, Tensor w, @Nullable Tensor bias, Window window, int groups, Shape shape) {
    var y = NdArray.channelsLast(x.dtype(), shape);
    var kernels = Kernels.best();
    kernels.convolutionBackwardData(x.array(), w.array(), window, groups, y);
    var op = new ConvTranspose2d(x, w, bias, window, groups);
    if (bias == null) {
      return Graph.record(y, op, x, w);
    }
    var b = Graph.unrecorded(() -> bias.to(y.dtype()).reshape(1, shape.size(1), 1, 1)).array();
    kernels.binary(Binary.ADD, y, b.expand(shape), y);
    return Graph.record(y, op, x, w, bias);
  }

  private record ConvTranspose2d(
      Tensor x, Tensor w, @Nullable Tensor bias, Window window, int groups) implements Backward {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      var dx = x.requiresGrad() ? compute(gradient, w, null, window, groups) : null;
      var dw = w.requiresGrad() ? weights(gradient, x, window, groups, w) : null;
      if (bias == null) {
        return new @Nullable Tensor[] {dx, dw};
      }
      return new @Nullable Tensor[] {
        dx, dw, bias.requiresGrad() ? gradient.to(bias.dtype()).sum(0, 2, 3) : null
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
        x.requiresGrad() ? transpose(dy, gradient, null, window, groups, x.shape()) : null,
        dy.requiresGrad() ? compute(x, gradient, null, window, groups) : null
      };
    }
  }
}
