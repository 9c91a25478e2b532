package fovea.core.nn;

/// Batch normalisation of volumes; see [BatchNorm].
///
/// **Shapes**: `x [N, C, D, H, W]` → `y` as x.
public final class BatchNorm3d extends BatchNorm {

  public BatchNorm3d(int channels) {
    this(channels, Options.DEFAULT);
  }

  /// With all options.
  public BatchNorm3d(int channels, Options options) {
    super(channels, options);
  }

  @Override
  boolean takes(int rank) {
    return rank == 5;
  }

  @Override
  String shape() {
    return "[N, C, D, H, W]";
  }
}
