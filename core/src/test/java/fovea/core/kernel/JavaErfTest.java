package fovea.core.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import org.junit.jupiter.api.Test;

/// Values to 16 digits, as tables and computer algebra systems print them.
class JavaErfTest {
  private static void assertRelative(double expected, double actual) {
    assertEquals(expected, actual, 1e-15 * Math.abs(expected));
  }

  @Test
  void publishedValues() {
    assertRelative(0.1124629160182849, Erf.erf(0.1));
    assertRelative(0.5204998778130465, Erf.erf(0.5));
    assertRelative(0.8427007929497149, Erf.erf(1));
    assertRelative(0.9953222650189527, Erf.erf(2));
    assertRelative(0.9999779095030014, Erf.erf(3));
    assertRelative(-0.8427007929497149, Erf.erf(-1));
  }

  @Test
  void tails() {
    assertRelative(0.4795001221869535, Erf.erfc(0.5));
    assertRelative(0.1572992070502851, Erf.erfc(1));
    assertRelative(0.004677734981047266, Erf.erfc(2));
    assertRelative(1.541725790028002e-8, Erf.erfc(4));
    assertRelative(1.537459794428035e-12, Erf.erfc(5));
    assertEquals(2.088487583762545e-45, Erf.erfc(10), 1e-58);
    assertRelative(1.842700792949715, Erf.erfc(-1));
  }

  @Test
  void extremes() {
    assertEquals(0, Erf.erf(0));
    assertRelative(2e-300 / Math.sqrt(Math.PI), Erf.erf(1e-300));
    assertEquals(1, Erf.erf(6));
    assertEquals(1, Erf.erf(Double.POSITIVE_INFINITY));
    assertEquals(-1, Erf.erf(Double.NEGATIVE_INFINITY));
    assertEquals(0, Erf.erfc(Double.POSITIVE_INFINITY));
    assertEquals(2, Erf.erfc(Double.NEGATIVE_INFINITY));
    assertTrue(Double.isNaN(Erf.erf(Double.NaN)));
    assertTrue(Double.isNaN(Erf.erfc(Double.NaN)));
  }

  @Test
  void piecesMeet() {
    for (double joint : new double[] {0.46875, 4}) {
      assertRelative(Erf.erf(joint), Erf.erf(Math.nextUp(joint)));
      // The next double lies ulp(4)·2x further down the slope.
      assertEquals(Erf.erfc(joint), Erf.erfc(Math.nextUp(joint)), 1e-14 * Erf.erfc(joint));
    }
  }

  /// x·Φ(x) far below 0, where 1 + erf would have no digit left.
  @Test
  void geluKeepsItsTail() {
    var x = NdArray.of(new double[] {-10, -5, 5}, Shape.of(3));
    new JavaKernels().unary(Unary.GELU, x, x);
    assertEquals(-7.619853024160526e-23, x.get(0), 1e-36);
    assertEquals(-1.433257859395970e-6, x.get(1), 1e-20);
    assertEquals(4.99999856674214, x.get(2), 1e-14);
  }
}
