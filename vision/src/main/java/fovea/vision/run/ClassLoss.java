package fovea.vision.run;

import fovea.core.FoveaException;
import fovea.core.array.Shape;
import fovea.core.loss.BinaryCrossEntropy;
import fovea.core.loss.CrossEntropy;
import fovea.core.loss.Focal;
import fovea.core.loss.Hinge;
import fovea.core.loss.Huber;
import fovea.core.loss.KullbackLeibler;
import fovea.core.loss.Loss;
import fovea.core.loss.Losses;
import fovea.core.loss.MeanAbsoluteError;
import fovea.core.loss.MeanSquaredError;
import fovea.core.loss.MultilabelMargin;
import fovea.core.loss.NegativeLogLikelihood;
import fovea.core.loss.PNorm;
import fovea.core.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// What losses are given to tell classes apart: each its own form of a network's logits and of the
/// images' classes.
///
/// | loss | prediction | target |
/// |---|---|---|
/// | [CrossEntropy] | logits | class, or share of each |
/// | [BinaryCrossEntropy], [Focal], [MultilabelMargin] | logits | 0 or 1 for each class, or its share |
/// | [Hinge] | logits | −1 or 1 for each class |
/// | [MeanSquaredError], [MeanAbsoluteError], [Huber], [PNorm] | softmax | 0 or 1 for each class, or its share |
/// | [KullbackLeibler] | log-softmax | 0 or 1 for each class, or its share |
/// | [NegativeLogLikelihood] | log-softmax | class |
/// | others, also one's own | logits | class |
public final class ClassLoss {
  private ClassLoss() {}

  /// The loss of logits.
  ///
  /// @param logits `[N, K]`
  /// @param labels `[N]`
  /// @param shares of each class `[N, K]`, where images are mixtures
  /// @throws FoveaException when the loss takes one class of each image, and there are shares
  public static Tensor of(Loss loss, Tensor logits, Tensor labels, @Nullable Tensor shares) {
    return switch (loss) {
      case CrossEntropy of -> of.of(logits, shares == null ? labels : shares.to(logits.dtype()));
      case BinaryCrossEntropy of -> of.of(logits, each(logits, labels, shares));
      case Focal of -> of.of(logits, each(logits, labels, shares));
      case MultilabelMargin of -> of.of(logits, each(logits, labels, shares));
      case Hinge of -> of.of(logits, each(logits, labels, shares).mul(2).sub(1));
      case MeanSquaredError of -> of.of(logits.softmax(1), each(logits, labels, shares));
      case MeanAbsoluteError of -> of.of(logits.softmax(1), each(logits, labels, shares));
      case Huber of -> of.of(logits.softmax(1), each(logits, labels, shares));
      case PNorm of -> of.of(logits.softmax(1), each(logits, labels, shares));
      case KullbackLeibler of -> of.of(logits.logSoftmax(1), each(logits, labels, shares));
      case NegativeLogLikelihood of -> of.of(logits.logSoftmax(1), one(loss, labels, shares));
      default -> loss.of(logits, one(loss, labels, shares));
    };
  }

  /// The share of each class: 1 of an image's own.
  private static Tensor each(Tensor logits, Tensor labels, @Nullable Tensor shares) {
    if (shares != null) {
      return shares.to(logits.dtype());
    }
    int n = logits.shape().size(0);
    int classes = logits.shape().size(1);
    var values = new float[n * classes];
    var of = labels.toLongs();
    for (int i = 0; i < n; i++) {
      values[i * classes + Math.toIntExact(of[i])] = 1;
    }
    return Tensor.of(values, Shape.of(n, classes)).to(logits.dtype());
  }

  private static Tensor one(Loss loss, Tensor labels, @Nullable Tensor shares) {
    if (shares != null) {
      throw new FoveaException(
          "mixtures of images have shares of classes, and %s takes one class of each image; leave out mixup, cutmix and mosaic, or take cross-entropy"
              .formatted(Losses.NAMED.find(loss)));
    }
    return labels;
  }
}
