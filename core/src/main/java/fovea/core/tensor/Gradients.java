package fovea.core.tensor;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What [Tensor#backward()] returns: the gradient of one number with respect to every parameter it
/// depends on.
public final class Gradients {
  private final Map<Tensor, Tensor> byTensor;

  /// Gradients from elsewhere, or changed ones.
  ///
  /// @param byTensor the gradient of each parameter, of its shape
  public Gradients(Map<Tensor, Tensor> byTensor) {
    this.byTensor = byTensor;
  }

  /// The gradient with respect to a tensor made by [Tensor#withGrad()].
  ///
  /// @throws IllegalArgumentException when the result did not depend on it
  public Tensor of(Tensor parameter) {
    var g = byTensor.get(parameter);
    if (g == null) {
      throw new IllegalArgumentException(
          "there is no gradient for this tensor %s: the result does not depend on it, or it was not made by withGrad()"
              .formatted(parameter.shape()));
    }
    return g;
  }

  /// The gradient, or `null` when the result did not depend on the tensor.
  public @Nullable Tensor find(Tensor parameter) {
    return byTensor.get(parameter);
  }

  /// How many tensors have a gradient here.
  public int size() {
    return byTensor.size();
  }
}
