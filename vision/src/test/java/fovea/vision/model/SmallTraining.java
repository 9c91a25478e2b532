package fovea.vision.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.array.Rng;
import fovea.core.loss.CrossEntropy;
import fovea.core.nn.Layer;
import fovea.core.nn.Mode;
import fovea.core.optim.Sgd;
import fovea.core.tensor.Tensor;

/// One step of training, for networks that are too large to train longer in a test.
final class SmallTraining {
  private SmallTraining() {}

  /// Asserts that every parameter gets a gradient and that a step against it lowers the loss of the
  /// same batch.
  static void lowersTheLoss(Layer model, double rate, Tensor x, Tensor y) {
    model.init(Rng.of(3));
    var parameters = model.parameters();
    var before = loss(model, x, y);
    var gradients = before.backward();
    parameters.forEach((name, p) -> assertEquals(p.shape(), gradients.of(p).shape(), name));
    Sgd.sgd(rate).over(parameters).step(gradients);
    double after = loss(model, x, y).itemAsDouble();
    assertTrue(after < before.itemAsDouble(), before.item() + " became " + after);
  }

  private static Tensor loss(Layer model, Tensor x, Tensor y) {
    return Mode.training(Rng.of(1), () -> new CrossEntropy().of(model.forward(x), y));
  }
}
