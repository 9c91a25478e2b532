package fovea.core.nn;

import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;

/// Capsules that are fully connected to those below, by routing between them: each capsule below
/// sends what it predicts for a capsule above the more there, the better it agrees with what the
/// others predict (Sabour, Frosst & Hinton 2017, section 2 and procedure 1).
///
/// **Shapes**: `x [N, I, in]` → `[N, J, out]`; state `weight [J, I, out, in]`.
///
/// Gradients pass through all iterations of routing, as in the paper.
public final class Capsules extends Layer {
  /// Added to squared lengths, so that the length of 0 has a gradient.
  private static final double EPS = 1e-12;

  private final int below;
  private final int in;
  private final int above;
  private final int out;
  private final int iterations;
  private final Parameter weight;

  /// Between so many capsules.
  ///
  /// @param below how many capsules there are below
  /// @param in numbers of each
  /// @param above how many capsules there are here
  /// @param out numbers of each
  /// @param iterations of routing: 3 in the paper
  public Capsules(int below, int in, int above, int out, int iterations) {
    if (iterations < 1) {
      throw new IllegalArgumentException("routing takes at least one iteration, not " + iterations);
    }
    this.below = below;
    this.in = in;
    this.above = above;
    this.out = out;
    this.iterations = iterations;
    weight = param("weight", Shape.of(above, below, out, in), Init.normal(0.01));
  }

  /// |s|²/(1 + |s|²)·s/|s|, along the last axis: short vectors become almost 0, long ones almost of
  /// length 1 (equation 1).
  public static Tensor squash(Tensor s) {
    var square = s.mul(s).sumKeep(-1);
    // |s|²/(1 + |s|²)/|s| = |s|/(1 + |s|²)
    return s.mul(square.add(EPS).sqrt().div(square.add(1)));
  }

  /// The length of each capsule, `[…, size]` → `[…]`: how sure it is that what it stands for is
  /// there.
  public static Tensor lengths(Tensor capsules) {
    return capsules.mul(capsules).sum(-1).add(EPS).sqrt();
  }

  @Override
  protected Tensor compute(Tensor x) {
    if (x.shape().rank() != 3 || x.shape().size(1) != below || x.shape().size(2) != in) {
      throw new ShapeException(
          "capsules", "input %s is not [N, %d, %d]".formatted(x.shape(), below, in));
    }
    int n = x.shape().size(0);
    // What each below predicts for each above, û [J, I, N, out] = x [I, N, in] · Wᵀ [J, I, in,
    // out].
    var predicted = x.permute(1, 0, 2).unsqueeze(0).matmul(weight.get().transpose(-2, -1));
    var logits = Tensor.zeros(Shape.of(above, below, n, 1), x.dtype());
    Tensor v = null;
    for (int i = 0; i < iterations; i++) {
      if (v != null) {
        logits = logits.add(predicted.mul(v).sumKeep(-1));
      }
      v = squash(predicted.mul(logits.softmax(0)).sumKeep(1));
    }
    if (v == null) {
      throw new AssertionError("there is at least one iteration");
    }
    return v.reshape(above, n, out).permute(1, 0, 2);
  }

  @Override
  protected long multiplyAdds(Shape x, Shape y) {
    return x.size(0) * weight.shape().elements();
  }

  @Override
  public String describe() {
    return "Capsules(%d of %d → %d of %d, routing %d)".formatted(below, in, above, out, iterations);
  }
}
