package fovea.core.nn;

import fovea.core.kernel.Window;
import fovea.core.tensor.Tensor;

/// The first capsules of a capsule network: a convolution whose channels at each pixel are taken as
/// vectors, each squashed to a length below 1 (Sabour, Frosst & Hinton 2017, section 4).
///
/// **Shapes**: `x [N, C, H, W]` → `[N, types·OH·OW, size]`; state `conv.weight`, `conv.bias`.
public final class PrimaryCapsules extends Layer {
  private final int types;
  private final int size;
  private final Conv2d conv;

  /// With a convolution of its own.
  ///
  /// @param in channels
  /// @param types of capsules at each pixel: 32 in the paper
  /// @param size of each: 8 in the paper
  /// @param window of the convolution: 9×9 with stride 2 in the paper
  public PrimaryCapsules(int in, int types, int size, Window window) {
    this.types = types;
    this.size = size;
    conv = child("conv", new Conv2d(in, types * size, window));
  }

  @Override
  protected Tensor compute(Tensor x) {
    var y = conv.forward(x);
    int n = y.shape().size(0);
    int height = y.shape().size(2);
    int width = y.shape().size(3);
    var vectors = y.reshape(n, types, size, height, width).permute(0, 1, 3, 4, 2);
    return Capsules.squash(vectors.reshape(n, types * height * width, size));
  }

  @Override
  public String describe() {
    return "PrimaryCapsules(%d of %d)".formatted(types, size);
  }
}
