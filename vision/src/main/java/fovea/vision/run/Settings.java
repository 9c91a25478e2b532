package fovea.vision.run;

import fovea.core.optim.Schedule;
import fovea.core.optim.UpdateRule;

/// How a classifier is trained.
///
/// @param epochs passes over the training images
/// @param batch images a step
/// @param rule the optimizer
/// @param schedule of its learning rate
/// @param validation share of the training images held out to choose the best epoch by, where the
///   data have no validation images of their own; 0 for none
/// @param seed of all chance: first weights, order, dropout, what is held out
public record Settings(
    int epochs, int batch, UpdateRule rule, Schedule schedule, double validation, long seed) {
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
}
