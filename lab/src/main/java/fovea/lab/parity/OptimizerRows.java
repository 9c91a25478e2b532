package fovea.lab.parity;

import static fovea.lab.parity.Row.FORMULA;
import static fovea.lab.parity.Row.LIBTORCH;

import fovea.core.array.DType;
import fovea.core.optim.Adam;
import fovea.core.optim.Schedule;
import fovea.core.optim.Sgd;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;

/// Optimizers, by the way they take, and schedules, by their factors.
final class OptimizerRows {
  private OptimizerRows() {}

  static List<Row> all() {
    var rows = new ArrayList<Row>();
    rows.add(Trajectory.row("optim.Sgd", LIBTORCH, OptimizerRows::sgd));
    rows.add(Trajectory.row("optim.Adam", LIBTORCH, OptimizerRows::adam));
    rows.add(schedule("Schedule.Constant", _ -> Schedule.constant(), _ -> (_, _) -> 1));
    rows.add(
        schedule(
            "Schedule.Cosine",
            d -> new Schedule.Cosine(d.of(0.0, 0.1, 0.3)),
            s -> (step, total) -> cosine(s.warmup(), step, total)));
    return rows;
  }

  private static Trajectory sgd(Draw d) {
    double rate = d.of(0.01, 0.1);
    double momentum = d.of(0.0, 0.5, 0.9);
    boolean nesterov = momentum > 0 && d.coin();
    double decay = d.of(0.0, 1e-3, 0.1);
    var rule = new Sgd(rate, momentum, nesterov, decay);
    return Trajectory.of(
        rule.toString(),
        rule,
        Trajectory.torch(
            parameters -> {
              var options = new SGDOptions(rate);
              options.momentum().put(momentum);
              options.nesterov().put(nesterov);
              options.weight_decay().put(decay);
              return new SGD(parameters, options);
            }));
  }

  private static Trajectory adam(Draw d) {
    double rate = d.of(0.001, 0.01, 0.1);
    double beta1 = d.of(0.9, 0.5);
    double beta2 = d.of(0.999, 0.95);
    double eps = d.of(1e-8, 1e-4);
    double decay = d.of(0.0, 0.01);
    var rule = new Adam(rate, beta1, beta2, eps, decay);
    return Trajectory.of(
        rule.toString(),
        rule,
        Trajectory.torch(
            parameters -> {
              var options = new AdamOptions(rate);
              betas(options.betas(), beta1, beta2);
              options.eps().put(eps);
              options.weight_decay().put(decay);
              return new org.bytedeco.pytorch.Adam(parameters, options);
            }));
  }

  /// Sets a pair. It is a std::tuple, which the C++ library of Linux lays out backwards, and that
  /// of other systems does not; the defaults tell which.
  private static void betas(DoublePointer pair, double beta1, double beta2) {
    boolean backwards = pair.get(0) > pair.get(1);
    pair.put(backwards ? new double[] {beta2, beta1} : new double[] {beta1, beta2});
  }

  // ---- schedules

  /// The factor at a step.
  interface Factor {
    double at(long step, long total);
  }

  static <S extends Schedule> Row schedule(
      String name, Function<Draw, S> draw, Function<S, Factor> formula) {
    return new Row(
        name,
        FORMULA,
        List.of(DType.F64),
        (d, type) -> {
          var schedule = draw.apply(d);
          int total = d.in(20, 300);
          var found = new double[total];
          var expected = new double[total];
          for (int step = 0; step < total; step++) {
            found[step] = schedule.factor(step, total);
            expected[step] = formula.apply(schedule).at(step, total);
          }
          double error = Errors.of(found, expected, 0);
          return new Row.Outcome(
              schedule + " over " + total + " steps",
              type,
              List.of(new Row.Compared("the factors", false, error, 1e-10, false)));
        });
  }

  private static double cosine(double warmup, long step, long total) {
    double at = (double) step / total;
    return at < warmup
        ? (step + 1) / (warmup * total + 1)
        : (1 + Math.cos(Math.PI * (at - warmup) / (1 - warmup))) / 2;
  }
}
