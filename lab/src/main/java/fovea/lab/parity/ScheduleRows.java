package fovea.lab.parity;

import static fovea.lab.parity.OptimizerRows.schedule;

import fovea.core.array.DType;
import fovea.core.optim.Schedule;
import java.util.ArrayList;
import java.util.List;

/// Schedules, beside their formulas.
final class ScheduleRows {
  private ScheduleRows() {}

  static List<Row> all() {
    return List.of(
        schedule(
            "Schedule.Step",
            d -> new Schedule.Step(d.of(0.25, 0.5), 0.3),
            s -> (step, total) -> Math.pow(s.gamma(), Math.floor(step / (s.every() * total)))),
        schedule(
            "Schedule.MultiStep",
            _ -> new Schedule.MultiStep(List.of(0.5, 0.75), 0.1),
            s ->
                (step, total) ->
                    4 * step >= 3 * total
                        ? s.gamma() * s.gamma()
                        : 2 * step >= total ? s.gamma() : 1),
        schedule(
            "Schedule.Exponential",
            _ -> new Schedule.Exponential(0.01),
            s -> (step, total) -> Math.exp(Math.log(s.last()) * step / total)),
        schedule(
            "Schedule.Linear",
            _ -> new Schedule.Linear(0.5, 0.1),
            s ->
                (step, total) -> {
                  double at = (double) step / total;
                  return (1 - at) * s.first() + at * s.last();
                }),
        schedule(
            "Schedule.Polynomial",
            d -> new Schedule.Polynomial(d.of(0.9, 2.0)),
            s -> (step, total) -> Math.pow((double) (total - step) / total, s.power())),
        schedule(
            "Schedule.CosineRestarts",
            _ -> new Schedule.CosineRestarts(3, 2),
            _ -> ScheduleRows::restarts),
        // PyTorch's OneCycleLR: cosine from the maximum over 25 up, then down to that over 1e4.
        schedule(
            "Schedule.OneCycle",
            _ -> new Schedule.OneCycle(0.3, 25, 1e4),
            _ -> ScheduleRows::oneCycle),
        schedule(
            "Schedule.WarmUp",
            _ -> new Schedule.WarmUp(0.1, new Schedule.Polynomial(1)),
            _ ->
                (step, total) -> {
                  long rise = Math.round(0.1 * total);
                  return step < rise
                      ? (step + 1) / (rise + 1.0)
                      : (double) (total - step) / (total - rise);
                }));
  }

  /// PyTorch's ReduceLROnPlateau, of losses that fall and then do not.
  static Row plateau() {
    return new Row(
        "Schedule.Plateau",
        Row.FORMULA,
        List.of(DType.F64),
        (d, type) -> {
          int patience = d.in(0, 3);
          int cooldown = d.in(0, 2);
          var schedule = new Schedule.Plateau(0.5, patience, 1e-2, cooldown, 0.01);
          var losses = new ArrayList<Double>();
          var found = new double[60];
          var expected = new double[60];
          double factor = 1;
          double best = Double.POSITIVE_INFINITY;
          int bad = 0;
          int cooling = 0;
          for (int epoch = 0; epoch < 60; epoch++) {
            double loss = Math.exp(-0.1 * epoch) + d.uniform(0.2, 0.4);
            losses.add(loss);
            if (loss < best * (1 - 1e-2)) {
              best = loss;
              bad = 0;
            } else {
              bad++;
            }
            if (cooling > 0) {
              cooling--;
              bad = 0;
            }
            if (bad > patience) {
              factor = Math.max(factor * 0.5, 0.01);
              cooling = cooldown;
              bad = 0;
            }
            found[epoch] = schedule.factor(epoch, 60, losses);
            expected[epoch] = factor;
          }
          double error = Errors.of(found, expected, 0);
          return new Row.Outcome(
              schedule.toString(),
              type,
              List.of(new Row.Compared("the factors", false, error, 1e-10, false)));
        });
  }

  /// Three cycles of 1, 2 and 4 parts.
  private static double restarts(long step, long total) {
    double at = 7.0 * step / total;
    double within = at < 1 ? at : at < 3 ? (at - 1) / 2 : (at - 3) / 4;
    return (1 + Math.cos(Math.PI * within)) / 2;
  }

  private static double oneCycle(long step, long total) {
    double top = 0.3 * total - 1;
    double low = 1.0 / 25;
    return step <= top
        ? annealed(low, 1, step / top)
        : annealed(1, low / 1e4, (step - top) / (total - 1 - top));
  }

  private static double annealed(double from, double to, double share) {
    return to + (from - to) / 2 * (1 + Math.cos(Math.PI * share));
  }
}
