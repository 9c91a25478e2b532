package fovea.core.nn;

import fovea.core.array.ShapeException;
import fovea.core.kernel.Kernels;
import fovea.core.memory.Scope;
import fovea.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Layer-sequential unit variance (Mishkin & Matas 2016, "All you need is a good init", algorithm
/// 1): weights of layers that multiply (linear, convolutions), which start orthogonal, are divided
/// by the deviation of what the layer makes of a batch until that has variance 1, one layer after
/// the other in the order they run.
///
/// Layers whose results are all alike, which no factor gives a variance of 1, are left as they are.
///
/// @param tolerance how far a variance may be from 1, above 0; the paper has 0.1
/// @param tries for each layer, at least 1
public record Lsuv(double tolerance, int tries) {
  public Lsuv {
    if (!(tolerance > 0) || tries < 1) {
      throw new IllegalArgumentException(
          "LSUV takes a tolerance above 0 and at least 1 try, not %s and %d"
              .formatted(tolerance, tries));
    }
  }

  /// With the paper's tolerance of 0.1 and 10 tries.
  public Lsuv() {
    this(0.1, 10);
  }

  /// Scales the weights of a network, which have values already ([Init#orthogonal]).
  ///
  /// @param batch what the network takes: some of the data, prepared as in training
  /// @throws ShapeException when the network does not take it
  public void begin(Layer network, Tensor batch) {
    for (var layer : inOrder(network, batch)) {
      for (int i = 0; i < tries; i++) {
        double variance = variance(network, layer, batch);
        if (!(variance > 0) || Math.abs(variance - 1) < tolerance) {
          break;
        }
        scale(weight(layer), 1 / Math.sqrt(variance));
      }
    }
  }

  private static List<Layer> inOrder(Layer network, Tensor batch) {
    var layers = new ArrayList<Layer>();
    watch(
        network,
        batch,
        (layer, _, _, _) -> {
          if (isScaled(layer) && !layers.contains(layer)) {
            layers.add(layer);
          }
        });
    return layers;
  }

  private static boolean isScaled(Layer layer) {
    var weight = layer.ownParameters().get("weight");
    return (layer instanceof Linear
            || layer instanceof Convolving
            || layer instanceof ConvolvingTransposed)
        && weight != null
        && weight.isTrainable();
  }

  private static Parameter weight(Layer layer) {
    var weight = layer.ownParameters().get("weight");
    if (weight == null) {
      throw new IllegalArgumentException(layer.describe() + " has no weight");
    }
    return weight;
  }

  /// Of what a layer gives, the last time it runs.
  private static double variance(Layer network, Layer watched, Tensor batch) {
    var variance = new double[1];
    watch(
        network,
        batch,
        (layer, _, y, _) -> {
          if (layer.equals(watched)) {
            var centred = y.sub(y.mean());
            variance[0] = centred.mul(centred).mean().itemAsDouble();
          }
        });
    return variance[0];
  }

  private static void watch(Layer network, Tensor batch, Observer observer) {
    try (var _ = Scope.open("LSUV")) {
      Observer.watch(observer, () -> Mode.evaluating(() -> network.forward(batch)));
    }
  }

  private static void scale(Parameter weight, double factor) {
    var array = weight.get().array();
    Kernels.best()
        .pass(
            (t, n) -> {
              var w = t[0];
              for (int i = 0; i < n; i++) {
                w[i] = factor * w[i];
              }
            },
            1,
            array);
  }
}
