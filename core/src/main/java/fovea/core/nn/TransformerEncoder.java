package fovea.core.nn;

import fovea.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Layers of a transformer's encoder on top of each other, and a normalisation at the end where
/// that is wanted, as it is where layers normalise first.
///
/// **Shapes**: `x [N, L, E]` → as x; state `layers.0.…`, `norm.…`.
public final class TransformerEncoder extends Layer {
  private final List<TransformerEncoderLayer> layers = new ArrayList<>();
  private final @Nullable LayerNorm norm;

  /// With new layers.
  ///
  /// @param withNorm whether there is a normalisation at the end
  public TransformerEncoder(int layers, Transformer.Options options, boolean withNorm) {
    var stack = new Sequential();
    for (int i = 0; i < layers; i++) {
      var layer = new TransformerEncoderLayer(options);
      this.layers.add(layer);
      stack.add(Integer.toString(i), layer);
    }
    child("layers", stack);
    norm = withNorm ? child("norm", options.norm()) : null;
  }

  @Override
  protected Tensor compute(Tensor x) {
    return encode(x, MultiheadAttention.Mask.NONE);
  }

  /// With a mask for each layer's attention.
  public Tensor forward(Tensor x, MultiheadAttention.Mask mask) {
    return apply(x, z -> encode(z, mask));
  }

  private Tensor encode(Tensor x, MultiheadAttention.Mask mask) {
    var y = x;
    for (var layer : layers) {
      y = layer.forward(y, mask);
    }
    return norm == null ? y : norm.forward(y);
  }
}
