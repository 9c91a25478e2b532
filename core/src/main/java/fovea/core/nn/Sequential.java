package fovea.core.nn;

import fovea.core.tensor.Graph;
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
    int i = 0;
    while (i < layers.size()) {
      var layer = layers.get(i++);
      if (Observer.CURRENT.isBound()) {
        y = layer.forward(y); // which is to be seen layer by layer
      } else if (layer instanceof Conv2d conv) {
        var norm = i < layers.size() && layers.get(i) instanceof BatchNorm2d n ? n : null;
        i += norm == null ? 0 : 1;
        boolean relu = isRelu(i) && !(norm == null && isPooledRelu(i));
        i += relu ? 1 : 0;
        y = conv.forward(y, norm, null, relu);
      } else if (isPooledRelu(i - 1)) {
        // The largest of what is above 0 is the same, and there is less of it to look at.
        y = layers.get(i++).forward(y).relu();
      } else if (layer instanceof BatchNorm2d norm && isRelu(i)) {
        i++;
        y = norm.forwardRelu(y);
      } else {
        y = layer.forward(y);
      }
    }
    return y;
  }

  /// Whether max pooling follows a ReLU, and gradients will be wanted; else ReLU is part of the
  /// convolution before it.
  private boolean isPooledRelu(int i) {
    return Graph.isRecording()
        && isRelu(i)
        && i + 1 < layers.size()
        && layers.get(i + 1) instanceof MaxPool2d;
  }

  private boolean isRelu(int i) {
    return i < layers.size() && layers.get(i) instanceof Activation a && a.isRelu();
  }
}
