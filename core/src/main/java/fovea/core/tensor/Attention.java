package fovea.core.tensor;

import fovea.core.array.DType;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Attention: each query gets a mean of values, weighted by how well their keys fit.
public final class Attention {
  private Attention() {}

  /// softmax(q·kᵀ/√E + mask)·v (Vaswani et al. 2017, equation 1).
  ///
  /// **Shapes**: `q […, L, E]`, `k […, S, E]`, `v […, S, V]` → `[…, L, V]`; leading axes and the
  /// mask broadcast.
  ///
  /// @param mask `[…, L, S]`: bool, true where a query may look, as in PyTorch's function of this
  ///   name; or of q's type, to be added
  /// @param causal whether query i may look at keys 0 … i alone
  /// @throws ShapeException when the shapes do not fit
  public static Tensor scaledDotProduct(
      Tensor q, Tensor k, Tensor v, @Nullable Tensor mask, boolean causal) {
    return of(q, k, v, mask, causal, w -> w).values();
  }

  /// What attention gives, and how it was weighted.
  ///
  /// @param values `[…, L, V]`
  /// @param weights `[…, L, S]`, before what was done to them; each row's sum is 1
  public record Result(Tensor values, Tensor weights) {}

  /// As [#scaledDotProduct].
  ///
  /// @param dropped what becomes of the weights before values are weighted: dropout, in training
  public static Result of(
      Tensor q,
      Tensor k,
      Tensor v,
      @Nullable Tensor mask,
      boolean causal,
      UnaryOperator<Tensor> dropped) {
    check(q, k, v);
    int features = q.shape().size(-1);
    // Queries are the smaller of what could be scaled.
    var scores = q.mul(1 / Math.sqrt(features)).matmul(k.transpose(-2, -1));
    if (mask != null) {
      scores = scores.add(added(mask, scores.dtype()));
    }
    if (causal) {
      scores = scores.add(causal(q.shape().size(-2), k.shape().size(-2), scores.dtype()));
    }
    var weights = scores.softmax(-1);
    return new Result(dropped.apply(weights).to(v.dtype()).matmul(v), weights);
  }

  private static void check(Tensor q, Tensor k, Tensor v) {
    boolean fits =
        q.shape().rank() >= 2
            && k.shape().rank() >= 2
            && v.shape().rank() >= 2
            && q.shape().size(-1) == k.shape().size(-1)
            && k.shape().size(-2) == v.shape().size(-2)
            && q.shape().size(-1) > 0;
    if (!fits) {
      throw new ShapeException(
          "attention",
          "queries %s, keys %s and values %s are not […, L, E], […, S, E] and […, S, V]"
              .formatted(q.shape(), k.shape(), v.shape()));
    }
  }

  /// A mask as numbers to be added.
  private static Tensor added(Tensor mask, DType type) {
    if (mask.dtype() != DType.BOOL) {
      return mask.to(type);
    }
    var open = Tensor.scalar(0, type);
    return Tensor.where(mask, open, Tensor.scalar(Double.NEGATIVE_INFINITY, type));
  }

  /// 0 where key j ≤ query i, else −∞.
  private static Tensor causal(int queries, int keys, DType type) {
    var values = new float[queries * keys];
    for (int i = 0; i < queries; i++) {
      for (int j = i + 1; j < keys; j++) {
        values[i * keys + j] = Float.NEGATIVE_INFINITY;
      }
    }
    return Tensor.of(values, Shape.of(queries, keys)).to(type);
  }
}
