package fovea.core.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.array.Rng;
import java.util.Arrays;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

class ResamplingTest {
  /// The law school data of Efron & Tibshirani, table 3.1: average LSAT score and GPA of 15
  /// schools.
  private static final double[] LSAT = {
    576, 635, 558, 578, 666, 580, 555, 661, 651, 605, 653, 575, 545, 572, 594
  };

  private static final double[] GPA = {
    3.39, 3.30, 2.81, 3.03, 3.44, 3.07, 3.00, 3.43, 3.36, 3.13, 3.12, 2.74, 2.76, 2.88, 2.96
  };

  private static double correlation(int[] of) {
    double x = Arrays.stream(of).mapToDouble(i -> LSAT[i]).average().orElseThrow();
    double y = Arrays.stream(of).mapToDouble(i -> GPA[i]).average().orElseThrow();
    double xy = 0;
    double xx = 0;
    double yy = 0;
    for (int i : of) {
      xy += (LSAT[i] - x) * (GPA[i] - y);
      xx += (LSAT[i] - x) * (LSAT[i] - x);
      yy += (GPA[i] - y) * (GPA[i] - y);
    }
    return xy / Math.sqrt(xx * yy);
  }

  @Test
  void theBootstrapOfTheLawSchools() {
    var interval = Resampling.bootstrap(15, ResamplingTest::correlation, 20_000, 0.95, Rng.of(1));
    assertEquals(0.776, interval.value(), 5e-4);
    // SciPy 1.17.1's bootstrap, method BCa, also 20,000 rounds: 0.323 to 0.941.
    assertEquals(0.323, interval.low(), 0.015);
    assertEquals(0.941, interval.high(), 0.005);
    assertEquals(
        interval,
        Resampling.bootstrap(15, ResamplingTest::correlation, 20_000, 0.95, Rng.of(1)),
        "the same seed, the same interval");
  }

  @Test
  void theJackknifeOfTheLawSchools() {
    var jackknife = Resampling.jackknife(15, ResamplingTest::correlation);
    assertEquals(-0.006473623045922361, jackknife.bias(), 1e-12);
    assertEquals(0.14251861860227247, jackknife.deviation(), 1e-12);
    var interval = jackknife.interval(0.95);
    double centre = jackknife.value() - jackknife.bias();
    assertEquals(centre + 1.9599639845400536 * jackknife.deviation(), interval.high(), 1e-9);
  }

  @Test
  void theJackknifeOfAMeanIsItsStandardError() {
    var jackknife =
        Resampling.jackknife(
            15, of -> Arrays.stream(of).mapToDouble(i -> GPA[i]).average().orElse(0));
    double mean = Arrays.stream(GPA).average().orElseThrow();
    double variance = Arrays.stream(GPA).map(v -> (v - mean) * (v - mean)).sum() / 14;
    assertEquals(0, jackknife.bias(), 1e-12);
    assertEquals(Math.sqrt(variance / 15), jackknife.deviation(), 1e-12);
  }

  @Test
  void theIntervalHoldsTheTruthAsOftenAsItSays() {
    int held = 0;
    for (int trial = 0; trial < 400; trial++) {
      var rng = Rng.of(trial).split("trial");
      var values = new double[60];
      Arrays.setAll(values, _ -> rng.nextGaussian());
      ToDoubleFunction<int[]> mean =
          of -> Arrays.stream(of).mapToDouble(i -> values[i]).sum() / of.length;
      var interval = Resampling.bootstrap(60, mean, 400, 0.9, Rng.of(trial));
      held += interval.low() <= 0 && 0 <= interval.high() ? 1 : 0;
    }
    assertEquals(0.9, held / 400.0, 0.04);
  }

  @Test
  void whatNeverVariesHasNoWidth() {
    var interval = Resampling.bootstrap(20, _ -> 1, 50, 0.95, Rng.of(0));
    assertEquals(new Interval(1, 1, 1, 0.95), interval);
    assertThrows(
        IllegalArgumentException.class, () -> Resampling.bootstrap(0, _ -> 1, 50, 0.95, Rng.of(0)));
    assertThrows(IllegalArgumentException.class, () -> Resampling.jackknife(1, _ -> 1));
    assertThrows(IllegalArgumentException.class, () -> new Interval(0, 0, 0, 95));
  }

  @Test
  void wilson() {
    // SciPy's binomtest(81, 263).proportion_ci(method="wilson").
    var interval = Interval.wilson(81, 263, 0.95);
    assertEquals(0.2552885198782742, interval.low(), 1e-9);
    assertEquals(0.36620957698280004, interval.high(), 1e-9);
    assertEquals(0, Interval.wilson(0, 10, 0.95).low());
    assertTrue(Interval.wilson(10, 10, 0.95).low() < 0.75, "ten of ten may be three of four");
    assertThrows(IllegalArgumentException.class, () -> Interval.wilson(2, 1, 0.95));
  }

  private static McNemar mcNemar(int onlyFirst, int onlySecond) {
    int n = onlyFirst + onlySecond + 7;
    var first = new boolean[n];
    var second = new boolean[n];
    for (int i = 0; i < n; i++) {
      first[i] = i < onlyFirst || i >= onlyFirst + onlySecond;
      second[i] = i >= onlyFirst;
    }
    return McNemar.of(first, second);
  }

  @Test
  void mcNemarsTest() {
    // SciPy's binomtest(4, 15), (40, 150) and (59, 180).
    assertEquals(0.11846923828125, mcNemar(4, 11).p(), 1e-12);
    assertEquals(9.56282907771787e-09, mcNemar(40, 110).p(), 1e-16);
    assertEquals(4.4344492637551645e-06, mcNemar(121, 59).p(), 1e-14);
    // McNemar's own correction: (|121 − 59| − 1)² / 180.
    assertEquals(61 * 61 / 180.0, mcNemar(121, 59).chiSquared(), 1e-12);
    var same = mcNemar(0, 0);
    assertEquals(1, same.p());
    assertEquals(0, same.chiSquared());
    assertEquals(1, mcNemar(5, 5).p(), 1e-12);
    assertThrows(IllegalArgumentException.class, () -> McNemar.of(new boolean[1], new boolean[2]));
  }
}
