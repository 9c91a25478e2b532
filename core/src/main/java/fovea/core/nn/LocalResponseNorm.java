package fovea.core.nn;

import fovea.core.tensor.Normalization;
import fovea.core.tensor.Tensor;

/// Local response normalisation, by neighbouring channels (Krizhevsky, Sutskever & Hinton 2012,
/// section 3.3); see [Normalization#localResponseNorm].
///
/// **Shapes**: `x [N, C, …]` → as x.
public final class LocalResponseNorm extends Layer {
  private final int size;
  private final double alpha;
  private final double beta;
  private final double k;

  /// With PyTorch's alpha of 1e-4, beta of 0.75 and k of 1.
  public LocalResponseNorm(int size) {
    this(size, 1e-4, 0.75, 1);
  }

  /// With all options.
  public LocalResponseNorm(int size, double alpha, double beta, double k) {
    this.size = size;
    this.alpha = alpha;
    this.beta = beta;
    this.k = k;
  }

  @Override
  protected Tensor compute(Tensor x) {
    return Normalization.localResponseNorm(x, size, alpha, beta, k);
  }

  @Override
  public String describe() {
    return "LocalResponseNorm(%d, alpha %s, beta %s, k %s)".formatted(size, alpha, beta, k);
  }
}
