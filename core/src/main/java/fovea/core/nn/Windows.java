package fovea.core.nn;

import fovea.core.array.Shape;
import fovea.core.kernel.Window;
import java.util.Arrays;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Windows, as layers need them.
final class Windows {
  private Windows() {}

  /// In words, for summaries: what is not the default.
  static String describe(Window w) {
    var out = new StringBuilder(w.size());
    if (any(w, a -> a.stride() - 1)) {
      out.append(", stride ").append(strides(w));
    }
    if (any(w, a -> a.before() - a.after())) {
      out.append(", pad ").append(sides(w.pads()));
    } else if (any(w, Window.Axis::before)) {
      out.append(", pad ").append(times(w, Window.Axis::before));
    }
    if (any(w, a -> a.dilation() - 1)) {
      out.append(", dilation ").append(times(w, Window.Axis::dilation));
    }
    return out.toString();
  }

  /// `0/1/2/3`.
  static String sides(int... pads) {
    return Arrays.stream(pads).mapToObj(String::valueOf).collect(Collectors.joining("/"));
  }

  private static boolean any(Window w, ToIntFunction<Window.Axis> isNotZero) {
    return w.axes().stream().mapToInt(isNotZero).anyMatch(n -> n != 0);
  }

  static String strides(Window w) {
    return times(w, Window.Axis::stride);
  }

  private static String times(Window w, ToIntFunction<Window.Axis> number) {
    return times(w.axes().stream().mapToInt(number).toArray());
  }

  /// `2×3`; one number where all are the same.
  static String times(int... numbers) {
    return Arrays.stream(numbers).distinct().count() == 1
        ? Integer.toString(numbers[0])
        : grid(numbers);
  }

  /// `2×2`.
  static String grid(int... numbers) {
    return Arrays.stream(numbers).mapToObj(String::valueOf).collect(Collectors.joining("×"));
  }

  static void checkRank(int rank, Window window) {
    if (window.rank() != rank) {
      throw new IllegalArgumentException(
          "a window of %d ax%ss is needed, not %s"
              .formatted(rank, rank == 1 ? "i" : "e", window.size()));
    }
  }

  /// The shape of a weight.
  static Shape weight(int first, int second, Window window) {
    return Shape.of(
        IntStream.concat(
                IntStream.of(first, second), window.axes().stream().mapToInt(Window.Axis::taps))
            .toArray());
  }
}
