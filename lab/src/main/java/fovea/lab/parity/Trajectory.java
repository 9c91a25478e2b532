package fovea.lab.parity;

import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.memory.Scope;
import fovea.core.optim.UpdateRule;
import fovea.core.tensor.Gradients;
import fovea.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.TensorVector;

/// An optimizer's way over 100 steps beside another's, from the same start, each following its own
/// gradients: of ½·Σ h·(p − t)² with curvatures from 0.1 to 2, and noise, as a mini-batch has it,
/// alike for both.
///
/// @param words the settings
/// @param rateFactor what a schedule multiplies the rate by at a step
record Trajectory(String words, UpdateRule rule, DoubleUnaryOperator rateFactor, Other other) {
  static final int STEPS = 100;
  private static final double ALLOWED_F32 = 1e-5;
  private static final double ALLOWED_F64 = 1e-10;
  private static final List<Shape> SHAPES =
      List.of(Shape.of(7, 5), Shape.of(5), Shape.of(2, 3, 3, 3));

  /// The other's way.
  interface Other {
    /// Each parameter after each step, [step][parameter], and after them the averages, where the
    /// rule uses those.
    List<List<double[]>> way(Problem problem, DType type);
  }

  /// What is made small.
  ///
  /// @param start of each parameter
  record Problem(List<double[]> start, List<double[]> target, List<double[]> curvature, Rng noise) {
    static Problem of(Draw d) {
      var start = new ArrayList<double[]>();
      var target = new ArrayList<double[]>();
      var curvature = new ArrayList<double[]>();
      for (var shape : SHAPES) {
        start.add(d.values(shape, d::gaussian));
        target.add(d.values(shape, d::gaussian));
        curvature.add(d.values(shape, () -> d.uniform(0.1, 2)));
      }
      return new Problem(start, target, curvature, d.rng("noise"));
    }

    double[] gradient(int step, int parameter, double[] p) {
      var rng = noise.split(step).split(parameter);
      var g = new double[p.length];
      for (int i = 0; i < g.length; i++) {
        double slope = curvature.get(parameter)[i] * (p[i] - target.get(parameter)[i]);
        g[i] = (float) (slope + 0.3 * rng.nextGaussian());
      }
      return g;
    }
  }

  static Row row(String name, String reference, Function<Draw, Trajectory> draw) {
    return new Row(
        name,
        reference,
        List.of(DType.F32, DType.F64),
        (d, type) -> {
          var t = draw.apply(d);
          return t.compare(Problem.of(d), type);
        });
  }

  static Trajectory of(String words, UpdateRule rule, Other other) {
    return new Trajectory(words, rule, _ -> 1, other);
  }

  private Row.Outcome compare(Problem problem, DType type) {
    var ours = way(problem, type);
    var theirs = other.way(problem, type);
    double worst = 0;
    for (int step = 0; step < STEPS; step++) {
      for (int p = 0; p < theirs.get(step).size(); p++) {
        worst = Math.max(worst, Errors.of(ours.get(step).get(p), theirs.get(step).get(p), 0));
      }
    }
    double allowed = type == DType.F32 ? ALLOWED_F32 : ALLOWED_F64;
    return new Row.Outcome(
        words,
        type,
        List.of(new Row.Compared("the way over 100 steps", false, worst, allowed, false)));
  }

  private List<List<double[]>> way(Problem problem, DType type) {
    var parameters = new LinkedHashMap<String, Tensor>();
    for (int i = 0; i < SHAPES.size(); i++) {
      var p = Tensor.of(problem.start.get(i), SHAPES.get(i)).to(type).withGrad();
      parameters.put("p" + i, p);
    }
    var optimizer = rule.over(parameters);
    var way = new ArrayList<List<double[]>>();
    for (int step = 0; step < STEPS; step++) {
      try (var _ = Scope.open("parity")) {
        int at = step;
        optimizer.step(
            () -> gradients(problem, at, parameters.values(), type),
            rateFactor.applyAsDouble(step));
        var reached = new ArrayList<double[]>();
        parameters.values().forEach(p -> reached.add(p.toDoubles()));
        optimizer.averaged(
            () -> {
              parameters.values().forEach(p -> reached.add(p.toDoubles()));
              return reached;
            });
        way.add(reached);
      }
    }
    return way;
  }

  private static Gradients gradients(
      Problem problem, int step, Collection<Tensor> parameters, DType type) {
    var loss = Tensor.scalar(0, type);
    int i = 0;
    for (var p : parameters) {
      var g = Tensor.of(problem.gradient(step, i, p.toDoubles()), SHAPES.get(i)).to(type);
      // Whose gradient is g, to the bit.
      loss = loss.add(p.mul(g).sum());
      i++;
    }
    return loss.backward();
  }

  /// One of LibTorch's.
  static Other torch(Function<TensorVector, org.bytedeco.pytorch.Optimizer> optimizer) {
    return (problem, type) -> {
      try (var _ = new PointerScope()) {
        var parameters = new ArrayList<org.bytedeco.pytorch.Tensor>();
        for (int i = 0; i < SHAPES.size(); i++) {
          parameters.add(Torch.leaf(Torch.create(problem.start.get(i), SHAPES.get(i), type)));
        }
        var all = parameters.toArray(org.bytedeco.pytorch.Tensor[]::new);
        var o = optimizer.apply(new TensorVector(all));
        var way = new ArrayList<List<double[]>>();
        for (int step = 0; step < STEPS; step++) {
          try (var _ = new PointerScope()) {
            o.zero_grad();
            for (int i = 0; i < all.length; i++) {
              var g = problem.gradient(step, i, Torch.doubles(all[i]));
              all[i].mul(Torch.create(g, SHAPES.get(i), type)).sum().backward();
            }
            o.step();
            way.add(parameters.stream().map(Torch::doubles).toList());
          }
        }
        return way;
      }
    };
  }

  /// The rule of one parameter, in plain Java: changes it in place.
  interface Formula {
    /// Makes one step.
    ///
    /// @param t counts the steps, from 1
    void step(int t, double[] p, double[] g);
  }

  /// A rule of all parameters together, in plain Java.
  interface Whole {
    /// Makes one step, in place.
    ///
    /// @param t counts the steps, from 1
    /// @param gradient at the parameters' values of the moment
    void step(int t, List<double[]> p, Supplier<List<double[]>> gradient);

    /// What is used in the end.
    default List<double[]> averaged(List<double[]> p) {
      return p;
    }
  }

  /// A rule as its paper writes it.
  ///
  /// @param formula with fresh memory, for a parameter of a shape
  static Other formula(Function<Shape, Formula> formula) {
    return whole(() -> each(formula));
  }

  /// The same rule for each parameter.
  static Whole each(Function<Shape, Formula> formula) {
    var rules = SHAPES.stream().map(formula).toList();
    return (t, p, gradient) -> {
      var g = gradient.get();
      for (int i = 0; i < rules.size(); i++) {
        rules.get(i).step(t, p.get(i), g.get(i));
      }
    };
  }

  /// A rule as its paper writes it.
  ///
  /// @param rule with fresh memory
  static Other whole(Supplier<Whole> rule) {
    return (problem, type) -> {
      var parameters = new ArrayList<double[]>();
      problem.start.forEach(p -> parameters.add(p.clone()));
      var whole = rule.get();
      var way = new ArrayList<List<double[]>>();
      for (int step = 0; step < STEPS; step++) {
        int at = step;
        whole.step(
            step + 1,
            parameters,
            () ->
                IntStream.range(0, parameters.size())
                    .mapToObj(i -> problem.gradient(at, i, parameters.get(i)))
                    .toList());
        var reached = new ArrayList<double[]>();
        parameters.forEach(p -> reached.add(p.clone()));
        whole.averaged(parameters).forEach(p -> reached.add(p.clone()));
        way.add(reached);
      }
      return way;
    };
  }
}
