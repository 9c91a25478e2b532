package fovea.core.array;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SymmetricEigenTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 12, 40, 300})
  void vectorsAreOrthonormalAndStretchedByTheirValues(int n) {
    var rng = Rng.of(n);
    var a = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        a[i][j] = rng.nextGaussian();
        a[j][i] = a[i][j];
      }
    }
    var eigen = SymmetricEigen.of(a);
    for (int i = 0; i < n; i++) {
      var v = eigen.vectors()[i];
      assertTrue(i == 0 || eigen.values()[i] <= eigen.values()[i - 1]);
      for (int j = 0; j < n; j++) {
        assertEquals(i == j ? 1 : 0, dot(v, eigen.vectors()[j]), 1e-12);
        assertEquals(eigen.values()[i] * v[j], dot(a[j], v), 1e-11);
      }
    }
  }

  @Test
  void findsWhatIsKnown() {
    var eigen = SymmetricEigen.of(new double[][] {{2, 1}, {1, 2}});
    assertArrayEquals(new double[] {3, 1}, eigen.values(), 1e-15);
    var diagonal = SymmetricEigen.of(new double[][] {{0, 0}, {0, 5}});
    assertArrayEquals(new double[] {5, 0}, diagonal.values());
    assertArrayEquals(new double[] {0, 1}, diagonal.vectors()[0]);
    assertArrayEquals(new double[2], SymmetricEigen.of(new double[2][2]).values());
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
