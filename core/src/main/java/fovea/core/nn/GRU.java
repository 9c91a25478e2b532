package fovea.core.nn;

import fovea.core.tensor.Recurrence;
import fovea.core.tensor.Tensor;

/// The gated recurrent unit (Cho et al. 2014), with the gates r, z, n in this order and r applied
/// to the product with W_hh, as in PyTorch; see [Recurrence#gruOutput], and [Recurrent] for shapes
/// and state.
public final class GRU extends Recurrent {

  public GRU(int in, int hidden) {
    this(in, hidden, Options.DEFAULT);
  }

  /// With all options.
  public GRU(int in, int hidden, Options options) {
    super(in, hidden, 3, options);
  }

  @Override
  State step(Cell cell, Tensor x, State before) {
    return new State(next(cell, x, before.hidden()), null);
  }

  static Tensor next(Cell cell, Tensor x, Tensor h) {
    return Recurrence.gruOutput(cell.input(x), cell.hidden(h), h);
  }
}
