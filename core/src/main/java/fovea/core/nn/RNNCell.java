package fovea.core.nn;

import fovea.core.tensor.Tensor;

/// One step of [RNN], for loops of one's own.
///
/// **Shapes**: `x [N, in]`, `h [N, H]` → `[N, H]`; state `weight_ih [H, in]`, `weight_hh [H, H]`,
/// `bias_ih`, `bias_hh [H]`.
public final class RNNCell extends Layer {
  private final int hidden;
  private final boolean relu;
  private final Recurrent.Cell cell;

  /// With tanh and bias.
  public RNNCell(int in, int hidden) {
    this(in, hidden, true, false);
  }

  /// With all options.
  ///
  /// @param relu whether it takes ReLU in the place of tanh
  public RNNCell(int in, int hidden, boolean withBias, boolean relu) {
    this.hidden = hidden;
    this.relu = relu;
    cell =
        Recurrent.Cell.declare(
            this, "", in, hidden, 1, withBias, Init.uniform(Math.sqrt(1.0 / hidden)));
  }

  /// The step after `h`.
  public Tensor step(Tensor x, Tensor h) {
    return apply(x, z -> RNN.step(cell, z, h, relu));
  }

  /// The first step, from a state of zeros.
  @Override
  protected Tensor compute(Tensor x) {
    return RNN.step(cell, x, Tensor.zeros(x.shape().with(-1, hidden), x.dtype()), relu);
  }
}
