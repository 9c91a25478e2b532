package fovea.core.nn;

import fovea.core.kernel.Window;
import fovea.core.tensor.Pooling;
import fovea.core.tensor.Tensor;

/// Poolings that PyTorch has no layer for, of sequences, images and volumes: a window has as many
/// axes as they have.
///
/// **Shapes**: `x [N, C, H, W]` → `y [N, C, OH, OW]`, and likewise for other ranks.
public final class Pool extends Layer {
  private final String label;
  private final Forward function;

  private Pool(String label, Forward function) {
    this.label = label;
    this.function = function;
  }

  private static Pool of(String name, Window window, Forward function) {
    return new Pool("%s%dd(%s)".formatted(name, window.rank(), Windows.describe(window)), function);
  }

  /// The smallest value under a window.
  public static Pool min(Window window) {
    return of("MinPool", window, x -> Pooling.minPool(x, window));
  }

  /// The median under a window, of an even number of values the smaller one in the middle.
  public static Pool median(Window window) {
    return of("MedianPool", window, x -> Pooling.medianPool(x, window));
  }

  /// The mean of each channel, `[N, C, …]` → `[N, C, 1, …]` (ONNX's name; Lin, Chen & Yan 2014,
  /// section 3.2).
  public static Pool globalAverage() {
    return new Pool("GlobalAveragePool", Pooling::globalAvgPool);
  }

  /// The largest value of each channel, `[N, C, …]` → `[N, C, 1, …]` (ONNX's name).
  public static Pool globalMax() {
    return new Pool("GlobalMaxPool", Pooling::globalMaxPool);
  }

  @Override
  protected Tensor compute(Tensor x) {
    return function.forward(x);
  }

  @Override
  public String describe() {
    return label;
  }
}
