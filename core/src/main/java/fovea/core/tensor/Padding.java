package fovea.core.tensor;

import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Binary;
import fovea.core.kernel.Kernels;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Borders around images, filled in one way or another, and their removal.
///
/// Sides are named as in [Window#pad]: one number for all sides, one for both sides of each axis,
/// or first those before each axis and then those after; `(top, left, bottom, right)` of an image.
/// (**Differs** from PyTorch's `pad`, which goes through the axes from the last to the first.) How
/// many axes are meant, from the last on, is said by the image's rank: all but the first two.
///
/// **Shapes**: `x [N, C, H, W]` → `y [N, C, top + H + bottom, left + W + right]`; the same of
/// sequences `[N, C, L]` and volumes `[N, C, D, H, W]`.
public final class Padding {
  private Padding() {}

  /// What a border holds. Of a row `a b c d`:
  public enum Mode {
    /// `0 0 | a b c d | 0 0`
    ZEROS,
    /// `a a | a b c d | d d`, the nearest pixel.
    REPLICATE,
    /// `c b | a b c d | c b`, mirrored at the outermost pixel.
    REFLECT,
    /// `b a | a b c d | d c`, mirrored at the edge.
    SYMMETRIC,
    /// `c d | a b c d | a b`, as on a ring.
    CIRCULAR;

    /// The pixel of `size` ones that is seen at a place, which may lie outside.
    private int source(int place, int size) {
      return switch (this) {
        case ZEROS -> throw new AssertionError("zeros come from nowhere");
        case REPLICATE -> Math.clamp(place, 0, size - 1);
        case REFLECT -> {
          int i = Math.floorMod(place, 2 * (size - 1));
          yield i < size ? i : 2 * (size - 1) - i;
        }
        case SYMMETRIC -> {
          int i = Math.floorMod(place, 2 * size);
          yield i < size ? i : 2 * size - 1 - i;
        }
        case CIRCULAR -> Math.floorMod(place, size);
      };
    }
  }

  /// Adds a border.
  ///
  /// **Differs** from PyTorch in that the border may be wider than the image, which then goes on
  /// being mirrored or repeated; and PyTorch has no symmetric one.
  ///
  /// @throws ShapeException where there is nothing to fill the border with
  public static Tensor pad(Tensor x, Mode mode, int... pads) {
    var border = Border.of("pad", x.shape(), pads);
    if (border.isNone()) {
      return x;
    }
    if (mode == Mode.ZEROS) {
      return constant(x, 0, pads);
    }
    int least = mode == Mode.REFLECT ? 2 : 1;
    for (int i = 0; i < border.rank(); i++) {
      int size = x.shape().size(2 + i);
      if (border.before[i] + border.after[i] > 0 && size < least) {
        throw new ShapeException(
            "pad",
            "input %s has %d pixels along axis %d, and %s needs %d"
                .formatted(x.shape(), size, 2 + i, mode, least));
      }
    }
    return filled(x, mode, border);
  }

  /// Adds a border of one value.
  public static Tensor constant(Tensor x, double value, int... pads) {
    var border = Border.of("pad", x.shape(), pads);
    if (border.isNone()) {
      return x;
    }
    var y = Views.inOrderOf(x, border.around(x.shape()));
    Kernels.best().fill(y, value);
    Kernels.best().copy(x.array(), border.inside(y));
    return Graph.record(y, new PadConstant(border), x);
  }

  private record PadConstant(Border border) implements Backward {
    @Override
    public Span[] source(int input, Shape x, Shape y, Span... part) {
      return border.source(part);
    }

    @Override
    public String operation() {
      return "pad";
    }

    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return new @Nullable Tensor[] {cut(gradient, border)};
    }
  }

  /// Removes a border; a view.
  ///
  /// @param sides how much of each, named as those of [#pad]
  /// @throws ShapeException where less than nothing is left
  public static Tensor crop(Tensor x, int... sides) {
    var border = Border.of("crop", x.shape(), sides);
    for (int i = 0; i < border.rank(); i++) {
      if (border.before[i] + border.after[i] > x.shape().size(2 + i)) {
        throw new ShapeException(
            "crop",
            "of %s nothing is left without %d and %d along axis %d"
                .formatted(x.shape(), border.before[i], border.after[i], 2 + i));
      }
    }
    return cut(x, border);
  }

  private static Tensor cut(Tensor x, Border border) {
    var y = x;
    for (int i = 0; i < border.rank(); i++) {
      int end = x.shape().size(2 + i) - border.after[i];
      y = y.slice(2 + i, border.before[i], end);
    }
    return y;
  }

  /// How much there is before and after each axis behind the first two.
  private record Border(int[] before, int[] after) {
    /// What a part of the bordered image is made of. What a border repeats counts as lying there.
    Span[] source(Span... part) {
      var source = part.clone();
      for (int i = 0; i < rank(); i++) {
        source[2 + i] = part[2 + i].shift(-before[i]);
      }
      return source;
    }

    static Border of(String operation, Shape x, int... sides) {
      int rank = x.rank() - 2;
      if (rank < 1 || rank > 3) {
        throw new ShapeException(
            operation, "input " + x + " is not [N, C, L], [N, C, H, W] or [N, C, D, H, W]");
      }
      if (sides.length != 1 && sides.length != rank && sides.length != 2 * rank) {
        throw new ShapeException(
            operation,
            "input %s has %d sides: give one number, %d or %d, not %d"
                .formatted(x, 2 * rank, rank, 2 * rank, sides.length));
      }
      for (int side : sides) {
        if (side < 0) {
          throw new ShapeException(
              operation, "a border cannot be negative: " + Arrays.toString(sides));
        }
      }
      var before = new int[rank];
      var after = new int[rank];
      for (int i = 0; i < rank; i++) {
        before[i] = sides[sides.length == 1 ? 0 : i];
        after[i] = sides[sides.length == 1 ? 0 : sides.length == rank ? i : rank + i];
      }
      return new Border(before, after);
    }

    int rank() {
      return before.length;
    }

    boolean isNone() {
      return Arrays.stream(before).sum() + Arrays.stream(after).sum() == 0;
    }

    Shape around(Shape x) {
      var sizes = x.sizes();
      for (int i = 0; i < rank(); i++) {
        sizes[2 + i] += before[i] + after[i];
      }
      return Shape.of(sizes);
    }

    Shape within(Shape y) {
      var sizes = y.sizes();
      for (int i = 0; i < rank(); i++) {
        sizes[2 + i] -= before[i] + after[i];
      }
      return Shape.of(sizes);
    }

    NdArray inside(NdArray y) {
      return inside(y, 0, rank());
    }

    /// Without the borders of axes `from` to `to`.
    private NdArray inside(NdArray y, int from, int to) {
      var inner = y;
      for (int i = from; i < to; i++) {
        inner = inner.slice(2 + i, before[i], y.shape().size(2 + i) - after[i], 1);
      }
      return inner;
    }

    /// Calls back with each run of border pixels along axis `i`, and the pixels they are copies of.
    /// The axes before it have no border as yet, those after it have.
    void forEachRun(NdArray y, Mode mode, int i, Copies copies) {
      var view = inside(y, 0, i);
      int axis = 2 + i;
      int size = y.shape().size(axis) - before[i] - after[i];
      int end = y.shape().size(axis);
      for (int at = 0; at < end; ) {
        if (at == before[i]) {
          at += size;
          continue;
        }
        int source = mode.source(at - before[i], size);
        int n = 1;
        int limit = at < before[i] ? before[i] : end;
        while (at + n < limit && mode.source(at + n - before[i], size) == source + n) {
          n++;
        }
        int from = before[i] + source;
        copies.of(view.slice(axis, at, at + n, 1), view.slice(axis, from, from + n, 1));
        at += n;
      }
    }

    private interface Copies {
      void of(NdArray border, NdArray pixels);
    }

    // Records compare arrays by identity; two borders are equal when their numbers are.

    @Override
    public boolean equals(Object other) {
      return other instanceof Border b
          && Arrays.equals(before, b.before)
          && Arrays.equals(after, b.after);
    }

    @Override
    public int hashCode() {
      return 31 * Arrays.hashCode(before) + Arrays.hashCode(after);
    }

    @Override
    public String toString() {
      return Arrays.toString(before) + Arrays.toString(after);
    }
  }

  /// Only the border is written twice: columns are filled from the image, then whole rows.
  private static Tensor filled(Tensor x, Mode mode, Border border) {
    var y = Views.inOrderOf(x, border.around(x.shape()));
    var kernels = Kernels.best();
    kernels.copy(x.array(), border.inside(y));
    for (int i = border.rank() - 1; i >= 0; i--) {
      border.forEachRun(y, mode, i, (to, from) -> kernels.copy(from, to));
    }
    return Graph.record(y, new Pad(mode, border), x);
  }

  private record Pad(Mode mode, Border border) implements Backward {
    @Override
    public Span[] source(int input, Shape x, Shape y, Span... part) {
      return border.source(part);
    }

    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return new @Nullable Tensor[] {folded(gradient, mode, border)};
    }
  }

  /// Adds each border pixel to the one that it was a copy of: what [#filled] is the gradient of.
  private static Tensor folded(Tensor dy, Mode mode, Border border) {
    var sums = NdArray.like(dy.array(), dy.dtype());
    var kernels = Kernels.best();
    kernels.copy(dy.array(), sums);
    for (int i = 0; i < border.rank(); i++) {
      border.forEachRun(sums, mode, i, (from, to) -> kernels.binary(Binary.ADD, to, from, to));
    }
    var dx = Views.inOrderOf(dy, border.within(dy.shape()));
    kernels.copy(border.inside(sums), dx);
    return Graph.record(dx, new Fold(mode, border), dy);
  }

  private record Fold(Mode mode, Border border) implements Backward {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return new @Nullable Tensor[] {filled(gradient, mode, border)};
    }
  }
}
