package fovea.core.loss;

import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;

/// How prediction and truth overlap, class by class.
///
/// @param both Σpt, [K]
/// @param all Σp + Σt, [K]
record Overlap(Tensor both, Tensor all) {
  static void check(double smooth) {
    if (!(smooth >= 0)) {
      throw new IllegalArgumentException("what is added is at least 0, not " + smooth);
    }
  }

  static Overlap of(String loss, Tensor logits, Tensor target) {
    Tensor p;
    Tensor t;
    if (target.dtype().isFloating()) {
      Checks.alike(loss, logits, target);
      if (logits.shape().rank() < 2) {
        throw new ShapeException(loss, "prediction " + logits.shape() + " is not [N, K, …]");
      }
      p = logits.sigmoid();
      t = target;
    } else {
      var labels = Labels.of(loss, logits, target, null, null);
      p = logits.softmax(1);
      t =
          Tensor.full(1, labels.index().shape(), p.dtype())
              .scatterAdd(p.shape(), 1, labels.index());
    }
    return new Overlap(sums(p.mul(t)), sums(p).add(sums(t)));
  }

  private static Tensor sums(Tensor x) {
    int n = x.shape().size(0);
    int classes = x.shape().size(1);
    int rest = n * classes == 0 ? 0 : Math.toIntExact(x.shape().elements() / n / classes);
    return x.reshape(n, classes, rest).sum(0, 2);
  }
}
