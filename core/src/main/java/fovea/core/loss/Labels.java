package fovea.core.loss;

import fovea.core.array.DType;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What losses over classes have in common: the target's class of each sample or pixel, and how
/// much each counts.
///
/// @param index the class, [N, 1, …]; where it is ignored, 0
/// @param weights how much each counts, of index's shape; 0 where it is ignored; `null` for 1 each
/// @param counts 1 for each that is not ignored, else 0; `null` where none can be
record Labels(Tensor index, @Nullable Tensor weights, @Nullable Tensor counts) {

  static void check(String loss, Tensor scores, Tensor target) {
    var s = scores.shape();
    if (s.rank() < 2 || !target.shape().equals(s.without(1))) {
      throw new ShapeException(
          loss,
          "prediction %s and target %s are not [N, K, …] and [N, …]".formatted(s, target.shape()));
    }
  }

  /// @param scores [N, K, …]
  /// @param target [N, …]
  static Labels of(
      String loss,
      Tensor scores,
      Tensor target,
      @Nullable Integer ignored,
      @Nullable List<Double> classWeights) {
    check(loss, scores, target);
    var s = scores.shape();
    var index = target.unsqueeze(1);
    if (index.dtype().isFloating()) {
      throw new ShapeException(loss, "classes are int64 or int32, not %s".formatted(index.dtype()));
    }
    Tensor counts = null;
    if (ignored != null) {
      var counted = index.ne(ignored);
      counts = counted.to(scores.dtype());
      // What is ignored must point at some class; its weight is 0.
      index = Tensor.where(counted, index, Tensor.zeros(index.shape(), index.dtype()));
    }
    if (classWeights == null) {
      return new Labels(index, counts, counts);
    }
    var all = perClass(loss, s, classWeights, scores.dtype()).expand(s);
    var weights = pick(loss, all, index);
    return new Labels(index, counts == null ? weights : weights.mul(counts), counts);
  }

  /// A weight for each class as [1, K, 1, …].
  static Tensor perClass(String loss, Shape scores, List<Double> weights, DType dtype) {
    if (weights.size() != scores.size(1)) {
      throw new ShapeException(
          loss,
          "%d weights are not those of the %d classes of prediction %s"
              .formatted(weights.size(), scores.size(1), scores));
    }
    var shape = new int[scores.rank()];
    Arrays.fill(shape, 1);
    shape[1] = weights.size();
    var values = weights.stream().mapToDouble(w -> w).toArray();
    return Tensor.of(values, Shape.of(shape)).to(dtype);
  }

  /// What scores say of each one's class: [N, 1, …].
  Tensor pick(String loss, Tensor scores) {
    return pick(loss, scores, index);
  }

  private static Tensor pick(String loss, Tensor scores, Tensor index) {
    try {
      return scores.gather(1, index);
    } catch (ShapeException e) {
      int classes = scores.shape().size(1);
      var error =
          new ShapeException(
              loss,
              "the prediction has %d classes, so targets are 0 … %d (%s)"
                  .formatted(classes, classes - 1, e.getMessage()));
      error.initCause(e);
      throw error;
    }
  }

  /// The losses of [N, 1, …], of which the mean is the weighted one; of nothing it is 0.
  Tensor reduce(Reduction reduction, Tensor losses) {
    return sum(reduction, weights == null ? losses : losses.mul(weights));
  }

  /// As [#reduce], of losses whose own weights were multiplied in.
  Tensor reduceWeighted(Reduction reduction, Tensor losses) {
    return sum(reduction, counts == null ? losses : losses.mul(counts));
  }

  private Tensor sum(Reduction reduction, Tensor weighted) {
    if (reduction != Reduction.MEAN || weights == null) {
      return reduction.of(weighted.squeeze(1));
    }
    var total = weights.sum();
    return weighted.sum().div(total.add(total.eq(0).to(total.dtype())));
  }
}
