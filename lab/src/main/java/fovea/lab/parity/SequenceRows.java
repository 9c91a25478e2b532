package fovea.lab.parity;

import static fovea.lab.parity.Row.composed;
import static fovea.lab.parity.Row.formula;
import static fovea.lab.parity.Row.libtorch;

import fovea.core.array.Shape;
import fovea.core.nn.Embedding;
import fovea.core.nn.GRU;
import fovea.core.nn.LSTM;
import fovea.core.nn.MultiheadAttention;
import fovea.core.nn.PositionalEncoding;
import fovea.core.nn.RNN;
import fovea.core.nn.Recurrent;
import fovea.core.nn.SqueezeExcite;
import fovea.core.nn.Transformer;
import fovea.core.nn.TransformerDecoderLayer;
import fovea.core.nn.TransformerEncoder;
import fovea.core.nn.TransformerEncoderLayer;
import fovea.core.tensor.Attention;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.AnyModule;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.GRUImpl;
import org.bytedeco.pytorch.GRUOptions;
import org.bytedeco.pytorch.LSTMImpl;
import org.bytedeco.pytorch.LSTMOptions;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.MultiheadAttentionImpl;
import org.bytedeco.pytorch.MultiheadAttentionOptions;
import org.bytedeco.pytorch.RNNImpl;
import org.bytedeco.pytorch.RNNOptions;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.TransformerDecoderLayerImpl;
import org.bytedeco.pytorch.TransformerDecoderLayerOptions;
import org.bytedeco.pytorch.TransformerEncoderImpl;
import org.bytedeco.pytorch.TransformerEncoderLayerImpl;
import org.bytedeco.pytorch.TransformerEncoderLayerOptions;
import org.bytedeco.pytorch.TransformerEncoderOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.kGELU;

/// Layers of sequences: recurrent ones, attention, transformers, embeddings;
/// squeeze-and-excitation.
final class SequenceRows {
  private SequenceRows() {}

  static List<Row> all() {
    var rows = new ArrayList<Row>();
    rows.add(lstm());
    rows.add(gru());
    rows.add(rnn());
    rows.add(attention());
    rows.add(multihead());
    rows.add(attentionWithWeights());
    rows.add(encoderLayer());
    rows.add(encoder());
    rows.add(decoderLayer("nn.TransformerDecoderLayer", false));
    rows.add(decoderLayer("nn.TransformerDecoderLayer: masks", true));
    rows.add(positions());
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

  /// The weights are compared too, and what becomes of them before values are weighted.
  private static Row attentionWithWeights() {
    return composed(
        "Attention.of",
        d -> {
          boolean causal = d.coin();
          int batch = d.in(1, 3);
          int heads = d.in(1, 3);
          int queries = d.in(1, 6);
          int keys = d.in(1, 6);
          int features = d.in(1, 8);
          var kind = d.of("none", "added", "bool");
          var inputs = new ArrayList<Input>();
          inputs.add(d.normal("q", batch, heads, queries, features));
          inputs.add(d.normal("k", batch, heads, keys, features));
          inputs.add(d.normal("v", batch, heads, keys, d.in(1, 8)));
          // In the place of dropout.
          inputs.add(d.normal("factors", batch, heads, queries, keys));
          switch (kind) {
            case "added" -> inputs.add(d.normal("mask", batch, 1, queries, keys));
            case "bool" -> {
              var mask = d.condition("mask", Shape.of(queries, keys));
              // Each query sees at least the first key.
              for (int i = 0; i < queries; i++) {
                mask.values()[i * keys] = 1;
              }
              inputs.add(mask);
            }
            default -> {}
          }
          return Case.of(
              "causal %s, mask %s".formatted(causal, kind),
              inputs,
              t -> {
                var mask = t.size() > 4 ? t.get(4) : null;
                var result =
                    Attention.of(
                        t.get(0), t.get(1), t.get(2), mask, causal, w -> w.mul(t.get(3)));
                return fovea.core.tensor.Tensor.concat(-1, result.values(), result.weights());
              },
              Torch.of(
                  o -> {
                    var scores =
                        o.get(0)
                            .matmul(o.get(1).transpose(-2, -1))
                            .div(number(Math.sqrt(features)));
                    var closed = number(Double.NEGATIVE_INFINITY);
                    switch (kind) {
                      case "added" -> scores = scores.add(o.get(4));
                      case "bool" -> scores = scores.masked_fill(o.get(4).logical_not(), closed);
                      default -> {}
                    }
                    if (causal) {
                      scores = scores.add(causal(queries, keys, scores));
                    }
                    var weights = scores.softmax(-1);
                    var values = weights.mul(o.get(3)).matmul(o.get(2));
                    return torch.cat(new TensorVector(values, weights), -1);
                  }));
        });
  }

  private static Scalar number(double value) {
    return new Scalar(value);
  }

  /// 0 where query i may look, −∞ at keys after i.
  ///
  /// @param like of the type wanted
  private static Tensor causal(int queries, int keys, Tensor like) {
    var values = new double[queries * keys];
    for (int i = 0; i < values.length; i++) {
      values[i] = i % keys > i / keys ? Double.NEGATIVE_INFINITY : 0;
    }
    return Torch.create(values, Shape.of(queries, keys)).to(like.scalar_type());
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

  private static Row encoder() {
    return libtorch(
        "nn.TransformerEncoder",
        d -> {
          int layers = d.in(1, 3);
          int heads = d.in(1, 3);
          int features = heads * d.in(2, 5);
          int hidden = d.in(1, 12);
          int length = d.in(1, 7);
          boolean gelu = d.coin();
          boolean causal = d.coin();
          boolean withNorm = d.coin();
          var ofLayer = new TransformerEncoderLayerOptions(features, heads);
          ofLayer.dim_feedforward().put(hidden);
          ofLayer.dropout().put(0);
          if (gelu) {
            ofLayer.activation().put(new kGELU());
          }
          var options = new TransformerEncoderOptions(ofLayer, layers);
          if (withNorm) {
            var norm = new LayerNormImpl(new LongVector(new long[] {features}));
            options.norm().put(new AnyModule(norm));
          }
          var module = new TransformerEncoderImpl(options);
          var layer =
              new TransformerEncoder(layers, options(features, heads, hidden, gelu), withNorm);
          var mask = causal ? MultiheadAttention.Mask.CAUSAL : MultiheadAttention.Mask.NONE;
          return Case.of(
              "layers %d, heads %d, gelu %s, causal %s, norm %s"
                  .formatted(layers, heads, gelu, causal, withNorm),
              d,
              layer,
              List.of(d.normal("x", d.in(1, 4), length, features)),
              t -> layer.forward(t.getFirst(), mask),
              Torch.module(
                  module,
                  x ->
                      exchanged(
                          module.forward(
                              exchanged(x),
                              causal ? causal(length, length, x) : new Tensor(),
                              new Tensor()))));
        });
  }

  private static Transformer.Options options(int features, int heads, int hidden, boolean gelu) {
    var options = Transformer.Options.of(features, heads).hidden(hidden).dropout(0);
    return gelu ? options.gelu() : options;
  }

  /// @param masked whether x may look at itself causally alone, and there is a mask for the memory
  private static Row decoderLayer(String name, boolean masked) {
    return libtorch(
        name,
        d -> {
          int heads = d.in(1, 3);
          int features = heads * d.in(2, 5);
          int hidden = d.in(1, 12);
          int batch = d.in(1, 4);
          int length = d.in(1, 7);
          int remembered = d.in(1, 7);
          boolean gelu = d.coin();
          var options = new TransformerDecoderLayerOptions(features, heads);
          options.dim_feedforward().put(hidden);
          options.dropout().put(0);
          if (gelu) {
            options.activation().put(new kGELU());
          }
          var module = new TransformerDecoderLayerImpl(options);
          var layer = new TransformerDecoderLayer(options(features, heads, hidden, gelu));
          var inputs = new ArrayList<Input>();
          inputs.add(d.normal("x", batch, length, features));
          inputs.add(d.normal("memory", batch, remembered, features));
          if (masked) {
            inputs.add(d.normal("mask", length, remembered));
          }
          return Case.of(
              "heads %d, gelu %s".formatted(heads, gelu),
              d,
              layer,
              inputs,
              t ->
                  masked
                      ? layer.forward(
                          t.get(0),
                          t.get(1),
                          MultiheadAttention.Mask.CAUSAL,
                          MultiheadAttention.Mask.of(t.get(2)))
                      : layer.forward(
                          t.get(0),
                          t.get(1),
                          MultiheadAttention.Mask.NONE,
                          MultiheadAttention.Mask.NONE),
              Torch.moduleOf(
                  module,
                  o ->
                      exchanged(
                          module.forward(
                              exchanged(o.get(0)),
                              exchanged(o.get(1)),
                              masked ? causal(length, length, o.x()) : new Tensor(),
                              masked ? o.get(2) : new Tensor(),
                              new Tensor(),
                              new Tensor()))));
        });
  }

  private static Row positions() {
    return formula(
        "nn.PositionalEncoding",
        d -> {
          int length = d.in(1, 40);
          int features = d.in(1, 12);
          var x = d.normal("x", d.in(1, 3), length, features);
          return Case.of(
              "",
              d,
              new PositionalEncoding(),
              x,
              new Formula(x.shape(), v -> positioned(v.getFirst(), length, features)));
        });
  }

  /// Pair by pair of features, each a circle that turns more slowly than the one before.
  private static double[] positioned(double[] x, int length, int features) {
    var y = x.clone();
    for (int row = 0; row < x.length / features; row++) {
      int p = row % length;
      for (int pair = 0; 2 * pair < features; pair++) {
        double angle = p * Math.exp(-Math.log(10_000) * 2 * pair / features);
        y[row * features + 2 * pair] += Math.sin(angle);
        if (2 * pair + 1 < features) {
          y[row * features + 2 * pair + 1] += Math.cos(angle);
        }
      }
    }
    return y;
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
