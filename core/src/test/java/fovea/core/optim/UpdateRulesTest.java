package fovea.core.optim;

import static fovea.core.optim.Adam.adam;
import static fovea.core.optim.Sgd.sgd;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.FoveaException;
import fovea.core.UnknownNameException;
import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Kernels;
import fovea.core.memory.Scope;
import fovea.core.tensor.Gradients;
import fovea.core.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Supplier;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class UpdateRulesTest {
  private static final double[] START = {2, -1, 0.5};

  private static SequencedMap<String, Tensor> parameters(Tensor w) {
    var p = new LinkedHashMap<String, Tensor>();
    p.put("w", w.withGrad());
    return p;
  }

  private static SequencedMap<String, Tensor> parameters() {
    return parameters(Tensor.of(START, Shape.of(3)));
  }

  /// The gradient of Σ (w⁴/4 + w): w³ + 1.
  private static Gradients gradients(Tensor w) {
    var square = w.mul(w);
    return square.mul(square).mul(0.25).add(w).sum().backward();
  }

  private static void steps(Optimizer optimizer, Tensor w, int steps) {
    for (int i = 0; i < steps; i++) {
      try (var _ = Scope.open("step")) {
        optimizer.step(() -> gradients(w), 1);
      }
    }
  }

  private static double[] after(int steps, UpdateRule rule) {
    var parameters = parameters();
    steps(rule.over(parameters), parameters.get("w"), steps);
    return parameters.get("w").toDoubles();
  }

  // ---- against PyTorch

  record Golden(UpdateRule rule, double... values) {}

  /// After 30 steps in float64 by PyTorch 2.13.
  static Stream<Golden> golden() {
    return Stream.of(
        new Golden(
            AdaGrad.adaGrad(0.1).rateDecay(0.01).initial(0.2).weightDecay(0.1),
            1.298372445045081,
            -0.966679423234052,
            -0.321468869851887),
        new Golden(
            AdaDelta.adaDelta(1.5).rho(0.8).eps(1e-3).weightDecay(0.1),
            0.17189902711735808,
            -1.075678035100299,
            -0.9666794232250044),
        new Golden(
            RmsProp.rmsProp(0.02).alpha(0.9).weightDecay(0.1),
            1.3291732536692997,
            -0.9762164321502136,
            -0.2584923682320311),
        new Golden(
            RmsProp.rmsProp(0.02).alpha(0.9).momentum(0.5),
            0.8729049454715301,
            -1.0,
            -0.877619066980953),
        new Golden(
            RmsProp.rmsProp(0.02).alpha(0.9).byVariance().eps(1e-2),
            0.9721046017463819,
            -1.0,
            -0.8891002498596731),
        new Golden(
            RmsProp.rmsProp(0.02).alpha(0.9).byVariance().momentum(0.5).eps(1e-2),
            0.5173963128603558,
            -1.0,
            -1.0013032370532295),
        new Golden(
            AdamW.adamW(0.05).betas(0.8, 0.95).weightDecay(0.1),
            0.6880254856198305,
            -1.0001323257137775,
            -0.8871124477428421),
        new Golden(
            Adamax.adamax(0.05).betas(0.8, 0.95).weightDecay(0.1),
            0.583002580272633,
            -0.966008682395773,
            -1.0280571369291533),
        new Golden(
            NAdam.nAdam(0.05).betas(0.8, 0.95).weightDecay(0.1),
            0.9406084034764715,
            -0.9931591709609721,
            -0.8097034102024552),
        new Golden(
            RAdam.rAdam(0.05).betas(0.8, 0.95).weightDecay(0.1),
            0.21415034875110026,
            -0.9671361668070401,
            -0.4083807847805628));
  }

  @ParameterizedTest
  @MethodSource("golden")
  void followsPyTorch(Golden golden) {
    // PyTorch keeps the product of NAdam's momenta in float32.
    double tolerance = golden.rule instanceof NAdam ? 1e-8 : 1e-12;
    assertArrayEquals(golden.values, after(30, golden.rule), tolerance);
  }

  @Test
  void muonFollowsPyTorchUpToItsRounding() {
    // PyTorch 2.13 makes orthogonal in bfloat16.
    muon(
        Muon.muon(0.02),
        Shape.of(2, 3),
        new double[] {
          -0.8928856253623962,
          -0.6449182629585266,
          -0.09746558964252472,
          0.3014928996562958,
          0.7952560186386108,
          1.1558551788330078
        });
    muon(
        Muon.muon(0.02).scale(Muon.Scale.MATCH_RMS_ADAMW),
        Shape.of(3, 2),
        new double[] {
          -0.9535213708877563,
          -0.5544365644454956,
          -0.12000592797994614,
          0.37453538179397583,
          0.8091675639152527,
          1.2318284511566162
        });
  }

  private static void muon(Muon rule, Shape shape, double... expected) {
    var start = DoubleStream.iterate(-1, x -> x + 2.3 / 5).limit(6).toArray();
    var parameters = parameters(Tensor.of(start, shape));
    var w = parameters.get("w");
    steps(rule.over(parameters), w, 10);
    assertArrayEquals(expected, w.toDoubles(), 4e-3);
  }

  @Test
  void muonMakesStepsOrthogonal() {
    var start = Tensor.normal(Rng.of(3), 0, 1, Shape.of(4, 2, 3, 3), DType.F64);
    var parameters = parameters(start);
    var w = parameters.get("w");
    var before = Tensor.of(w.toDoubles(), Shape.of(4, 18));
    Muon.muon(1).weightDecay(0).over(parameters).step(gradients(w));
    var step = before.sub(w.detach().reshape(4, 18));
    var gram = step.matmul(step.transpose(0, 1)).toDoubles();
    for (int i = 0; i < 16; i++) {
      assertEquals(i % 5 == 0 ? 1 : 0, gram[i], 0.5, "element " + i);
    }
    var e = assertThrows(ShapeException.class, () -> Muon.muon(1).over(parameters()));
    assertEquals(
        "muon: w [3] is no matrix; give it another rule with ParameterGroups", e.getMessage());
  }

  // ---- against the formulas of the papers

  /// Makes the next parameters from their gradients; a new one for each test since it remembers.
  interface Plain {
    double[] next(double[] p, double[] g);
  }

  private static double norm(double... x) {
    return Math.sqrt(DoubleStream.of(x).map(v -> v * v).sum());
  }

  private static void follows(UpdateRule rule, Plain plain) {
    var expected = START.clone();
    for (int i = 0; i < 20; i++) {
      var g = DoubleStream.of(expected).map(x -> x * x * x + 1).toArray();
      expected = plain.next(expected, g);
    }
    assertArrayEquals(expected, after(20, rule), 1e-12);
  }

  @Test
  void lionStepsBySigns() {
    var m = new double[3];
    follows(
        new Lion(0.03, 0.8, 0.9, 0.1),
        (p, g) -> {
          for (int i = 0; i < 3; i++) {
            double c = 0.8 * m[i] + 0.2 * g[i];
            p[i] -= 0.03 * (Math.signum(c) + 0.1 * p[i]);
            m[i] = 0.9 * m[i] + 0.1 * g[i];
          }
          return p;
        });
  }

  @Test
  void larsStepsInProportionToTheParameter() {
    var v = new double[3];
    follows(
        new Lars(0.5, 0.9, 0.01, 0.1),
        (p, g) -> {
          double local = 0.1 * norm(p) / (norm(g) + 0.01 * norm(p));
          for (int i = 0; i < 3; i++) {
            v[i] = 0.9 * v[i] + 0.5 * local * (g[i] + 0.01 * p[i]);
            p[i] -= v[i];
          }
          return p;
        });
  }

  @Test
  void lambStepsAsLargeAsTheParameter() {
    var m = new double[3];
    var v = new double[3];
    var t = new int[1];
    follows(
        new Lamb(0.02, 0.8, 0.9, 1e-6, 0.1),
        (p, g) -> {
          t[0]++;
          var r = new double[3];
          for (int i = 0; i < 3; i++) {
            m[i] = 0.8 * m[i] + 0.2 * g[i];
            v[i] = 0.9 * v[i] + 0.1 * g[i] * g[i];
            double mean = m[i] / (1 - Math.pow(0.8, t[0]));
            double square = v[i] / (1 - Math.pow(0.9, t[0]));
            r[i] = mean / (Math.sqrt(square) + 1e-6) + 0.1 * p[i];
          }
          double ratio = norm(p) / norm(r);
          for (int i = 0; i < 3; i++) {
            p[i] -= 0.02 * ratio * r[i];
          }
          return p;
        });
  }

  /// In the three sequences of the paper, equations 3 to 5, instead of the two that are kept.
  @ParameterizedTest
  @MethodSource("scheduleFree")
  void scheduleFreeAveragesAllSteps(ScheduleFree rule) {
    var parameters = parameters();
    var w = parameters.get("w");
    var optimizer = rule.over(parameters);
    var x = START.clone();
    var z = START.clone();
    var v = new double[3];
    for (int step = 1; step <= 20; step++) {
      for (int i = 0; i < 3; i++) {
        double y = (1 - rule.momentum()) * z[i] + rule.momentum() * x[i];
        assertEquals(y, w.toDoubles()[i], 1e-12);
        double g = y * y * y + 1;
        v[i] = 0.95 * v[i] + 0.05 * g * g;
        if (rule.adaptive()) {
          g /= Math.sqrt(v[i] / (1 - Math.pow(0.95, step))) + 1e-8;
        }
        z[i] -= rule.rate() * (g + rule.weightDecay() * y);
        x[i] += (z[i] - x[i]) / step;
      }
      steps(optimizer, w, 1);
      assertArrayEquals(x, optimizer.averaged(w::toDoubles), 1e-12);
    }
  }

  static Stream<ScheduleFree> scheduleFree() {
    return Stream.of(
        ScheduleFree.sgd(0.05).momentum(0.8).weightDecay(0.1),
        ScheduleFree.adamW(0.05).betas(0.9, 0.95).weightDecay(0.1));
  }

  // ---- rules about rules

  @Test
  void clipsByTheNormOfAllAndByValue() {
    // Gradients are 9, 0 and 1.125.
    double norm = norm(9, 0, 1.125);
    assertArrayEquals(
        new double[] {2 - 9 / norm, -1, 0.5 - 1.125 / norm}, after(1, sgd(0.5).clipNorm(2)), 1e-12);
    assertArrayEquals(after(1, sgd(0.1)), after(1, sgd(0.1).clipNorm(20)));
    assertArrayEquals(new double[] {1, -1, -0.5}, after(1, sgd(1).clipValue(1)), 1e-12);
    assertThrows(IllegalArgumentException.class, () -> sgd(1).clipNorm(0));
    assertThrows(IllegalArgumentException.class, () -> sgd(1).clipValue(Double.NaN));
  }

  @Test
  void penaltiesAreGradientsToo() {
    assertArrayEquals(
        after(5, sgd(0.01).weightDecay(0.3)), after(5, sgd(0.01).penalized(0, 0.3)), 1e-12);
    assertArrayEquals(
        new double[] {2 - 0.1 * 9.5, -1 + 0.1 * 0.5, 0.5 - 0.1 * 1.625},
        after(1, sgd(0.1).penalized(0.5, 0)),
        1e-12);
  }

  @Test
  void accumulatesToTheMeanOfSeveralGradients() {
    var parameters = parameters();
    var w = parameters.get("w");
    var optimizer = sgd(0.1).accumulated(3).over(parameters);
    steps(optimizer, w, 2);
    assertArrayEquals(START, w.toDoubles());
    optimizer.step(w.sum().backward());
    // Of 9, 9 and 1; 0, 0 and 1; 1.125, 1.125 and 1.
    assertArrayEquals(
        new double[] {2 - 1.9 / 3, -1 - 0.1 / 3, 0.5 - 0.325 / 3}, w.toDoubles(), 1e-12);
    var momentum = sgd(0.1).momentum(0.5);
    assertArrayEquals(after(3, momentum), after(9, momentum.accumulated(3)), 1e-12);
  }

  @Test
  void keepsAveragesOfTheParameters() {
    var ema = START.clone();
    var sum = new double[3];
    var p = parameters();
    var w = p.get("w");
    var plain = sgd(0.05).over(p);
    var first = parameters();
    var average = sgd(0.05).ema(0.9).over(first);
    var second = parameters();
    var mean = sgd(0.05).swa(4, 3).over(second);
    for (int step = 1; step <= 10; step++) {
      steps(plain, w, 1);
      steps(average, first.get("w"), 1);
      steps(mean, second.get("w"), 1);
      var now = w.toDoubles();
      for (int i = 0; i < 3; i++) {
        ema[i] = step == 1 ? now[i] : 0.9 * ema[i] + 0.1 * now[i];
        sum[i] += step >= 4 && (step - 4) % 3 == 0 ? now[i] : 0;
      }
      if (step == 3) {
        assertArrayEquals(now, mean.averaged(second.get("w")::toDoubles));
      }
    }
    assertArrayEquals(ema, average.averaged(first.get("w")::toDoubles), 1e-12);
    // Of steps 4, 7 and 10.
    var expected = DoubleStream.of(sum).map(x -> x / 3).toArray();
    assertArrayEquals(expected, mean.averaged(second.get("w")::toDoubles), 1e-12);
    assertArrayEquals(w.toDoubles(), first.get("w").toDoubles());
    assertArrayEquals(w.toDoubles(), second.get("w").toDoubles());
  }

  @Test
  void lookaheadGoesBackPartOfTheWay() {
    var slow = START.clone();
    var fast = START.clone();
    for (int step = 1; step <= 9; step++) {
      for (int i = 0; i < 3; i++) {
        fast[i] -= 0.05 * (Math.pow(fast[i], 3) + 1);
        if (step % 4 == 0) {
          slow[i] += 0.7 * (fast[i] - slow[i]);
          fast[i] = slow[i];
        }
      }
    }
    var parameters = parameters();
    var w = parameters.get("w");
    var optimizer = sgd(0.05).lookahead(4, 0.7).over(parameters);
    steps(optimizer, w, 9);
    assertArrayEquals(fast, w.toDoubles(), 1e-12);
    assertArrayEquals(slow, optimizer.averaged(w::toDoubles), 1e-12);
    assertArrayEquals(fast, w.toDoubles(), 1e-12);
  }

  @Test
  void samTakesTheGradientWhereTheLossIsWorst() {
    double norm = norm(9, 0, 1.125);
    double x = 2 + 0.1 * 9 / norm;
    double y = 0.5 + 0.1 * 1.125 / norm;
    assertArrayEquals(
        new double[] {2 - 0.01 * (x * x * x + 1), -1, 0.5 - 0.01 * (y * y * y + 1)},
        after(1, sgd(0.01).sam(0.1)),
        1e-12);
    double scaled = norm(2 * 9, 0, 0.5 * 1.125);
    double a = 2 + 0.1 * 4 * 9 / scaled;
    double b = 0.5 + 0.1 * 0.25 * 1.125 / scaled;
    assertArrayEquals(
        new double[] {2 - 0.01 * (a * a * a + 1), -1, 0.5 - 0.01 * (b * b * b + 1)},
        after(1, sgd(0.01).sam(0.1).inProportion()),
        1e-12);
    var parameters = parameters();
    var optimizer = sgd(0.01).sam(0.1).over(parameters);
    assertThrows(
        UnsupportedOperationException.class, () -> optimizer.step(gradients(parameters.get("w"))));
  }

  @Test
  void groupsHaveRulesOfTheirOwn() {
    var parameters = new LinkedHashMap<String, Tensor>();
    for (var name : List.of("fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias")) {
      var shape = name.endsWith("bias") ? Shape.of(1) : Shape.of(1, 1);
      parameters.put(name, Tensor.full(1, shape, DType.F64).withGrad());
    }
    var rule =
        ParameterGroups.of(sgd(0.1).weightDecay(1))
            .group("fc2.*", sgd(0.2).momentum(0.5))
            .vectors(sgd(0.1));
    Supplier<Gradients> gradients =
        () ->
            Tensor.concat(0, parameters.values().stream().map(p -> p.reshape(1)).toList())
                .sum()
                .backward();
    var optimizer = rule.over(parameters);
    optimizer.step(gradients, 1);
    optimizer.step(gradients, 0.5);
    assertEquals(0.8 - 0.05 * 1.8, parameters.get("fc1.weight").itemAsDouble(), 1e-12);
    assertEquals(1 - 0.1 - 0.05, parameters.get("fc1.bias").itemAsDouble(), 1e-12);
    assertEquals(1 - 0.2 - 0.1 * 1.5, parameters.get("fc2.weight").itemAsDouble(), 1e-12);
    assertEquals(1 - 0.2 - 0.1 * 1.5, parameters.get("fc2.bias").itemAsDouble(), 1e-12);
    assertEquals(0.1, rule.rate());
    assertThrows(
        UnknownNameException.class,
        () -> ParameterGroups.of(sgd(0.1)).group("fc3.*", sgd(1)).over(parameters));
  }

  // ---- all

  static Stream<UpdateRule> all() {
    return Stream.concat(
        golden().map(Golden::rule),
        Stream.of(
            Lion.lion(0.01),
            Lars.lars(0.5),
            Lamb.lamb(0.01),
            ScheduleFree.sgd(0.05),
            ScheduleFree.adamW(0.05),
            adam(0.05).clipNorm(1),
            sgd(0.05).momentum(0.9).penalized(0.1, 0.1),
            adam(0.05).accumulated(3),
            adam(0.05).ema(0.8),
            adam(0.05).swa(3, 4),
            adam(0.05).lookahead(3, 0.5),
            sgd(0.05).sam(0.1).ema(0.9),
            ParameterGroups.of(sgd(0.1)).group("w", adam(0.02).ema(0.9))));
  }

  @ParameterizedTest
  @MethodSource("all")
  void goesOnFromItsStateWithTheSameBits(UpdateRule rule) {
    var straight = parameters(Tensor.of(2, -1, 0.5f));
    var optimizer = rule.over(straight);
    steps(optimizer, straight.get("w"), 8);
    var again = parameters(Tensor.of(straight.get("w").toFloats()));
    var continued = rule.over(again);
    continued.load(optimizer.state());
    steps(optimizer, straight.get("w"), 9);
    steps(continued, again.get("w"), 9);
    assertArrayEquals(straight.get("w").toFloats(), again.get("w").toFloats());
    assertArrayEquals(
        optimizer.averaged(straight.get("w")::toFloats),
        continued.averaged(again.get("w")::toFloats));
    var state = new LinkedHashMap<>(optimizer.state());
    state.remove(state.lastEntry().getKey());
    if (!state.isEmpty()) {
      assertThrows(FoveaException.class, () -> rule.over(parameters()).load(state));
    }
  }

  /// Large enough to be divided among threads, and laid out as images are.
  @ParameterizedTest
  @MethodSource("all")
  void movesNumbersAlikeWhereverTheyLie(UpdateRule rule) {
    var shape = Shape.of(3, 40_001);
    var values = new double[3 * 40_001];
    for (int i = 0; i < values.length; i++) {
      values[i] = START[i / 40_001];
    }
    var one = parameters(Tensor.of(values, shape));
    var other =
        parameters(
            Tensor.of(
                NdArray.like(
                    Tensor.zeros(Shape.of(40_001, 3), DType.F64).array().permute(1, 0),
                    DType.F64)));
    Kernels.best().copy(one.get("w").array(), other.get("w").array());
    steps(rule.over(one), one.get("w"), 3);
    steps(rule.over(other), other.get("w"), 3);
    var w = one.get("w").toDoubles();
    assertArrayEquals(w, other.get("w").toDoubles(), 1e-9);
    assertEquals(w[0], w[40_000], 1e-12);
  }

  @Test
  void refusesSettingsThatCannotWork() {
    var e = assertThrows(IllegalArgumentException.class, () -> AdamW.adamW(0));
    assertEquals("AdamW takes a rate above 0, not 0.0", e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> Lion.lion(0.1).betas(1, 0.9));
    assertThrows(IllegalArgumentException.class, () -> RmsProp.rmsProp(0.1).alpha(-1));
    assertThrows(IllegalArgumentException.class, () -> AdaDelta.adaDelta(1).eps(0));
    assertThrows(IllegalArgumentException.class, () -> AdaGrad.adaGrad(1).weightDecay(-1));
    assertThrows(IllegalArgumentException.class, () -> Muon.muon(1).iterations(0));
    assertThrows(IllegalArgumentException.class, () -> Lars.lars(1).trust(0));
    assertThrows(IllegalArgumentException.class, () -> ScheduleFree.sgd(1).momentum(0));
    assertThrows(IllegalArgumentException.class, () -> sgd(1).accumulated(0));
    assertThrows(IllegalArgumentException.class, () -> sgd(1).ema(1));
    assertThrows(IllegalArgumentException.class, () -> sgd(1).swa(0, 1));
    assertThrows(IllegalArgumentException.class, () -> sgd(1).lookahead(5, 0));
    assertThrows(IllegalArgumentException.class, () -> sgd(1).sam(0));
    assertTrue(new Lion(0.1, 0, 0, 0).equals(Lion.lion(0.1).betas(0, 0)));
  }
}
