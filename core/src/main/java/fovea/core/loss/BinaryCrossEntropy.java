package fovea.core.loss;

import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;

/// Binary cross-entropy of each element from logits: −t·log σ(x) − (1 − t)·log(1 − σ(x)), computed
/// without overflow (PyTorch's `BCEWithLogitsLoss`). For several labels a sample, of which each may
/// hold.
///
/// **Shapes**: `prediction` (logits) and `target` (in [0, 1]) alike → `[]`, or alike without
/// reduction.
///
/// @param positive what t·log σ(x) is multiplied by, above 0: more than 1 where few are positive
/// @param smoothing t becomes t·(1 − smoothing) + smoothing/2, in [0, 1)
public record BinaryCrossEntropy(double positive, double smoothing, Reduction reduction)
    implements Loss {
  public BinaryCrossEntropy {
    Checks.positive("binary cross-entropy", "weight of the positive", positive);
    if (!(smoothing >= 0 && smoothing < 1)) {
      throw new IllegalArgumentException("label smoothing lies in [0, 1), not " + smoothing);
    }
  }

  /// The mean over all elements.
  public BinaryCrossEntropy() {
    this(1, 0, Reduction.MEAN);
  }

  public BinaryCrossEntropy positive(double weight) {
    return new BinaryCrossEntropy(weight, smoothing, reduction);
  }

  public BinaryCrossEntropy smoothing(double share) {
    return new BinaryCrossEntropy(positive, share, reduction);
  }

  public BinaryCrossEntropy reduction(Reduction r) {
    return new BinaryCrossEntropy(positive, smoothing, r);
  }

  /// @throws ShapeException when the shapes differ
  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    Checks.alike("binaryCrossEntropy", prediction, target);
    var t = smoothing == 0 ? target : target.mul(1 - smoothing).add(smoothing / 2);
    return reduction.of(losses(prediction, t, positive));
  }

  /// (1 − t)·x + (1 + (positive − 1)·t)·log(1 + exp(−x)).
  static Tensor losses(Tensor x, Tensor t, double positive) {
    var tail = Checks.softplus(x.neg());
    if (positive != 1) {
      tail = tail.mul(t.mul(positive - 1).add(1));
    }
    return x.mul(t.neg().add(1)).add(tail);
  }
}
