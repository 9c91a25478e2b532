package fovea.lab.parity;

import static fovea.lab.parity.Row.composed;
import static fovea.lab.parity.Row.libtorch;

import fovea.core.array.Shape;
import fovea.core.nn.Capsules;
import fovea.core.nn.Embedding;
import fovea.core.nn.GRU;
import fovea.core.nn.LSTM;
import fovea.core.nn.MultiheadAttention;
import fovea.core.nn.RNN;
import fovea.core.nn.Recurrent;
import fovea.core.nn.SqueezeExcite;
import fovea.core.nn.Transformer;
import fovea.core.nn.TransformerEncoderLayer;
import fovea.core.tensor.Attention;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.GRUImpl;
import org.bytedeco.pytorch.GRUOptions;
import org.bytedeco.pytorch.LSTMImpl;
import org.bytedeco.pytorch.LSTMOptions;
import org.bytedeco.pytorch.MultiheadAttentionImpl;
import org.bytedeco.pytorch.MultiheadAttentionOptions;
import org.bytedeco.pytorch.RNNImpl;
import org.bytedeco.pytorch.RNNOptions;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TransformerEncoderLayerImpl;
import org.bytedeco.pytorch.TransformerEncoderLayerOptions;
import org.bytedeco.pytorch.global.torch;

/// Layers of sequences: recurrent ones, attention, embeddings; capsules and squeeze-and-excitation.
final class SequenceRows {
  private SequenceRows() {}

  static List<Row> all() {
    var rows = new ArrayList<Row>();
    rows.add(lstm());
    rows.add(gru());
    rows.add(rnn());
    rows.add(attention());
    rows.add(multihead());
    rows.add(encoderLayer());
    rows.add(
        libtorch(
            "nn.Embedding",
            d -> {
              int number = d.in(1, 9);
              int features = d.in(1, 9);
              return Case.of(
                  "",
                  d,
                  new Embedding(number, features),
                  d.index("index", number, d.shape(d.in(1, 2), 6)),
                  Torch.of(o -> torch.embedding(o.state("weight"), o.x())));
            }));
    rows.add(
        composed(
            "Capsules.squash",
            d ->
                Case.of(
                    "",
                    List.of(d.normal("s", d.shape(3, 6))),
                    t -> Capsules.squash(t.getFirst()),
                    Torch.of(o -> squash(o.x())))));
    rows.add(squeezeExcite());
    return rows;
  }

  private record Sizes(int in, int hidden, int layers, boolean both) {
    static Sizes of(Draw d) {
      return new Sizes(d.in(1, 6), d.in(1, 6), d.in(1, 2), d.coin());
    }

    Recurrent.Options options() {
      var options = Recurrent.Options.DEFAULT.layers(layers);
      return both ? options.inBothDirections() : options;
    }

    Input x(Draw d) {
      return d.normal("x", d.in(1, 5), d.in(1, 4), in);
    }
  }

  private static Row lstm() {
    return libtorch(
        "nn.LSTM",
        d -> {
          var s = Sizes.of(d);
          var options = new LSTMOptions(s.in, s.hidden);
          options.num_layers().put(s.layers);
          options.bidirectional().put(s.both);
          var module = new LSTMImpl(options);
          return Case.of(
              s.toString(),
              d,
              new LSTM(s.in, s.hidden, s.options()),
              s.x(d),
              Torch.module(module, x -> module.forward(x).get0()));
        });
  }

  private static Row gru() {
    return libtorch(
        "nn.GRU",
        d -> {
          var s = Sizes.of(d);
          var options = new GRUOptions(s.in, s.hidden);
          options.num_layers().put(s.layers);
          options.bidirectional().put(s.both);
          var module = new GRUImpl(options);
          return Case.of(
              s.toString(),
              d,
              new GRU(s.in, s.hidden, s.options()),
              s.x(d),
              Torch.module(module, x -> module.forward(x).get0()));
        });
  }

  private static Row rnn() {
    return libtorch(
        "nn.RNN",
        d -> {
          var s = Sizes.of(d);
          var options = new RNNOptions(s.in, s.hidden);
          options.num_layers().put(s.layers);
          options.bidirectional().put(s.both);
          var module = new RNNImpl(options);
          return Case.of(
              s.toString(),
              d,
              new RNN(s.in, s.hidden, s.options(), false),
              s.x(d),
              Torch.module(module, x -> module.forward(x).get0()));
        });
  }

  private static Row attention() {
    return libtorch(
        "Attention.scaledDotProduct",
        d -> {
          boolean causal = d.coin();
          int batch = d.in(1, 3);
          int heads = d.in(1, 3);
          int queries = d.in(1, 7);
          int keys = causal ? queries : d.in(1, 7);
          int features = d.in(1, 8);
          return Case.of(
              "causal " + causal,
              List.of(
                  d.normal("q", batch, heads, queries, features),
                  d.normal("k", batch, heads, keys, features),
                  d.normal("v", batch, heads, keys, features)),
              t -> Attention.scaledDotProduct(t.get(0), t.get(1), t.get(2), null, causal),
              Torch.of(
                  o ->
                      torch.scaled_dot_product_attention(
                          o.get(0),
                          o.get(1),
                          o.get(2),
                          new TensorOptional(),
                          0,
                          causal,
                          new DoubleOptional(),
                          false)));
        });
  }

  /// Theirs has steps first.
  private static Tensor exchanged(Tensor x) {
    return x.transpose(0, 1);
  }

  private static Row multihead() {
    return libtorch(
        "nn.MultiheadAttention",
        d -> {
          int heads = d.in(1, 4);
          int features = heads * d.in(1, 5);
          var module =
              new MultiheadAttentionImpl(new MultiheadAttentionOptions(features, heads));
          return Case.of(
              "heads " + heads,
              d,
              new MultiheadAttention(features, heads),
              d.normal("x", d.in(1, 4), d.in(1, 7), features),
              Torch.module(
                  module,
                  x -> {
                    var y = exchanged(x);
                    return exchanged(module.forward(y, y, y).get0());
                  }));
        });
  }

  private static Row encoderLayer() {
    return libtorch(
        "nn.TransformerEncoderLayer",
        d -> {
          int heads = d.in(1, 3);
          int features = heads * d.in(2, 5);
          int hidden = d.in(1, 12);
          var options = new TransformerEncoderLayerOptions(features, heads);
          options.dim_feedforward().put(hidden);
          options.dropout().put(0);
          var module = new TransformerEncoderLayerImpl(options);
          return Case.of(
              "heads " + heads,
              d,
              new TransformerEncoderLayer(
                  Transformer.Options.of(features, heads).hidden(hidden).dropout(0)),
              d.normal("x", d.in(1, 4), d.in(1, 7), features),
              Torch.module(module, x -> exchanged(module.forward(exchanged(x)))));
        });
  }

  private static Tensor squash(Tensor s) {
    var square = s.mul(s).sum(new long[] {-1}, true, new org.bytedeco.pytorch.ScalarTypeOptional());
    return s.mul(square.div(square.add(new Scalar(1)))).div(square.sqrt());
  }

  private static Row squeezeExcite() {
    return composed(
        "nn.SqueezeExcite",
        d -> {
          int channels = d.in(1, 8);
          var layer = new SqueezeExcite(channels, 3, false);
          layer.init(d.rng("names"));
          var names = List.copyOf(layer.state().keySet());
          return Case.of(
              names.toString(),
              d,
              layer,
              d.normal("x", Shape.of(d.in(1, 3), channels, d.in(1, 5), d.in(1, 5))),
              Torch.of(
                  o -> {
                    var squeezed = o.x().mean(2, 3);
                    var inner =
                        torch
                            .linear(
                                squeezed,
                                o.state(names.get(0)).flatten(1, -1),
                                o.state(names.get(1)))
                            .relu();
                    var gate =
                        torch.linear(
                            inner, o.state(names.get(2)).flatten(1, -1), o.state(names.get(3)));
                    return o.x().mul(gate.sigmoid().unsqueeze(-1).unsqueeze(-1));
                  }));
        });
  }
}
