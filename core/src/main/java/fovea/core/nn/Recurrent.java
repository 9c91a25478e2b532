package fovea.core.nn;

import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Recurrent layers: each goes through a sequence step by step and keeps a state. [RNN], [LSTM],
/// [GRU].
///
/// **Shapes**: `x [T, N, in]` → `y [T, N, D·H]`, or batch first, `[N, T, in]` → `[N, T, D·H]`; D is
/// 2 where it goes in both directions, whose results lie side by side. State, of layer k:
/// `weight_ih_lk [G·H, in or D·H]`, `weight_hh_lk [G·H, H]`, `bias_ih_lk`, `bias_hh_lk [G·H]`, then
/// the same with `_reverse`; G is the number of gates. All start uniform within ±√(1/H), as in
/// PyTorch.
///
/// **Differs** from PyTorch: there must be an axis of sequences, all of one length; no projections.
public abstract sealed class Recurrent extends Layer permits RNN, LSTM, GRU {

  /// How layers are put together.
  ///
  /// @param layers on top of each other
  /// @param withBias whether there are `bias_ih` and `bias_hh`
  /// @param batchFirst whether the first axis of x and y is that of sequences, not of steps; states
  ///   always have layers first
  /// @param dropout between layers while training, as [Dropout], in [0, 1)
  /// @param bidirectional whether each layer also goes from the last step to the first
  public record Options(
      int layers, boolean withBias, boolean batchFirst, double dropout, boolean bidirectional) {
    /// PyTorch's: one layer with bias, steps first, in one direction.
    public static final Options DEFAULT = new Options(1, true, false, 0, false);

    public Options {
      if (layers < 1) {
        throw new IllegalArgumentException("there is at least one layer, not " + layers);
      }
    }

    public Options layers(int number) {
      return new Options(number, withBias, batchFirst, dropout, bidirectional);
    }

    public Options withoutBias() {
      return new Options(layers, false, batchFirst, dropout, bidirectional);
    }

    public Options withBatchFirst() {
      return new Options(layers, withBias, true, dropout, bidirectional);
    }

    public Options dropout(double probability) {
      return new Options(layers, withBias, batchFirst, probability, bidirectional);
    }

    public Options inBothDirections() {
      return new Options(layers, withBias, batchFirst, dropout, true);
    }
  }

  /// Where layers stand between two steps.
  ///
  /// @param hidden `[L·D, N, H]`: layer by layer, of each first that forwards, then that backwards
  /// @param cell of an LSTM, of the same shape; else `null`
  public record State(Tensor hidden, @Nullable Tensor cell) {}

  /// What a sequence gave.
  ///
  /// @param y the last layer's results, step by step
  /// @param state after the last step of each direction
  public record Output(Tensor y, State state) {}

  private final int in;
  private final int hidden;
  private final Options options;
  private final Dropout dropout;
  private final List<Cell> cells = new ArrayList<>();

  /// @param gates how many there are
  Recurrent(int in, int hidden, int gates, Options options) {
    this.in = in;
    this.hidden = hidden;
    this.options = options;
    dropout = child("dropout", new Dropout(options.dropout));
    var init = Init.uniform(Math.sqrt(1.0 / hidden));
    int directions = options.bidirectional ? 2 : 1;
    for (int layer = 0; layer < options.layers; layer++) {
      int size = layer == 0 ? in : directions * hidden;
      for (int d = 0; d < directions; d++) {
        var suffix = "_l" + layer + (d == 0 ? "" : "_reverse");
        cells.add(Cell.declare(this, suffix, size, hidden, gates, options.withBias, init));
      }
    }
  }

  /// The parameters of one layer in one direction, or of a cell.
  record Cell(
      Parameter ofInput,
      Parameter ofHidden,
      @Nullable Parameter inputBias,
      @Nullable Parameter hiddenBias) {
    static Cell declare(
        Layer owner, String suffix, int in, int hidden, int gates, boolean withBias, Init init) {
      var bias = Shape.of(gates * hidden);
      return new Cell(
          owner.param("weight_ih" + suffix, Shape.of(gates * hidden, in), init),
          owner.param("weight_hh" + suffix, Shape.of(gates * hidden, hidden), init),
          withBias ? owner.param("bias_ih" + suffix, bias, init) : null,
          withBias ? owner.param("bias_hh" + suffix, bias, init) : null);
    }

    Tensor input(Tensor x) {
      return x.linear(ofInput.get(), inputBias == null ? null : inputBias.get());
    }

    Tensor hidden(Tensor h) {
      return h.linear(ofHidden.get(), hiddenBias == null ? null : hiddenBias.get());
    }
  }

  /// One step of one layer.
  abstract State step(Cell cell, Tensor x, State before);

  /// All steps of one layer at once, where that can be had.
  ///
  /// @param x `[T, N, …]`
  /// @return `[2, T, N, H]`: hidden, then cell, after each step; `null` to go step by step
  @Nullable Tensor whole(Cell cell, Tensor x, State before) {
    return null;
  }

  /// Whether its state has a cell.
  boolean hasCell() {
    return false;
  }

  @Override
  protected Tensor compute(Tensor x) {
    return through(x, null).y();
  }

  /// Goes through a sequence.
  ///
  /// @param initial the state before the first step; zeros where there is none
  /// @throws ShapeException when the sequence or the state does not fit
  public Output run(Tensor x, @Nullable State initial) {
    var output = new Output[1];
    apply(
        x,
        z -> {
          output[0] = through(z, initial);
          return output[0].y();
        });
    return output[0];
  }

  private Output through(Tensor x, @Nullable State initial) {
    var name = getClass().getSimpleName().toLowerCase(Locale.ROOT);
    if (x.shape().rank() != 3 || x.shape().size(2) != in || x.shape().isEmpty()) {
      throw new ShapeException(
          name,
          "input %s is not %s with in = %d"
              .formatted(x.shape(), options.batchFirst ? "[N, T, in]" : "[T, N, in]", in));
    }
    int time = options.batchFirst ? 1 : 0;
    int n = x.shape().size(1 - time);
    var before = initial == null ? zeros(n, x) : initial;
    check(name, before, n);
    int directions = options.bidirectional ? 2 : 1;
    var last = new ArrayList<State>();
    var y = time == 0 ? x : x.transpose(0, 1);
    for (int layer = 0; layer < options.layers; layer++) {
      if (layer > 0) {
        y = dropout.forward(y);
      }
      var results = new ArrayList<Tensor>();
      for (int d = 0; d < directions; d++) {
        int at = layer * directions + d;
        var cell = before.cell();
        var start =
            new State(before.hidden().select(0, at), cell == null ? null : cell.select(0, at));
        var through = through(cells.get(at), d == 0 ? y : y.flip(0), start);
        results.add(d == 0 ? through.y() : through.y().flip(0));
        last.add(through.state());
      }
      y = directions == 1 ? results.getFirst() : Tensor.concat(2, results);
    }
    return new Output(time == 0 ? y : y.transpose(0, 1), state(last));
  }

  /// One layer in one direction: `[T, N, …]` → `[T, N, H]`.
  private Output through(Cell cell, Tensor x, State before) {
    int length = x.shape().size(0);
    var all = whole(cell, x, before);
    if (all != null) {
      var hiddens = all.select(0, 0);
      return new Output(
          hiddens,
          new State(hiddens.select(0, length - 1), all.select(0, 1).select(0, length - 1)));
    }
    var state = before;
    var outputs = new ArrayList<Tensor>();
    for (int t = 0; t < length; t++) {
      state = step(cell, x.select(0, t), state);
      outputs.add(state.hidden());
    }
    return new Output(stack(0, outputs), state);
  }

  private State zeros(int n, Tensor like) {
    var shape = Shape.of(cells.size(), n, hidden);
    var zero = Tensor.zeros(shape, like.dtype());
    return new State(zero, hasCell() ? zero : null);
  }

  private void check(String name, State state, int n) {
    var expected = Shape.of(cells.size(), n, hidden);
    var cell = state.cell();
    if (!state.hidden().shape().equals(expected)
        || hasCell() != (cell != null)
        || (cell != null && !cell.shape().equals(expected))) {
      throw new ShapeException(
          name,
          "the state before is hidden %s, cell %s; expected %s%s"
              .formatted(
                  state.hidden().shape(),
                  cell == null ? "none" : cell.shape(),
                  expected,
                  hasCell() ? " both" : ", none"));
    }
  }

  private static Tensor stack(int axis, List<Tensor> parts) {
    return Tensor.concat(axis, parts.stream().map(p -> p.unsqueeze(axis)).toList());
  }

  private State state(List<State> last) {
    var hiddens = stack(0, last.stream().map(State::hidden).toList());
    if (!hasCell()) {
      return new State(hiddens, null);
    }
    var memories = new ArrayList<Tensor>();
    for (var state : last) {
      var cell = state.cell();
      if (cell != null) {
        memories.add(cell);
      }
    }
    return new State(hiddens, stack(0, memories));
  }

  @Override
  protected long multiplyAdds(Shape x, Shape y) {
    long weights =
        cells.stream()
            .mapToLong(c -> c.ofInput().shape().elements() + c.ofHidden().shape().elements())
            .sum();
    return x.elements() / Math.max(1, in) * weights;
  }

  @Override
  public String describe() {
    return "%s(%d → %d%s%s)"
        .formatted(
            getClass().getSimpleName(),
            in,
            hidden,
            options.layers == 1 ? "" : ", " + options.layers + " layers",
            options.bidirectional ? ", both directions" : "");
  }
}
