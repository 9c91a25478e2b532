package fovea.core.kernel.onednn;

import fovea.core.array.Shape;
import fovea.core.kernel.Window;

/// Convolutions at whose edges oneDNN 3.11 goes wrong. They are rare and small; plain Java computes
/// them.
final class WindowEdges {
  private WindowEdges() {}

  /// Whether oneDNN may compute the forward convolution of images `x` to images `y`. Not where
  ///
  /// - a window lies in the padding alone: its BRGEMM kernels crash;
  /// - a window that makes steps is larger than the image: its kernels for few channels read the
  ///   wrong taps;
  /// - one channel becomes one column, by a window whose steps are longer to the right than
  ///   downwards: rows are left out.
  static boolean areSafe(Shape x, Window w, Shape y) {
    if (x.size(1) == 1 && y.size(3) == 1 && w.strideW() > w.strideH()) {
      return false;
    }
    return areSafe(x.size(2), w.height(), w.padTop(), w.strideH(), w.dilationH(), y.size(2))
        && areSafe(x.size(3), w.width(), w.padLeft(), w.strideW(), w.dilationW(), y.size(3));
  }

  private static boolean areSafe(
      int size, int taps, int pad, int stride, int dilation, int places) {
    if (stride > 1 && dilation * (taps - 1) + 1 > size) {
      return false;
    }
    for (int place = 0; place < places; place++) {
      // The first tap that is not in the padding before the image.
      int start = place * stride - pad;
      int tap = Math.max(0, Math.ceilDiv(-start, dilation));
      if (tap >= taps || start + tap * dilation >= size) {
        return false;
      }
    }
    return true;
  }
}
