package fovea.core.optim;

import static fovea.core.optim.Adam.adam;
import static fovea.core.optim.Sgd.sgd;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import fovea.core.FoveaException;
import fovea.core.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OptimizerTest {
  private static final int STEPS = 30;

  /// Makes the next value of p from its gradient; a new one for each test since it remembers.
  interface Plain {
    double next(double p, double g);
  }

  static Stream<UpdateRule> rules() {
    return Stream.of(
        sgd(0.1),
        sgd(0.1).weightDecay(0.01),
        sgd(0.05).momentum(0.9),
        sgd(0.05).nesterov(0.9).weightDecay(0.02),
        adam(0.1),
        adam(0.05).betas(0.8, 0.9).eps(1e-3).weightDecay(0.1),
        adam(0.05).betas(0.8, 0.5).weightDecay(0.1).withAmsgrad(),
        AdamW.adamW(0.05).betas(0.8, 0.5).weightDecay(0.1).withAmsgrad());
  }

  private static Plain plain(UpdateRule rule) {
    return switch (rule) {
      case Sgd s ->
          new Plain() {
            private double v;

            @Override
            public double next(double p, double g) {
              double d = g + s.weightDecay() * p;
              v = s.momentum() * v + d;
              return p - s.rate() * (s.nesterov() ? d + s.momentum() * v : v);
            }
          };
      case Adam a ->
          new Plain() {
            private double m;
            private double v;
            private double largest;
            private int t;

            @Override
            public double next(double p, double g) {
              double d = g + a.weightDecay() * p;
              t++;
              m = a.beta1() * m + (1 - a.beta1()) * d;
              v = a.beta2() * v + (1 - a.beta2()) * d * d;
              double mean = m / (1 - Math.pow(a.beta1(), t));
              largest = Math.max(largest, v);
              double square = (a.amsgrad() ? largest : v) / (1 - Math.pow(a.beta2(), t));
              return p - a.rate() * mean / (Math.sqrt(square) + a.eps());
            }
          };
      case AdamW a -> {
        var adam = new Adam(a.rate(), a.beta1(), a.beta2(), a.eps(), 0, a.amsgrad());
        var step = plain(adam);
        yield (p, g) -> step.next(p, g) - a.rate() * a.weightDecay() * p;
      }
      default -> throw new AssertionError(rule);
    };
  }

  private static SequencedMap<String, Tensor> parameters() {
    var p = new LinkedHashMap<String, Tensor>();
    p.put("w", Tensor.of(2, -1, 0.5f).withGrad());
    return p;
  }

  /// The gradient of Σ (w⁴/4 + w): w³ + 1.
  private static void step(Optimizer optimizer, Tensor w) {
    var square = w.mul(w);
    optimizer.step(square.mul(square).mul(0.25).add(w).sum().backward());
  }

  @ParameterizedTest
  @MethodSource("rules")
  void followsItsFormula(UpdateRule rule) {
    var parameters = parameters();
    var w = parameters.get("w");
    var optimizer = rule.over(parameters);
    var plain = new Plain[] {plain(rule), plain(rule), plain(rule)};
    var expected = w.toDoubles();
    for (int i = 0; i < STEPS; i++) {
      step(optimizer, w);
      for (int k = 0; k < 3; k++) {
        expected[k] = plain[k].next(expected[k], Math.pow(expected[k], 3) + 1);
      }
    }
    assertArrayEquals(expected, w.toDoubles(), 2e-5);
  }

  @ParameterizedTest
  @MethodSource("rules")
  void goesOnFromItsStateWithTheSameBits(UpdateRule rule) {
    var straight = parameters();
    var optimizer = rule.over(straight);
    for (int i = 0; i < 10; i++) {
      step(optimizer, straight.get("w"));
    }
    var again = new LinkedHashMap<String, Tensor>();
    again.put("w", Tensor.of(straight.get("w").toFloats()).withGrad());
    var continued = rule.over(again);
    continued.load(optimizer.state());
    for (int i = 0; i < 10; i++) {
      step(optimizer, straight.get("w"));
      step(continued, again.get("w"));
    }
    assertArrayEquals(straight.get("w").toFloats(), again.get("w").toFloats());
    assertEquals(20, continued.state().get("step").toLongs()[0]);
  }

  @Test
  void refusesTheStateOfOtherParameters() {
    var rule = sgd(0.1).momentum(0.9);
    var other = new LinkedHashMap<String, Tensor>();
    other.put("v", Tensor.of(1f).withGrad());
    var state = rule.over(other).state();
    var e = assertThrows(FoveaException.class, () -> rule.over(parameters()).load(state));
    assertEquals(
        "the saved optimizer state is not of these parameters: w.momentum is missing, expected [3]",
        e.getMessage());
  }

  @Test
  void leavesAloneWhatHasNoGradient() {
    var parameters = parameters();
    var idle = Tensor.of(7f).withGrad();
    parameters.put("idle", idle);
    step(sgd(0.1).weightDecay(0.5).over(parameters), parameters.get("w"));
    assertEquals(7, idle.item());
  }

  @Test
  void refusesSettingsThatCannotWork() {
    assertThrows(IllegalArgumentException.class, () -> sgd(0));
    assertThrows(IllegalArgumentException.class, () -> sgd(0.1).momentum(1));
    assertThrows(IllegalArgumentException.class, () -> sgd(0.1).nesterov(0));
    assertThrows(IllegalArgumentException.class, () -> adam(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> adam(0.1).betas(0.9, 1));
  }

  @Test
  void cosineFallsFromOneToNone() {
    var cosine = Schedule.cosine();
    assertEquals(1, cosine.factor(0, 100));
    assertEquals(0.5, cosine.factor(50, 100), 1e-12);
    assertEquals(0.5 * (1 + Math.cos(Math.PI * 0.99)), cosine.factor(99, 100), 1e-12);
    var warm = new Schedule.Cosine(0.1);
    assertEquals(1 / 11.0, warm.factor(0, 100), 1e-12);
    assertEquals(1, warm.factor(10, 100), 1e-12);
    assertEquals(1, Schedule.constant().factor(99, 100));
  }
}
