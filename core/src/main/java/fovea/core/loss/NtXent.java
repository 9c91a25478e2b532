package fovea.core.loss;

import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;

/// The contrastive loss NT-Xent (Chen et al. 2020, "A simple framework for contrastive learning",
/// equation 1): of 2N vectors, two views each of N images, each is to find its other view among the
/// 2N − 1 others by cosine similarity over a temperature: ℓ(i, j) = −log(exp(sᵢⱼ/τ)/Σ exp(sᵢₖ/τ)),
/// k ≠ i. The mean over all positive pairs, in both directions.
///
/// **Shapes**: `prediction [N, D]` and `target [N, D]`, the views, of which row i belongs to row i
/// → `[]`, or `[2N]` without reduction.
///
/// @param temperature above 0
public record NtXent(double temperature, Reduction reduction) implements Loss {
  /// Added to a vector's similarity with itself, which does not count.
  private static final double NEVER = -1e9;

  public NtXent {
    Checks.positive("NT-Xent", "temperature", temperature);
  }

  /// The mean over the pairs.
  public NtXent(double temperature) {
    this(temperature, Reduction.MEAN);
  }

  public NtXent reduction(Reduction r) {
    return new NtXent(temperature, r);
  }

  /// @throws ShapeException when the views are not both [N, D]
  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    Checks.vectors("ntXent", prediction, target);
    int n = prediction.shape().size(0);
    var all = Checks.normalized(Tensor.concat(0, prediction, target));
    var itself = new double[4 * n * n];
    var other = new int[2 * n];
    for (int i = 0; i < 2 * n; i++) {
      itself[i * 2 * n + i] = NEVER;
      other[i] = (i + n) % (2 * n);
    }
    var diagonal = Tensor.of(itself, Shape.of(2 * n, 2 * n)).to(all.dtype());
    var scores = all.matmul(all.transpose(0, 1)).div(temperature).add(diagonal);
    return new CrossEntropy().reduction(reduction).of(scores, Tensor.of(other, Shape.of(2 * n)));
  }
}
