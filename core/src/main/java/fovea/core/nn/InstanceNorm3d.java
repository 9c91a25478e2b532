package fovea.core.nn;

/// Instance normalisation of volumes; see [InstanceNorm].
///
/// **Shapes**: `x [N, C, D, H, W]` → as x.
public final class InstanceNorm3d extends InstanceNorm {

  public InstanceNorm3d(int channels) {
    this(channels, Options.DEFAULT);
  }

  /// With all options.
  public InstanceNorm3d(int channels, Options options) {
    super(channels, options);
  }

  @Override
  int rank() {
    return 5;
  }

  @Override
  String shape() {
    return "[N, C, D, H, W]";
  }
}
