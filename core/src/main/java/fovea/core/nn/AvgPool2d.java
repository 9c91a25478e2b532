package fovea.core.nn;

import fovea.core.kernel.Window;
import fovea.core.tensor.Pooling;
import fovea.core.tensor.Tensor;

/// The mean under a window (padding counts as zeros), each channel by itself.
///
/// **Shapes**: `x [N, C, H, W]` → `y [N, C, OH, OW]`.
public final class AvgPool2d extends Layer {
  private final Window window;

  public AvgPool2d(Window window) {
    this.window = window;
  }

  /// A square window that moves by its own size.
  public AvgPool2d(int size) {
    this(Window.of(size).stride(size));
  }

  @Override
  protected Tensor compute(Tensor x) {
    return Pooling.avgPool2d(x, window);
  }

  @Override
  public String describe() {
    return "AvgPool2d(" + Windows.describe(window) + ")";
  }
}
