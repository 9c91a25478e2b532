package fovea.lab.parity;

import static fovea.lab.parity.Row.composed;
import static fovea.lab.parity.Row.libtorch;

import fovea.core.nn.GRUCell;
import fovea.core.nn.LSTMCell;
import fovea.core.nn.RNNCell;
import fovea.core.nn.Recurrent;
import fovea.core.tensor.Recurrence;
import java.util.List;
import org.bytedeco.pytorch.GRUCellImpl;
import org.bytedeco.pytorch.GRUCellOptions;
import org.bytedeco.pytorch.LSTMCellImpl;
import org.bytedeco.pytorch.LSTMCellOptions;
import org.bytedeco.pytorch.RNNCellImpl;
import org.bytedeco.pytorch.RNNCellOptions;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.kReLU;

/// One step of recurrent layers: cells, and what they make of their gates.
final class CellRows {
  private CellRows() {}

  static List<Row> all() {
    return List.of(
        lstmCell(),
        lstmCellFromZeros(),
        gruCell("nn.GRUCell", false),
        gruCell("nn.GRUCell: from zeros", true),
        rnnCell("nn.RNNCell", false),
        rnnCell("nn.RNNCell: from zeros", true),
        lstm(),
        lstmMemory(),
        lstmOutput(),
        gruOutput());
  }

  private record Sizes(int n, int in, int hidden, boolean withBias) {
    static Sizes of(Draw d) {
      return new Sizes(d.in(1, 5), d.in(1, 7), d.in(1, 7), d.coin());
    }

    Input x(Draw d) {
      return d.normal("x", n, in);
    }

    Input state(Draw d, String name) {
      return d.normal(name, n, hidden);
    }
  }

  // ---- cells

  private static LSTMCellImpl theirs(Sizes s) {
    var options = new LSTMCellOptions(s.in, s.hidden);
    options.bias().put(s.withBias);
    return new LSTMCellImpl(options);
  }

  /// What it says and what it remembers, side by side.
  private static Row lstmCell() {
    return libtorch(
        "nn.LSTMCell",
        d -> {
          var s = Sizes.of(d);
          var layer = new LSTMCell(s.in, s.hidden, s.withBias);
          var module = theirs(s);
          return Case.of(
              s.toString(),
              d,
              layer,
              List.of(s.x(d), s.state(d, "h"), s.state(d, "c")),
              t -> {
                var after = layer.step(t.get(0), new Recurrent.State(t.get(1), t.get(2)));
                var memory = after.cell();
                if (memory == null) {
                  throw new IllegalStateException("the cell remembers nothing");
                }
                return fovea.core.tensor.Tensor.concat(1, after.hidden(), memory);
              },
              Torch.moduleOf(
                  module,
                  o -> {
                    var after = module.forward(o.x(), new T_TensorTensor_T(o.get(1), o.get(2)));
                    return torch.cat(new TensorVector(after.get0(), after.get1()), 1);
                  }));
        });
  }

  private static Row lstmCellFromZeros() {
    return libtorch(
        "nn.LSTMCell: from zeros",
        d -> {
          var s = Sizes.of(d);
          var module = theirs(s);
          return Case.of(
              s.toString(),
              d,
              new LSTMCell(s.in, s.hidden, s.withBias),
              s.x(d),
              Torch.module(module, x -> module.forward(x).get0()));
        });
  }

  private static Row gruCell(String name, boolean fromZeros) {
    return libtorch(
        name,
        d -> {
          var s = Sizes.of(d);
          var options = new GRUCellOptions(s.in, s.hidden);
          options.bias().put(s.withBias);
          var module = new GRUCellImpl(options);
          var layer = new GRUCell(s.in, s.hidden, s.withBias);
          return fromZeros
              ? Case.of(s.toString(), d, layer, s.x(d), Torch.module(module, module::forward))
              : Case.of(
                  s.toString(),
                  d,
                  layer,
                  List.of(s.x(d), s.state(d, "h")),
                  t -> layer.step(t.get(0), t.get(1)),
                  Torch.moduleOf(module, o -> module.forward(o.get(0), o.get(1))));
        });
  }

  private static Row rnnCell(String name, boolean fromZeros) {
    return libtorch(
        name,
        d -> {
          var s = Sizes.of(d);
          boolean relu = d.coin();
          var options = new RNNCellOptions(s.in, s.hidden);
          options.bias().put(s.withBias);
          if (relu) {
            options.nonlinearity().put(new kReLU());
          }
          var module = new RNNCellImpl(options);
          var layer = new RNNCell(s.in, s.hidden, s.withBias, relu);
          var words = s + ", ReLU " + relu;
          return fromZeros
              ? Case.of(words, d, layer, s.x(d), Torch.module(module, module::forward))
              : Case.of(
                  words,
                  d,
                  layer,
                  List.of(s.x(d), s.state(d, "h")),
                  t -> layer.step(t.get(0), t.get(1)),
                  Torch.moduleOf(module, o -> module.forward(o.get(0), o.get(1))));
        });
  }

  // ---- what becomes of gates

  private static Row lstmMemory() {
    return composed(
        "Recurrence.lstmMemory",
        d -> {
          var s = Sizes.of(d);
          return Case.of(
              "",
              List.of(d.normal("gates", s.n, 4 * s.hidden), s.state(d, "c")),
              t -> Recurrence.lstmMemory(t.get(0), t.get(1)),
              Torch.of(
                  o -> {
                    var gates = o.get(0).chunk(4, 1);
                    var kept = gates.get(1).sigmoid().mul(o.get(1));
                    return kept.add(gates.get(0).sigmoid().mul(gates.get(2).tanh()));
                  }));
        });
  }

  private static Row lstm() {
    return composed(
        "Recurrence.lstm",
        d -> {
          var s = Sizes.of(d);
          int steps = d.in(1, 4);
          return Case.of(
              "",
              List.of(
                  d.normal("x", steps, s.n, s.in),
                  d.normal("ofInput", 4 * s.hidden, s.in),
                  d.normal("ofHidden", 4 * s.hidden, s.hidden),
                  s.state(d, "h"),
                  s.state(d, "c"),
                  d.normal("inputBias", 4 * s.hidden),
                  d.normal("hiddenBias", 4 * s.hidden)),
              t ->
                  Recurrence.lstm(
                      t.get(0), t.get(1), t.get(2), t.subList(5, 7), t.get(3), t.get(4)),
              Torch.of(o -> lstm(o, steps)));
        });
  }

  private static Tensor lstm(Torch.Operands o, int steps) {
    var hiddens = new TensorVector();
    var memories = new TensorVector();
    var h = o.get(3);
    var c = o.get(4);
    for (int t = 0; t < steps; t++) {
      var ofInput = o.x().select(0, t).matmul(o.get(1).t()).add(o.get(5));
      var gates = ofInput.add(h.matmul(o.get(2).t())).add(o.get(6)).chunk(4, 1);
      var candidate = gates.get(0).sigmoid().mul(gates.get(2).tanh());
      c = gates.get(1).sigmoid().mul(c).add(candidate);
      h = gates.get(3).sigmoid().mul(c.tanh());
      hiddens.push_back(h);
      memories.push_back(c);
    }
    return torch.stack(new TensorVector(torch.stack(hiddens), torch.stack(memories)));
  }

  private static Row lstmOutput() {
    return composed(
        "Recurrence.lstmOutput",
        d -> {
          var s = Sizes.of(d);
          return Case.of(
              "",
              List.of(d.normal("gates", s.n, 4 * s.hidden), s.state(d, "c")),
              t -> Recurrence.lstmOutput(t.get(0), t.get(1)),
              Torch.of(o -> o.get(0).chunk(4, 1).get(3).sigmoid().mul(o.get(1).tanh())));
        });
  }

  private static Row gruOutput() {
    return composed(
        "Recurrence.gruOutput",
        d -> {
          var s = Sizes.of(d);
          return Case.of(
              "",
              List.of(
                  d.normal("ofInput", s.n, 3 * s.hidden),
                  d.normal("ofHidden", s.n, 3 * s.hidden),
                  s.state(d, "h")),
              t -> Recurrence.gruOutput(t.get(0), t.get(1), t.get(2)),
              Torch.of(
                  o -> {
                    var ofInput = o.get(0).chunk(3, 1);
                    var ofHidden = o.get(1).chunk(3, 1);
                    var r = ofInput.get(0).add(ofHidden.get(0)).sigmoid();
                    var z = ofInput.get(1).add(ofHidden.get(1)).sigmoid();
                    var n = ofInput.get(2).add(r.mul(ofHidden.get(2))).tanh();
                    return rest(z).mul(n).add(z.mul(o.get(2)));
                  }));
        });
  }

  /// 1 − x.
  private static Tensor rest(Tensor x) {
    return x.neg().add(new Scalar(1));
  }
}
