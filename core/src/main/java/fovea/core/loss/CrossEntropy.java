package fovea.core.loss;

import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Multi-class cross-entropy from logits: −log softmax(prediction) at the true class, computed
/// without overflow. For images whose every pixel has a class, of all pixels.
///
/// **Shapes**: `prediction [N, K, …]` (logits); `target [N, …]` (classes 0 … K − 1, int64 or
/// int32), or the probability of each class, `[N, K, …]`, of prediction's type → `[]`, or `[N, …]`
/// without reduction.
///
/// **Differs** from PyTorch where all labels are to be ignored: the mean is then 0, not NaN.
///
/// @param smoothing the share of the true class that is spread evenly over all K, itself among them
///   (Szegedy et al. 2016, section 7), in [0, 1)
/// @param ignored the label of samples or pixels that do not count; `null` where all do
/// @param weights of the classes; the mean over labels is then weighted; `null` for 1 each
public record CrossEntropy(
    double smoothing,
    @Nullable Integer ignored,
    @Nullable List<Double> weights,
    Reduction reduction)
    implements Loss {
  private static final String NAME = "crossEntropy";

  public CrossEntropy {
    if (!(smoothing >= 0 && smoothing < 1)) {
      throw new IllegalArgumentException("label smoothing lies in [0, 1), not " + smoothing);
    }
    weights = weights == null ? null : List.copyOf(weights);
  }

  /// The mean without smoothing; all labels count, all classes alike.
  public CrossEntropy() {
    this(0, null, null, Reduction.MEAN);
  }

  public CrossEntropy smoothing(double share) {
    return new CrossEntropy(share, ignored, weights, reduction);
  }

  /// Leaves out what has this label, which need not be a class.
  public CrossEntropy ignoring(int label) {
    return new CrossEntropy(smoothing, label, weights, reduction);
  }

  /// A weight for each class.
  public CrossEntropy weights(List<Double> ofClasses) {
    return new CrossEntropy(smoothing, ignored, ofClasses, reduction);
  }

  public CrossEntropy reduction(Reduction r) {
    return new CrossEntropy(smoothing, ignored, weights, r);
  }

  /// @throws ShapeException when the shapes do not fit or a class lies outside 0 … K − 1
  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    if (target.dtype().isFloating()) {
      return ofProbabilities(prediction, target);
    }
    Labels.check(NAME, prediction, target);
    var logs = prediction.logSoftmax(1);
    var labels = Labels.of(NAME, logs, target, ignored, weights);
    var ofClass = labels.reduce(reduction, labels.pick(NAME, logs).neg());
    if (smoothing == 0) {
      return ofClass;
    }
    // Of the classes that the share is spread over, each has a weight of its own.
    var spread = labels.reduceWeighted(reduction, weighted(logs).meanKeep(1).neg());
    return ofClass.mul(1 - smoothing).add(spread.mul(smoothing));
  }

  private Tensor weighted(Tensor logs) {
    return weights == null
        ? logs
        : logs.mul(Labels.perClass(NAME, logs.shape(), weights, logs.dtype()));
  }

  private Tensor ofProbabilities(Tensor prediction, Tensor target) {
    Checks.alike(NAME, prediction, target);
    if (prediction.shape().rank() < 2 || ignored != null) {
      throw new ShapeException(
          NAME,
          ignored == null
              ? "prediction " + prediction.shape() + " is not [N, K, …]"
              : "probabilities have no label to ignore");
    }
    int classes = prediction.shape().size(1);
    var smooth = smoothing == 0 ? target : target.mul(1 - smoothing).add(smoothing / classes);
    return reduction.of(weighted(prediction.logSoftmax(1)).mul(smooth).sum(1).neg());
  }
}
