package fovea.core.nn;

import fovea.core.tensor.Tensor;

/// The simple recurrent network: h' = tanh(W_ih·x + b_ih + W_hh·h + b_hh), or with ReLU (Elman
/// 1990). See [Recurrent] for shapes and state.
public final class RNN extends Recurrent {
  private final boolean relu;

  /// With tanh.
  public RNN(int in, int hidden) {
    this(in, hidden, Options.DEFAULT, false);
  }

  /// With all options.
  ///
  /// @param relu whether it takes ReLU in the place of tanh
  public RNN(int in, int hidden, Options options, boolean relu) {
    super(in, hidden, 1, options);
    this.relu = relu;
  }

  @Override
  State step(Cell cell, Tensor x, State before) {
    return new State(step(cell, x, before.hidden(), relu), null);
  }

  static Tensor step(Cell cell, Tensor x, Tensor h, boolean relu) {
    var sum = cell.input(x).add(cell.hidden(h));
    return relu ? sum.relu() : sum.tanh();
  }
}
