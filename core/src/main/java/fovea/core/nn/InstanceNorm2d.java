package fovea.core.nn;

/// Instance normalisation of images; see [InstanceNorm].
///
/// **Shapes**: `x [N, C, H, W]` → as x.
public final class InstanceNorm2d extends InstanceNorm {

  public InstanceNorm2d(int channels) {
    this(channels, Options.DEFAULT);
  }

  /// With all options.
  public InstanceNorm2d(int channels, Options options) {
    super(channels, options);
  }

  @Override
  int rank() {
    return 4;
  }

  @Override
  String shape() {
    return "[N, C, H, W]";
  }
}
