package fovea.core.nn;

import fovea.core.tensor.Tensor;

/// One layer of a transformer's encoder: self-attention, then two fully connected layers, each
/// added to what goes in and normalised (Vaswani et al. 2017, section 3.1).
///
/// **Shapes**: `x [N, L, E]` → as x; state `self_attn.…`, `linear1.…`, `linear2.…`, `norm1.…`,
/// `norm2.…`, as PyTorch names them.
public final class TransformerEncoderLayer extends Layer {
  private final Transformer.Options options;
  private final MultiheadAttention attention;
  private final Linear linear1;
  private final Linear linear2;
  private final LayerNorm norm1;
  private final LayerNorm norm2;
  private final Dropout dropout;

  public TransformerEncoderLayer(Transformer.Options options) {
    this.options = options;
    attention = child("self_attn", options.attention());
    linear1 = child("linear1", new Linear(options.features(), options.hidden()));
    linear2 = child("linear2", new Linear(options.hidden(), options.features()));
    norm1 = child("norm1", options.norm());
    norm2 = child("norm2", options.norm());
    dropout = child("dropout", new Dropout(options.dropout()));
  }

  @Override
  protected Tensor compute(Tensor x) {
    return layer(x, MultiheadAttention.Mask.NONE);
  }

  /// With a mask for attention.
  public Tensor forward(Tensor x, MultiheadAttention.Mask mask) {
    return apply(x, z -> layer(z, mask));
  }

  private Tensor layer(Tensor x, MultiheadAttention.Mask mask) {
    if (options.normFirst()) {
      var y = x.add(dropout.forward(attention.forward(norm1.forward(x), mask)));
      return y.add(connected(norm2.forward(y)));
    }
    var y = norm1.forward(x.add(dropout.forward(attention.forward(x, mask))));
    return norm2.forward(y.add(connected(y)));
  }

  private Tensor connected(Tensor x) {
    var inner = dropout.forward(options.activation().forward(linear1.forward(x)));
    return dropout.forward(linear2.forward(inner));
  }
}
