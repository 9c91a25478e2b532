package fovea.core.nn;

import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;

/// Adds to each element of a sequence where it stands: at position p, sin(p/10000^(2i/E)) to
/// feature 2i and the cosine to feature 2i + 1 (Vaswani et al. 2017, section 3.5).
///
/// **Shapes**: `x [N, L, E]` → as x.
public final class PositionalEncoding extends Layer {
  private static final double BASE = 10_000;

  public PositionalEncoding() {}

  @Override
  protected Tensor compute(Tensor x) {
    if (x.shape().rank() != 3) {
      throw new ShapeException("positionalEncoding", "input " + x.shape() + " is not [N, L, E]");
    }
    return x.add(of(x.shape().size(1), x.shape().size(2)).to(x.dtype()));
  }

  /// What is added, `[length, features]`.
  public static Tensor of(int length, int features) {
    var values = new double[length * features];
    for (int p = 0; p < length; p++) {
      for (int i = 0; i < features; i++) {
        double angle = p / Math.pow(BASE, (i - i % 2) / (double) features);
        values[p * features + i] = i % 2 == 0 ? Math.sin(angle) : Math.cos(angle);
      }
    }
    return Tensor.of(values, Shape.of(length, features));
  }
}
