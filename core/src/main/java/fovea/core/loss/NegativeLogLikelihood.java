package fovea.core.loss;

import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// −log p of the true class, from log-probabilities (PyTorch's `NLLLoss`). From logits:
/// [CrossEntropy].
///
/// **Shapes**: `prediction [N, K, …]` (log-probabilities), `target [N, …]` (classes 0 … K − 1,
/// int64 or int32) → `[]`, or `[N, …]` without reduction.
///
/// **Differs** from PyTorch where all labels are to be ignored: the mean is then 0, not NaN.
///
/// @param ignored the label of samples or pixels that do not count; `null` where all do
/// @param weights of the classes; the mean is then weighted; `null` for 1 each
public record NegativeLogLikelihood(
    @Nullable Integer ignored, @Nullable List<Double> weights, Reduction reduction)
    implements Loss {
  public NegativeLogLikelihood {
    weights = weights == null ? null : List.copyOf(weights);
  }

  /// The mean; all labels count, all classes alike.
  public NegativeLogLikelihood() {
    this(null, null, Reduction.MEAN);
  }

  /// Leaves out what has this label, which need not be a class.
  public NegativeLogLikelihood ignoring(int label) {
    return new NegativeLogLikelihood(label, weights, reduction);
  }

  /// A weight for each class.
  public NegativeLogLikelihood weights(List<Double> ofClasses) {
    return new NegativeLogLikelihood(ignored, ofClasses, reduction);
  }

  public NegativeLogLikelihood reduction(Reduction r) {
    return new NegativeLogLikelihood(ignored, weights, r);
  }

  /// @throws ShapeException when the shapes do not fit or a class lies outside 0 … K − 1
  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    var labels = Labels.of("negativeLogLikelihood", prediction, target, ignored, weights);
    return labels.reduce(reduction, labels.pick("negativeLogLikelihood", prediction).neg());
  }
}
