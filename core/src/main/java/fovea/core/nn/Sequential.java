package fovea.core.nn;

import fovea.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Layers one after the other.
public final class Sequential extends Layer {
  private final List<Layer> layers = new ArrayList<>();

  /// An empty one, to be filled by [#add].
  public Sequential() {}

  /// Layers or functions, named `0`, `1`, … as PyTorch does.
  public static Sequential of(Forward... layers) {
    var s = new Sequential();
    for (var layer : layers) {
      s.add(Integer.toString(s.layers.size()), layer);
    }
    return s;
  }

  /// Appends a layer, or a function, under a name, and returns this.
  public Sequential add(String name, Forward layer) {
    layers.add(child(name, layer instanceof Layer l ? l : Activation.of("function", layer)));
    return this;
  }

  @Override
  protected Tensor compute(Tensor x) {
    var y = x;
    for (int i = 0; i < layers.size(); i++) {
      var layer = layers.get(i);
      if (layer instanceof BatchNorm2d norm
          && i + 1 < layers.size()
          && layers.get(i + 1) instanceof Activation a
          && a.isRelu()
          && !Observer.CURRENT.isBound()) {
        y = norm.forwardRelu(y);
        i++;
      } else {
        y = layer.forward(y);
      }
    }
    return y;
  }
}
