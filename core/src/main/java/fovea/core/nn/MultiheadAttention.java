package fovea.core.nn;

import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.tensor.Attention;
import fovea.core.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// Attention in several heads side by side, each on its own projections of queries, keys and values
/// (Vaswani et al. 2017, section 3.2.2).
///
/// **Shapes**: batch first, `query [N, L, E]`, `key`, `value [N, S, E]` → `[N, L, E]`; state
/// `in_proj_weight [3·E, E]` (of query, key and value), `in_proj_bias [3·E]`, `out_proj.weight [E,
/// E]`, `out_proj.bias [E]`.
///
/// **Differs** from PyTorch: batch first always; keys and values have as many features as queries;
/// bool masks say where a query *may* look, as in PyTorch's `scaled_dot_product_attention`, not
/// where it may not.
public final class MultiheadAttention extends Layer {
  private final int features;
  private final int heads;
  private final Dropout dropout;
  private final Parameter weight;
  private final @Nullable Parameter bias;
  private final Linear out;

  /// With bias, without dropout.
  public MultiheadAttention(int features, int heads) {
    this(features, heads, 0, true);
  }

  /// With all options.
  ///
  /// @param features E, of which each head gets E/heads
  /// @param dropout of weights while training, in [0, 1)
  /// @throws IllegalArgumentException when the features cannot be split so
  public MultiheadAttention(int features, int heads, double dropout, boolean withBias) {
    if (heads < 1 || features % heads != 0) {
      throw new IllegalArgumentException(
          "%d features cannot be split into %d heads".formatted(features, heads));
    }
    this.features = features;
    this.heads = heads;
    this.dropout = child("dropout", new Dropout(dropout));
    weight = param("in_proj_weight", Shape.of(3 * features, features), Init.glorotUniform());
    bias = withBias ? param("in_proj_bias", Shape.of(3 * features), Init.constant(0)) : null;
    out = child("out_proj", new Linear(features, features, withBias, Init.fanInUniform()));
  }

  /// Whom a query may look at.
  ///
  /// @param allowed `[L, S]`, `[N, 1, L, S]` or `[N, heads, L, S]`, bool (true where it may) or
  ///   numbers to be added; `null` for all
  /// @param causal whether query i may look at keys 0 … i alone
  public record Mask(@Nullable Tensor allowed, boolean causal) {
    public static final Mask NONE = new Mask(null, false);
    public static final Mask CAUSAL = new Mask(null, true);

    public static Mask of(Tensor allowed) {
      return new Mask(allowed, false);
    }
  }

  /// Self-attention: queries, keys and values are the same.
  @Override
  protected Tensor compute(Tensor x) {
    return attend(x, x, x, Mask.NONE).values();
  }

  /// Self-attention, masked.
  public Tensor forward(Tensor x, Mask mask) {
    return apply(x, z -> attend(z, z, z, mask).values());
  }

  /// Attention of queries to keys that stand for values.
  public Tensor forward(Tensor query, Tensor key, Tensor value, Mask mask) {
    return apply(query, q -> attend(q, key, value, mask).values());
  }

  /// As [#forward(Tensor, Tensor, Tensor, Mask)], with the weights, `[N, heads, L, S]`.
  public Attention.Result forwardWithWeights(Tensor query, Tensor key, Tensor value, Mask mask) {
    var result = new Attention.Result[1];
    apply(
        query,
        q -> {
          result[0] = attend(q, key, value, mask);
          return result[0].values();
        });
    return result[0];
  }

  private Attention.Result attend(Tensor query, Tensor key, Tensor value, Mask mask) {
    for (var t : new Tensor[] {query, key, value}) {
      if (t.shape().rank() != 3
          || t.shape().size(2) != features
          || t.shape().size(0) != query.shape().size(0)) {
        throw new ShapeException(
            "multiheadAttention",
            "query %s, key %s and value %s are not [N, L, E], [N, S, E] and [N, S, E] with E = %d"
                .formatted(query.shape(), key.shape(), value.shape(), features));
      }
    }
    Tensor q;
    Tensor k;
    Tensor v;
    if (query == key && key == value) {
      var all = projected(query, 0, 3);
      q = heads(all, 0);
      k = heads(all, 1);
      v = heads(all, 2);
    } else {
      q = heads(projected(query, 0, 1), 0);
      k = heads(projected(key, 1, 2), 0);
      v = heads(projected(value, 2, 3), 0);
    }
    var result = Attention.of(q, k, v, mask.allowed, mask.causal, dropout::forward);
    int n = query.shape().size(0);
    int length = query.shape().size(1);
    var joined = result.values().permute(0, 2, 1, 3).reshape(n, length, features);
    return new Attention.Result(out.forward(joined), result.weights());
  }

  private Tensor projected(Tensor x, int from, int to) {
    var w = weight.get();
    var b = bias == null ? null : bias.get();
    if (to - from < 3) {
      w = w.slice(0, from * features, to * features);
      b = b == null ? null : b.slice(0, from * features, to * features);
    }
    return x.linear(w, b);
  }

  /// One of the projections that lie side by side: [N, L, parts·E] → [N, heads, L, E/heads].
  private Tensor heads(Tensor projected, int part) {
    int n = projected.shape().size(0);
    int length = projected.shape().size(1);
    return projected
        .slice(2, part * features, (part + 1) * features)
        .reshape(n, length, heads, features / heads)
        .permute(0, 2, 1, 3);
  }

  @Override
  protected long multiplyAdds(Shape x, Shape y) {
    long n = x.size(0);
    long length = x.size(1);
    return 3 * n * length * features * features + 2 * n * length * length * features;
  }

  @Override
  public String describe() {
    return "MultiheadAttention(%d features, %d heads)".formatted(features, heads);
  }
}
