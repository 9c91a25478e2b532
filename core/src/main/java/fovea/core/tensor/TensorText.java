package fovea.core.tensor;

import java.util.Locale;

/// Tensors as text for people: nested lists, of long axes only the first and last three elements.
final class TensorText {
  private static final int EDGE = 3;
  private static final int WHOLE = 200;

  private TensorText() {}

  static String of(Tensor t) {
    if (t.array().storage().isReleased()) {
      return t.dtype() + " " + t.shape() + " (released)";
    }
    var out = new StringBuilder();
    write(out, t, new int[t.shape().rank()], 0, t.shape().elements() <= WHOLE);
    return out.append("  ").append(t.dtype()).append(' ').append(t.shape()).toString();
  }

  private static void write(StringBuilder out, Tensor t, int[] index, int axis, boolean whole) {
    if (axis == index.length) {
      out.append(number(t.array().get(index), t.dtype().isFloating()));
      return;
    }
    int size = t.shape().size(axis);
    out.append('[');
    for (int i = 0; i < size; i++) {
      if (i > 0) {
        out.append(axis == index.length - 1 ? ", " : ",\n" + " ".repeat(axis + 1));
      }
      if (!whole && size > 2 * EDGE && i == EDGE) {
        out.append("…");
        i = size - EDGE - 1;
        continue;
      }
      index[axis] = i;
      write(out, t, index, axis + 1, whole);
    }
    out.append(']');
  }

  /// A value with four digits after the point, less where it needs none, scientific where it is far
  /// from 1.
  static String number(double v, boolean floating) {
    if (!floating) {
      return Long.toString((long) v);
    }
    if (Double.isNaN(v) || Double.isInfinite(v)) {
      return Double.isNaN(v) ? "NaN" : v > 0 ? "∞" : "−∞";
    }
    if (v == Math.rint(v) && Math.abs(v) < 1e7) {
      return Long.toString((long) v);
    }
    double size = Math.abs(v);
    return String.format(Locale.ROOT, size < 1e-3 || size >= 1e6 ? "%.3e" : "%.4f", v);
  }
}
