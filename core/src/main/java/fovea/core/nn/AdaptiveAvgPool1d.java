package fovea.core.nn;

/// The mean over each of so many parts of sequences, so many whatever their size; one is global
/// average pooling (Lin, Chen & Yan 2014, section 3.2). See
/// [fovea.core.tensor.Pooling#adaptiveAvgPool].
///
/// **Shapes**: `x [N, C, L]` → `y [N, C, length]`.
public final class AdaptiveAvgPool1d extends AdaptivePool {
  public AdaptiveAvgPool1d(int length) {
    super(false, length);
  }
}
