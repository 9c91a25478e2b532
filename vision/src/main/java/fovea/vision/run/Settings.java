package fovea.vision.run;

import fovea.core.loss.CrossEntropy;
import fovea.core.loss.Loss;
import fovea.core.nn.Start;
import fovea.core.optim.Schedule;
import fovea.core.optim.UpdateRule;
import fovea.core.tensor.Precision;
import fovea.vision.augment.Augmentations;

/// How a classifier is trained.
///
/// @param epochs passes over the training images
/// @param batch images a step
/// @param rule the optimizer
/// @param schedule of its learning rate
/// @param loss what it makes small
/// @param start how the network's weights start
/// @param patience after so many epochs without a better one training ends early; 0 for never
/// @param validation share of the training images held out to choose the best epoch by, where the
///   data have no validation images of their own; 0 for none
/// @param seed of all chance: first weights, order, dropout, what is held out
/// @param precision that training computes in; what it leaves is judged and used in float32
/// @param augment what training images go through, each time they are shown; never those that are
///   measured on
/// @param skipBroken whether images that cannot be read are left out, rather than being an error
public record Settings(
    int epochs,
    int batch,
    UpdateRule rule,
    Schedule schedule,
    Loss loss,
    Start start,
    int patience,
    double validation,
    long seed,
    Precision precision,
    Augmentations augment,
    boolean skipBroken) {
  public Settings {
    if (epochs < 1 || batch < 1) {
      throw new IllegalArgumentException(
          "training takes at least 1 epoch and 1 image a batch, not %d and %d"
              .formatted(epochs, batch));
    }
    if (patience < 0) {
      throw new IllegalArgumentException("patience is at least 0 epochs, not " + patience);
    }
    if (!(validation >= 0 && validation < 1)) {
      throw new IllegalArgumentException(
          "the share held out for validation lies in [0, 1), not " + validation);
    }
  }

  /// Cross-entropy of a network that starts as its layers say, to the last epoch, with images as
  /// they are, all of which must be readable.
  public Settings(
      int epochs,
      int batch,
      UpdateRule rule,
      Schedule schedule,
      double validation,
      long seed,
      Precision precision) {
    this(
        epochs,
        batch,
        rule,
        schedule,
        new CrossEntropy(),
        new Start.Own(),
        0,
        validation,
        seed,
        precision,
        Augmentations.NONE,
        false);
  }

  public Settings augment(Augmentations other) {
    return new Settings(
        epochs,
        batch,
        rule,
        schedule,
        loss,
        start,
        patience,
        validation,
        seed,
        precision,
        other,
        skipBroken);
  }

  public Settings skipBroken(boolean skip) {
    return new Settings(
        epochs,
        batch,
        rule,
        schedule,
        loss,
        start,
        patience,
        validation,
        seed,
        precision,
        augment,
        skip);
  }

  public Settings epochs(int n) {
    return new Settings(
        n,
        batch,
        rule,
        schedule,
        loss,
        start,
        patience,
        validation,
        seed,
        precision,
        augment,
        skipBroken);
  }

  public Settings batch(int n) {
    return new Settings(
        epochs,
        n,
        rule,
        schedule,
        loss,
        start,
        patience,
        validation,
        seed,
        precision,
        augment,
        skipBroken);
  }

  public Settings rule(UpdateRule other) {
    return new Settings(
        epochs,
        batch,
        other,
        schedule,
        loss,
        start,
        patience,
        validation,
        seed,
        precision,
        augment,
        skipBroken);
  }

  public Settings schedule(Schedule other) {
    return new Settings(
        epochs,
        batch,
        rule,
        other,
        loss,
        start,
        patience,
        validation,
        seed,
        precision,
        augment,
        skipBroken);
  }

  /// What is made small.
  public Settings loss(Loss other) {
    return new Settings(
        epochs,
        batch,
        rule,
        schedule,
        other,
        start,
        patience,
        validation,
        seed,
        precision,
        augment,
        skipBroken);
  }

  /// How weights start.
  public Settings start(Start other) {
    return new Settings(
        epochs,
        batch,
        rule,
        schedule,
        loss,
        other,
        patience,
        validation,
        seed,
        precision,
        augment,
        skipBroken);
  }

  /// After how many epochs without a better one to end; 0 for never.
  public Settings patience(int n) {
    return new Settings(
        epochs,
        batch,
        rule,
        schedule,
        loss,
        start,
        n,
        validation,
        seed,
        precision,
        augment,
        skipBroken);
  }

  public Settings validation(double share) {
    return new Settings(
        epochs,
        batch,
        rule,
        schedule,
        loss,
        start,
        patience,
        share,
        seed,
        precision,
        augment,
        skipBroken);
  }

  public Settings seed(long other) {
    return new Settings(
        epochs,
        batch,
        rule,
        schedule,
        loss,
        start,
        patience,
        validation,
        other,
        precision,
        augment,
        skipBroken);
  }

  public Settings precision(Precision other) {
    return new Settings(
        epochs,
        batch,
        rule,
        schedule,
        loss,
        start,
        patience,
        validation,
        seed,
        other,
        augment,
        skipBroken);
  }
}
