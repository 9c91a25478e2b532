package fovea.core.loss;

import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;

/// Checks of what losses are given, and terms that several of them have.
final class Checks {
  private Checks() {}

  /// **Differs** from PyTorch, which broadcasts unlike shapes with a warning.
  static void alike(String loss, Tensor prediction, Tensor target) {
    alike(loss, "prediction", prediction, "target", target);
  }

  static void alike(String loss, String one, Tensor a, String other, Tensor b) {
    if (!a.shape().equals(b.shape())) {
      throw new ShapeException(
          loss, "%s %s and %s %s differ".formatted(one, a.shape(), other, b.shape()));
    }
  }

  /// Two sets of vectors, [N, D] each.
  static void vectors(String loss, Tensor a, Tensor b) {
    if (a.shape().rank() != 2 || !a.shape().equals(b.shape())) {
      throw new ShapeException(
          loss, "%s and %s are not both [N, D]".formatted(a.shape(), b.shape()));
    }
  }

  static void positive(String loss, String what, double value) {
    if (!(value > 0)) {
      throw new IllegalArgumentException(
          "%s takes a %s above 0, not %s".formatted(loss, what, value));
    }
  }

  /// log(1 + exp(x)), without overflow; its gradient at 0 is ½.
  static Tensor softplus(Tensor x) {
    var above = x.maximum(Tensor.zeros(x.shape(), x.dtype()));
    return x.abs().neg().exp().add(1).log().add(above);
  }

  /// max(x, 0), or its square.
  static Tensor hinge(Tensor x, boolean squared) {
    var above = x.relu();
    return squared ? above.mul(above) : above;
  }

  /// x/max(‖x‖, eps) along the last axis.
  static Tensor normalized(Tensor x) {
    var length = x.mul(x).sumKeep(-1).clamp(1e-24, Double.MAX_VALUE).sqrt();
    return x.div(length);
  }
}
