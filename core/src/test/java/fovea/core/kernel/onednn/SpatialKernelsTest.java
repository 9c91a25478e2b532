package fovea.core.kernel.onednn;

import static fovea.core.kernel.onednn.Samples.DESTINATIONS;
import static fovea.core.kernel.onednn.Samples.assertClose;
import static fovea.core.kernel.onednn.Samples.empty;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import fovea.core.FoveaException;
import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.JavaKernels;
import fovea.core.kernel.Kernels;
import fovea.core.kernel.Taps;
import fovea.core.kernel.Window;
import fovea.core.kernel.onednn.Samples.Lay;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Kernels on volumes, of places and for resampling, against the plain Java ones, on random shapes,
/// layouts and windows. A failure names its seed.
class SpatialKernelsTest {
  private static final int ROUNDS = 40;
  private static final Kernels PLAIN = new JavaKernels();
  private static Kernels fast = PLAIN;

  @BeforeAll
  static void load() {
    try {
      fast = new OneDnnProvider().load(PLAIN);
    } catch (FoveaException e) {
      assumeTrue(false, e.getMessage());
    }
  }

  private static void rounds(Consumer<Samples> body) {
    for (int seed = 0; seed < ROUNDS; seed++) {
      try {
        body.accept(new Samples(seed));
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }
  }

  private static Lay any(Samples s) {
    return s.oneOf(Lay.values());
  }

  private static NdArray[] pair(Samples s, Shape shape) {
    var lay = s.oneOf(DESTINATIONS);
    return new NdArray[] {empty(lay, DType.F32, shape), empty(lay, DType.F32, shape)};
  }

  private static int[] draw(int n, IntSupplier number) {
    return IntStream.generate(number).limit(n).toArray();
  }

  private static Window window(Samples s, int rank, boolean padsFreely) {
    var w = Window.of(draw(rank, () -> s.between(1, 3))).stride(draw(rank, () -> s.between(1, 2)));
    if (padsFreely) {
      w = w.dilation(draw(rank, () -> s.between(1, 2)));
      return w.pad(draw(2 * rank, () -> s.between(0, 2)));
    }
    return w.pad(w.axes().stream().mapToInt(a -> s.between(0, a.taps() / 2)).toArray());
  }

  private static Shape image(Samples s, Window w, int channels) {
    var sizes = w.axes().stream().mapToInt(a -> a.dilation() * (a.taps() - 1) + s.between(1, 6));
    return Shape.of(IntStream.concat(IntStream.of(s.between(1, 3), channels), sizes).toArray());
  }

  private static Shape places(Shape x, Window w, int channels) {
    var sizes = x.sizes();
    sizes[1] = channels;
    for (int i = 0; i < w.rank(); i++) {
      sizes[2 + i] = w.axis(i).places(sizes[2 + i]);
    }
    return Shape.of(sizes);
  }

  @Test
  void convolutionOfVolumes() {
    rounds(
        s -> {
          int groups = s.oneOf(1, 1, 2, 3);
          int c = groups * s.oneOf(1, 3, 16);
          int k = groups * s.oneOf(1, 2, 16);
          var window = window(s, 3, true);
          var shape = image(s, window, c);
          var x = s.normal(any(s), shape);
          var weights =
              Shape.of(k, c / groups, window.axis(0).taps(), window.height(), window.width());
          var w = s.normal(s.oneOf(DESTINATIONS), weights);
          var bias = s.between(0, 1) == 0 ? null : s.normal(Lay.ROW_MAJOR, k);
          var places = places(shape, window, k);
          var dy = s.normal(any(s), places);
          var what = "convolution of " + x + " with " + w + " " + window + " groups " + groups;

          var y = pair(s, places);
          PLAIN.convolution(x, w, bias, window, groups, y[0]);
          fast.convolution(x, w, bias, window, groups, y[1]);
          assertClose(y[0], y[1], 1e-5, what);
          var dx = pair(s, shape);
          PLAIN.convolutionBackwardData(dy, w, window, groups, dx[0]);
          fast.convolutionBackwardData(dy, w, window, groups, dx[1]);
          assertClose(dx[0], dx[1], 1e-5, "backward data of " + what);
          var dw = pair(s, weights);
          PLAIN.convolutionBackwardWeights(x, dy, window, groups, dw[0], null);
          fast.convolutionBackwardWeights(x, dy, window, groups, dw[1], null);
          assertClose(dw[0], dw[1], 2e-5, "backward weights of " + what);
        });
  }

  @Test
  void poolingOfVolumesAndPlaces() {
    rounds(
        s -> {
          int c = s.oneOf(1, 3, 16, 17);
          var window = window(s, s.between(2, 3), false);
          var shape = image(s, window, c);
          var x = s.normal(any(s), shape);
          var places = places(shape, window, c);
          var what = "pooling of " + x + " with " + window;
          var y = pair(s, places);
          var dy = s.normal(any(s), places);
          var dx = pair(s, shape);
          var lay = s.oneOf(DESTINATIONS);
          var indices =
              new NdArray[] {empty(lay, DType.I64, places), empty(lay, DType.I64, places)};
          for (int i = 0; i < 2; i++) {
            var kernels = i == 0 ? PLAIN : fast;
            var bytes = kernels.maxPoolWorkspaceBytes(x, window, y[i]);
            var workspace = NdArray.allocate(DType.U8, Shape.of(Math.toIntExact(bytes)));
            kernels.maxPool(x, window, y[i], workspace);
            kernels.maxPoolBackward(dy, workspace, window, dx[i]);
            kernels.maxPoolIndices(x, window, workspace, indices[i]);
          }
          assertClose(y[0], y[1], 0, "max " + what);
          assertClose(dx[0], dx[1], 1e-6, "max backward " + what);
          if (x.isDense()) { // else there are ties, of which any may be taken
            assertArrayEquals(indices[0].toLongs(), indices[1].toLongs(), "places, " + what);
          }
          for (boolean countPad : new boolean[] {false, true}) {
            PLAIN.averagePool(x, window, countPad, y[0]);
            fast.averagePool(x, window, countPad, y[1]);
            assertClose(y[0], y[1], 1e-6, "average " + what);
            PLAIN.averagePoolBackward(dy, window, countPad, dx[0]);
            fast.averagePoolBackward(dy, window, countPad, dx[1]);
            assertClose(dx[0], dx[1], 1e-6, "average backward " + what);
          }
          PLAIN.medianIndices(x, window, indices[0]);
          fast.medianIndices(x, window, indices[1]);
          assertArrayEquals(indices[0].toLongs(), indices[1].toLongs(), "median " + what);
        });
  }

  /// A window with more taps than a byte can number.
  @Test
  void placesUnderALargeWindow() {
    var s = new Samples(1);
    var x = s.normal(Lay.CHANNELS_LAST, 2, 3, 20, 19);
    var window = Window.of(20, 19);
    var y = NdArray.channelsLast(DType.F32, Shape.of(2, 3, 1, 1));
    var expected = NdArray.allocate(DType.I64, y.shape());
    var actual = NdArray.allocate(DType.I64, y.shape());
    for (var kernels : new Kernels[] {PLAIN, fast}) {
      var bytes = kernels.maxPoolWorkspaceBytes(x, window, y);
      var workspace = NdArray.allocate(DType.U8, Shape.of(Math.toIntExact(bytes)));
      kernels.maxPool(x, window, y, workspace);
      kernels.maxPoolIndices(
          x, window, workspace, kernels instanceof JavaKernels ? expected : actual);
    }
    assertArrayEquals(expected.toLongs(), actual.toLongs());
  }

  @Test
  void resampling() {
    rounds(
        s -> {
          int c = s.oneOf(1, 3, 16, 17, 40);
          int height = s.between(1, 40);
          int width = s.between(1, 40);
          var rows = taps(s, height, s.between(1, 60));
          var columns =
              s.between(0, 3) == 0 ? Taps.identity(width) : taps(s, width, s.between(1, 60));
          var x = s.normal(any(s), s.between(1, 3), c, height, width);
          var shape = x.shape().with(2, rows.outputs()).with(3, columns.outputs());
          var y = pair(s, shape);
          PLAIN.resample(x, rows, columns, y[0]);
          fast.resample(x, rows, columns, y[1]);
          assertClose(y[0], y[1], 1e-5, "resampling of " + x);
          var dy = s.normal(Lay.CHANNELS_LAST, shape);
          var dx = pair(s, x.shape());
          PLAIN.resample(dy, rows.transpose(), columns.transpose(), dx[0]);
          fast.resample(dy, rows.transpose(), columns.transpose(), dx[1]);
          assertClose(dx[0], dx[1], 1e-5, "resampling back to " + x);
        });
  }

  private static Taps taps(Samples s, int inputs, int outputs) {
    return switch (s.between(0, 3)) {
      case 0 -> Taps.nearest(inputs, outputs, (double) inputs / outputs, 0);
      case 1 -> Taps.linear(inputs, outputs, Taps.Grid.edges((double) inputs / outputs));
      case 2 -> Taps.cubic(inputs, outputs, Taps.Grid.corners(inputs, outputs));
      default -> Taps.means(inputs, outputs);
    };
  }

  /// Rows and rests of vectors of bfloat16.
  @Test
  void resamplingOfBfloat16() {
    var s = new Samples(3);
    var wide = s.normal(Lay.CHANNELS_LAST, 2, 21, 9, 7);
    var x = NdArray.like(wide, DType.BF16);
    PLAIN.copy(wide, x);
    var rows = Taps.linear(9, 15, Taps.Grid.edges(9.0 / 15));
    var columns = Taps.linear(7, 13, Taps.Grid.corners(7, 13));
    var expected = NdArray.channelsLast(DType.BF16, Shape.of(2, 21, 15, 13));
    var actual = NdArray.channelsLast(DType.BF16, expected.shape());
    PLAIN.resample(x, rows, columns, expected);
    fast.resample(x, rows, columns, actual);
    assertClose(expected, actual, 0.01, "bfloat16");
  }

  /// Large enough for the loops on the team, and in every layout.
  @Test
  void placesOfChannels() {
    rounds(
        s -> {
          int n = s.between(1, 3);
          int c = s.oneOf(1, 5, 16, 40);
          int places = 20_000 / (n * c) + s.between(1, 9);
          int pixels = places + s.between(0, 50);
          var sparse = s.normal(any(s), n, c, pixels);
          var dense = s.normal(any(s), n, c, places);
          var index = empty(s.oneOf(DESTINATIONS), DType.I64, dense.shape());
          Samples.forEach(index.shape(), at -> index.set(s.between(0, pixels - 1), at));
          var gathered = pair(s, dense.shape());
          PLAIN.gather(sparse, 2, index, gathered[0]);
          fast.gather(sparse, 2, index, gathered[1]);
          assertClose(gathered[0], gathered[1], 0, "gather");
          for (boolean add : new boolean[] {false, true}) {
            var scattered = pair(s, sparse.shape());
            for (int i = 0; i < 2; i++) {
              var kernels = i == 0 ? PLAIN : fast;
              kernels.fill(scattered[i], 0);
              if (add) {
                kernels.scatterAdd(dense, 2, index, scattered[i]);
              } else {
                kernels.scatter(dense, 2, index, scattered[i]);
              }
            }
            assertClose(scattered[0], scattered[1], 0, add ? "scatterAdd" : "scatter");
          }
          index.set(pixels, 0, 0, places - 1);
          assertThrows(ShapeException.class, () -> fast.gather(sparse, 2, index, gathered[1]));
        });
  }

  /// What an embedding reads, and its gradient.
  @Test
  void rowsOfAMatrix() {
    rounds(
        s -> {
          int columns = s.between(1, 150);
          int number = s.between(1, 60);
          var shape = Shape.of(20_000 / columns + s.between(1, 9), columns);
          var sparse = s.normal(any(s), number, columns);
          var dense = s.normal(any(s), shape);
          var each = NdArray.allocate(DType.I64, shape.with(1, 1));
          Samples.forEach(each.shape(), at -> each.set(s.between(0, number - 1), at));
          var index = each.expand(shape);
          var gathered = pair(s, shape);
          PLAIN.gather(sparse, 0, index, gathered[0]);
          fast.gather(sparse, 0, index, gathered[1]);
          assertClose(gathered[0], gathered[1], 0, "gather");
          for (boolean add : new boolean[] {false, true}) {
            var scattered = pair(s, sparse.shape());
            for (int i = 0; i < 2; i++) {
              var kernels = i == 0 ? PLAIN : fast;
              kernels.fill(scattered[i], 0);
              if (add) {
                kernels.scatterAdd(dense, 0, index, scattered[i]);
              } else {
                kernels.scatter(dense, 0, index, scattered[i]);
              }
            }
            assertClose(scattered[0], scattered[1], 0, add ? "scatterAdd" : "scatter");
          }
          each.set(number, shape.size(0) - 1, 0);
          assertThrows(ShapeException.class, () -> fast.gather(sparse, 0, index, gathered[1]));
        });
  }
}
