package fovea.core.tensor;

import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Window;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// What becomes of a window that does not fit an image evenly, since (size + padding − extent) /
/// stride is no whole number: a 3×3 window at stride 3 on 7×7 pixels. Convolution and pooling drop
/// the last rows and columns without a word, as everywhere in the field, but for work that is done
/// under one of these:
///
/// ```java
/// Fit.exactly(() -> model.forward(x));              // refuses, naming layer and window
/// Fit.noting(dropped::add, () -> model.forward(x)); // says what is dropped
/// ```
public final class Fit {
  private static final ScopedValue<Consumer<Dropped>> CURRENT = ScopedValue.newInstance();

  private Fit() {}

  /// What a window leaves out.
  ///
  /// @param operation that moves the window
  /// @param image what it moves over
  /// @param left along each axis of the window, how many pixels of the padded image at its end lie
  ///   under no place of it
  public record Dropped(String operation, Shape image, Window window, List<Integer> left) {
    public Dropped {
      left = List.copyOf(left);
    }

    /// Whether only padding is left out, no pixel.
    public boolean isPadding() {
      return IntStream.range(0, left.size()).allMatch(i -> left.get(i) <= window.axis(i).after());
    }

    /// `a 3×3 window at stride 3 does not fit 7×7 evenly: (7 − 3)/3 + 1 = 2.33; the last row and
    /// the last column are dropped`.
    @Override
    public String toString() {
      int i = IntStream.range(0, left.size()).filter(a -> left.get(a) > 0).findFirst().orElse(0);
      var axis = window.axis(i);
      int size = image.size(2 + i);
      int pads = axis.before() + axis.after();
      int extent = axis.dilation() * (axis.taps() - 1) + 1;
      return String.format(
          Locale.ROOT,
          "a %s window at stride %s does not fit %s evenly: (%d%s − %d)/%d + 1 = %.2f; %s%s",
          window.size(),
          strides(),
          pixels(),
          size,
          pads == 0 ? "" : " + " + pads,
          extent,
          axis.stride(),
          (size + pads - extent) / (double) axis.stride() + 1,
          dropped(),
          isPadding() ? ", which is padding" : "");
    }

    private String strides() {
      var all = window.axes().stream().map(a -> String.valueOf(a.stride())).toList();
      return Set.copyOf(all).size() == 1 ? all.getFirst() : String.join("×", all);
    }

    private String pixels() {
      return IntStream.range(2, image.rank())
          .mapToObj(i -> String.valueOf(image.size(i)))
          .collect(Collectors.joining("×"));
    }

    private String dropped() {
      var parts = new ArrayList<String>();
      int all = 0;
      for (int i = 0; i < left.size(); i++) {
        int n = left.get(i);
        var axis = Spatial.axis(left.size(), i);
        if (n > 0) {
          parts.add(n == 1 ? "the last " + axis : "the last " + n + " " + axis + "s");
        }
        all += n;
      }
      return String.join(" and ", parts) + (all == 1 ? " is dropped" : " are dropped");
    }
  }

  /// Runs `body` so that windows that do not fit evenly are refused.
  ///
  /// @throws ShapeException from within `body`, naming the operation, the window and what it would
  ///   drop, and the layer where there is one
  public static <T extends @Nullable Object> T exactly(Supplier<T> body) {
    return noting(
        d -> {
          throw new ShapeException(d.operation, d.toString().replace("dropped", "left over"));
        },
        body);
  }

  /// Runs `body` and tells of each window that does not fit evenly, when it is about to be moved.
  public static <T extends @Nullable Object> T noting(Consumer<Dropped> heard, Supplier<T> body) {
    return ScopedValue.where(CURRENT, heard).call(body::get);
  }

  /// A window is about to be moved over an image `[N, C, …]` that is large enough for it.
  static void check(String operation, Shape x, Window window) {
    if (!CURRENT.isBound()) {
      return;
    }
    var left = new ArrayList<Integer>();
    for (int i = 0; i < window.rank(); i++) {
      var a = window.axis(i);
      int beyond = x.size(2 + i) + a.before() + a.after() - a.dilation() * (a.taps() - 1) - 1;
      left.add(beyond % a.stride());
    }
    if (left.stream().anyMatch(n -> n > 0)) {
      CURRENT.get().accept(new Dropped(operation, x, window, left));
    }
  }
}
