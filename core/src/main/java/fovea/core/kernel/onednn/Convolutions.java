package fovea.core.kernel.onednn;

import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.kernel.Window;
import fovea.core.kernel.onednn.PlanBuilder.Value;
import java.util.Arrays;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// Plans for convolutions. Images are channels-last inside; others are converted on the way in and
/// out. Weights are always converted, to the layout that the implementation asks for: they are
/// small.
///
/// Of oneDNN's implementations the first is not always the fastest where there are few channels,
/// which fill only a part of a vector, or where the window makes steps. The choices here were
/// measured on AVX-512; where there is no implementation of that name, the first is taken.
final class Convolutions {
  /// Kernels without the padding of the BRGEMM ones: up to 1.8 times as fast.
  private static final String WIDE = "jit:avx512_core";

  /// The same for bfloat16: up to twice as fast where the window makes steps, and faster in company
  /// of other kernels, but for images that are [#SMALL] and of [#MANY] channels.
  private static final String WIDE_BF16 = "jit_bf16:avx512_core_bf16";

  private static final int MANY = 256;
  private static final int SMALL = 8;

  /// Vectors of 8 channels, half as empty as vectors of 16: up to twice as fast.
  private static final String NARROW = "jit:avx2";

  private Convolutions() {}

  private static boolean strides(Window window) {
    return window.axes().stream().anyMatch(a -> a.stride() > 1);
  }

  /// What is done to the result of a convolution.
  ///
  /// @param affine whether it is multiplied and shifted, each channel by its own
  /// @param residual what has its layout and is added, or `null`
  record Then(boolean affine, @Nullable NdArray residual, boolean relu) {
    static final Then NOTHING = new Then(false, null, false);
  }

  /// Arguments: x, w, bias, y, what is added, and then the factors and terms of [Folded].
  static Plan forward(
      NdArray x,
      NdArray w,
      @Nullable NdArray bias,
      Window window,
      int groups,
      NdArray y,
      Then then) {
    int type = Layout.type(x.dtype());
    try (var b = builder("convolution", x.shape(), w.shape(), y.shape())) {
      var to = b.argument(3, y);
      var result = b.standIn(to, channelsLast(b, type, y));
      var src = b.as(b.argument(0, x), channelsLast(b, type, x));
      var weights = weights(b, 1, w, groups);
      var add = bias == null ? null : b.argument(2, Layout.dense(y.shape().size(1)));
      var perChannel = Layout.dense(1, y.shape().size(1), 1, 1);
      var scale = then.affine ? b.argument(5, perChannel) : null;
      var shift = then.affine ? b.argument(6, perChannel) : null;
      var residual =
          then.residual == null ? null : b.as(b.argument(4, then.residual), result.desc());
      long attr = attributes(b, scale, shift, residual, then.relu);
      long any = b.desc(weightsLayout(type, w, groups).any());
      var prefix =
          groups > 1
              ? null
              : forwardChoice(type, x.shape().size(1), y.shape().size(-1), strides(window));
      long desc =
          b.choose(
              () ->
                  OneDnn.convolution(
                      src.desc(), any, add == null ? 0 : add.desc(), result.desc(), window, attr),
              prefix);
      var packed = b.packed(weights, w, OneDnn.query(desc, OneDnn.QUERY_WEIGHTS_MD));
      b.add(desc)
          .with(OneDnn.ARG_SRC, src)
          .with(OneDnn.ARG_WEIGHTS, packed)
          .with(OneDnn.ARG_BIAS, add)
          .with(OneDnn.argPostOp(0), scale)
          .with(OneDnn.argPostOp(1), shift)
          .with(OneDnn.argPostOp(then.affine ? 2 : 0), residual)
          .with(OneDnn.ARG_DST, result);
      b.deliver(result, to);
      return b.build();
    }
  }

  private static long attributes(
      PlanBuilder b,
      @Nullable Value scale,
      @Nullable Value shift,
      @Nullable Value residual,
      boolean relu) {
    if (scale == null && residual == null && !relu) {
      return OneDnn.PLAIN;
    }
    var ops = b.postOps();
    if (scale != null && shift != null) {
      ops.binary(OneDnn.BINARY_MUL, scale).binary(OneDnn.BINARY_ADD, shift);
    }
    if (residual != null) {
      ops.binary(OneDnn.BINARY_ADD, residual);
    }
    if (relu) {
      ops.eltwise(OneDnn.ELTWISE_RELU, 0, 0);
    }
    return ops.attributes();
  }

  private static @Nullable String forwardChoice(
      int type, int channels, int width, boolean strides) {
    if (type == OneDnn.BF16) {
      return channels >= MANY && width <= SMALL ? null : WIDE_BF16;
    }
    boolean brgemmIsFaster = channels >= 64 || (channels >= 16 && channels < 32 && !strides);
    return brgemmIsFaster ? null : WIDE;
  }

  private static @Nullable String backwardDataChoice(
      int type, int channels, int filters, boolean strides) {
    if (type == OneDnn.BF16) {
      return strides || filters < MANY ? WIDE_BF16 : null;
    }
    if (channels <= 8) {
      return NARROW;
    }
    return strides || filters < 64 ? WIDE : null;
  }

  static Plan backwardData(NdArray dy, NdArray w, Window window, int groups, NdArray dx) {
    int type = Layout.type(dy.dtype());
    try (var b = builder("convolution backward data", dx.shape(), w.shape(), dy.shape())) {
      var to = b.argument(2, dx);
      var result = b.standIn(to, channelsLast(b, type, dx));
      var from = b.as(b.argument(0, dy), channelsLast(b, type, dy));
      var weights = weights(b, 1, w, groups);
      long any = b.desc(weightsLayout(type, w, groups).any());
      long forward =
          b.own(OneDnn.convolution(result.desc(), any, 0, from.desc(), window, OneDnn.PLAIN));
      var prefix =
          groups > 1
              ? null
              : backwardDataChoice(type, dx.shape().size(1), dy.shape().size(1), strides(window));
      long desc =
          b.choose(
              () ->
                  OneDnn.convolutionBackwardData(result.desc(), any, from.desc(), window, forward),
              prefix);
      var packed = b.as(weights, OneDnn.query(desc, OneDnn.QUERY_WEIGHTS_MD));
      b.add(desc)
          .with(OneDnn.ARG_DIFF_DST, from)
          .with(OneDnn.ARG_WEIGHTS, packed)
          .with(OneDnn.ARG_DIFF_SRC, result);
      b.deliver(result, to);
      return b.build();
    }
  }

  static Plan backwardWeights(
      NdArray x, NdArray dy, Window window, int groups, NdArray dw, @Nullable NdArray dbias) {
    if (groups == 1 && dbias == null && tiles(window, x.shape())) {
      return backwardWeightsOfTiles(x, dy, window, dw);
    }
    // Of bfloat16, the kernels for windows that make steps take three times as long as those of
    // float32 with the conversion.
    int type = strides(window) ? OneDnn.F32 : Layout.type(x.dtype());
    try (var b = builder("convolution backward weights", x.shape(), dw.shape(), dy.shape())) {
      var src = b.as(b.argument(0, x), channelsLast(b, type, x));
      var from = b.as(b.argument(1, dy), channelsLast(b, type, dy));
      var to = weights(b, 2, dw, groups);
      var biasTo = dbias == null ? null : b.argument(3, Layout.dense(dbias.shape().size(0)));
      long any = b.desc(weightsLayout(Layout.type(dw.dtype()), dw, groups).any());
      long forwardAny = b.desc(weightsLayout(type, dw, groups).any());
      long forward =
          b.own(OneDnn.convolution(src.desc(), forwardAny, 0, from.desc(), window, OneDnn.PLAIN));
      var prefix = groups == 1 && type == OneDnn.F32 && dw.shape().size(0) <= 8 ? NARROW : null;
      long desc =
          b.choose(
              () ->
                  OneDnn.convolutionBackwardWeights(
                      src.desc(),
                      any,
                      biasTo == null ? 0 : biasTo.desc(),
                      from.desc(),
                      window,
                      forward),
              prefix);
      var result = b.standIn(to, OneDnn.query(desc, OneDnn.QUERY_DIFF_WEIGHTS_MD));
      b.add(desc)
          .with(OneDnn.ARG_SRC, src)
          .with(OneDnn.ARG_DIFF_DST, from)
          .with(OneDnn.ARG_DIFF_WEIGHTS, result)
          .with(OneDnn.ARG_DIFF_BIAS, biasTo);
      b.deliver(result, to);
      return b.build();
    }
  }

  /// Whether the windows lie side by side and cover the image.
  private static boolean tiles(Window w, Shape x) {
    return w.area() > 1
        && w.equals(Window.of(w.height(), w.width()).stride(w.height(), w.width()))
        && x.size(2) % w.height() == 0
        && x.size(3) % w.width() == 0;
  }

  /// Where no two windows overlap, the image is a matrix of its windows after one copy, and the
  /// gradient one product: dw [K, KH·KW·C] = dyᵀ [K, N·OH·OW] · windows [N·OH·OW, KH·KW·C]. Three
  /// times as fast as the convolution's kernels in bfloat16.
  private static Plan backwardWeightsOfTiles(NdArray x, NdArray dy, Window window, NdArray dw) {
    int type = Layout.type(x.dtype());
    long n = dy.shape().size(0);
    long filters = dy.shape().size(1);
    long oh = dy.shape().size(2);
    long ow = dy.shape().size(3);
    long c = x.shape().size(1);
    long h = window.height();
    long w = window.width();
    long places = n * oh * ow;
    long taps = h * w * c;
    try (var b = builder("convolution backward weights", x.shape(), dw.shape(), dy.shape())) {
      var sizes = new long[] {n, oh, h, ow, w, c};
      var asTheyLie =
          new long[] {
            x.stride(0), h * x.stride(2), x.stride(2), w * x.stride(3), x.stride(3), x.stride(1)
          };
      var oneByOne = new long[] {oh * ow * taps, ow * taps, w * c, taps, c, 1};
      var windows = b.temporary(Layout.of(type, sizes, oneByOne));
      b.reorder(b.argument(0, Layout.of(type, sizes, asTheyLie)), windows);
      var from = b.as(b.argument(1, dy), channelsLast(b, type, dy));
      var left =
          b.view(from, Layout.of(type, new long[] {filters, places}, new long[] {1, filters}));
      var right = b.view(windows, Layout.denseOf(type, places, taps));
      int resultType = Layout.type(dw.dtype());
      var result = b.temporary(Layout.denseOf(resultType, filters, taps));
      long desc = b.fast(OneDnn.matmul(left.desc(), right.desc(), 0, result.desc(), OneDnn.PLAIN));
      b.add(desc)
          .with(OneDnn.ARG_SRC, left)
          .with(OneDnn.ARG_WEIGHTS, right)
          .with(OneDnn.ARG_DST, result);
      var byTap =
          Layout.of(resultType, new long[] {filters, c, h, w}, new long[] {taps, 1, w * c, c});
      b.deliver(b.view(result, byTap), weights(b, 2, dw, 1));
      return b.build();
    }
  }

  private static PlanBuilder builder(String what, Shape x, Shape w, Shape y) {
    double operations = 2.0 * y.elements() * w.elements() / Math.max(1, w.size(0));
    return new PlanBuilder(
        "%s of %s with %s to %s".formatted(what, x, w, y), operations / (Matmuls.SPEED / 2));
  }

  private static long channelsLast(PlanBuilder b, int type, NdArray image) {
    return b.desc(Layout.channelsLast(type, image.shape()));
  }

  private static Value weights(PlanBuilder b, int argument, NdArray w, int groups) {
    return b.argument(argument, weightsLayout(Layout.type(w.dtype()), w, groups));
  }

  /// [K, C/g, KH, KW], or with groups [g, K/g, C/g, KH, KW].
  private static Layout weightsLayout(int type, NdArray w, int groups) {
    var sizes = Arrays.stream(w.shape().sizes()).asLongStream().toArray();
    if (groups == 1) {
      return Layout.of(type, sizes, w.strides());
    }
    long each = sizes[0] / groups;
    sizes[0] = each;
    return Layout.of(type, prepend(groups, sizes), prepend(w.stride(0) * each, w.strides()));
  }

  private static long[] prepend(long first, long[] rest) {
    return LongStream.concat(LongStream.of(first), Arrays.stream(rest)).toArray();
  }
}
