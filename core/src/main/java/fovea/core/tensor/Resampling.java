package fovea.core.tensor;

import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Kernels;
import fovea.core.kernel.Taps;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Images of another size: upsampling, and any other resizing without antialiasing, as PyTorch's
/// `interpolate`.
///
/// **Shapes**: `x [N, C, L]`, `[N, C, H, W]` or `[N, C, D, H, W]` → the same with other sizes.
public final class Resampling {
  private Resampling() {}

  /// How values between pixels are found.
  public enum Mode {
    /// The pixel whose square holds the output's upper left corner: each repeated, where the size
    /// doubles.
    NEAREST,
    /// The pixel whose square holds the output's centre; equal to the other where sizes are
    /// multiples.
    NEAREST_EXACT,
    /// Between the two neighbours along each axis: linear, bilinear or trilinear.
    LINEAR,
    /// Cubic convolution over four neighbours along each axis (Keys 1981), a = −3/4. Of images.
    CUBIC
  }

  /// Resizes to given sizes.
  ///
  /// @param alignCorners whether the outermost pixels of input and output lie on each other; else
  ///   their outer edges do. Nearest knows no corners
  /// @param sizes one for each axis of the image
  /// @throws ShapeException when x has other axes, no pixel, or an output size is not positive
  public static Tensor resize(Tensor x, Mode mode, boolean alignCorners, int... sizes) {
    return resize(x, mode, alignCorners, sizes, null);
  }

  /// Resizes by factors: to ⌊size·factor⌋, with steps of 1/factor exactly, as PyTorch's
  /// `scale_factor`; but an axis that keeps its size is left as it is where the mode is linear.
  ///
  /// @param factors one for each axis of the image
  public static Tensor scale(Tensor x, Mode mode, boolean alignCorners, double... factors) {
    Spatial.checkRank("resize", factors.length, x.shape());
    var sizes = new int[factors.length];
    Arrays.setAll(sizes, i -> (int) Math.floor(x.shape().size(2 + i) * factors[i]));
    return resize(x, mode, alignCorners, sizes, factors);
  }

  private static Tensor resize(
      Tensor x, Mode mode, boolean alignCorners, int[] sizes, double @Nullable [] factors) {
    var shape = x.shape();
    Spatial.checkRank("resize", sizes.length, shape);
    if (!x.dtype().isFloating()) {
      throw new ShapeException("resize", "needs a floating type, not " + x.dtype());
    }
    if (alignCorners && (mode == Mode.NEAREST || mode == Mode.NEAREST_EXACT)) {
      throw new IllegalArgumentException("resize: " + mode + " has no corners to align");
    }
    if (mode == Mode.CUBIC && sizes.length != 2) {
      throw new ShapeException("resize", "cubic needs images [N, C, H, W], not " + shape);
    }
    for (int i = 0; i < sizes.length; i++) {
      if (sizes[i] < 1 || shape.size(2 + i) < 1) {
        throw new ShapeException(
            "resize",
            "from %s to %s: both need at least one pixel".formatted(shape, Arrays.toString(sizes)));
      }
    }
    return along(
        x,
        i -> {
          int in = shape.size(2 + i);
          double step = factors == null ? (double) in / sizes[i] : 1 / factors[i];
          return taps(mode, in, sizes[i], alignCorners, step);
        });
  }

  private static Taps taps(Mode mode, int in, int out, boolean alignCorners, double step) {
    var grid = alignCorners ? Taps.Grid.corners(in, out) : Taps.Grid.edges(step);
    return switch (mode) {
      case NEAREST -> Taps.nearest(in, out, step, 0);
      case NEAREST_EXACT -> Taps.nearest(in, out, step, 0.5);
      case LINEAR -> in == out ? Taps.identity(in) : Taps.linear(in, out, grid);
      case CUBIC -> Taps.cubic(in, out, grid);
    };
  }

  /// Applies a map along each axis of the image.
  ///
  /// @param maps by the number of the axis, 0 the first after the channels
  static Tensor along(Tensor x, IntFunction<Taps> maps) {
    int rank = x.shape().rank() - 2;
    var taps = IntStream.range(0, rank).mapToObj(maps).toList();
    return switch (rank) {
      case 1 -> apply(x.unsqueeze(2), Taps.identity(1), taps.getFirst()).squeeze(2);
      case 2 -> apply(x, taps.getFirst(), taps.getLast());
      default -> ofVolumes(x, taps);
    };
  }

  /// Depth first, where each slice is one long row; then each slice as an image.
  private static Tensor ofVolumes(Tensor x, List<Taps> taps) {
    var s = x.shape();
    int rows = s.size(3);
    int columns = s.size(4);
    var y = x;
    int depth = taps.getFirst().outputs();
    if (!taps.getFirst().isIdentity()) {
      var slices = x.reshape(s.size(0), s.size(1), s.size(2), rows * columns);
      y =
          apply(slices, taps.getFirst(), Taps.identity(rows * columns))
              .reshape(s.size(0), s.size(1), depth, rows, columns);
    }
    var images = y.permute(0, 2, 1, 3, 4).reshape(s.size(0) * depth, s.size(1), rows, columns);
    var z = apply(images, taps.get(1), taps.get(2));
    return z.reshape(s.size(0), depth, s.size(1), z.shape().size(2), z.shape().size(3))
        .permute(0, 2, 1, 3, 4);
  }

  private static Tensor apply(Tensor x, Taps rows, Taps columns) {
    var shape = x.shape().with(2, rows.outputs()).with(3, columns.outputs());
    var y = NdArray.channelsLast(x.dtype(), shape);
    Kernels.best().resample(Spatial.channelsLast(x.array()), rows, columns, y);
    return Graph.record(y, new Resample(rows, columns), x);
  }

  /// y = R·x·Cᵀ, R and C the maps of rows and columns: dx = Rᵀ·dy·C.
  private record Resample(Taps rows, Taps columns) implements Backward {
    @Override
    public Span[] source(int input, Shape x, Shape y, Span... part) {
      return new Span[] {part[0], part[1], under(rows, part[2]), under(columns, part[3])};
    }

    /// The pixels that some outputs are made of; those beyond the ends count as the outermost.
    private static Span under(Taps taps, Span part) {
      var all = new Span(0, -1);
      for (int o = part.from(); o <= part.to(); o++) {
        int output = Math.clamp(o, 0, taps.outputs() - 1);
        for (int t = taps.start(output); t < taps.start(output + 1); t++) {
          all = all.hull(new Span(taps.index(t), taps.index(t)));
        }
      }
      return all;
    }

    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return new @Nullable Tensor[] {apply(gradient, rows.transpose(), columns.transpose())};
    }
  }
}
