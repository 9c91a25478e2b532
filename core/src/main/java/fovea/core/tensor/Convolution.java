package fovea.core.tensor;

import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Binary;
import fovea.core.kernel.Kernels;
import fovea.core.kernel.Norm;
import fovea.core.kernel.Window;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Convolution of images, sequences and volumes. `conv1d`, `conv2d` and `conv3d` are what the field
/// calls convolution, the cross-correlation, with the filter as it is; `convolve1d`, `convolve2d`
/// and `convolve3d` are the convolution of mathematics, with the filter flipped.
///
/// **Shapes**: images are `[N, C, H, W]`, sequences `[N, C, L]`, volumes `[N, C, D, H, W]`.
public final class Convolution {
  private Convolution() {}

  /// y[n, k, i, j] = b[k] + Σ over c, u, v of w[k, c, u, v] · x[n, c, i·stride + u·dilation − pad,
  /// …]: the cross-correlation of images, which the field calls convolution.
  ///
  /// **Shapes**: `x [N, C, H, W]`, `w [K, C/groups, KH, KW]`, `b [K]` → `y [N, K, OH, OW]`, OH as
  /// [Window.Axis#places].
  ///
  /// @param window its height and width are the weight's
  /// @param groups parts into which channels and filters are split, each convolved alone
  /// @throws ShapeException when channels, filters, groups, window or bias do not fit, or nothing
  ///   of the padded image is left to put the window on
  public static Tensor conv2d(
      Tensor x, Tensor w, @Nullable Tensor bias, Window window, int groups) {
    return conv(2, x, w, bias, window, groups);
  }

  /// As the full form, without groups.
  public static Tensor conv2d(Tensor x, Tensor w, @Nullable Tensor bias, Window window) {
    return conv2d(x, w, bias, window, 1);
  }

  /// As [#conv2d], of sequences: `x [N, C, L]`, `w [K, C/groups, KL]` → `y [N, K, OL]`.
  ///
  /// @param window of one axis
  public static Tensor conv1d(
      Tensor x, Tensor w, @Nullable Tensor bias, Window window, int groups) {
    return conv(1, x, w, bias, window, groups);
  }

  /// As [#conv2d], of volumes: `x [N, C, D, H, W]`, `w [K, C/groups, KD, KH, KW]` → `y [N, K, OD,
  /// OH, OW]`.
  ///
  /// @param window of three axes
  public static Tensor conv3d(
      Tensor x, Tensor w, @Nullable Tensor bias, Window window, int groups) {
    return conv(3, x, w, bias, window, groups);
  }

  /// The convolution of mathematics, x ∗ w: as [#conv2d], but the filter is flipped along both
  /// axes, y[i, j] = Σ w[u, v] · x[i − u, j − v], counted from the filter's last tap. It is
  /// commutative, and what signal processing and the convolution theorem mean. (Dumoulin & Visin
  /// 2016 draw the other.)
  public static Tensor convolve2d(
      Tensor x, Tensor w, @Nullable Tensor bias, Window window, int groups) {
    return conv(2, x, flipped(2, w), bias, window, groups);
  }

  /// As [#convolve2d], of sequences.
  public static Tensor convolve1d(
      Tensor x, Tensor w, @Nullable Tensor bias, Window window, int groups) {
    return conv(1, x, flipped(1, w), bias, window, groups);
  }

  /// As [#convolve2d], of volumes.
  public static Tensor convolve3d(
      Tensor x, Tensor w, @Nullable Tensor bias, Window window, int groups) {
    return conv(3, x, flipped(3, w), bias, window, groups);
  }

  /// [#conv1d], [#conv2d] or [#conv3d], as the window has one, two or three axes.
  public static Tensor conv(Tensor x, Tensor w, @Nullable Tensor bias, Window window, int groups) {
    return conv(window.rank(), x, w, bias, window, groups);
  }

  private static Tensor flipped(int rank, Tensor w) {
    checkWeightRank("convolve" + rank + "d", rank, w.shape(), "K, C/groups");
    return w.flip(IntStream.range(2, 2 + rank).toArray());
  }

  private static Tensor conv(
      int rank, Tensor x, Tensor w, @Nullable Tensor bias, Window window, int groups) {
    check("conv" + rank + "d", rank, x, w, bias, window, groups);
    if (rank == 1) {
      return compute(
              Precision.input(x).unsqueeze(2), w.unsqueeze(2), bias, window.withRank(2), groups)
          .squeeze(2);
    }
    return compute(Precision.input(x), w, bias, window, groups);
  }

  private static Tensor compute(
      Tensor x, Tensor w, @Nullable Tensor bias, Window window, int groups) {
    var y = result(x, w, window);
    Kernels.best()
        .convolution(x.array(), w.array(), bias == null ? null : bias.array(), window, groups, y);
    var op = new Conv(x, w, bias, window, groups);
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
    check("conv2d", 2, x, w, bias, window, groups);
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
    return NdArray.channelsLast(x.dtype(), Spatial.places(x.shape(), w.shape().size(0), window));
  }

  private static void check(
      String name, int rank, Tensor x, Tensor w, @Nullable Tensor bias, Window window, int groups) {
    var xs = x.shape();
    var ws = w.shape();
    Spatial.checkRank(name, rank, xs);
    checkFilters(name, rank, ws, groups);
    if (xs.size(1) != ws.size(1) * groups) {
      throw new ShapeException(
          name,
          "input %s has %d channels, weight %s expects %d%s"
              .formatted(
                  xs,
                  xs.size(1),
                  ws,
                  ws.size(1) * groups,
                  groups == 1 ? "" : " in " + groups + " groups"));
    }
    checkWindow(name, ws, window);
    checkBias(name, w, bias, ws.size(0));
    checkTypes(name, x, w);
    Spatial.checkFits(name, xs, window);
    Fit.check(name, xs, window);
  }

  /// Whether a weight is one of convolutions, and of this window.
  static void checkWeight(String name, int rank, Shape w, Window window, int groups) {
    checkFilters(name, rank, w, groups);
    checkWindow(name, w, window);
  }

  private static void checkFilters(String name, int rank, Shape w, int groups) {
    checkWeightRank(name, rank, w, "K, C/groups");
    if (groups < 1 || w.size(0) % groups != 0) {
      throw new ShapeException(
          name, w.size(0) + " filters cannot be split into " + groups + " groups");
    }
  }

  private static void checkWeightRank(String operation, int rank, Shape w, String channels) {
    if (w.rank() != rank + 2) {
      var taps = List.of("KL", "KH, KW", "KD, KH, KW").get(rank - 1);
      throw new ShapeException(operation, "weight %s is not [%s, %s]".formatted(w, channels, taps));
    }
  }

  private static void checkWindow(String operation, Shape w, Window window) {
    boolean fits = w.rank() == window.rank() + 2;
    for (int i = 0; fits && i < window.rank(); i++) {
      fits = w.size(2 + i) == window.axis(i).taps();
    }
    if (!fits) {
      throw new ShapeException(
          operation, "weight %s has not the window's size %s".formatted(w, window.size()));
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

  /// y = x ⋆ w + b. Its gradients are two more linear maps; the three are closed under
  /// differentiation.
  private record Conv(Tensor x, Tensor w, @Nullable Tensor bias, Window window, int groups)
      implements Backward {
    @Override
    public String operation() {
      return "conv" + window.rank() + "d";
    }

    @Override
    public Span[] source(int input, Shape from, Shape y, Span... part) {
      return input == 0 ? Span.under(window, from, part) : Span.all(from);
    }

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
          bias.requiresGrad() ? sumOverPixels(gradient, bias) : null
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
    return convTranspose(2, x, w, bias, window, groups, outputPadH, outputPadW);
  }

  /// As the full form, without output padding and groups.
  public static Tensor convTranspose2d(Tensor x, Tensor w, @Nullable Tensor bias, Window window) {
    return convTranspose2d(x, w, bias, window, 0, 0, 1);
  }

  /// As [#convTranspose2d], of sequences: `x [N, C, L]`, `w [C, K/groups, KL]` → `y [N, K, OL]`.
  public static Tensor convTranspose1d(
      Tensor x, Tensor w, @Nullable Tensor bias, Window window, int outputPad, int groups) {
    return convTranspose(1, x, w, bias, window, groups, outputPad);
  }

  /// As [#convTranspose2d], of volumes: `x [N, C, D, H, W]`, `w [C, K/groups, KD, KH, KW]` → `y [N,
  /// K, OD, OH, OW]`.
  public static Tensor convTranspose3d(
      Tensor x,
      Tensor w,
      @Nullable Tensor bias,
      Window window,
      int outputPadD,
      int outputPadH,
      int outputPadW,
      int groups) {
    return convTranspose(3, x, w, bias, window, groups, outputPadD, outputPadH, outputPadW);
  }

  /// [#convTranspose1d], [#convTranspose2d] or [#convTranspose3d], as the window has one, two or
  /// three axes.
  ///
  /// @param outputPads one for each axis
  public static Tensor convTranspose(
      Tensor x, Tensor w, @Nullable Tensor bias, Window window, int groups, int... outputPads) {
    if (outputPads.length != window.rank()) {
      throw new ShapeException(
          "convTranspose" + window.rank() + "d",
          "output padding needs one number for each of %d axes, not %d"
              .formatted(window.rank(), outputPads.length));
    }
    return convTranspose(window.rank(), x, w, bias, window, groups, outputPads);
  }

  private static Tensor convTranspose(
      int rank,
      Tensor x,
      Tensor w,
      @Nullable Tensor bias,
      Window window,
      int groups,
      int... outputPads) {
    var sizes = checkTranspose(rank, x, w, bias, window, groups, outputPads);
    var s = Shape.of(sizes);
    if (rank == 1) {
      return transpose(
              Precision.input(x).unsqueeze(2),
              w.unsqueeze(2),
              bias,
              window.withRank(2),
              groups,
              s.insert(2, 1))
          .squeeze(2);
    }
    return transpose(Precision.input(x), w, bias, window, groups, s);
  }

  /// The sizes of the result.
  private static int[] checkTranspose(
      int rank,
      Tensor x,
      Tensor w,
      @Nullable Tensor bias,
      Window window,
      int groups,
      int... outputPads) {
    var name = "convTranspose" + rank + "d";
    var xs = x.shape();
    var ws = w.shape();
    Spatial.checkRank(name, rank, xs);
    checkWeightRank(name, rank, ws, "C, K/groups");
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
    var sizes = xs.sizes();
    sizes[1] = ws.size(1) * groups;
    for (int i = 0; i < rank; i++) {
      var a = window.axis(i);
      if (outputPads[i] < 0 || outputPads[i] >= a.stride()) {
        var strides = window.axes().stream().map(o -> "" + o.stride()).toList();
        var pads = Arrays.stream(outputPads).mapToObj(String::valueOf).toList();
        throw new ShapeException(
            name,
            "output padding %s must be less than the stride, %s"
                .formatted(String.join("×", pads), String.join("×", strides)));
      }
      int size = (xs.size(2 + i) - 1) * a.stride() + a.dilation() * (a.taps() - 1);
      sizes[2 + i] = size + (1 + outputPads[i] - a.before() - a.after());
      if (xs.size(2 + i) < 1 || sizes[2 + i] < 1) {
        throw new ShapeException(
            name, "of input %s the padding leaves nothing of the output".formatted(xs));
      }
    }
    return sizes;
  }

  /// The transposed convolution to an image of a shape, which is also the gradient of [#conv2d]
  /// with respect to its input.
  private static Tensor transpose(
      Tensor x, Tensor w, @Nullable Tensor bias, Window window, int groups, Shape shape) {
    var y = NdArray.channelsLast(x.dtype(), shape);
    var kernels = Kernels.best();
    kernels.convolutionBackwardData(x.array(), w.array(), window, groups, y);
    var op = new ConvTranspose(x, w, bias, window, groups);
    if (bias == null) {
      return Graph.record(y, op, x, w);
    }
    var ones = new int[shape.rank()];
    Arrays.fill(ones, 1);
    ones[1] = shape.size(1);
    var b = Graph.unrecorded(() -> bias.to(y.dtype()).reshape(ones)).array();
    kernels.binary(Binary.ADD, y, b.expand(shape), y);
    return Graph.record(y, op, x, w, bias);
  }

  private record ConvTranspose(Tensor x, Tensor w, @Nullable Tensor bias, Window window, int groups)
      implements Backward {
    @Override
    public String operation() {
      return "convTranspose" + window.rank() + "d";
    }

    @Override
    public Span[] source(int input, Shape from, Shape y, Span... part) {
      return input == 0 ? Span.over(window, from, part) : Span.all(from);
    }

    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      var dx = x.requiresGrad() ? compute(gradient, w, null, window, groups) : null;
      var dw = w.requiresGrad() ? weights(gradient, x, window, groups, w) : null;
      if (bias == null) {
        return new @Nullable Tensor[] {dx, dw};
      }
      return new @Nullable Tensor[] {
        dx, dw, bias.requiresGrad() ? sumOverPixels(gradient, bias) : null
      };
    }
  }

  private static Tensor sumOverPixels(Tensor gradient, Tensor bias) {
    var axes = IntStream.range(0, gradient.shape().rank()).filter(axis -> axis != 1).toArray();
    return gradient.to(bias.dtype()).sum(axes);
  }

  /// The gradient with respect to the weight.
  private static Tensor weights(Tensor x, Tensor dy, Window window, int groups, Tensor w) {
    var dw = NdArray.allocate(w.dtype(), w.shape());
    Kernels.best().convolutionBackwardWeights(x.array(), dy.array(), window, groups, dw, null);
    return Graph.record(dw, new ConvWeights(x, dy, window, groups), x, dy);
  }

  private record ConvWeights(Tensor x, Tensor dy, Window window, int groups) implements Backward {
    @Override
    public String operation() {
      return "conv" + window.rank() + "dWeights";
    }

    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return new @Nullable Tensor[] {
        x.requiresGrad() ? transpose(dy, gradient, null, window, groups, x.shape()) : null,
        dy.requiresGrad() ? compute(x, gradient, null, window, groups) : null
      };
    }
  }
}
