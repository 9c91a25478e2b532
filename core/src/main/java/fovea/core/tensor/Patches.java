package fovea.core.tensor;

import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Binary;
import fovea.core.kernel.Kernels;
import fovea.core.kernel.Window;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What lies under a window at each of its places, laid out so that a convolution becomes a matrix
/// product (`im2col`), and the locally connected layers that need it.
public final class Patches {
  private Patches() {}

  /// The values under each place of the window, a column for each place (PyTorch's `unfold`).
  ///
  /// **Shapes**: `x [N, C, H, W]` → `y [N, C·KH·KW, OH·OW]`
  ///
  /// @param window its padding counts as zeros
  /// @throws ShapeException when x is no such image, or smaller than the window
  public static Tensor unfold(Tensor x, Window window) {
    check("unfold", 2, x, window);
    var patches = ofPadded(padded(x, window), window.valid());
    var s = patches.shape();
    int places = s.size(0) * s.size(1);
    return patches.permute(2, 4, 3, 0, 1).reshape(s.size(2), s.size(4) * s.size(3), places);
  }

  /// Adds each column to where it lies under the window: what [#unfold] has for its gradient. Where
  /// windows overlap, values are summed.
  ///
  /// **Shapes**: `x [N, C·KH·KW, OH·OW]` → `y [N, C, height, width]`
  ///
  /// @throws ShapeException when the columns are not those of such an image
  public static Tensor fold(Tensor x, int height, int width, Window window) {
    int rows = window.outHeight(height);
    int columns = window.outWidth(width);
    int taps = window.area();
    var s = x.shape();
    if (s.rank() != 3 || s.size(1) % taps != 0 || s.size(2) != rows * columns) {
      throw new ShapeException(
          "fold",
          "input %s is not [N, C·%d, %d], as a %s window on %d×%d pixels makes it"
              .formatted(s, taps, rows * columns, window.size(), height, width));
    }
    int n = s.size(0);
    int c = s.size(1) / taps;
    var patches = x.reshape(n, c, taps, rows, columns).permute(3, 4, 0, 2, 1);
    var whole =
        Shape.of(
            n,
            c,
            height + window.padTop() + window.padBottom(),
            width + window.padLeft() + window.padRight());
    return Padding.crop(
        together(patches, whole, window.valid()),
        window.padTop(),
        window.padLeft(),
        window.padBottom(),
        window.padRight());
  }

  /// As a convolution, but with filters of its own at each place (unshared weights: LeCun 1989;
  /// Taigman et al. 2014, section 3).
  ///
  /// **Shapes**: `x [N, C, H, W]`, `w [OH·OW, KH·KW·C, K]`, `b [OH, OW, K]` → `y [N, K, OH, OW]`;
  /// the weight's as in Keras 2
  ///
  /// @param window its padding counts as zeros
  /// @throws ShapeException when the weight or the bias is not of this window on this image
  public static Tensor locallyConnected2d(
      Tensor x, Tensor w, @Nullable Tensor bias, Window window) {
    check("locallyConnected2d", 2, x, window);
    return locallyConnected("locallyConnected2d", x, w, bias, window);
  }

  /// As [#locallyConnected2d], of sequences: `x [N, C, L]`, `w [OL, KL·C, K]`, `b [OL, K]` → `y [N,
  /// K, OL]`.
  public static Tensor locallyConnected1d(
      Tensor x, Tensor w, @Nullable Tensor bias, Window window) {
    var name = "locallyConnected1d";
    check(name, 1, x, window);
    var b = bias == null ? null : bias.unsqueeze(0);
    return locallyConnected(name, x.unsqueeze(2), w, b, window.withRank(2)).squeeze(2);
  }

  private static Tensor locallyConnected(
      String name, Tensor x, Tensor w, @Nullable Tensor bias, Window window) {
    int n = x.shape().size(0);
    int rows = window.outHeight(x.shape().size(2));
    int columns = window.outWidth(x.shape().size(3));
    int taps = window.area() * x.shape().size(1);
    int filters = w.shape().rank() == 3 ? w.shape().size(2) : 1;
    var expected = Shape.of(rows * columns, taps, filters);
    if (!w.shape().equals(expected)) {
      throw new ShapeException(
          name,
          "weight %s is not [%d, %d, K], for %d×%d places of %d values each"
              .formatted(w.shape(), rows * columns, taps, rows, columns, taps));
    }
    if (bias != null && !bias.shape().equals(Shape.of(rows, columns, filters))) {
      throw new ShapeException(
          name, "bias %s must be %s".formatted(bias.shape(), Shape.of(rows, columns, filters)));
    }
    if (!Precision.fits(x.dtype(), w.dtype())) {
      throw new ShapeException(
          name,
          "input and weight must have one floating type, not " + x.dtype() + " and " + w.dtype());
    }
    var input = Precision.input(x);
    var patches = ofPadded(padded(input, window), window.valid()).reshape(rows * columns, n, taps);
    var y = patches.matmul(w.to(input.dtype()));
    if (bias != null) {
      y = y.add(bias.to(input.dtype()).reshape(rows * columns, 1, filters));
    }
    return y.permute(1, 2, 0).reshape(n, filters, rows, columns);
  }

  private static void check(String operation, int rank, Tensor x, Window window) {
    Spatial.checkRank(operation, rank, x.shape());
    if (window.rank() != rank) {
      throw new ShapeException(
          operation,
          "input %s needs a window of %d axes, not %s".formatted(x.shape(), rank, window.size()));
    }
    Spatial.checkFits(operation, x.shape(), window);
  }

  private static Tensor padded(Tensor x, Window w) {
    return Padding.constant(x, 0, w.padTop(), w.padLeft(), w.padBottom(), w.padRight());
  }

  /// [N, C, H, W] → [OH, OW, N, KH·KW, C].
  private static Tensor ofPadded(Tensor x, Window window) {
    var s = x.shape();
    int rows = window.outHeight(s.size(2));
    int columns = window.outWidth(s.size(3));
    var y =
        NdArray.allocate(x.dtype(), Shape.of(rows, columns, s.size(0), window.area(), s.size(1)));
    for (int tap = 0; tap < window.area(); tap++) {
      Kernels.best().copy(under(x.array(), window, tap), column(y, tap));
    }
    return Graph.record(y, new Unfold(s, window), x);
  }

  private record Unfold(Shape x, Window window) implements Backward {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return new @Nullable Tensor[] {together(gradient, x, window)};
    }
  }

  /// [OH, OW, N, KH·KW, C] → [N, C, H, W].
  private static Tensor together(Tensor patches, Shape shape, Window window) {
    var y = NdArray.channelsLast(patches.dtype(), shape);
    var kernels = Kernels.best();
    kernels.fill(y, 0);
    for (int tap = 0; tap < window.area(); tap++) {
      var to = under(y, window, tap);
      kernels.binary(Binary.ADD, to, column(patches.array(), tap), to);
    }
    return Graph.record(y, new Fold(window), patches);
  }

  private record Fold(Window window) implements Backward {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return new @Nullable Tensor[] {ofPadded(gradient, window)};
    }
  }

  /// What a tap sees of an image at all places, [N, C, OH, OW].
  private static NdArray under(NdArray x, Window w, int tap) {
    int top = tap / w.width() * w.dilationH();
    int left = tap % w.width() * w.dilationW();
    int rows = (w.outHeight(x.shape().size(2)) - 1) * w.strideH() + 1;
    int columns = (w.outWidth(x.shape().size(3)) - 1) * w.strideW() + 1;
    return x.slice(2, top, top + rows, w.strideH()).slice(3, left, left + columns, w.strideW());
  }

  /// The same in the patches.
  private static NdArray column(NdArray patches, int tap) {
    var s = patches.shape();
    var one = patches.slice(3, tap, tap + 1, 1).permute(2, 4, 0, 1, 3);
    var image = one.reshape(Shape.of(s.size(2), s.size(4), s.size(0), s.size(1)));
    return Objects.requireNonNull(image, "an axis of one element can always be left out");
  }
}
