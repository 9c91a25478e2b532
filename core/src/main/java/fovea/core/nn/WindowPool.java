package fovea.core.nn;

import fovea.core.kernel.Window;

/// What layers that pool under a window have in common.
abstract sealed class WindowPool extends Layer permits AvgPool, LPPool, MaxPool {
  final Window window;

  /// Whether windows may hang over the end.
  final boolean ceil;

  WindowPool(int rank, Window window, boolean ceil) {
    Windows.checkRank(rank, window);
    this.window = window;
    this.ceil = ceil;
  }

  /// A window of this size that moves by it.
  static Window moving(Window window) {
    return window.stride(window.axes().stream().mapToInt(Window.Axis::taps).toArray());
  }

  /// The options of the kind of pooling, each after a comma.
  String options() {
    return "";
  }

  @Override
  public final String describe() {
    return "%s(%s%s%s)"
        .formatted(
            getClass().getSimpleName(), Windows.describe(window), ceil ? ", ceil" : "", options());
  }
}
