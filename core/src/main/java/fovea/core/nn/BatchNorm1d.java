package fovea.core.nn;

/// Batch normalisation of vectors or sequences; see [BatchNorm].
///
/// **Shapes**: `x [N, C]` or `[N, C, L]` → `y` as x.
public final class BatchNorm1d extends BatchNorm {

  public BatchNorm1d(int channels) {
    this(channels, Options.DEFAULT);
  }

  /// With all options.
  public BatchNorm1d(int channels, Options options) {
    super(channels, options);
  }

  @Override
  boolean takes(int rank) {
    return rank == 2 || rank == 3;
  }

  @Override
  String shape() {
    return "[N, C] or [N, C, L]";
  }
}
