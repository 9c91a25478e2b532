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
    if (x.size(1) == 1 && y.size(-1) == 1 && w.strideW() > w.strideH()) {
      return false;
    }
    for (int i = 0; i < w.rank(); i++) {
      if (!areSafe(x.size(2 + i), w.axis(i), y.size(2 + i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean areSafe(int size, Window.Axis w, int places) {
    if (w.stride() > 1 && w.dilation() * (w.taps() - 1) + 1 > size) {
      return false;
    }
    for (int place = 0; place < places; place++) {
      // The first tap that is not in the padding before the image.
      int start = place * w.stride() - w.before();
      int tap = Math.max(0, Math.ceilDiv(-start, w.dilation()));
      if (tap >= w.taps() || start + tap * w.dilation() >= size) {
        return false;
      }
    }
    return true;
  }
}
