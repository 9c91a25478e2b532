package fovea.core.nn;

import fovea.core.tensor.Tensor;

/// One layer of a transformer's decoder: self-attention, attention to what an encoder made (the
/// memory), then two fully connected layers, each added to what goes in and normalised (Vaswani et
/// al. 2017, section 3.1).
///
/// **Shapes**: `x [N, L, E]`, `memory [N, S, E]` → as x; state `self_attn.…`, `multihead_attn.…`,
/// `linear1.…`, `linear2.…`, `norm1.…`, `norm2.…`, `norm3.…`, as PyTorch names them.
public final class TransformerDecoderLayer extends Layer {
  private final Transformer.Options options;
  private final MultiheadAttention self;
  private final MultiheadAttention toMemory;
  private final Linear linear1;
  private final Linear linear2;
  private final LayerNorm norm1;
  private final LayerNorm norm2;
  private final LayerNorm norm3;
  private final Dropout dropout;

  public TransformerDecoderLayer(Transformer.Options options) {
    this.options = options;
    self = child("self_attn", options.attention());
    toMemory = child("multihead_attn", options.attention());
    linear1 = child("linear1", new Linear(options.features(), options.hidden()));
    linear2 = child("linear2", new Linear(options.hidden(), options.features()));
    norm1 = child("norm1", options.norm());
    norm2 = child("norm2", options.norm());
    norm3 = child("norm3", options.norm());
    dropout = child("dropout", new Dropout(options.dropout()));
  }

  /// With itself as memory, all open.
  @Override
  protected Tensor compute(Tensor x) {
    return layer(x, x, MultiheadAttention.Mask.NONE, MultiheadAttention.Mask.NONE);
  }

  /// What the decoder makes of x, looking at a memory.
  ///
  /// @param mask for attention to x itself, [MultiheadAttention.Mask#CAUSAL] where sequences are
  ///   made one by one
  /// @param memoryMask for attention to the memory
  public Tensor forward(
      Tensor x, Tensor memory, MultiheadAttention.Mask mask, MultiheadAttention.Mask memoryMask) {
    return apply(x, z -> layer(z, memory, mask, memoryMask));
  }

  private Tensor layer(
      Tensor x, Tensor memory, MultiheadAttention.Mask mask, MultiheadAttention.Mask memoryMask) {
    if (options.normFirst()) {
      var y = x.add(dropout.forward(self.forward(norm1.forward(x), mask)));
      y = y.add(attended(norm2.forward(y), memory, memoryMask));
      return y.add(connected(norm3.forward(y)));
    }
    var y = norm1.forward(x.add(dropout.forward(self.forward(x, mask))));
    y = norm2.forward(y.add(attended(y, memory, memoryMask)));
    return norm3.forward(y.add(connected(y)));
  }

  private Tensor attended(Tensor x, Tensor memory, MultiheadAttention.Mask mask) {
    return dropout.forward(toMemory.forward(x, memory, memory, mask));
  }

  private Tensor connected(Tensor x) {
    var inner = dropout.forward(options.activation().forward(linear1.forward(x)));
    return dropout.forward(linear2.forward(inner));
  }
}
