package fovea.core.tensor;

import fovea.core.array.ShapeException;
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
