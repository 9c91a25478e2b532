package fovea.core.nn;

import fovea.core.kernel.Window;

/// Windows in words, for summaries: what is not the default.
final class Windows {
  private Windows() {}

  static String describe(Window w) {
    var out = new StringBuilder(w.height() + "×" + w.width());
    if (w.strideH() != 1 || w.strideW() != 1) {
      out.append(", stride ").append(pair(w.strideH(), w.strideW()));
    }
    if (w.padTop() == w.padBottom() && w.padLeft() == w.padRight()) {
      if (w.padTop() != 0 || w.padLeft() != 0) {
        out.append(", pad ").append(pair(w.padTop(), w.padLeft()));
      }
    } else {
      out.append(", pad ").append(w.padTop()).append('/').append(w.padLeft());
      out.append('/').append(w.padBottom()).append('/').append(w.padRight());
    }
    if (w.dilationH() != 1 || w.dilationW() != 1) {
      out.append(", dilation ").append(pair(w.dilationH(), w.dilationW()));
    }
    return out.toString();
  }

  private static String pair(int a, int b) {
    return a == b ? Integer.toString(a) : a + "×" + b;
  }
}
