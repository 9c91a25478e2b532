package fovea.core.tensor;

import static fovea.core.tensor.OpTable.row;
import static fovea.core.testing.Plain.fill;

import fovea.core.array.Shape;
import fovea.core.kernel.Window;
import fovea.core.tensor.OpTable.Case;
import fovea.core.tensor.OpTable.Row;
import fovea.core.testing.Plain;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// The rows of the [OpTable] of what windows do to sequences, images and volumes, but for what is
/// there already; its formulas hold for any number of axes.
final class OpTableSpatial {
  private OpTableSpatial() {}

  static Stream<Row> rows() {
    return Stream.of(
            convolutions(),
            transposedConvolutions(),
            paddings(),
            poolings(),
            unpoolings(),
            resizings(),
            patches())
        .flatMap(rows -> rows);
  }

  // ---- convolution

  private static Stream<Row> convolutions() {
    return Stream.of(
        conv("conv1d", d -> Window.line(3), 1, true),
        conv("conv1d, same", d -> Window.line(4).dilation(2).same(), 1, false),
        conv("conv1d, anything", d -> window(d, 1), 1, true),
        conv("conv1d, anything, 2 groups", d -> window(d, 1), 2, false),
        conv("conv2d, same", d -> Window.of(3, 2).same(), 1, true),
        conv("conv2d, same, stride 2", d -> Window.of(3, 4).same().stride(2), 1, false),
        conv("conv3d", d -> Window.cube(2), 1, true),
        conv("conv3d, anything", d -> window(d, 3), 1, true),
        conv("conv3d, anything, 2 groups", d -> window(d, 3), 2, false),
        conv("conv3d, depthwise", d -> Window.cube(2).stride(2).pad(1), 3, true),
        convolve("convolve1d", d -> window(d, 1)),
        convolve("convolve2d", d -> window(d, 2)),
        convolve("convolve3d", d -> window(d, 3)));
  }

  private static Window window(Draw d, int rank) {
    var window = Window.of(draw(rank, () -> d.between(1, 3)));
    return window
        .stride(draw(rank, () -> d.between(1, 2)))
        .dilation(draw(rank, () -> d.between(1, 2)))
        .pad(draw(2 * rank, () -> d.between(0, 2)));
  }

  private static int[] draw(int n, java.util.function.IntSupplier number) {
    return IntStream.generate(number).limit(n).toArray();
  }

  /// Sizes from the smallest that a window fits on with its padding; volumes stay small.
  private static int[] sizes(Draw d, Window w) {
    return w.axes().stream()
        .mapToInt(
            a ->
                Math.max(0, a.dilation() * (a.taps() - 1) - a.before() - a.after())
                    + few(d, w.rank()))
        .toArray();
  }

  private static int few(Draw d, int rank) {
    return rank < 3 ? d.few() : Math.min(6, d.few());
  }

  private static int[] taps(Window w) {
    return w.axes().stream().mapToInt(Window.Axis::taps).toArray();
  }

  private static Shape shape(int first, int second, int... rest) {
    return Shape.of(IntStream.concat(IntStream.of(first, second), Arrays.stream(rest)).toArray());
  }

  private static Row conv(String name, Function<Draw, Window> windows, int groups, boolean bias) {
    return row(
        name,
        d -> {
          var w = windows.apply(d);
          int channels = groups == 3 ? 1 : few(d, w.rank());
          int filters = groups * (groups == 3 ? 1 : few(d, w.rank()));
          var x = d.normal(shape(d.batch(), groups * channels, sizes(d, w)));
          var weight = d.normal(shape(filters, channels, taps(w)));
          return new Case(
              bias ? List.of(x, weight, d.normal(filters)) : List.of(x, weight),
              t -> {
                var b = bias ? t.get(2) : null;
                return switch (w.rank()) {
                  case 1 -> Convolution.conv1d(t.get(0), t.get(1), b, w, groups);
                  case 2 -> Convolution.conv2d(t.get(0), t.get(1), b, w, groups);
                  default -> Convolution.conv3d(t.get(0), t.get(1), b, w, groups);
                };
              },
              v -> {
                var y = conv(v.get(0), v.get(1), w, groups);
                return bias ? fill(y.shape(), i -> y.at(i) + v.get(2).at(i[1])) : y;
              });
        });
  }

  private static Row convolve(String name, Function<Draw, Window> windows) {
    return row(
        name,
        d -> {
          var w = windows.apply(d);
          int channels = few(d, w.rank());
          return new Case(
              List.of(
                  d.normal(shape(d.batch(), channels, sizes(d, w))),
                  d.normal(shape(2, channels, taps(w)))),
              t ->
                  switch (w.rank()) {
                    case 1 -> Convolution.convolve1d(t.get(0), t.get(1), null, w, 1);
                    case 2 -> Convolution.convolve2d(t.get(0), t.get(1), null, w, 1);
                    default -> Convolution.convolve3d(t.get(0), t.get(1), null, w, 1);
                  },
              v -> {
                var filter = v.get(1);
                var flipped =
                    fill(
                        filter.shape(),
                        i -> {
                          for (int axis = 2; axis < i.length; axis++) {
                            i[axis] = filter.size(axis) - 1 - i[axis];
                          }
                          return filter.at(i);
                        });
                return conv(v.get(0), flipped, w, 1);
              });
        });
  }

  private static Plain conv(Plain x, Plain weight, Window w, int groups) {
    int filters = weight.size(0) / groups;
    int channels = weight.size(1);
    return fill(
        Spatial.places(x.shape(), weight.size(0), w),
        i ->
            overTaps(
                w,
                tap -> {
                  var at = under(w, i, tap);
                  double sum = 0;
                  for (int c = 0; inside(x, at) && c < channels; c++) {
                    at[1] = i[1] / filters * channels + c;
                    sum += weight.at(join(i[1], c, tap)) * x.at(at);
                  }
                  return sum;
                }));
  }

  /// The sum over all taps of a window.
  private static double overTaps(Window w, ToDoubleFunction<int[]> f) {
    return Arrays.stream(fill(Shape.of(taps(w)), f).values()).sum();
  }

  /// What a tap sees for the output at an index.
  private static int[] under(Window w, int[] output, int... tap) {
    var at = output.clone();
    for (int i = 0; i < tap.length; i++) {
      var a = w.axis(i);
      at[2 + i] = output[2 + i] * a.stride() - a.before() + tap[i] * a.dilation();
    }
    return at;
  }

  private static boolean inside(Plain x, int... at) {
    return IntStream.range(2, at.length).allMatch(i -> at[i] >= 0 && at[i] < x.size(i));
  }

  private static int[] join(int first, int second, int... rest) {
    return IntStream.concat(IntStream.of(first, second), Arrays.stream(rest)).toArray();
  }

  // ---- transposed convolution

  private static Stream<Row> transposedConvolutions() {
    return Stream.of(
        convTranspose("convTranspose1d", d -> Window.line(3).stride(2), 1, true),
        convTranspose("convTranspose1d, anything, 2 groups", d -> window(d, 1), 2, true),
        convTranspose("convTranspose3d", d -> Window.cube(2).stride(2), 1, true),
        convTranspose("convTranspose3d, anything", d -> window(d, 3), 1, false),
        convTranspose("convTranspose3d, anything, 2 groups", d -> window(d, 3), 2, false));
  }

  private static Row convTranspose(
      String name, Function<Draw, Window> windows, int groups, boolean bias) {
    return row(
        name,
        d -> {
          var w = windows.apply(d);
          int rank = w.rank();
          int channels = groups * few(d, rank);
          int filters = few(d, rank);
          int[] more = w.axes().stream().mapToInt(a -> d.between(0, a.stride() - 1)).toArray();
          // Enough for the padding to leave something.
          int[] sizes =
              w.axes().stream().mapToInt(a -> a.before() + a.after() + few(d, rank)).toArray();
          var x = d.normal(shape(d.batch(), channels, sizes));
          var weight = d.normal(shape(channels, filters, taps(w)));
          return new Case(
              bias ? List.of(x, weight, d.normal(groups * filters)) : List.of(x, weight),
              t -> {
                var b = bias ? t.get(2) : null;
                return rank == 1
                    ? Convolution.convTranspose1d(t.get(0), t.get(1), b, w, more[0], groups)
                    : Convolution.convTranspose3d(
                        t.get(0), t.get(1), b, w, more[0], more[1], more[2], groups);
              },
              v -> {
                var y = convTranspose(v.get(0), v.get(1), w, groups, more);
                return bias ? fill(y.shape(), i -> y.at(i) + v.get(2).at(i[1])) : y;
              });
        });
  }

  /// Each output pixel looks for the input pixels that reach it.
  private static Plain convTranspose(
      Plain x, Plain weight, Window w, int groups, int... outputPads) {
    int channels = x.size(1) / groups;
    int filters = weight.size(1);
    var sizes = x.shape().sizes();
    sizes[1] = groups * filters;
    for (int i = 0; i < w.rank(); i++) {
      var a = w.axis(i);
      sizes[2 + i] =
          (sizes[2 + i] - 1) * a.stride()
              - a.before()
              - a.after()
              + a.dilation() * (a.taps() - 1)
              + 1
              + outputPads[i];
    }
    return fill(
        Shape.of(sizes),
        i ->
            overTaps(
                w,
                tap -> {
                  var at = i.clone();
                  for (int k = 0; k < tap.length; k++) {
                    var a = w.axis(k);
                    int reached = i[2 + k] + a.before() - tap[k] * a.dilation();
                    at[2 + k] = reached % a.stride() == 0 ? reached / a.stride() : -1;
                  }
                  double sum = 0;
                  for (int c = 0; inside(x, at) && c < channels; c++) {
                    at[1] = i[1] / filters * channels + c;
                    sum += weight.at(join(at[1], i[1] % filters, tap)) * x.at(at);
                  }
                  return sum;
                }));
  }

  // ---- padding

  private static Stream<Row> paddings() {
    var modes =
        Arrays.stream(Padding.Mode.values())
            .flatMap(
                mode ->
                    IntStream.rangeClosed(1, 3)
                        .mapToObj(
                            rank ->
                                pad(
                                    "pad " + rank + "-D, " + mode,
                                    rank,
                                    (x, sides) -> Padding.pad(x, mode, sides),
                                    (place, size) -> source(mode, place, size),
                                    0)));
    var others =
        Stream.of(
            pad(
                "pad with a number",
                2,
                (x, sides) -> Padding.constant(x, -2.5, sides),
                (place, size) -> place >= 0 && place < size ? place : -1,
                -2.5),
            row(
                "pad all sides alike",
                d -> List.of(d.normal(d.batch(), d.few(), d.size() + 1, d.size() + 1)),
                t -> Padding.pad(t.getFirst(), Padding.Mode.REFLECT, 1),
                v ->
                    padded(
                        v.getFirst(),
                        new int[] {1, 1, 1, 1},
                        (place, size) -> source(Padding.Mode.REFLECT, place, size),
                        0)),
            row(
                "crop",
                d -> List.of(d.normal(d.batch(), d.few(), d.size() + 3, d.size() + 1)),
                t -> Padding.crop(t.getFirst(), 1, 0, 2, 1),
                v -> {
                  var x = v.getFirst();
                  return fill(
                      shape(x.size(0), x.size(1), x.size(2) - 3, x.size(3) - 1),
                      i -> x.at(i[0], i[1], i[2] + 1, i[3]));
                }),
            row(
                "flip",
                d -> List.of(d.normal(d.shape(4))),
                t -> t.getFirst().flip(-1, 1),
                v -> {
                  var x = v.getFirst();
                  return fill(
                      x.shape(), i -> x.at(i[0], x.size(1) - 1 - i[1], i[2], x.size(3) - 1 - i[3]));
                }));
    return Stream.concat(modes, others);
  }

  private interface Pad {
    Tensor of(Tensor x, int... sides);
  }

  private interface Source {
    /// Which pixel is seen at a place, or −1 for none.
    int of(int place, int size);
  }

  private static int source(Padding.Mode mode, int place, int size) {
    int p = place;
    while (p < 0 || p >= size) {
      switch (mode) {
        case ZEROS -> {
          return -1;
        }
        case REPLICATE -> p = p < 0 ? 0 : size - 1;
        case REFLECT -> p = p < 0 ? -p : 2 * (size - 1) - p;
        case SYMMETRIC -> p = p < 0 ? -1 - p : 2 * size - 1 - p;
        case CIRCULAR -> p = p < 0 ? p + size : p - size;
      }
    }
    return p;
  }

  private static Row pad(String name, int rank, Pad op, Source source, double value) {
    return row(
        name,
        d -> {
          int[] sizes = draw(rank, () -> 1 + few(d, rank));
          int[] sides = draw(2 * rank, () -> d.between(0, 5));
          return new Case(
              List.of(d.normal(shape(d.batch(), d.few(), sizes))),
              t -> op.of(t.getFirst(), sides),
              v -> padded(v.getFirst(), sides, source, value));
        });
  }

  private static Plain padded(Plain x, int[] sides, Source source, double value) {
    int rank = sides.length / 2;
    var sizes = x.shape().sizes();
    for (int i = 0; i < rank; i++) {
      sizes[2 + i] += sides[i] + sides[rank + i];
    }
    return fill(
        Shape.of(sizes),
        i -> {
          var at = i.clone();
          for (int k = 0; k < rank; k++) {
            at[2 + k] = source.of(i[2 + k] - sides[k], x.size(2 + k));
          }
          return inside(x, at) ? x.at(at) : value;
        });
  }

  // ---- pooling

  private static Stream<Row> poolings() {
    return Stream.of(
        pool("maxPool1d", d -> Window.line(2).stride(2), Pooling::maxPool, OpTableSpatial::max),
        pool(
            "maxPool1d, padding",
            d -> Window.line(3).pad(1),
            Pooling::maxPool,
            OpTableSpatial::max),
        pool("maxPool3d", d -> Window.cube(2).stride(2), Pooling::maxPool, OpTableSpatial::max),
        pool(
            "maxPool3d, unlike axes",
            d -> Window.of(1, 3, 2).stride(2, 1, 3).pad(0, 1, 1, 0, 0, 1),
            Pooling::maxPool,
            OpTableSpatial::max),
        pool(
            "maxPool, ceil",
            d -> Window.of(3, 2).stride(2, 3).pad(1, 0, 1, 1),
            Pooling::maxPoolCeil,
            Pooling::ceil,
            OpTableSpatial::max),
        pool(
            "maxPool with indices",
            d -> Window.of(3).stride(2).pad(1),
            (x, w) -> Pooling.maxPoolWithIndices(x, w).y(),
            OpTableSpatial::max),
        pool(
            "minPool2d",
            d -> Window.of(3).stride(2).pad(1),
            Pooling::minPool,
            (taps, w) -> inside(taps).min().orElseThrow()),
        pool(
            "medianPool1d",
            d -> Window.line(4).pad(1),
            Pooling::medianPool,
            OpTableSpatial::median),
        pool(
            "medianPool2d",
            d -> Window.of(3).stride(2).pad(1),
            Pooling::medianPool,
            OpTableSpatial::median),
        pool("medianPool3d", d -> Window.cube(2), Pooling::medianPool, OpTableSpatial::median),
        pool(
            "avgPool1d, padding",
            d -> Window.line(3).stride(2).pad(1),
            (x, w) -> Pooling.avgPool(x, w, true),
            (taps, w) -> inside(taps).sum() / w.area()),
        pool(
            "avgPool3d, padding not counted",
            d -> Window.cube(3).stride(2).pad(1),
            (x, w) -> Pooling.avgPool(x, w, false),
            (taps, w) -> inside(taps).average().orElseThrow()),
        pool(
            "avgPool, ceil, padding not counted",
            d -> Window.of(3, 2).stride(2, 3).pad(1, 0, 1, 1),
            (x, w) -> Pooling.avgPoolCeil(x, w, false),
            Pooling::ceil,
            (taps, w) -> inside(taps).average().orElseThrow()),
        avgPoolCeil(),
        pool(
            "lpPool, sum",
            d -> Window.line(3),
            (x, w) -> Pooling.lpPool(x, 1, w),
            (taps, w) -> taps.sum()),
        pool(
            "lpPool, L2",
            d -> Window.of(2).stride(2),
            (x, w) -> Pooling.lpPool(x, 2, w),
            (taps, w) -> Math.sqrt(taps.map(v -> v * v).sum())),
        row(
            "lpPool, L3",
            d -> List.of(d.positive(Shape.of(d.batch(), d.few(), d.size() + 1, d.size() + 1))),
            t -> Pooling.lpPool(t.getFirst(), 3, Window.of(2)),
            v ->
                pool(
                    v.getFirst(),
                    Window.of(2),
                    (taps, w) -> Math.cbrt(taps.map(x -> x * x * x).sum()))),
        row(
            "lpPool of zeros",
            d -> List.of(d.normal(d.batch(), 2, d.size() + 1, d.size() + 1).mul(0)),
            t -> Pooling.lpPool(t.getFirst().mul(0), 2, Window.of(2)),
            v -> pool(v.getFirst(), Window.of(2), (taps, w) -> 0)),
        adaptive("adaptiveAvgPool1d", true, 3),
        adaptive("adaptiveAvgPool3d", true, 2, 1, 3),
        adaptive("adaptiveMaxPool1d", false, 3),
        adaptive("adaptiveMaxPool2d", false, 2, 3),
        adaptive("adaptiveMaxPool2d to more", false, 5, 1),
        adaptive("adaptiveMaxPool3d", false, 2, 1, 3),
        row(
            "globalAvgPool",
            d -> List.of(d.normal(d.batch(), d.few(), d.size(), d.size())),
            t -> Pooling.globalAvgPool(t.getFirst()),
            v -> global(v.getFirst(), s -> s.average().orElseThrow())),
        row(
            "globalMaxPool",
            d -> List.of(d.distinct(Shape.of(d.batch(), d.few(), d.size(), d.size()))),
            t -> Pooling.globalMaxPool(t.getFirst()),
            v -> global(v.getFirst(), s -> s.max().orElseThrow())));
  }

  private interface Pool {
    Tensor of(Tensor x, Window w);
  }

  private interface Effective {
    Window of(Window w, Shape x);
  }

  /// Of the numbers under a window; those in the padding are NaN.
  private interface Formula {
    double pool(DoubleStream taps, Window w);
  }

  private static DoubleStream inside(DoubleStream taps) {
    return taps.filter(v -> !Double.isNaN(v));
  }

  private static double max(DoubleStream taps, Window w) {
    return inside(taps).max().orElseThrow();
  }

  private static double median(DoubleStream taps, Window w) {
    var sorted = inside(taps).sorted().toArray();
    return sorted[(sorted.length - 1) / 2];
  }

  private static Row pool(String name, Function<Draw, Window> windows, Pool op, Formula formula) {
    return pool(name, windows, op, (w, x) -> w, formula);
  }

  /// @param effective the window that the formula is asked with
  private static Row pool(
      String name, Function<Draw, Window> windows, Pool op, Effective effective, Formula formula) {
    return row(
        name,
        d -> {
          var w = windows.apply(d);
          int[] sizes =
              w.axes().stream()
                  .mapToInt(a -> a.dilation() * (a.taps() - 1) + few(d, w.rank()))
                  .toArray();
          return new Case(
              List.of(d.distinct(shape(d.batch(), d.few(), sizes))),
              t -> op.of(t.getFirst(), w),
              v -> pool(v.getFirst(), effective.of(w, v.getFirst().shape()), formula));
        });
  }

  private static Plain pool(Plain x, Window w, Formula formula) {
    return fill(
        Spatial.places(x.shape(), x.size(1), w),
        i ->
            formula.pool(
                Arrays.stream(
                    fill(
                            Shape.of(taps(w)),
                            tap -> {
                              var at = under(w, i, tap);
                              return inside(x, at) ? x.at(at) : Double.NaN;
                            })
                        .values()),
                w));
  }

  /// Divided by the taps on the image and its padding, those behind that left out.
  private static Row avgPoolCeil() {
    var window = Window.of(3, 2).stride(2, 3).pad(1, 0, 1, 1);
    return row(
        "avgPool, ceil, padding counted",
        d -> List.of(d.normal(d.batch(), d.few(), 2 + d.few(), 1 + d.few())),
        t -> Pooling.avgPoolCeil(t.getFirst(), window, true),
        v -> {
          var x = v.getFirst();
          var w = Pooling.ceil(window, x.shape());
          var sum = pool(x, w, (taps, _) -> inside(taps).sum());
          return fill(
              sum.shape(),
              i ->
                  sum.at(i)
                      / overTaps(
                          w,
                          tap -> {
                            var at = under(w, i, tap);
                            return at[2] < x.size(2) + 1 && at[3] < x.size(3) + 1 ? 1 : 0;
                          }));
        });
  }

  /// Of images smaller and larger than the output, and multiples of it.
  private static Row adaptive(String name, boolean mean, int... sizes) {
    int rank = sizes.length;
    return row(
        name,
        d ->
            List.of(
                d.distinct(
                    shape(d.batch(), d.few(), draw(rank, () -> d.between(1, 4) + few(d, rank))))),
        t ->
            mean
                ? Pooling.adaptiveAvgPool(t.getFirst(), sizes)
                : Pooling.adaptiveMaxPool(t.getFirst(), sizes),
        v -> {
          var x = v.getFirst();
          return fill(
              shape(x.size(0), x.size(1), sizes),
              i -> {
                var part = DoubleStream.builder();
                fill(
                    x.shape(),
                    at -> {
                      boolean inside = at[0] == i[0] && at[1] == i[1];
                      for (int k = 2; k < at.length; k++) {
                        int n = sizes[k - 2];
                        int size = x.size(k);
                        inside &= (at[k] + 1) * n > i[k] * size && at[k] * n < (i[k] + 1) * size;
                      }
                      if (inside) {
                        part.add(x.at(at));
                      }
                      return 0;
                    });
                return mean
                    ? part.build().average().orElseThrow()
                    : part.build().max().orElseThrow();
              });
        });
  }

  private static Plain global(Plain x, ToDoubleFunction<DoubleStream> f) {
    return x.over(f, 2, 3).reshape(Shape.of(x.size(0), x.size(1), 1, 1));
  }

  // ---- unpooling

  private static Stream<Row> unpoolings() {
    return Stream.of(
        indices("maxPool1d's indices", d -> Window.line(3).stride(2).pad(1)),
        indices("maxPool2d's indices", d -> Window.of(3, 2).stride(2, 1).pad(1)),
        indices("maxPool2d's indices, dilation", d -> Window.of(2).dilation(2)),
        indices("maxPool3d's indices", d -> Window.of(2, 3, 2).stride(2).pad(0, 1, 0, 1, 0, 0)),
        row(
            "maxUnpool2d",
            d -> {
              int rows = d.few();
              int columns = d.few();
              int n = d.batch();
              int c = d.few();
              var image = d.distinct(Shape.of(n, c, 2 * rows + 1, 2 * columns));
              var window = Window.of(2).stride(2);
              return new Case(
                  List.of(
                      d.normal(n, c, rows, columns),
                      Pooling.maxPoolWithIndices(image, window).indices()),
                  t -> Pooling.maxUnpool(t.get(0), t.get(1), 2 * rows + 1, 2 * columns),
                  v ->
                      fill(
                          image.shape(),
                          i -> {
                            int row = i[2] / 2;
                            int column = i[3] / 2;
                            int place = i[2] * 2 * columns + i[3];
                            return row < rows && v.get(1).at(i[0], i[1], row, column) == place
                                ? v.get(0).at(i[0], i[1], row, column)
                                : 0;
                          }));
            }));
  }

  private static Row indices(String name, Function<Draw, Window> windows) {
    return row(
        name,
        d -> {
          var w = windows.apply(d);
          int[] sizes =
              w.axes().stream()
                  .mapToInt(a -> a.dilation() * (a.taps() - 1) + few(d, w.rank()))
                  .toArray();
          return new Case(
              List.of(d.distinct(shape(d.batch(), d.few(), sizes))),
              t -> Pooling.maxPoolWithIndices(t.getFirst(), w).indices(),
              v -> {
                var x = v.getFirst();
                var largest = pool(x, w, OpTableSpatial::max);
                return fill(
                    largest.shape(),
                    i ->
                        overTaps(
                            w,
                            tap -> {
                              var at = under(w, i, tap);
                              if (!inside(x, at) || x.at(at) != largest.at(i)) {
                                return 0;
                              }
                              int place = 0;
                              for (int k = 2; k < at.length; k++) {
                                place = place * x.size(k) + at[k];
                              }
                              return place;
                            }));
              });
        });
  }

  // ---- resizing

  private static Stream<Row> resizings() {
    return Stream.of(
        resize("resize 2-D, nearest", 2, Resampling.Mode.NEAREST, false),
        resize("resize 1-D, nearest, exact", 1, Resampling.Mode.NEAREST_EXACT, false),
        resize("resize 3-D, nearest", 3, Resampling.Mode.NEAREST, false),
        resize("resize 1-D, linear", 1, Resampling.Mode.LINEAR, false),
        resize("resize 1-D, linear, corners", 1, Resampling.Mode.LINEAR, true),
        resize("resize 2-D, linear", 2, Resampling.Mode.LINEAR, false),
        resize("resize 2-D, linear, corners", 2, Resampling.Mode.LINEAR, true),
        resize("resize 3-D, linear", 3, Resampling.Mode.LINEAR, false),
        resize("resize 3-D, linear, corners", 3, Resampling.Mode.LINEAR, true),
        resize("resize 2-D, cubic", 2, Resampling.Mode.CUBIC, false),
        resize("resize 2-D, cubic, corners", 2, Resampling.Mode.CUBIC, true),
        row(
            "scale, linear",
            d -> List.of(d.normal(d.batch(), d.few(), d.size(), d.size())),
            t -> Resampling.scale(t.getFirst(), Resampling.Mode.LINEAR, false, 1.7, 2),
            v -> {
              var x = v.getFirst();
              int rows = (int) Math.floor(1.7 * x.size(2));
              return resized(
                  x,
                  (axis, o) -> clampedCentre(o, 1 / (axis == 0 ? 1.7 : 2), x.size(2 + axis)),
                  OpTableSpatial::tent,
                  rows,
                  2 * x.size(3));
            }));
  }

  private interface Place {
    /// Where among the inputs output `o` lies.
    double of(int axis, int o);
  }

  private static double clampedCentre(int o, double step, int size) {
    return Math.clamp((o + 0.5) * step - 0.5, 0, size - 1);
  }

  private static double tent(double distance) {
    return Math.max(0, 1 - distance);
  }

  /// Keys 1981, equation 4, with a = −0.75.
  private static double keys(double d) {
    double a = -0.75;
    return d < 1
        ? (a + 2) * d * d * d - (a + 3) * d * d + 1
        : d < 2 ? a * d * d * d - 5 * a * d * d + 8 * a * d - 4 * a : 0;
  }

  private static Row resize(String name, int rank, Resampling.Mode mode, boolean corners) {
    return row(
        name,
        d -> {
          int[] sizes = draw(rank, () -> d.between(1, rank == 3 ? 4 : 9));
          return new Case(
              List.of(d.normal(shape(d.batch(), d.few(), draw(rank, () -> 1 + few(d, rank))))),
              t -> Resampling.resize(t.getFirst(), mode, corners, sizes),
              v -> {
                var x = v.getFirst();
                return switch (mode) {
                  case NEAREST ->
                      resized(
                          x,
                          (axis, o) -> Math.floorDiv(o * x.size(2 + axis), sizes[axis]),
                          OpTableSpatial::tent,
                          sizes);
                  case NEAREST_EXACT ->
                      resized(
                          x,
                          (axis, o) ->
                              Math.floorDiv((2 * o + 1) * x.size(2 + axis), 2 * sizes[axis]),
                          OpTableSpatial::tent,
                          sizes);
                  case LINEAR ->
                      resized(
                          x,
                          (axis, o) -> place(x.size(2 + axis), sizes[axis], o, corners, true),
                          OpTableSpatial::tent,
                          sizes);
                  case CUBIC ->
                      resized(
                          x,
                          (axis, o) -> place(x.size(2 + axis), sizes[axis], o, corners, false),
                          OpTableSpatial::keys,
                          sizes);
                };
              });
        });
  }

  private static double place(int in, int out, int o, boolean corners, boolean clamp) {
    if (corners) {
      return out == 1 ? 0 : o * (in - 1.0) / (out - 1);
    }
    double at = (o + 0.5) * in / out - 0.5;
    return clamp ? Math.clamp(at, 0, in - 1) : at;
  }

  /// A weighted sum over all inputs and three pixels beyond, where those at the edge are repeated.
  private static Plain resized(
      Plain x, Place place, java.util.function.DoubleUnaryOperator weight, int... sizes) {
    int rank = sizes.length;
    var around = new int[rank];
    for (int i = 0; i < rank; i++) {
      around[i] = x.size(2 + i) + 6;
    }
    return fill(
        shape(x.size(0), x.size(1), sizes),
        i ->
            Arrays.stream(
                    fill(
                            Shape.of(around),
                            from -> {
                              var at = i.clone();
                              double w = 1;
                              for (int k = 0; k < rank; k++) {
                                int input = from[k] - 3;
                                w *= weight.applyAsDouble(Math.abs(place.of(k, i[2 + k]) - input));
                                at[2 + k] = Math.clamp(input, 0, x.size(2 + k) - 1);
                              }
                              return w == 0 ? 0 : w * x.at(at);
                            })
                        .values())
                .sum());
  }

  // ---- patches

  private static Stream<Row> patches() {
    return Stream.of(
        row(
            "unfold",
            d -> {
              var w = window(d, 2);
              return new Case(
                  List.of(d.normal(shape(d.batch(), d.few(), sizes(d, w)))),
                  t -> Patches.unfold(t.getFirst(), w),
                  v -> unfold(v.getFirst(), w));
            }),
        row(
            "fold",
            d -> {
              var w = window(d, 2);
              int[] sizes = sizes(d, w);
              var places = w.places(sizes);
              int c = d.few();
              return new Case(
                  List.of(d.normal(d.batch(), c * w.area(), places[0] * places[1])),
                  t -> Patches.fold(t.getFirst(), sizes[0], sizes[1], w),
                  v -> {
                    var x = v.getFirst();
                    return fill(
                        shape(x.size(0), c, sizes),
                        i -> {
                          double sum = 0;
                          for (int p = 0; p < places[0] * places[1]; p++) {
                            for (int tap = 0; tap < w.area(); tap++) {
                              var at =
                                  under(
                                      w,
                                      new int[] {i[0], i[1], p / places[1], p % places[1]},
                                      tap / w.width(),
                                      tap % w.width());
                              if (at[2] == i[2] && at[3] == i[3]) {
                                sum += x.at(i[0], i[1] * w.area() + tap, p);
                              }
                            }
                          }
                          return sum;
                        });
                  });
            }),
        locallyConnected("locallyConnected1d", 1),
        locallyConnected("locallyConnected2d", 2));
  }

  private static Plain unfold(Plain x, Window w) {
    var places = w.places(x.size(2), x.size(3));
    return fill(
        Shape.of(x.size(0), x.size(1) * w.area(), places[0] * places[1]),
        i -> {
          int tap = i[1] % w.area();
          int[] place = {i[0], i[1] / w.area(), i[2] / places[1], i[2] % places[1]};
          var at = under(w, place, tap / w.width(), tap % w.width());
          return inside(x, at) ? x.at(at) : 0;
        });
  }

  private static Row locallyConnected(String name, int rank) {
    return row(
        name,
        d -> {
          var w = window(d, rank);
          int[] sizes = Arrays.stream(sizes(d, w)).map(size -> Math.min(size, 12)).toArray();
          int[] places = w.places(sizes);
          int all = Arrays.stream(places).reduce(1, Math::multiplyExact);
          int c = d.few();
          int k = d.few();
          var x = d.normal(shape(d.batch(), c, sizes));
          var bias = IntStream.concat(Arrays.stream(places), IntStream.of(k)).toArray();
          return new Case(
              List.of(x, d.normal(all, w.area() * c, k), d.normal(bias)),
              t ->
                  rank == 1
                      ? Patches.locallyConnected1d(t.get(0), t.get(1), t.get(2), w)
                      : Patches.locallyConnected2d(t.get(0), t.get(1), t.get(2), w),
              v -> {
                var image = v.get(0);
                var weight = v.get(1);
                return fill(
                    shape(image.size(0), k, places),
                    i -> {
                      int place = 0;
                      for (int axis = 0; axis < rank; axis++) {
                        place = place * places[axis] + i[2 + axis];
                      }
                      int at = place;
                      double sum = v.get(2).reshape(Shape.of(all, k)).at(at, i[1]);
                      for (int channel = 0; channel < c; channel++) {
                        int from = channel;
                        sum +=
                            overTaps(
                                w,
                                tap -> {
                                  var pixel = under(w, i, tap);
                                  pixel[1] = from;
                                  int number = rank == 1 ? tap[0] : tap[0] * w.width() + tap[1];
                                  return inside(image, pixel)
                                      ? image.at(pixel) * weight.at(at, number * c + from, i[1])
                                      : 0;
                                });
                      }
                      return sum;
                    });
              });
        });
  }
}
