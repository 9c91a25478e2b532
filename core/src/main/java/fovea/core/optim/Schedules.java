package fovea.core.optim;

import fovea.core.FoveaException;
import fovea.core.spec.Specifications;
import java.util.List;

/// All schedules by name, and as text: `one-cycle:rise=0.2`, `cosine+warm-up:0.05`.
///
/// Options are PyTorch's where nothing is said and PyTorch has such a thing; lengths are shares of
/// the training.
public final class Schedules {
  /// Each with its usual options.
  public static final Specifications<Schedule> NAMED =
      new Specifications<>("schedule", Schedule.class)
          .with("constant", Schedule.constant())
          .with("cosine", Schedule.cosine())
          .with("cosine-restarts", new Schedule.CosineRestarts(3, 2))
          .with("step", new Schedule.Step(1.0 / 3, 0.1))
          .with("multi-step", new Schedule.MultiStep(List.of(0.5, 0.75), 0.1))
          .with("exponential", new Schedule.Exponential(0.01))
          .with("linear", new Schedule.Linear(1, 0))
          .with("polynomial", new Schedule.Polynomial(1))
          .with("one-cycle", Schedule.oneCycle())
          .with("plateau", Schedule.plateau())
          .with("warm-up", new Schedule.WarmUp(0.05, Schedule.constant()));

  private Schedules() {}

  /// Reads a schedule.
  ///
  /// @throws FoveaException naming what is unknown or wrong, and what would work
  public static Schedule parse(String text) {
    return NAMED.parse(text);
  }
}
