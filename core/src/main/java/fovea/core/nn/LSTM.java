package fovea.core.nn;

import fovea.core.tensor.Precision;
import fovea.core.tensor.Recurrence;
import fovea.core.tensor.Tensor;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Long short-term memory (Hochreiter & Schmidhuber 1997; Gers, Schmidhuber & Cummins 2000): c' =
/// σ(f)·c + σ(i)·tanh(g), h' = σ(o)·tanh(c'), with the gates i, f, g, o in this order, as in
/// PyTorch. See [Recurrent] for shapes and state.
public final class LSTM extends Recurrent {

  public LSTM(int in, int hidden) {
    this(in, hidden, Options.DEFAULT);
  }

  /// With all options.
  public LSTM(int in, int hidden, Options options) {
    super(in, hidden, 4, options);
  }

  @Override
  boolean hasCell() {
    return true;
  }

  /// Where all are of one type, as they are unless products are computed in bfloat16.
  @Override
  @Nullable Tensor whole(Cell cell, Tensor x, State before) {
    var memory = before.cell();
    var ofInput = cell.ofInput().get();
    if (memory == null
        || Precision.current() != Precision.F32
        || x.dtype() != ofInput.dtype()
        || x.dtype() != memory.dtype()
        || x.dtype() != before.hidden().dtype()) {
      return null;
    }
    var biases =
        Stream.of(cell.inputBias(), cell.hiddenBias())
            .filter(Objects::nonNull)
            .map(Parameter::get)
            .toList();
    return Recurrence.lstm(x, ofInput, cell.ofHidden().get(), biases, before.hidden(), memory);
  }

  @Override
  State step(Cell cell, Tensor x, State before) {
    return next(cell, x, before);
  }

  static State next(Cell cell, Tensor x, State before) {
    var memory = before.cell();
    if (memory == null) {
      throw new IllegalArgumentException("an LSTM's state has a cell");
    }
    var gates = cell.input(x).add(cell.hidden(before.hidden()));
    var c = Recurrence.lstmMemory(gates, memory);
    return new State(Recurrence.lstmOutput(gates, c), c);
  }
}
