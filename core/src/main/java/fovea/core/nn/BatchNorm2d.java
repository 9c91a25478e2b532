package fovea.core.nn;

import fovea.core.tensor.Tensor;

/// Batch normalisation of images; see [BatchNorm].
///
/// **Shapes**: `x [N, C, H, W]` → `y` as x.
public final class BatchNorm2d extends BatchNorm {

  public BatchNorm2d(int channels) {
    this(channels, Options.DEFAULT);
  }

  /// With a trained scale.
  ///
  /// @param eps added to the variance, lest it be 0
  /// @param momentum how far the running statistics move towards the batch's, 0 … 1
  public BatchNorm2d(int channels, double eps, double momentum) {
    this(channels, Options.DEFAULT.eps(eps).momentum(momentum));
  }

  /// With all options.
  public BatchNorm2d(int channels, Options options) {
    super(channels, options);
  }

  /// max(forward(x), 0), in one pass where that is possible.
  public Tensor forwardRelu(Tensor x) {
    return apply(x, z -> normalise(z, null, true));
  }

  /// max(forward(x) + residual, 0), in one pass where that is possible.
  public Tensor forwardAddRelu(Tensor x, Tensor residual) {
    return apply(x, z -> normalise(z, residual, true));
  }

  @Override
  boolean takes(int rank) {
    return rank == 4;
  }

  @Override
  String shape() {
    return "[N, C, H, W]";
  }
}
