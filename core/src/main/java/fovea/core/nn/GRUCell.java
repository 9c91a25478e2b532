package fovea.core.nn;

import fovea.core.tensor.Tensor;

/// One step of [GRU], for loops of one's own.
///
/// **Shapes**: `x [N, in]`, `h [N, H]` → `[N, H]`; state `weight_ih [3·H, in]`, `weight_hh [3·H,
/// H]`, `bias_ih`, `bias_hh [3·H]`.
public final class GRUCell extends Layer {
  private final int hidden;
  private final Recurrent.Cell cell;

  public GRUCell(int in, int hidden) {
    this(in, hidden, true);
  }

  /// With all options.
  public GRUCell(int in, int hidden, boolean withBias) {
    this.hidden = hidden;
    cell =
        Recurrent.Cell.declare(
            this, "", in, hidden, 3, withBias, Init.uniform(Math.sqrt(1.0 / hidden)));
  }

  /// The step after `h`.
  public Tensor step(Tensor x, Tensor h) {
    return apply(x, z -> GRU.next(cell, z, h));
  }

  /// The first step, from a state of zeros.
  @Override
  protected Tensor compute(Tensor x) {
    return GRU.next(cell, x, Tensor.zeros(x.shape().with(-1, hidden), x.dtype()));
  }
}
