package fovea.lab.parity;

import static fovea.lab.parity.Row.composed;
import static fovea.lab.parity.Row.libtorch;

import fovea.core.array.Shape;
import fovea.core.kernel.Window;
import fovea.core.nn.AdaptiveAvgPool1d;
import fovea.core.nn.AdaptiveAvgPool3d;
import fovea.core.nn.AdaptiveMaxPool1d;
import fovea.core.nn.AdaptiveMaxPool2d;
import fovea.core.nn.AdaptiveMaxPool3d;
import fovea.core.nn.AvgPool1d;
import fovea.core.nn.AvgPool3d;
import fovea.core.nn.Conv1d;
import fovea.core.nn.Conv3d;
import fovea.core.nn.ConvOptions;
import fovea.core.nn.ConvTranspose1d;
import fovea.core.nn.ConvTranspose3d;
import fovea.core.nn.LPPool1d;
import fovea.core.nn.LPPool2d;
import fovea.core.nn.LPPool3d;
import fovea.core.nn.Layer;
import fovea.core.nn.LocallyConnected1d;
import fovea.core.nn.LocallyConnected2d;
import fovea.core.nn.MaxPool1d;
import fovea.core.nn.MaxPool2d;
import fovea.core.nn.MaxPool3d;
import fovea.core.nn.MaxUnpool1d;
import fovea.core.nn.MaxUnpool2d;
import fovea.core.nn.MaxUnpool3d;
import fovea.core.nn.Pad;
import fovea.core.nn.Pool;
import fovea.core.nn.Sequential;
import fovea.core.nn.Upsample;
import fovea.core.tensor.Convolution;
import fovea.core.tensor.Padding;
import fovea.core.tensor.Patches;
import fovea.core.tensor.Pooling;
import fovea.core.tensor.Resampling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/// What slides a window over sequences, images or volumes, and what changes their sizes.
final class VolumeRows {
  private VolumeRows() {}

  static List<Row> all() {
    var rows = new ArrayList<Row>();
    for (int rank : new int[] {1, 3}) {
      rows.add(conv("Convolution.conv%dd".formatted(rank), rank, false));
      rows.add(convTranspose("Convolution.convTranspose%dd".formatted(rank), rank));
      rows.add(convLayer("nn.Conv%dd".formatted(rank), rank));
      rows.add(convTransposeLayer("nn.ConvTranspose%dd".formatted(rank), rank));
    }
    for (int rank = 1; rank <= 3; rank++) {
      rows.add(conv("Convolution.convolve%dd".formatted(rank), rank, true));
      rows.add(conv("Convolution.conv: %d axes".formatted(rank), rank, false));
      rows.add(convTranspose("Convolution.convTranspose: %d axes".formatted(rank), rank));
      rows.addAll(pooling(rank));
    }
    rows.addAll(layers());
    rows.addAll(borders());
    rows.addAll(sizes());
    rows.addAll(patches());
    return rows;
  }

  // ---- windows

  /// A window of so many axes, and sizes that it fits on.
  private record Sliding(Window window, int[] sizes) {
    static Sliding of(Draw d, int rank, int largestDilation) {
      int most = rank == 3 ? 3 : 4;
      int[] taps = draw(d, rank, 1, most);
      int[] dilations = draw(d, rank, 1, largestDilation);
      var pads = new int[rank];
      Arrays.setAll(pads, i -> d.in(0, taps[i] / 2));
      var sizes = new int[rank];
      Arrays.setAll(sizes, i -> dilations[i] * (taps[i] - 1) + 1 + d.in(0, rank == 3 ? 3 : 8));
      var window = Window.of(taps).stride(draw(d, rank, 1, 3)).dilation(dilations).pad(twice(pads));
      return new Sliding(window, sizes);
    }

    private static int[] draw(Draw d, int rank, int low, int high) {
      return IntStream.range(0, rank).map(_ -> d.in(low, high)).toArray();
    }

    Shape images(Draw d, int channels) {
      var shape = Shape.of(d.in(1, 3), channels);
      for (int size : sizes) {
        shape = shape.insert(shape.rank(), size);
      }
      return shape;
    }

    Shape weights(int first, int second) {
      var shape = Shape.of(first, second);
      for (var axis : window.axes()) {
        shape = shape.insert(shape.rank(), axis.taps());
      }
      return shape;
    }

    long[] size() {
      return window.axes().stream().mapToLong(Window.Axis::taps).toArray();
    }

    long[] stride() {
      return window.axes().stream().mapToLong(Window.Axis::stride).toArray();
    }

    long[] pad() {
      return window.axes().stream().mapToLong(Window.Axis::before).toArray();
    }

    long[] dilation() {
      return window.axes().stream().mapToLong(Window.Axis::dilation).toArray();
    }

    long[] spatial() {
      return IntStream.range(2, 2 + sizes.length).asLongStream().toArray();
    }
  }

  private static int[] twice(int[] pads) {
    var all = Arrays.copyOf(pads, 2 * pads.length);
    System.arraycopy(pads, 0, all, pads.length, pads.length);
    return all;
  }

  // ---- convolution

  private static Row conv(String name, int rank, boolean flipped) {
    return libtorch(
        name,
        d -> {
          var s = Sliding.of(d, rank, 2);
          int groups = d.of(1, 1, 2);
          int in = d.in(1, 5);
          int out = groups * d.in(1, 5);
          return Case.of(
              "%s, groups %d".formatted(s.window, groups),
              List.of(
                  d.normal("x", s.images(d, in * groups)),
                  d.normal("weight", s.weights(out, in)),
                  d.normal("bias", out)),
              t ->
                  flipped
                      ? convolve(rank, t, s.window, groups)
                      : name.contains(":")
                          ? Convolution.conv(t.get(0), t.get(1), t.get(2), s.window, groups)
                          : rank == 1
                              ? Convolution.conv1d(t.get(0), t.get(1), t.get(2), s.window, groups)
                              : Convolution.conv3d(t.get(0), t.get(1), t.get(2), s.window, groups),
              Torch.of(
                  o ->
                      conv(
                          o.get(0),
                          flipped ? torch.flip(o.get(1), s.spatial()) : o.get(1),
                          new TensorOptional(o.get(2)),
                          s,
                          groups)));
        });
  }

  private static fovea.core.tensor.Tensor convolve(
      int rank, List<fovea.core.tensor.Tensor> t, Window window, int groups) {
    return switch (rank) {
      case 1 -> Convolution.convolve1d(t.get(0), t.get(1), t.get(2), window, groups);
      case 2 -> Convolution.convolve2d(t.get(0), t.get(1), t.get(2), window, groups);
      default -> Convolution.convolve3d(t.get(0), t.get(1), t.get(2), window, groups);
    };
  }

  private static Tensor conv(Tensor x, Tensor w, TensorOptional bias, Sliding s, int groups) {
    return switch (s.sizes.length) {
      case 1 -> torch.conv1d(x, w, bias, s.stride(), s.pad(), s.dilation(), groups);
      case 2 -> torch.conv2d(x, w, bias, s.stride(), s.pad(), s.dilation(), groups);
      default -> torch.conv3d(x, w, bias, s.stride(), s.pad(), s.dilation(), groups);
    };
  }

  private static int[] outputPads(Draw d, Window window) {
    return window.axes().stream().mapToInt(a -> d.in(0, a.stride() - 1)).toArray();
  }

  private static Tensor convTranspose(
      Tensor x, Tensor w, TensorOptional bias, Sliding s, int[] outputPads, int groups) {
    long[] more = Arrays.stream(outputPads).asLongStream().toArray();
    return switch (s.sizes.length) {
      case 1 -> torch.conv_transpose1d(x, w, bias, s.stride(), s.pad(), more, groups, s.dilation());
      case 2 -> torch.conv_transpose2d(x, w, bias, s.stride(), s.pad(), more, groups, s.dilation());
      default ->
          torch.conv_transpose3d(x, w, bias, s.stride(), s.pad(), more, groups, s.dilation());
    };
  }

  private static Row convTranspose(String name, int rank) {
    return libtorch(
        name,
        d -> {
          var s = Sliding.of(d, rank, 2);
          int groups = d.of(1, 1, 2);
          int in = groups * d.in(1, 4);
          int out = d.in(1, 4);
          int[] more = outputPads(d, s.window);
          return Case.of(
              "%s, output padding %s, groups %d".formatted(s.window, Arrays.toString(more), groups),
              List.of(
                  d.normal("x", s.images(d, in)),
                  d.normal("weight", s.weights(in, out)),
                  d.normal("bias", out * groups)),
              t ->
                  name.contains(":")
                      ? Convolution.convTranspose(
                          t.get(0), t.get(1), t.get(2), s.window, groups, more)
                      : rank == 1
                          ? Convolution.convTranspose1d(
                              t.get(0), t.get(1), t.get(2), s.window, more[0], groups)
                          : Convolution.convTranspose3d(
                              t.get(0), t.get(1), t.get(2), s.window, more[0], more[1], more[2],
                              groups),
              Torch.of(
                  o ->
                      convTranspose(
                          o.get(0), o.get(1), new TensorOptional(o.get(2)), s, more, groups)));
        });
  }

  private static Row convLayer(String name, int rank) {
    return libtorch(
        name,
        d -> {
          var s = Sliding.of(d, rank, 2);
          int groups = d.of(1, 1, 2);
          int in = groups * d.in(1, 4);
          int out = groups * d.in(1, 4);
          var options = ConvOptions.standard().groups(groups);
          return Case.of(
              "%s, groups %d".formatted(s.window, groups),
              d,
              rank == 1
                  ? new Conv1d(in, out, s.window, options)
                  : new Conv3d(in, out, s.window, options),
              d.normal("x", s.images(d, in)),
              Torch.of(
                  o ->
                      conv(
                          o.x(),
                          o.state("weight"),
                          new TensorOptional(o.state("bias")),
                          s,
                          groups)));
        });
  }

  private static Row convTransposeLayer(String name, int rank) {
    return libtorch(
        name,
        d -> {
          var s = Sliding.of(d, rank, 2);
          int groups = d.of(1, 1, 2);
          int in = groups * d.in(1, 4);
          int out = groups * d.in(1, 4);
          int[] more = outputPads(d, s.window);
          var options = ConvOptions.standard().groups(groups);
          return Case.of(
              "%s, output padding %s, groups %d".formatted(s.window, Arrays.toString(more), groups),
              d,
              rank == 1
                  ? new ConvTranspose1d(in, out, s.window, options, more)
                  : new ConvTranspose3d(in, out, s.window, options, more),
              d.normal("x", s.images(d, in)),
              Torch.of(
                  o ->
                      convTranspose(
                          o.x(),
                          o.state("weight"),
                          new TensorOptional(o.state("bias")),
                          s,
                          more,
                          groups)));
        });
  }

  // ---- pooling

  private static Tensor maxPool(Tensor x, Sliding s, boolean ceil) {
    return switch (s.sizes.length) {
      case 1 -> torch.max_pool1d(x, s.size(), s.stride(), s.pad(), s.dilation(), ceil);
      case 2 -> torch.max_pool2d(x, s.size(), s.stride(), s.pad(), s.dilation(), ceil);
      default -> torch.max_pool3d(x, s.size(), s.stride(), s.pad(), s.dilation(), ceil);
    };
  }

  private static Tensor avgPool(Tensor x, Sliding s, boolean ceil, boolean countPad) {
    var none = new LongOptional();
    return switch (s.sizes.length) {
      case 1 -> torch.avg_pool1d(x, s.size(), s.stride(), s.pad(), ceil, countPad);
      case 2 -> torch.avg_pool2d(x, s.size(), s.stride(), s.pad(), ceil, countPad, none);
      default -> torch.avg_pool3d(x, s.size(), s.stride(), s.pad(), ceil, countPad, none);
    };
  }

  private interface OurPooling {
    fovea.core.tensor.Tensor of(fovea.core.tensor.Tensor x, Window window);
  }

  private interface TheirPooling {
    Tensor of(Tensor x, Sliding s);
  }

  private static Row pool(
      String name, boolean composed, int rank, int dilation, OurPooling ours, TheirPooling theirs) {
    java.util.function.Function<Draw, Case> draw =
        d -> {
          var s = Sliding.of(d, rank, dilation);
          return Case.of(
              s.window.toString(),
              List.of(d.normal("x", s.images(d, d.in(1, 6)))),
              t -> ours.of(t.getFirst(), s.window),
              Torch.of(o -> theirs.of(o.x(), s)));
        };
    var full = "Pooling.%s: %d axes".formatted(name, rank);
    return composed ? composed(full, draw) : libtorch(full, draw);
  }

  private static List<Row> pooling(int rank) {
    var rows = new ArrayList<Row>();
    rows.add(pool("maxPool", false, rank, 2, Pooling::maxPool, (x, s) -> maxPool(x, s, false)));
    rows.add(
        pool("maxPoolCeil", false, rank, 1, Pooling::maxPoolCeil, (x, s) -> maxPool(x, s, true)));
    rows.add(
        pool(
            "minPool",
            true,
            rank,
            2,
            Pooling::minPool,
            (x, s) -> maxPool(x.neg(), s, false).neg()));
    rows.add(
        pool(
            "avgPool",
            false,
            rank,
            1,
            (x, w) -> Pooling.avgPool(x, w, false),
            (x, s) -> avgPool(x, s, false, false)));
    rows.add(
        pool(
            "avgPoolCeil",
            false,
            rank,
            1,
            (x, w) -> Pooling.avgPoolCeil(x, w, true),
            (x, s) -> avgPool(x, s, true, true)));
    rows.add(
        pool(
            "maxPoolWithIndices",
            false,
            rank,
            2,
            (x, w) -> Pooling.maxPoolWithIndices(x, w).y(),
            (x, s) -> maxPool(x, s, false)));
    rows.add(indices(rank));
    rows.add(unpool(rank));
    rows.add(lpPool(rank));
    rows.add(adaptive("adaptiveAvgPool", rank, false));
    rows.add(adaptive("adaptiveMaxPool", rank, true));
    rows.add(global("globalAvgPool", rank));
    rows.add(global("globalMaxPool", rank));
    if (rank == 2) {
      rows.add(medianPool());
    }
    return rows;
  }

  private static org.bytedeco.pytorch.T_TensorTensor_T withIndices(Tensor x, Sliding s) {
    return switch (s.sizes.length) {
      case 1 ->
          torch.max_pool1d_with_indices(x, s.size(), s.stride(), s.pad(), s.dilation(), false);
      case 2 ->
          torch.max_pool2d_with_indices(x, s.size(), s.stride(), s.pad(), s.dilation(), false);
      default ->
          torch.max_pool3d_with_indices(x, s.size(), s.stride(), s.pad(), s.dilation(), false);
    };
  }

  private static Row indices(int rank) {
    return libtorch(
        "Pooling.maxPoolWithIndices: indices, %d axes".formatted(rank),
        d -> {
          var s = Sliding.of(d, rank, 2);
          return Case.of(
                  s.window.toString(),
                  List.of(d.normal("x", s.images(d, d.in(1, 6)))),
                  t -> Pooling.maxPoolWithIndices(t.getFirst(), s.window).indices(),
                  Torch.of(o -> withIndices(o.x(), s).get1()))
              .undifferentiated();
        });
  }

  /// Windows that do not overlap.
  private static Sliding tiles(Draw d, int rank) {
    int size = d.in(1, 3);
    var sizes = new int[rank];
    Arrays.setAll(sizes, _ -> size * d.in(1, 3) + d.in(0, size - 1));
    var taps = new int[rank];
    Arrays.fill(taps, size);
    return new Sliding(Window.of(taps).stride(size), sizes);
  }

  /// Zeros, with each value where pooling found it.
  private static Tensor unpooled(Tensor x, Sliding s) {
    var found = withIndices(x, s);
    return torch
        .scatter_add(
            torch.zeros_like(x).flatten(2, -1),
            2,
            found.get1().flatten(2, -1),
            found.get0().flatten(2, -1))
        .reshape(x.shape());
  }

  private static Row unpoolLayer(String name, int rank) {
    return composed(
        name,
        d -> {
          var s = tiles(d, rank);
          var layers =
              switch (rank) {
                case 1 -> {
                  var pool = new MaxPool1d(s.window);
                  yield Sequential.of(pool, new MaxUnpool1d(pool));
                }
                case 2 -> {
                  var pool = new MaxPool2d(s.window);
                  yield Sequential.of(pool, new MaxUnpool2d(pool));
                }
                default -> {
                  var pool = new MaxPool3d(s.window);
                  yield Sequential.of(pool, new MaxUnpool3d(pool));
                }
              };
          return Case.of(
              s.window.toString(),
              d,
              layers,
              d.normal("x", s.images(d, d.in(1, 5))),
              Torch.of(o -> unpooled(o.x(), s)));
        });
  }

  private static Row unpool(int rank) {
    return composed(
        "Pooling.maxUnpool: %d axes".formatted(rank),
        d -> {
          var s = tiles(d, rank);
          var window = s.window;
          var sizes = s.sizes;
          return Case.of(
              window.toString(),
              List.of(d.normal("x", s.images(d, d.in(1, 5)))),
              t -> {
                var found = Pooling.maxPoolWithIndices(t.getFirst(), window);
                return Pooling.maxUnpool(found.y(), found.indices(), sizes);
              },
              Torch.of(o -> unpooled(o.x(), s)));
        });
  }

  private static Row lpPool(int rank) {
    return composed(
        "Pooling.lpPool: %d axes".formatted(rank),
        d -> {
          var drawn = Sliding.of(d, rank, 1);
          var s = new Sliding(drawn.window.valid(), drawn.sizes);
          double p = d.of(1.0, 2.0, 3.0);
          return Case.of(
              "p %s, %s".formatted(p, s.window),
              List.of(d.uniform("x", 0.1, 2, s.images(d, d.in(1, 5)))),
              t -> Pooling.lpPool(t.getFirst(), p, s.window),
              Torch.of(o -> lpPool(o.x(), p, s)));
        });
  }

  private static Tensor lpPool(Tensor x, double p, Sliding s) {
    return avgPool(x.pow(new Scalar(p)), s, false, true)
        .mul(new Scalar((double) s.window.area()))
        .pow(new Scalar(1 / p));
  }

  private static Row adaptive(String name, int rank, boolean max) {
    return libtorch(
        "Pooling.%s: %d axes".formatted(name, rank),
        d -> {
          var to = new int[rank];
          Arrays.setAll(to, _ -> d.in(1, 5));
          var shape = Shape.of(d.in(1, 3), d.in(1, 6));
          for (int i = 0; i < rank; i++) {
            shape = shape.insert(2 + i, d.in(1, 9));
          }
          return Case.of(
              "to " + Arrays.toString(to),
              List.of(d.normal("x", shape)),
              t ->
                  max
                      ? Pooling.adaptiveMaxPool(t.getFirst(), to)
                      : Pooling.adaptiveAvgPool(t.getFirst(), to),
              Torch.of(o -> adaptive(o.x(), max, to)));
        });
  }

  private static Tensor adaptive(Tensor x, boolean max, int... to) {
    long[] sizes = Arrays.stream(to).asLongStream().toArray();
    return switch (to.length) {
      case 1 ->
          max ? torch.adaptive_max_pool1d(x, sizes).get0() : torch.adaptive_avg_pool1d(x, sizes);
      case 2 ->
          max ? torch.adaptive_max_pool2d(x, sizes).get0() : torch.adaptive_avg_pool2d(x, sizes);
      default ->
          max ? torch.adaptive_max_pool3d(x, sizes).get0() : torch.adaptive_avg_pool3d(x, sizes);
    };
  }

  private static Row global(String name, int rank) {
    boolean max = name.contains("Max");
    var ones = new int[rank];
    Arrays.fill(ones, 1);
    return libtorch(
        "Pooling.%s: %d axes".formatted(name, rank),
        d -> {
          var s = Sliding.of(d, rank, 1);
          return Case.of(
              "",
              List.of(d.normal("x", s.images(d, d.in(1, 9)))),
              t -> max ? Pooling.globalMaxPool(t.getFirst()) : Pooling.globalAvgPool(t.getFirst()),
              Torch.of(o -> adaptive(o.x(), max, ones)));
        });
  }

  private static Row medianPool() {
    return composed(
        "Pooling.medianPool",
        d -> {
          // An odd number of taps, all inside.
          var window = Window.of(d.of(1, 3), d.of(1, 3, 5)).stride(d.in(1, 2));
          var s = new Sliding(window, new int[] {d.in(5, 9), d.in(5, 9)});
          return Case.of(
              window.toString(),
              List.of(d.normal("x", s.images(d, d.in(1, 4)))),
              t -> Pooling.medianPool(t.getFirst(), window),
              Torch.of(o -> median(o.x(), s)));
        });
  }

  private static Tensor median(Tensor x, Sliding s) {
    long[] shape = x.shape();
    long rows = s.window.outHeight((int) shape[2]);
    long columns = s.window.outWidth((int) shape[3]);
    long[] one = {1, 1};
    return torch
        .im2col(x, s.size(), one, new long[] {0, 0}, s.stride())
        .reshape(shape[0], shape[1], s.window.area(), rows, columns)
        .median(2, false)
        .get0();
  }

  // ---- layers of these

  private static Row layer(
      String name, int rank, int dilation, LayerOf layer, TheirPooling theirs) {
    return libtorch(
        name,
        d -> {
          var s = Sliding.of(d, rank, dilation);
          return Case.of(
              s.window.toString(),
              d,
              layer.of(s.window),
              d.normal("x", s.images(d, d.in(1, 6))),
              Torch.of(o -> theirs.of(o.x(), s)));
        });
  }

  private interface LayerOf {
    Layer of(Window window);
  }

  private static List<Row> layers() {
    var rows = new ArrayList<Row>();
    rows.add(layer("nn.MaxPool1d", 1, 2, MaxPool1d::new, (x, s) -> maxPool(x, s, false)));
    rows.add(layer("nn.MaxPool3d", 3, 2, MaxPool3d::new, (x, s) -> maxPool(x, s, false)));
    rows.add(layer("nn.AvgPool1d", 1, 1, AvgPool1d::new, (x, s) -> avgPool(x, s, false, true)));
    rows.add(layer("nn.AvgPool3d", 3, 1, AvgPool3d::new, (x, s) -> avgPool(x, s, false, true)));
    rows.add(adaptiveLayer("nn.AdaptiveAvgPool1d", 1, new AdaptiveAvgPool1d(3), false));
    rows.add(adaptiveLayer("nn.AdaptiveAvgPool3d", 3, new AdaptiveAvgPool3d(3), false));
    rows.add(adaptiveLayer("nn.AdaptiveMaxPool1d", 1, new AdaptiveMaxPool1d(3), true));
    rows.add(adaptiveLayer("nn.AdaptiveMaxPool2d", 2, new AdaptiveMaxPool2d(3), true));
    rows.add(adaptiveLayer("nn.AdaptiveMaxPool3d", 3, new AdaptiveMaxPool3d(3), true));
    rows.add(layer("nn.Pool.min", 2, 1, Pool::min, (x, s) -> maxPool(x.neg(), s, false).neg()));
    rows.add(
        layer(
            "nn.Pool.globalAverage",
            2,
            1,
            _ -> Pool.globalAverage(),
            (x, _) -> adaptive(x, false, 1, 1)));
    rows.add(
        layer("nn.Pool.globalMax", 2, 1, _ -> Pool.globalMax(), (x, _) -> adaptive(x, true, 1, 1)));
    rows.add(unpoolLayer("nn.MaxUnpool1d", 1));
    rows.add(unpoolLayer("nn.MaxUnpool2d", 2));
    rows.add(unpoolLayer("nn.MaxUnpool3d", 3));
    rows.add(
        composed(
            "nn.Pool.median",
            d -> {
              var window = Window.of(3, 3).stride(d.in(1, 2));
              var s = new Sliding(window, new int[] {d.in(3, 9), d.in(3, 9)});
              return Case.of(
                  window.toString(),
                  d,
                  Pool.median(window),
                  d.normal("x", s.images(d, d.in(1, 4))),
                  Torch.of(o -> median(o.x(), s)));
            }));
    rows.add(lpLayer("nn.LPPool1d", 1, w -> new LPPool1d(2, w)));
    rows.add(lpLayer("nn.LPPool2d", 2, w -> new LPPool2d(2, w)));
    rows.add(lpLayer("nn.LPPool3d", 3, w -> new LPPool3d(2, w)));
    return rows;
  }

  private static Row adaptiveLayer(String name, int rank, Layer layer, boolean max) {
    var to = new int[rank];
    Arrays.fill(to, 3);
    return libtorch(
        name,
        d -> {
          var s = Sliding.of(d, rank, 1);
          return Case.of(
              "to 3",
              d,
              layer,
              d.normal("x", s.images(d, d.in(1, 6))),
              Torch.of(o -> adaptive(o.x(), max, to)));
        });
  }

  private static Row lpLayer(String name, int rank, LayerOf layer) {
    return composed(
        name,
        d -> {
          var drawn = Sliding.of(d, rank, 1);
          var s = new Sliding(drawn.window.valid(), drawn.sizes);
          return Case.of(
              s.window.toString(),
              d,
              layer.of(s.window),
              d.uniform("x", 0.1, 2, s.images(d, d.in(1, 5))),
              Torch.of(o -> lpPool(o.x(), 2, s)));
        });
  }

  // ---- borders

  private static List<Row> borders() {
    var rows = new ArrayList<Row>();
    for (var mode : List.of("replicate", "reflect", "circular")) {
      for (int rank = 1; rank <= 3; rank++) {
        rows.add(pad(Padding.Mode.valueOf(mode.toUpperCase(Locale.ROOT)), mode, rank));
      }
    }
    rows.add(symmetric());
    rows.add(
        libtorch(
            "Padding.constant",
            d -> {
              int[] pads = {d.in(0, 3), d.in(0, 3), d.in(0, 3), d.in(0, 3)};
              double value = d.gaussian();
              return Case.of(
                  Arrays.toString(pads),
                  List.of(d.normal("x", d.shape(4, 6))),
                  t -> Padding.constant(t.getFirst(), value, pads),
                  Torch.of(
                      o -> torch.pad(o.x(), theirs(pads), "constant", new DoubleOptional(value))));
            }));
    rows.add(crop("Padding.crop"));
    rows.add(
        libtorch(
            "nn.Pad.of",
            d ->
                Case.of(
                    "",
                    d,
                    Pad.of(Padding.Mode.REFLECT, 2),
                    d.normal("x", 2, 3, d.in(3, 6), d.in(3, 6)),
                    Torch.of(
                        o ->
                            torch.pad(
                                o.x(),
                                new long[] {2, 2, 2, 2},
                                "reflect",
                                new DoubleOptional())))));
    rows.add(
        libtorch(
            "nn.Pad.constant",
            d ->
                Case.of(
                    "",
                    d,
                    Pad.constant(1.5, 2),
                    d.normal("x", 2, 3, d.in(1, 6), d.in(1, 6)),
                    Torch.of(
                        o ->
                            torch.pad(
                                o.x(),
                                new long[] {2, 2, 2, 2},
                                "constant",
                                new DoubleOptional(1.5))))));
    rows.add(
        libtorch(
            "nn.Pad.crop",
            d ->
                Case.of(
                    "",
                    d,
                    Pad.crop(1),
                    d.normal("x", 2, 3, d.in(3, 6), d.in(3, 6)),
                    Torch.of(
                        o ->
                            torch.pad(
                                o.x(),
                                new long[] {-1, -1, -1, -1},
                                "constant",
                                new DoubleOptional(0))))));
    return rows;
  }

  /// PyTorch names the last axis first, before and after together.
  private static long[] theirs(int... pads) {
    int rank = pads.length / 2;
    var all = new long[pads.length];
    for (int i = 0; i < rank; i++) {
      all[2 * i] = pads[rank - 1 - i];
      all[2 * i + 1] = pads[2 * rank - 1 - i];
    }
    return all;
  }

  private static Row pad(Padding.Mode mode, String word, int rank) {
    return libtorch(
        "Padding.pad: %s, %d axes".formatted(word, rank),
        d -> {
          var shape = Shape.of(d.in(1, 3), d.in(1, 3));
          for (int i = 0; i < rank; i++) {
            shape = shape.insert(2 + i, d.in(4, 6));
          }
          var pads = new int[2 * rank];
          Arrays.setAll(pads, _ -> d.in(0, 3));
          return Case.of(
              Arrays.toString(pads),
              List.of(d.normal("x", shape)),
              t -> Padding.pad(t.getFirst(), mode, pads),
              Torch.of(o -> torch.pad(o.x(), theirs(pads), word, new DoubleOptional())));
        });
  }

  /// PyTorch has none: by repeated concatenation with what is flipped.
  private static Row symmetric() {
    return composed(
        "Padding.pad: symmetric",
        d -> {
          int height = d.in(2, 6);
          int width = d.in(2, 6);
          return Case.of(
              "all around",
              List.of(d.normal("x", 2, 3, height, width)),
              t -> Padding.pad(t.getFirst(), Padding.Mode.SYMMETRIC, height, width, height, width),
              Torch.of(o -> mirrored(mirrored(o.x(), 2), 3)));
        });
  }

  private static Tensor mirrored(Tensor x, long axis) {
    var back = torch.flip(x, axis);
    return torch.cat(new org.bytedeco.pytorch.TensorVector(back, x, back), axis);
  }

  private static Row crop(String name) {
    return libtorch(
        name,
        d -> {
          int[] sides = {d.in(0, 2), d.in(0, 2), d.in(0, 2), d.in(0, 2)};
          int[] less = Arrays.stream(sides).map(s -> -s).toArray();
          return Case.of(
              Arrays.toString(sides),
              List.of(d.normal("x", 2, 3, d.in(4, 7), d.in(4, 7))),
              t -> Padding.crop(t.getFirst(), sides),
              Torch.of(o -> torch.pad(o.x(), theirs(less), "constant", new DoubleOptional(0))));
        });
  }

  // ---- other sizes

  private static List<Row> sizes() {
    var rows = new ArrayList<Row>();
    for (int rank = 1; rank <= 3; rank++) {
      rows.add(resize(Resampling.Mode.NEAREST, rank));
      rows.add(resize(Resampling.Mode.NEAREST_EXACT, rank));
      rows.add(resize(Resampling.Mode.LINEAR, rank));
    }
    rows.add(resize(Resampling.Mode.CUBIC, 2));
    rows.add(
        libtorch(
            "Resampling.scale",
            d -> {
              double[] factors = {d.of(0.6, 1.5, 2.0, 2.7), d.of(0.6, 1.5, 2.0, 2.7)};
              var x = Shape.of(2, 3, d.in(3, 7), d.in(3, 7));
              long[] to = {(long) (x.size(2) * factors[0]), (long) (x.size(3) * factors[1])};
              return Case.of(
                  Arrays.toString(factors),
                  List.of(d.normal("x", x)),
                  t -> Resampling.scale(t.getFirst(), Resampling.Mode.LINEAR, false, factors),
                  Torch.of(
                      o ->
                          torch.upsample_bilinear2d(
                              o.x(),
                              to,
                              false,
                              new DoubleOptional(factors[0]),
                              new DoubleOptional(factors[1]))));
            }));
    rows.add(upsample("nn.Upsample.nearest", Upsample.nearest(2), Resampling.Mode.NEAREST));
    rows.add(upsample("nn.Upsample.linear", Upsample.linear(2), Resampling.Mode.LINEAR));
    rows.add(
        upsample(
            "nn.Upsample.by", Upsample.by(Resampling.Mode.CUBIC, false, 2), Resampling.Mode.CUBIC));
    rows.add(
        libtorch(
            "nn.Upsample.to",
            d ->
                Case.of(
                    "to 7×9",
                    d,
                    Upsample.to(Resampling.Mode.LINEAR, true, 7, 9),
                    d.normal("x", 2, 3, d.in(2, 9), d.in(2, 9)),
                    Torch.of(
                        o -> resize(o.x(), Resampling.Mode.LINEAR, true, new long[] {7, 9})))));
    return rows;
  }

  private static Row upsample(String name, Layer layer, Resampling.Mode mode) {
    return libtorch(
        name,
        d -> {
          var x = Shape.of(2, 3, d.in(1, 7), d.in(1, 7));
          return Case.of(
              "twice",
              d,
              layer,
              d.normal("x", x),
              Torch.of(
                  o -> resize(o.x(), mode, false, new long[] {2L * x.size(2), 2L * x.size(3)})));
        });
  }

  private static Row resize(Resampling.Mode mode, int rank) {
    return libtorch(
        "Resampling.resize: %s, %d axes".formatted(mode, rank),
        d -> {
          var shape = Shape.of(d.in(1, 3), d.in(1, 5));
          var to = new int[rank];
          for (int i = 0; i < rank; i++) {
            shape = shape.insert(2 + i, d.in(1, 7));
            to[i] = d.in(1, 12);
          }
          boolean interpolates = mode == Resampling.Mode.LINEAR || mode == Resampling.Mode.CUBIC;
          boolean corners = interpolates && d.coin();
          return Case.of(
              "to %s, corners %s".formatted(Arrays.toString(to), corners),
              List.of(d.normal("x", shape)),
              t -> Resampling.resize(t.getFirst(), mode, corners, to),
              Torch.of(
                  o -> resize(o.x(), mode, corners, Arrays.stream(to).asLongStream().toArray())));
        });
  }

  private static Tensor resize(Tensor x, Resampling.Mode mode, boolean corners, long[] to) {
    var none = new DoubleOptional();
    return switch (mode) {
      case NEAREST ->
          switch (to.length) {
            case 1 -> torch.upsample_nearest1d(x, to, none);
            case 2 -> torch.upsample_nearest2d(x, to, none, none);
            default -> torch.upsample_nearest3d(x, to, none, none, none);
          };
      case NEAREST_EXACT -> nearestExact(x, to);
      case LINEAR ->
          switch (to.length) {
            case 1 -> torch.upsample_linear1d(x, to, corners, none);
            case 2 -> torch.upsample_bilinear2d(x, to, corners, none, none);
            default -> torch.upsample_trilinear3d(x, to, corners, none, none, none);
          };
      case CUBIC -> torch.upsample_bicubic2d(x, to, corners, none, none);
    };
  }

  /// The presets have it not: pixel ⌊(i + ½)·in/out⌋ along each axis.
  private static Tensor nearestExact(Tensor x, long[] to) {
    var y = x;
    for (int axis = 2; axis < 2 + to.length; axis++) {
      double step = (double) x.shape()[axis] / to[axis - 2];
      long[] from = LongStream.range(0, to[axis - 2]).map(i -> (long) ((i + 0.5) * step)).toArray();
      y = torch.index_select(y, axis, Tensor.create(from));
    }
    return y;
  }

  // ---- patches

  private static List<Row> patches() {
    var rows = new ArrayList<Row>();
    rows.add(
        libtorch(
            "Patches.unfold",
            d -> {
              var s = Sliding.of(d, 2, 2);
              return Case.of(
                  s.window.toString(),
                  List.of(d.normal("x", s.images(d, d.in(1, 4)))),
                  t -> Patches.unfold(t.getFirst(), s.window),
                  Torch.of(o -> unfold(o.x(), s)));
            }));
    rows.add(
        libtorch(
            "Patches.fold",
            d -> {
              var s = Sliding.of(d, 2, 2);
              int channels = d.in(1, 4);
              int places = s.window.outHeight(s.sizes[0]) * s.window.outWidth(s.sizes[1]);
              return Case.of(
                  s.window.toString(),
                  List.of(d.normal("x", d.in(1, 3), channels * s.window.area(), places)),
                  t -> Patches.fold(t.getFirst(), s.sizes[0], s.sizes[1], s.window),
                  Torch.of(
                      o ->
                          torch.col2im(
                              o.x(),
                              new long[] {s.sizes[0], s.sizes[1]},
                              s.size(),
                              s.dilation(),
                              s.pad(),
                              s.stride())));
            }));
    rows.add(locallyConnected("Patches.locallyConnected2d", 2, false));
    rows.add(locallyConnected("Patches.locallyConnected1d", 1, false));
    rows.add(locallyConnected("nn.LocallyConnected2d", 2, true));
    rows.add(locallyConnected("nn.LocallyConnected1d", 1, true));
    return rows;
  }

  private static Tensor unfold(Tensor x, Sliding s) {
    return torch.im2col(x, s.size(), s.dilation(), s.pad(), s.stride());
  }

  /// By columns, each with filters of its own. The weight's taps come before its channels, im2col's
  /// after.
  private static Row locallyConnected(String name, int rank, boolean asLayer) {
    return composed(
        name,
        d -> {
          var s = Sliding.of(d, rank, 1);
          int channels = d.in(1, 3);
          int filters = d.in(1, 4);
          int[] places = s.window.places(s.sizes);
          int all = Arrays.stream(places).reduce(1, (a, b) -> a * b);
          int taps = s.window.area();
          var biasShape =
              rank == 1 ? Shape.of(all, filters) : Shape.of(places[0], places[1], filters);
          var x = d.normal("x", s.images(d, channels));
          if (asLayer) {
            var layer =
                rank == 1
                    ? new LocallyConnected1d(channels, filters, s.window, s.sizes[0])
                    : new LocallyConnected2d(channels, filters, s.window, s.sizes[0], s.sizes[1]);
            return Case.of(
                s.window.toString(),
                d,
                layer,
                x,
                Torch.of(o -> local(o.x(), o.state("weight"), o.state("bias"), s)));
          }
          return Case.of(
              s.window.toString(),
              List.of(
                  x,
                  d.normal("weight", all, taps * channels, filters),
                  d.normal("bias", biasShape)),
              t ->
                  rank == 1
                      ? Patches.locallyConnected1d(t.get(0), t.get(1), t.get(2), s.window)
                      : Patches.locallyConnected2d(t.get(0), t.get(1), t.get(2), s.window),
              Torch.of(o -> local(o.get(0), o.get(1), o.get(2), s)));
        });
  }

  private static Tensor local(Tensor x, Tensor weight, Tensor bias, Sliding s) {
    boolean line = s.sizes.length == 1;
    long n = x.shape()[0];
    long channels = x.shape()[1];
    long filters = weight.shape()[2];
    int taps = s.window.area();
    var image = line ? x.unsqueeze(2) : x;
    var flat = line ? new Sliding(s.window.withRank(2), new int[] {1, s.sizes[0]}) : s;
    // [N, C, taps, places] → [places, N, taps·C]
    var columns = unfold(image, flat).reshape(n, channels, taps, -1).permute(3, 0, 2, 1);
    var y =
        torch
            .matmul(columns.reshape(weight.shape()[0], n, taps * channels), weight)
            .add(bias.reshape(-1, 1, filters))
            .permute(1, 2, 0);
    var sizes = new long[2 + s.sizes.length];
    sizes[0] = n;
    sizes[1] = filters;
    int[] places = s.window.places(s.sizes);
    for (int i = 0; i < places.length; i++) {
      sizes[2 + i] = places[i];
    }
    return y.reshape(sizes);
  }
}
