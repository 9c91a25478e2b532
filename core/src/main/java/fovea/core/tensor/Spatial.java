package fovea.core.tensor;

import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Kernels;
import fovea.core.kernel.Window;
import java.util.ArrayList;
import java.util.List;

/// What operations on sequences, images and volumes have in common: what they are called, and where
/// a window goes on them.
final class Spatial {
  /// By the number of axes.
  private static final List<String> SHAPES =
      List.of("[N, C, L]", "[N, C, H, W]", "[N, C, D, H, W]");

  private static final List<List<String>> AXES =
      List.of(
          List.of("positions"), List.of("rows", "columns"), List.of("slices", "rows", "columns"));

  private Spatial() {}

  /// @param rank how many axes an image has after N and C
  static void checkRank(String operation, int rank, Shape x) {
    if (x.rank() != rank + 2) {
      throw new ShapeException(operation, "input " + x + " is not " + SHAPES.get(rank - 1));
    }
  }

  /// The same image, channels next to each other in memory: itself, or a copy.
  static NdArray channelsLast(NdArray x) {
    if (x.isChannelsLast()) {
      return x;
    }
    var copy = NdArray.channelsLast(x.dtype(), x.shape());
    Kernels.best().copy(x, copy);
    return copy;
  }

  /// The shape of the result of a window.
  static Shape places(Shape x, int channels, Window window) {
    var sizes = x.sizes();
    sizes[1] = channels;
    for (int i = 0; i < window.rank(); i++) {
      sizes[2 + i] = window.axis(i).places(sizes[2 + i]);
    }
    return Shape.of(sizes);
  }

  static void checkFits(String operation, Shape x, Window window) {
    for (int i = 0; i < window.rank(); i++) {
      if (window.axis(i).places(x.size(2 + i)) < 1) {
        throw new ShapeException(
            operation,
            "input %s, padded by %s, is smaller than the %s window%s"
                .formatted(
                    x,
                    padding(window),
                    window.size(),
                    window.axes().stream().anyMatch(a -> a.dilation() > 1)
                        ? " with its dilation"
                        : ""));
      }
    }
  }

  /// `row`, `column`.
  static String axis(int rank, int i) {
    var plural = AXES.get(rank - 1).get(i);
    return plural.substring(0, plural.length() - 1);
  }

  /// `1+1 rows and 0+2 columns`.
  static String padding(Window window) {
    var parts = new ArrayList<String>();
    for (int i = 0; i < window.rank(); i++) {
      var a = window.axis(i);
      parts.add(a.before() + "+" + a.after() + " " + AXES.get(window.rank() - 1).get(i));
    }
    return parts.size() < 3
        ? String.join(" and ", parts)
        : parts.get(0) + ", " + parts.get(1) + " and " + parts.get(2);
  }
}
