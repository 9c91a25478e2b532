package fovea.core.loss;

import fovea.core.FoveaException;
import fovea.core.spec.Specifications;

/// The losses of one prediction and one target by name, and as text:
/// `cross-entropy:smoothing=0.1,weights=1/1/5`, `focal:gamma=2`. Options are PyTorch's where
/// nothing is said, or the paper's where PyTorch has no such loss.
public final class Losses {
  private static final String IN_JAVA = "; use it in Java (fovea.core.loss)";

  /// Each with its usual options.
  public static final Specifications<Loss> NAMED =
      new Specifications<>("loss", Loss.class)
          .with("cross-entropy", new CrossEntropy())
          .with("nll", new NegativeLogLikelihood())
          .with("bce", new BinaryCrossEntropy())
          .with("focal", new Focal())
          .with("multiclass-hinge", new MulticlassHinge())
          .with("hinge", new Hinge())
          .with("multilabel-margin", new MultilabelMargin())
          .with("margin", new MarginLoss())
          .with("mse", new MeanSquaredError())
          .with("mae", new MeanAbsoluteError())
          .with("huber", new Huber())
          .with("p-norm", new PNorm(2))
          .with("kl", new KullbackLeibler())
          .with("dice", new Dice())
          .with("jaccard", new Jaccard())
          .without("nt-xent", "compares two views of each image" + IN_JAVA)
          .without("triplet", "compares images three at a time" + IN_JAVA)
          .without("cosine-embedding", "compares pairs of images" + IN_JAVA)
          .without("perceptual", "compares images by a network's features" + IN_JAVA)
          .without("gram", "compares images by a network's features" + IN_JAVA)
          .without("total-variation", "is about images that a network makes" + IN_JAVA)
          .without("elbo", "is for variational auto-encoders" + IN_JAVA)
          .without("adversarial", "is for pairs of generator and discriminator" + IN_JAVA);

  private Losses() {}

  /// Reads a loss.
  ///
  /// @throws FoveaException naming what is unknown or wrong, and what would work
  public static Loss parse(String text) {
    return NAMED.parse(text);
  }
}
