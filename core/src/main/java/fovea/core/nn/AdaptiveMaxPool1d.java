package fovea.core.nn;

/// The largest value over each of so many parts of sequences, so many whatever their size; one is
/// global max pooling. See [fovea.core.tensor.Pooling#adaptiveMaxPool].
///
/// **Shapes**: `x [N, C, L]` → `y [N, C, length]`.
public final class AdaptiveMaxPool1d extends AdaptivePool {
  public AdaptiveMaxPool1d(int length) {
    super(true, length);
  }
}
