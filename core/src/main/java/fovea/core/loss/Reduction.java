package fovea.core.loss;

import fovea.core.tensor.Tensor;

/// What becomes of the losses of single elements or samples.
public enum Reduction {
  /// They are left as they are.
  NONE,
  MEAN,
  SUM;

  Tensor of(Tensor losses) {
    return switch (this) {
      case NONE -> losses;
      case MEAN -> losses.mean();
      case SUM -> losses.sum();
    };
  }
}
