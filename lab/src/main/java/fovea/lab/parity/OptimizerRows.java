package fovea.lab.parity;

import static fovea.lab.parity.Row.FORMULA;
import static fovea.lab.parity.Row.LIBTORCH;

import fovea.core.array.DType;
import fovea.core.array.Shape;
import fovea.core.optim.Accumulated;
import fovea.core.optim.AdaDelta;
import fovea.core.optim.AdaGrad;
import fovea.core.optim.Adam;
import fovea.core.optim.AdamW;
import fovea.core.optim.Adamax;
import fovea.core.optim.ClipNorm;
import fovea.core.optim.ClipValue;
import fovea.core.optim.Ema;
import fovea.core.optim.Lamb;
import fovea.core.optim.Lars;
import fovea.core.optim.Lion;
import fovea.core.optim.Lookahead;
import fovea.core.optim.Muon;
import fovea.core.optim.NAdam;
import fovea.core.optim.ParameterGroups;
import fovea.core.optim.Penalized;
import fovea.core.optim.RAdam;
import fovea.core.optim.RmsProp;
import fovea.core.optim.Sam;
import fovea.core.optim.Schedule;
import fovea.core.optim.ScheduleFree;
import fovea.core.optim.Sgd;
import fovea.core.optim.Swa;
import fovea.core.optim.UpdateRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.pytorch.AdagradOptions;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.RMSpropOptions;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;

/// Optimizers, by the way they take, and schedules, by their factors.
final class OptimizerRows {
  private OptimizerRows() {}

  static List<Row> all() {
    var rows = new ArrayList<Row>();
    rows.add(Trajectory.row("optim.Sgd", LIBTORCH, OptimizerRows::sgd));
    rows.add(Trajectory.row("optim.Adam", LIBTORCH, OptimizerRows::adam));
    rows.add(Trajectory.row("optim.AdamW", LIBTORCH, OptimizerRows::adamW));
    rows.add(Trajectory.row("optim.AdaGrad", LIBTORCH, OptimizerRows::adaGrad));
    rows.add(Trajectory.row("optim.RmsProp", LIBTORCH, OptimizerRows::rmsProp));
    formulas(rows);
    wrappers(rows);
    rows.addAll(ScheduleRows.all());
    rows.add(ScheduleRows.plateau());
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
    var rule = new Adam(rate, beta1, beta2, eps, decay, d.coin());
    return Trajectory.of(
        rule.toString(),
        rule,
        Trajectory.torch(
            parameters -> {
              var options = new AdamOptions(rate);
              betas(options.betas(), beta1, beta2);
              options.eps().put(eps);
              options.weight_decay().put(decay);
              options.amsgrad().put(rule.amsgrad());
              return new org.bytedeco.pytorch.Adam(parameters, options);
            }));
  }

  /// Sets a pair. It is a std::tuple, which the C++ library of Linux lays out backwards, and that
  /// of other systems does not; the defaults tell which.
  private static void betas(DoublePointer pair, double beta1, double beta2) {
    boolean backwards = pair.get(0) > pair.get(1);
    pair.put(backwards ? new double[] {beta2, beta1} : new double[] {beta1, beta2});
  }

  private static Trajectory adamW(Draw d) {
    double rate = d.of(0.001, 0.01);
    double decay = d.of(0.0, 0.01, 0.3);
    var plain = AdamW.adamW(rate).weightDecay(decay);
    var rule = d.coin() ? plain.withAmsgrad() : plain;
    return Trajectory.of(
        rule.toString(),
        rule,
        Trajectory.torch(
            parameters -> {
              var options = new AdamWOptions(rate);
              options.weight_decay().put(decay);
              options.amsgrad().put(rule.amsgrad());
              return new org.bytedeco.pytorch.AdamW(parameters, options);
            }));
  }

  private static Trajectory adaGrad(Draw d) {
    double rate = d.of(0.01, 0.1);
    double rateDecay = d.of(0.0, 0.1);
    double initial = d.of(0.0, 0.5);
    double decay = d.of(0.0, 0.01);
    var rule = new AdaGrad(rate, rateDecay, initial, 1e-10, decay);
    return Trajectory.of(
        rule.toString(),
        rule,
        Trajectory.torch(
            parameters -> {
              var options = new AdagradOptions(rate);
              options.lr_decay().put(rateDecay);
              options.initial_accumulator_value().put(initial);
              options.weight_decay().put(decay);
              return new org.bytedeco.pytorch.Adagrad(parameters, options);
            }));
  }

  private static Trajectory rmsProp(Draw d) {
    double rate = d.of(0.001, 0.01);
    double alpha = d.of(0.99, 0.9);
    double eps = d.of(1e-8, 1e-3);
    double momentum = d.of(0.0, 0.9);
    boolean centered = d.coin();
    double decay = d.of(0.0, 0.01);
    var rule = new RmsProp(rate, alpha, eps, momentum, centered, decay);
    return Trajectory.of(
        rule.toString(),
        rule,
        Trajectory.torch(
            parameters -> {
              var options = new RMSpropOptions(rate);
              options.alpha().put(alpha);
              options.eps().put(eps);
              options.momentum().put(momentum);
              options.centered().put(centered);
              options.weight_decay().put(decay);
              return new org.bytedeco.pytorch.RMSprop(parameters, options);
            }));
  }

  // ---- what LibTorch does not have

  private static int n(Shape shape) {
    return Math.toIntExact(shape.elements());
  }

  private static void formulas(List<Row> rows) {
    rows.add(
        rule(
            "optim.AdaDelta",
            d -> new AdaDelta(1, 0.9, 1e-6, d.of(0.0, 0.1)),
            (r, s) -> UpdateRules.adaDelta(n(s), r.rate(), r.rho(), r.eps(), r.weightDecay())));
    rows.add(
        rule(
            "optim.Adamax",
            d -> new Adamax(0.01, 0.9, 0.99, 1e-8, d.of(0.0, 0.1)),
            (r, s) ->
                UpdateRules.adamax(
                    n(s), r.rate(), r.beta1(), r.beta2(), r.eps(), r.weightDecay())));
    rows.add(
        rule(
            "optim.NAdam",
            d -> new NAdam(0.01, 0.9, 0.99, 1e-8, d.of(0.004, 0.1), d.of(0.0, 0.1)),
            (r, s) ->
                UpdateRules.nAdam(
                    n(s),
                    r.rate(),
                    r.beta1(),
                    r.beta2(),
                    r.eps(),
                    r.momentumDecay(),
                    r.weightDecay())));
    rows.add(
        rule(
            "optim.RAdam",
            d -> new RAdam(0.01, 0.9, d.of(0.999, 0.9), 1e-8, d.of(0.0, 0.1)),
            (r, s) ->
                UpdateRules.rAdam(n(s), r.rate(), r.beta1(), r.beta2(), r.eps(), r.weightDecay())));
    rows.add(
        rule(
            "optim.Lion",
            d -> new Lion(0.01, 0.9, 0.99, d.of(0.0, 0.1)),
            (r, s) -> UpdateRules.lion(n(s), r.rate(), r.beta1(), r.beta2(), r.weightDecay())));
    rows.add(
        rule(
            "optim.Lars",
            d -> new Lars(0.1, 0.9, d.of(0.0, 0.1), 0.1),
            (r, s) -> UpdateRules.lars(n(s), r.rate(), r.momentum(), r.weightDecay(), r.trust())));
    rows.add(
        rule(
            "optim.Lamb",
            d -> new Lamb(0.01, 0.9, 0.99, 1e-6, d.of(0.0, 0.1)),
            (r, s) ->
                UpdateRules.lamb(n(s), r.rate(), r.beta1(), r.beta2(), r.eps(), r.weightDecay())));
    for (var name : List.of("optim.Muon", "optim.ParameterGroups")) {
      rows.add(
          rule(
              name,
              d -> ParameterGroups.of(Muon.muon(d.of(0.01, 0.05))).vectors(Sgd.sgd(0.1)),
              (r, s) ->
                  s.rank() < 2
                      ? UpdateRules.descent(0.1)
                      : UpdateRules.muon(n(s), s.size(0), r.rate(), 0.95, 0.1)));
    }
  }

  private interface OfShape<R> {
    Trajectory.Formula of(R rule, Shape shape);
  }

  private static <R extends UpdateRule> Row rule(
      String name, Function<Draw, R> rule, OfShape<R> formula) {
    return Trajectory.row(
        name,
        FORMULA,
        d -> {
          var r = rule.apply(d);
          return Trajectory.of(r.toString(), r, Trajectory.formula(shape -> formula.of(r, shape)));
        });
  }

  // ---- rules about rules, here about gradient descent

  private static void wrappers(List<Row> rows) {
    rows.add(
        wrapper(
            "optim.ClipNorm",
            r -> new ClipNorm(r, 3),
            w -> UpdateRules.adjusting(w, (_, g) -> UpdateRules.clipped(g, 3))));
    rows.add(
        wrapper(
            "optim.ClipValue",
            r -> new ClipValue(r, 0.5),
            w ->
                UpdateRules.adjusting(
                    w,
                    (_, g) ->
                        g.stream()
                            .map(v -> Arrays.stream(v).map(x -> Math.clamp(x, -0.5, 0.5)).toArray())
                            .toList())));
    rows.add(
        wrapper(
            "optim.Penalized",
            r -> new Penalized(r, 0.1, 0.2),
            w -> UpdateRules.adjusting(w, (p, g) -> UpdateRules.penalized(p, g, 0.1, 0.2))));
    rows.add(
        wrapper(
            "optim.Accumulated", r -> new Accumulated(r, 3), w -> UpdateRules.accumulated(w, 3)));
    rows.add(wrapper("optim.Sam", r -> new Sam(r, 0.05, false), w -> UpdateRules.sam(w, 0.05)));
    rows.add(
        wrapper(
            "optim.Ema",
            r -> new Ema(r, 0.9),
            w -> UpdateRules.averaging(w, t -> t == 1 ? 0 : 0.9)));
    rows.add(
        wrapper(
            "optim.Swa",
            r -> new Swa(r, 20, 5),
            w ->
                UpdateRules.averaging(
                    w, t -> t <= 20 ? 0 : t % 5 == 0 ? 1 - 5.0 / (t - 15) : 1)));
    rows.add(
        wrapper(
            "optim.Lookahead",
            r -> new Lookahead(r, 5, 0.5),
            w -> UpdateRules.lookahead(w, 5, 0.5)));
    rows.add(
        wrapper(
            "optim.ScheduleFree",
            _ -> ScheduleFree.sgd(0.1),
            _ -> UpdateRules.scheduleFree(0.1, 0.9)));
  }

  private static Row wrapper(
      String name, UnaryOperator<UpdateRule> ours, UnaryOperator<Trajectory.Whole> theirs) {
    return Trajectory.row(
        name,
        FORMULA,
        _ -> {
          var rule = ours.apply(Sgd.sgd(0.1));
          return Trajectory.of(
              rule.toString(),
              rule,
              Trajectory.whole(() -> theirs.apply(Trajectory.each(_ -> UpdateRules.descent(0.1)))));
        });
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
