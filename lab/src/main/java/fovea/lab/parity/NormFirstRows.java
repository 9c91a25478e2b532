package fovea.lab.parity;

import static fovea.lab.parity.Row.composed;

import fovea.core.nn.MultiheadAttention;
import fovea.core.nn.Transformer;
import fovea.core.nn.TransformerDecoderLayer;
import fovea.core.nn.TransformerEncoderLayer;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/// Transformer layers whose normalisation comes first, which LibTorch's modules do not know (those
/// of Python do, as `norm_first`): made of its operations.
final class NormFirstRows {
  private static final double EPS = 1e-5;

  private NormFirstRows() {}

  static List<Row> all() {
    return List.of(encoder(), decoder());
  }

  private record Sizes(int heads, int features, int hidden, int batch, int length) {
    static Sizes of(Draw d) {
      int heads = d.in(1, 3);
      return new Sizes(heads, heads * d.in(2, 5), d.in(1, 12), d.in(1, 4), d.in(1, 7));
    }

    Transformer.Options options() {
      return Transformer.Options.of(features, heads).hidden(hidden).dropout(0).withNormFirst();
    }
  }

  private static Row encoder() {
    return composed(
        "nn.TransformerEncoderLayer: norm first",
        d -> {
          var s = Sizes.of(d);
          return Case.of(
              s.toString(),
              d,
              new TransformerEncoderLayer(s.options()),
              d.normal("x", s.batch, s.length, s.features),
              Torch.of(
                  o -> {
                    var x = o.x();
                    var n = norm(o, "norm1", x);
                    var y = x.add(attention(o, "self_attn", s.heads, n, n));
                    return y.add(connected(o, norm(o, "norm2", y)));
                  }));
        });
  }

  private static Row decoder() {
    return composed(
        "nn.TransformerDecoderLayer: norm first",
        d -> {
          var s = Sizes.of(d);
          var layer = new TransformerDecoderLayer(s.options());
          return Case.of(
              s.toString(),
              d,
              layer,
              List.of(
                  d.normal("x", s.batch, s.length, s.features),
                  d.normal("memory", s.batch, d.in(1, 7), s.features)),
              t ->
                  layer.forward(
                      t.get(0),
                      t.get(1),
                      MultiheadAttention.Mask.NONE,
                      MultiheadAttention.Mask.NONE),
              Torch.of(
                  o -> {
                    var x = o.get(0);
                    var n = norm(o, "norm1", x);
                    var y = x.add(attention(o, "self_attn", s.heads, n, n));
                    var q = norm(o, "norm2", y);
                    y = y.add(attention(o, "multihead_attn", s.heads, q, o.get(1)));
                    return y.add(connected(o, norm(o, "norm3", y)));
                  }));
        });
  }

  private static Tensor norm(Torch.Operands o, String name, Tensor x) {
    long features = x.size(-1);
    return torch.layer_norm(
        x,
        new long[] {features},
        new TensorOptional(o.state(name + ".weight")),
        new TensorOptional(o.state(name + ".bias")),
        EPS,
        false);
  }

  private static Tensor linear(Torch.Operands o, String name, Tensor x) {
    return x.matmul(o.state(name + ".weight").transpose(0, 1)).add(o.state(name + ".bias"));
  }

  private static Tensor connected(Torch.Operands o, Tensor x) {
    return linear(o, "linear2", torch.relu(linear(o, "linear1", x)));
  }

  private static Tensor attention(
      Torch.Operands o, String name, int heads, Tensor from, Tensor to) {
    long features = from.size(-1);
    var q = heads(o, name, 0, heads, from);
    var k = heads(o, name, 1, heads, to);
    var v = heads(o, name, 2, heads, to);
    var scores =
        q.matmul(k.transpose(-2, -1)).div(new Scalar(Math.sqrt((double) features / heads)));
    var values = scores.softmax(-1).matmul(v).transpose(1, 2).contiguous();
    return linear(
        o, name + ".out_proj", values.view(new long[] {from.size(0), from.size(1), features}));
  }

  /// Queries, keys or values: `[N, heads, L, E/heads]`.
  private static Tensor heads(Torch.Operands o, String name, int which, int heads, Tensor x) {
    long features = x.size(-1);
    var weight =
        o.state(name + ".in_proj_weight").narrow(0, which * features, features).transpose(0, 1);
    var bias = o.state(name + ".in_proj_bias").narrow(0, which * features, features);
    return x.matmul(weight)
        .add(bias)
        .view(new long[] {x.size(0), x.size(1), heads, features / heads})
        .transpose(1, 2);
  }
}
