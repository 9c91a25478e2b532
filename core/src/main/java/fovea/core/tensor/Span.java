package fovea.core.tensor;

import fovea.core.array.Shape;
import fovea.core.kernel.Window;
import java.util.Arrays;

/// A stretch of an axis, from one index to another, both included. It may reach over the ends of
/// its axis, into padding; where it ends before it starts, it is empty.
public record Span(int from, int to) {

  /// A whole axis.
  public static Span all(int size) {
    return new Span(0, size - 1);
  }

  /// All axes of a shape.
  public static Span[] all(Shape shape) {
    return Arrays.stream(shape.sizes()).mapToObj(Span::all).toArray(Span[]::new);
  }

  public int size() {
    return to - from + 1;
  }

  public boolean isEmpty() {
    return to < from;
  }

  /// The smallest stretch that holds both.
  public Span hull(Span other) {
    if (isEmpty() || other.isEmpty()) {
      return isEmpty() ? other : this;
    }
    return new Span(Math.min(from, other.from), Math.max(to, other.to));
  }

  /// What lies on an axis.
  public Span on(int size) {
    return new Span(Math.max(0, from), Math.min(size - 1, to));
  }

  public Span shift(int by) {
    return new Span(from + by, to + by);
  }

  // ---- where results come from

  /// Of what elements of an input are computed whose result's shape broadcasts the input's, or
  /// reduces axes of it to size 1.
  static Span[] aligned(Shape input, Shape result, Span... part) {
    var source = all(input);
    int missing = result.rank() - input.rank();
    for (int axis = Math.max(0, -missing); axis < input.rank(); axis++) {
      if (input.size(axis) == result.size(axis + missing)) {
        source[axis] = part[axis + missing];
      }
    }
    return source;
  }

  /// Of what a window makes its places: of all channels.
  static Span[] under(Window window, Shape input, Span... part) {
    var source = all(input);
    source[0] = part[0];
    for (int i = 0; i < window.rank(); i++) {
      var a = window.axis(i);
      int first = part[2 + i].from * a.stride() - a.before();
      int last = part[2 + i].to * a.stride() - a.before() + a.dilation() * (a.taps() - 1);
      source[2 + i] = new Span(first, last);
    }
    return source;
  }

  /// Of what a transposed convolution makes its result: of the places whose windows reach there.
  static Span[] over(Window window, Shape input, Span... part) {
    var source = all(input);
    source[0] = part[0];
    for (int i = 0; i < window.rank(); i++) {
      var a = window.axis(i);
      int reach = a.dilation() * (a.taps() - 1);
      source[2 + i] =
          new Span(
              Math.ceilDiv(part[2 + i].from + a.before() - reach, a.stride()),
              Math.floorDiv(part[2 + i].to + a.before(), a.stride()));
    }
    return source;
  }
}
