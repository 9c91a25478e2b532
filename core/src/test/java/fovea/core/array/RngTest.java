package fovea.core.array;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;

class RngTest {
  private static final int MANY = 200_000;

  private static int[] philox(int k0, int k1, int c0, int c1, int c2, int c3) {
    var out = new int[4];
    Rng.philox(k0, k1, c0, c1, c2, c3, out);
    return out;
  }

  /// The known answers for philox4x32 with 10 rounds that Random123 ships (`kat_vectors`).
  @Test
  void philoxGivesTheKnownAnswers() {
    assertArrayEquals(
        new int[] {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}, philox(0, 0, 0, 0, 0, 0));
    assertArrayEquals(
        new int[] {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}, philox(-1, -1, -1, -1, -1, -1));
    assertArrayEquals(
        new int[] {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
        philox(0xa4093822, 0x299f31d0, 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344));
  }

  /// Within six standard errors: a wrong generator misses by far more, a right one never.
  private static void assertMoments(double mean, double variance, DoubleSupplier draws) {
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < MANY; i++) {
      double d = draws.getAsDouble() - mean;
      sum += d;
      squares += d * d;
    }
    double error = Math.sqrt(variance / MANY);
    assertEquals(0, sum / MANY, 6 * error);
    assertEquals(1, squares / MANY / variance, 6 * Math.sqrt(2.0 / MANY));
  }

  @Test
  void uniformMoments() {
    var rng = Rng.of(1);
    assertMoments(0.5, 1 / 12.0, rng::nextFloat);
    assertMoments(0.5, 1 / 12.0, rng::nextDouble);
    assertMoments(1, 4 / 3.0, () -> rng.uniform(-1, 3));
  }

  @Test
  void uniformStaysInside() {
    var rng = Rng.of(2);
    for (int i = 0; i < MANY; i++) {
      float f = rng.nextFloat();
      assertTrue(f >= 0 && f < 1);
      double d = rng.nextDouble();
      assertTrue(d >= 0 && d < 1);
    }
  }

  @Test
  void normalMomentsAndTails() {
    var rng = Rng.of(3);
    assertMoments(0, 1, rng::nextGaussian);
    int beyondTwo = 0;
    double fourth = 0;
    for (int i = 0; i < MANY; i++) {
      double z = rng.nextGaussian();
      beyondTwo += Math.abs(z) > 2 ? 1 : 0;
      fourth += z * z * z * z;
    }
    assertEquals(0.0455, beyondTwo / (double) MANY, 0.003);
    assertEquals(3, fourth / MANY, 6 * Math.sqrt(96.0 / MANY));
  }

  @Test
  void integersAreWithoutBias() {
    var rng = Rng.of(4);
    var counts = new int[6];
    for (int i = 0; i < MANY; i++) {
      counts[rng.nextInt(6)]++;
    }
    for (int n : counts) {
      assertEquals(MANY / 6.0, n, 6 * Math.sqrt(MANY / 6.0));
    }
    // 3·2²⁹ does not divide 2³²: a plain remainder would favour the lower part by a third.
    int bound = 3 << 29;
    int low = 0;
    for (int i = 0; i < MANY; i++) {
      low += rng.nextInt(bound) < bound / 3 ? 1 : 0;
    }
    assertEquals(MANY / 3.0, low, 6 * Math.sqrt(MANY * 2 / 9.0));
    assertEquals(0, rng.nextInt(1));
    assertThrows(IllegalArgumentException.class, () -> rng.nextInt(0));
  }

  @Test
  void permutationsAreEquallyLikely() {
    var rng = Rng.of(5);
    var counts = new int[6];
    for (int i = 0; i < MANY; i++) {
      var p = rng.permutation(3);
      assertEquals(3, p[0] + p[1] + p[2]);
      counts[2 * p[0] + (p[1] > p[2] ? 1 : 0)]++;
    }
    for (int n : counts) {
      assertEquals(MANY / 6.0, n, 6 * Math.sqrt(MANY / 6.0));
    }
    assertEquals(0, rng.permutation(0).length);
  }

  @Test
  void streamsRepeat() {
    var a = Rng.of(7);
    var b = Rng.of(7);
    for (int i = 0; i < 100; i++) {
      assertEquals(a.nextLong(), b.nextLong());
      assertEquals(a.nextGaussian(), b.nextGaussian());
    }
    assertNotEquals(Rng.of(7).nextLong(), Rng.of(8).nextLong());
  }

  @Test
  void skippingIsDrawing() {
    for (int before = 0; before < 6; before++) {
      for (int times : new int[] {0, 1, 2, 3, 4, 5, 7, 8, 9, 1001}) {
        var drawn = Rng.of(3);
        var skipped = Rng.of(3);
        for (int i = 0; i < before; i++) {
          drawn.nextBits();
          skipped.nextBits();
        }
        for (int i = 0; i < times; i++) {
          drawn.nextBits();
        }
        skipped.skip(times);
        for (int i = 0; i < 6; i++) {
          assertEquals(drawn.nextBits(), skipped.nextBits(), times + " after " + before);
        }
      }
    }
  }

  @Test
  void splitsDoNotDependOnWhatWasDrawn() {
    var a = Rng.of(7);
    var b = Rng.of(7);
    for (int i = 0; i < 13; i++) {
      b.nextGaussian();
      b.nextBits();
    }
    assertEquals(a.split("shuffle").nextLong(), b.split("shuffle").nextLong());
    assertEquals(a.split(3).nextLong(), b.split(3).nextLong());
  }

  private static void assertIndependent(Rng a, Rng b) {
    double products = 0;
    int equalBits = 0;
    for (int i = 0; i < MANY / 10; i++) {
      equalBits += Integer.bitCount(~(a.nextBits() ^ b.nextBits()));
      products += (a.nextDouble() - 0.5) * (b.nextDouble() - 0.5);
    }
    double n = MANY / 10;
    assertEquals(0, products / n, 6 / 12.0 / Math.sqrt(n));
    assertEquals(0.5, equalBits / (32 * n), 3 / Math.sqrt(32 * n));
  }

  @Test
  void splitsAreIndependent() {
    var root = Rng.of(0);
    assertIndependent(root.split("shuffle"), root.split("dropout"));
    assertIndependent(root.split(""), root.split("a"));
    assertIndependent(root.split(0), root.split(1));
    assertIndependent(Rng.of(0), Rng.of(0).split(0));
    assertIndependent(Rng.of(0).split(1), Rng.of(1).split(0));
    assertIndependent(root.split(1).split(2), root.split(2).split(1));
    assertIndependent(Rng.of(0), Rng.of(1));
  }
}
