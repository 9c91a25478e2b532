package fovea.core.nn;

/// Instance normalisation of sequences; see [InstanceNorm].
///
/// **Shapes**: `x [N, C, L]` → as x.
public final class InstanceNorm1d extends InstanceNorm {

  public InstanceNorm1d(int channels) {
    this(channels, Options.DEFAULT);
  }

  /// With all options.
  public InstanceNorm1d(int channels, Options options) {
    super(channels, options);
  }

  @Override
  int rank() {
    return 3;
  }

  @Override
  String shape() {
    return "[N, C, L]";
  }
}
