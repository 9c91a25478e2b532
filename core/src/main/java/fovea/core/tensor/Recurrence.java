package fovea.core.tensor;

import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One step of recurrent cells, from what their products have put together. Gates lie side by side
/// along the last axis, in PyTorch's order.
public final class Recurrence {
  private Recurrence() {}

  /// What an LSTM remembers next: c' = σ(f)·c + σ(i)·tanh(g) (Hochreiter & Schmidhuber 1997; with
  /// the forget gate of Gers, Schmidhuber & Cummins 2000).
  ///
  /// **Shapes**: `gates [N, 4·H]` (i, f, g, o before their functions), `c [N, H]` → `[N, H]`.
  public static Tensor lstmMemory(Tensor gates, Tensor c) {
    check("lstmMemory", gates, c, 4);
    var y =
        Graph.unrecorded(
            () -> {
              var g = Gates.of(gates);
              return g.forget.mul(c).add(g.input.mul(g.candidate));
            });
    return Graph.record(y.array(), new LstmMemory(gates, c), gates, c);
  }

  /// dc = dy·σ(f), di = dy·tanh(g)·σ′(i), df = dy·c·σ′(f), dg = dy·σ(i)·tanh′(g), do = 0.
  private record LstmMemory(Tensor gates, Tensor c) implements Backward {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      var g = Gates.of(gates);
      var input = gradient.mul(g.candidate).mul(slope(g.input));
      var forget = gradient.mul(c).mul(slope(g.forget));
      var candidate = gradient.mul(g.input).mul(g.candidate.mul(g.candidate).neg().add(1));
      var output = Tensor.zeros(c.shape(), c.dtype());
      return new @Nullable Tensor[] {
        Tensor.concat(1, input, forget, candidate, output), gradient.mul(g.forget)
      };
    }
  }

  /// What an LSTM says: h' = σ(o)·tanh(c').
  ///
  /// **Shapes**: `gates [N, 4·H]`, `c [N, H]` → `[N, H]`.
  public static Tensor lstmOutput(Tensor gates, Tensor c) {
    check("lstmOutput", gates, c, 4);
    var y = Graph.unrecorded(() -> part(gates, 3, 4).sigmoid().mul(c.tanh()));
    return Graph.record(y.array(), new LstmOutput(gates, c), gates, c);
  }

  /// dc = dy·σ(o)·tanh′(c), do = dy·tanh(c)·σ′(o), all other gates' 0.
  private record LstmOutput(Tensor gates, Tensor c) implements Backward {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      var output = part(gates, 3, 4).sigmoid();
      var t = c.tanh();
      int hidden = c.shape().size(1);
      var others = Tensor.zeros(c.shape().with(1, 3 * hidden), c.dtype());
      return new @Nullable Tensor[] {
        Tensor.concat(1, others, gradient.mul(t).mul(slope(output))),
        gradient.mul(output).mul(t.mul(t).neg().add(1))
      };
    }
  }

  /// The gates after their functions.
  private record Gates(Tensor input, Tensor forget, Tensor candidate) {
    static Gates of(Tensor gates) {
      return new Gates(
          part(gates, 0, 4).sigmoid(), part(gates, 1, 4).sigmoid(), part(gates, 2, 4).tanh());
    }
  }

  /// A whole sequence through one layer of an LSTM: [#lstmMemory] and [#lstmOutput] step by step,
  /// of gates x·w_ihᵀ + b_ih + h·w_hhᵀ + b_hh. What does not depend on the step before, the
  /// products with x and the gradients of all weights, is one product over all steps.
  ///
  /// **Shapes**: `x [T, N, in]`, `ofInput [4·H, in]`, `ofHidden [4·H, H]`, biases `[4·H]`, `h` and
  /// `c [N, H]` → `[2, T, N, H]`: h' of each step, then c' of each.
  ///
  /// @param biases of the input and of the hidden state; or none
  /// @throws ShapeException when something does not fit, or there is no step
  public static Tensor lstm(
      Tensor x, Tensor ofInput, Tensor ofHidden, List<Tensor> biases, Tensor h, Tensor c) {
    checkLstm(x, ofInput, ofHidden, biases, h, c);
    var inputs = new ArrayList<>(List.of(x, ofInput, ofHidden, h, c));
    inputs.addAll(biases);
    var steps = Graph.unrecorded(() -> Steps.of(x, ofInput, ofHidden, biases, h, c));
    var op = new Lstm(x, ofInput, ofHidden, List.copyOf(biases), h, c, steps);
    return Graph.record(steps.states.array(), op, inputs.toArray(Tensor[]::new));
  }

  private static void checkLstm(
      Tensor x, Tensor ofInput, Tensor ofHidden, List<Tensor> biases, Tensor h, Tensor c) {
    boolean fits = x.shape().rank() == 3 && x.shape().size(0) > 0 && h.shape().rank() == 2;
    if (fits) {
      int hidden = h.shape().size(1);
      fits =
          h.shape().size(0) == x.shape().size(1)
              && c.shape().equals(h.shape())
              && ofInput.shape().equals(Shape.of(4 * hidden, x.shape().size(2)))
              && ofHidden.shape().equals(Shape.of(4 * hidden, hidden))
              && (biases.isEmpty() || biases.size() == 2)
              && biases.stream().allMatch(b -> b.shape().equals(Shape.of(4 * hidden)));
    }
    if (!fits) {
      throw new ShapeException(
          "lstm",
          "input %s, weights %s and %s, biases %s and states %s and %s are not [T, N, in], [4·H, in], [4·H, H], [4·H] and [N, H]"
              .formatted(
                  x.shape(),
                  ofInput.shape(),
                  ofHidden.shape(),
                  biases.stream().map(Tensor::shape).toList(),
                  h.shape(),
                  c.shape()));
    }
    var types = new ArrayList<>(List.of(ofInput, ofHidden, h, c));
    types.addAll(biases);
    for (var t : types) {
      if (t.dtype() != x.dtype() || !x.dtype().isFloating()) {
        throw new ShapeException(
            "lstm", "all must have one floating type, not " + x.dtype() + " and " + t.dtype());
      }
    }
  }

  /// What each step of an LSTM found.
  ///
  /// @param gates `[T, N, 4·H]`, before their functions
  /// @param states `[2, T, N, H]`: h' and c'
  private record Steps(Tensor gates, Tensor states) {
    static Steps of(
        Tensor x, Tensor ofInput, Tensor ofHidden, List<Tensor> biases, Tensor h, Tensor c) {
      var fromInput = x.linear(ofInput, biases.isEmpty() ? null : biases.get(0));
      var hiddenBias = biases.isEmpty() ? null : biases.get(1);
      var all = new ArrayList<Tensor>();
      var hiddens = new ArrayList<Tensor>();
      var memories = new ArrayList<Tensor>();
      var hidden = h;
      var memory = c;
      for (int t = 0; t < x.shape().size(0); t++) {
        var gates = hidden.linear(ofHidden, hiddenBias).add(fromInput.select(0, t));
        memory = lstmMemory(gates, memory);
        hidden = lstmOutput(gates, memory);
        all.add(gates.unsqueeze(0));
        hiddens.add(hidden.unsqueeze(0).unsqueeze(0));
        memories.add(memory.unsqueeze(0).unsqueeze(0));
      }
      var states = Tensor.concat(0, Tensor.concat(1, hiddens), Tensor.concat(1, memories));
      return new Steps(Tensor.concat(0, all), states);
    }
  }

  /// Through the steps from the last to the first, with dh and dc of what followed: dc += dh·σ(o)·
  /// tanh′(c'), dgates = (dc·tanh(g)·σ′(i), dc·c·σ′(f), dc·σ(i)·tanh′(g), dh·tanh(c')·σ′(o)), then
  /// dh = dgates·w_hh and dc·σ(f) for the step before.
  private record Lstm(
      Tensor x,
      Tensor ofInput,
      Tensor ofHidden,
      List<Tensor> biases,
      Tensor h,
      Tensor c,
      Steps steps)
      implements Backward {
    @Override
    public Span[] source(int input, Shape from, Shape y, Span... part) {
      var source = Span.all(from);
      if (input == 0) {
        source[0] = new Span(0, part[1].to());
        source[1] = part[2];
      }
      return source;
    }

    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      // What the steps found is no part of the graph: for gradients of gradients it is found anew.
      var found = Graph.isRecording() ? Steps.of(x, ofInput, ofHidden, biases, h, c) : steps;
      var slopes = Slopes.of(found, c);
      int length = x.shape().size(0);
      var gates = new ArrayList<Tensor>();
      Tensor dh = null;
      Tensor dc = null;
      for (int t = length - 1; t >= 0; t--) {
        var ofStep = gradient.select(1, t);
        dh = dh == null ? ofStep.select(0, 0) : dh.add(ofStep.select(0, 0));
        dc = dc == null ? ofStep.select(0, 1) : dc.add(ofStep.select(0, 1));
        dc = dc.add(dh.mul(slopes.memory.select(0, t)));
        var dgates =
            Tensor.concat(
                1,
                dc.mul(slopes.input.select(0, t)),
                dc.mul(slopes.forget.select(0, t)),
                dc.mul(slopes.candidate.select(0, t)),
                dh.mul(slopes.output.select(0, t)));
        gates.add(dgates.unsqueeze(0));
        dh = dgates.matmul(ofHidden);
        dc = dc.mul(slopes.kept.select(0, t));
      }
      var all = rows(Tensor.concat(0, gates.reversed()));
      var before = rows(before(found.states.select(0, 0), h));
      var byGate = all.transpose(0, 1);
      var gradients = new ArrayList<@Nullable Tensor>();
      gradients.add(x.requiresGrad() ? all.matmul(ofInput).reshape(x.shape().sizes()) : null);
      gradients.add(ofInput.requiresGrad() ? byGate.matmul(rows(x)) : null);
      gradients.add(ofHidden.requiresGrad() ? byGate.matmul(before) : null);
      gradients.add(dh);
      gradients.add(dc);
      if (!biases.isEmpty()) {
        var bias = all.sum(0);
        gradients.add(bias);
        gradients.add(bias);
      }
      return gradients.toArray(new @Nullable Tensor[0]);
    }
  }

  /// All steps of all sequences: `[T, N, …]` → `[T·N, …]`.
  private static Tensor rows(Tensor x) {
    return x.reshape(x.shape().size(0) * x.shape().size(1), x.shape().size(2));
  }

  /// What each step began from, of what each ended with.
  private static Tensor before(Tensor after, Tensor first) {
    var start = first.unsqueeze(0);
    int length = after.shape().size(0);
    return length == 1 ? start : Tensor.concat(0, start, after.slice(0, 0, length - 1));
  }

  /// By what gradients of a step's results are multiplied on their way to its gates and to the step
  /// before, of all steps at once: each `[T, N, H]`.
  ///
  /// @param memory from h' to c'
  /// @param kept from c' to c
  private record Slopes(
      Tensor input, Tensor forget, Tensor candidate, Tensor output, Tensor memory, Tensor kept) {
    static Slopes of(Steps steps, Tensor first) {
      var input = gate(steps.gates, 0).sigmoid();
      var forget = gate(steps.gates, 1).sigmoid();
      var candidate = gate(steps.gates, 2).tanh();
      var output = gate(steps.gates, 3).sigmoid();
      var memories = steps.states.select(0, 1);
      var t = memories.tanh();
      return new Slopes(
          candidate.mul(slope(input)),
          before(memories, first).mul(slope(forget)),
          input.mul(candidate.mul(candidate).neg().add(1)),
          t.mul(slope(output)),
          output.mul(t.mul(t).neg().add(1)),
          forget);
    }

    private static Tensor gate(Tensor gates, int i) {
      int size = gates.shape().size(2) / 4;
      return gates.slice(2, i * size, (i + 1) * size);
    }
  }

  /// What a gated recurrent unit says next: h' = (1 − z)·n + z·h, with r = σ(x_r + h_r), z = σ(x_z
  /// + h_z), n = tanh(x_n + r·h_n) (Cho et al. 2014; r is applied to the product, as in PyTorch and
  ///   cuDNN, not before it).
  ///
  /// **Shapes**: `ofInput [N, 3·H]` (x_r, x_z, x_n), `ofHidden [N, 3·H]`, `h [N, H]` → `[N, H]`.
  public static Tensor gruOutput(Tensor ofInput, Tensor ofHidden, Tensor h) {
    check("gruOutput", ofInput, h, 3);
    check("gruOutput", ofHidden, h, 3);
    var y =
        Graph.unrecorded(
            () -> {
              var u = Unit.of(ofInput, ofHidden);
              return u.n.add(u.z.mul(h.sub(u.n)));
            });
    return Graph.record(y.array(), new GruOutput(ofInput, ofHidden, h), ofInput, ofHidden, h);
  }

  /// With dn' = dy·(1 − z)·tanh′: dx_n = dn', dh_n = dn'·r, d_r = dn'·h_n·σ′(r), d_z = dy·(h −
  /// n)·σ′(z), dh = dy·z.
  private record GruOutput(Tensor ofInput, Tensor ofHidden, Tensor h) implements Backward {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      var u = Unit.of(ofInput, ofHidden);
      var n = gradient.mul(u.z.neg().add(1)).mul(u.n.mul(u.n).neg().add(1));
      var r = n.mul(part(ofHidden, 2, 3)).mul(slope(u.r));
      var z = gradient.mul(h.sub(u.n)).mul(slope(u.z));
      return new @Nullable Tensor[] {
        Tensor.concat(1, List.of(r, z, n)),
        Tensor.concat(1, List.of(r, z, n.mul(u.r))),
        gradient.mul(u.z)
      };
    }
  }

  private record Unit(Tensor r, Tensor z, Tensor n) {
    static Unit of(Tensor ofInput, Tensor ofHidden) {
      var r = part(ofInput, 0, 3).add(part(ofHidden, 0, 3)).sigmoid();
      var z = part(ofInput, 1, 3).add(part(ofHidden, 1, 3)).sigmoid();
      var n = part(ofInput, 2, 3).add(r.mul(part(ofHidden, 2, 3))).tanh();
      return new Unit(r, z, n);
    }
  }

  /// The derivative of the sigmoid, from its value.
  private static Tensor slope(Tensor sigmoid) {
    return sigmoid.mul(sigmoid.neg().add(1));
  }

  private static Tensor part(Tensor gates, int i, int of) {
    int size = gates.shape().size(1) / of;
    return gates.slice(1, i * size, (i + 1) * size);
  }

  private static void check(String operation, Tensor gates, Tensor state, int parts) {
    boolean fits =
        gates.shape().rank() == 2
            && state.shape().rank() == 2
            && gates.shape().size(0) == state.shape().size(0)
            && gates.shape().size(1) == parts * state.shape().size(1)
            && gates.dtype() == state.dtype()
            && gates.dtype().isFloating();
    if (!fits) {
      throw new ShapeException(
          operation,
          "gates %s %s are not [N, %d·H] for a state [N, H] of %s %s"
              .formatted(gates.dtype(), gates.shape(), parts, state.dtype(), state.shape()));
    }
  }
}
