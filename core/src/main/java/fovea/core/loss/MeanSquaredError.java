package fovea.core.loss;

import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;

/// The mean of (prediction − target)² over all elements.
///
/// **Shapes**: `prediction` and `target` alike → `[]`.
///
/// **Differs** from PyTorch, which broadcasts unlike shapes with a warning: this refuses them.
public record MeanSquaredError() implements Loss {

  /// @throws ShapeException when the shapes differ
  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    if (!prediction.shape().equals(target.shape())) {
      throw new ShapeException(
          "meanSquaredError",
          "prediction %s and target %s differ".formatted(prediction.shape(), target.shape()));
    }
    var difference = prediction.sub(target);
    return difference.mul(difference).mean();
  }
}
