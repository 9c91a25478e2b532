package fovea.vision.run;

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
    if (!(validation >= 0 && validation < 1)) {
      throw new IllegalArgumentException(
          "the share held out for validation lies in [0, 1), not " + validation);
    }
  }

  /// With images as they are, all of which must be readable.
  public Settings(
      int epochs,
      int batch,
      UpdateRule rule,
      Schedule schedule,
      double validation,
      long seed,
      Precision precision) {
    this(epochs, batch, rule, schedule, validation, seed, precision, Augmentations.NONE, false);
  }

  public Settings augment(Augmentations other) {
    return new Settings(
        epochs, batch, rule, schedule, validation, seed, precision, other, skipBroken);
  }

  public Settings skipBroken(boolean skip) {
    return new Settings(epochs, batch, rule, schedule, validation, seed, precision, augment, skip);
  }

  public Settings epochs(int n) {
    return new Settings(n, batch, rule, schedule, validation, seed, precision, augment, skipBroken);
  }

  public Settings batch(int n) {
    return new Settings(
        epochs, n, rule, schedule, validation, seed, precision, augment, skipBroken);
  }

  public Settings rule(UpdateRule other) {
    return new Settings(
        epochs, batch, other, schedule, validation, seed, precision, augment, skipBroken);
  }

  public Settings schedule(Schedule other) {
    return new Settings(
        epochs, batch, rule, other, validation, seed, precision, augment, skipBroken);
  }

  public Settings validation(double share) {
    return new Settings(epochs, batch, rule, schedule, share, seed, precision, augment, skipBroken);
  }

  public Settings seed(long other) {
    return new Settings(
        epochs, batch, rule, schedule, validation, other, precision, augment, skipBroken);
  }

  public Settings precision(Precision other) {
    return new Settings(
        epochs, batch, rule, schedule, validation, seed, other, augment, skipBroken);
  }
}
