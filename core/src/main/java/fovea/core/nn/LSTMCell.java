package fovea.core.nn;

import fovea.core.tensor.Tensor;

/// One step of [LSTM], for loops of one's own.
///
/// **Shapes**: `x [N, in]`, state `[N, H]` each → state; parameters `weight_ih [4·H, in]`,
/// `weight_hh [4·H, H]`, `bias_ih`, `bias_hh [4·H]`.
public final class LSTMCell extends Layer {
  private final int hidden;
  private final Recurrent.Cell cell;

  public LSTMCell(int in, int hidden) {
    this(in, hidden, true);
  }

  /// With all options.
  public LSTMCell(int in, int hidden, boolean withBias) {
    this.hidden = hidden;
    cell =
        Recurrent.Cell.declare(
            this, "", in, hidden, 4, withBias, Init.uniform(Math.sqrt(1.0 / hidden)));
  }

  /// The step after a state.
  public Recurrent.State step(Tensor x, Recurrent.State before) {
    var after = new Recurrent.State[1];
    apply(
        x,
        z -> {
          after[0] = LSTM.next(cell, z, before);
          return after[0].hidden();
        });
    return after[0];
  }

  /// The first step, from a state of zeros; without what it remembers.
  @Override
  protected Tensor compute(Tensor x) {
    var zero = Tensor.zeros(x.shape().with(-1, hidden), x.dtype());
    return LSTM.next(cell, x, new Recurrent.State(zero, zero)).hidden();
  }
}
