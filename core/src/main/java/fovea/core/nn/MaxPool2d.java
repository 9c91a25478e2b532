package fovea.core.nn;

import fovea.core.kernel.Window;
import fovea.core.tensor.Pooling;
import fovea.core.tensor.Tensor;

/// The largest value under a window, each channel by itself.
///
/// **Shapes**: `x [N, C, H, W]` → `y [N, C, OH, OW]`.
public final class MaxPool2d extends Layer {
  private final Window window;

  public MaxPool2d(Window window) {
    this.window = window;
  }

  /// A square window that moves by its own size.
  public MaxPool2d(int size) {
    this(Window.of(size).stride(size));
  }

  @Override
  protected Tensor compute(Tensor x) {
    return Pooling.maxPool2d(x, window);
  }

  @Override
  public String describe() {
    return "MaxPool2d(" + Windows.describe(window) + ")";
  }
}
