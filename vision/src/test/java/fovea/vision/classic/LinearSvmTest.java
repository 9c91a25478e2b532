package fovea.vision.classic;

import static org.junit.jupiter.api.Assertions.assertEquals;

import fovea.core.array.Shape;
import fovea.core.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Against scikit-learn 1.9.1, `LinearSVC(loss="squared_hinge", dual=False)`, which is LIBLINEAR.
class LinearSvmTest {
  private static final int N = 60;
  private static final int WIDTH = 4;

  private static Tensor examples() {
    var x = new float[N * WIDTH];
    for (int i = 0; i < N; i++) {
      for (int j = 0; j < WIDTH; j++) {
        x[i * WIDTH + j] = (float) (Math.sin(1.7 * i + 0.9 * j * j) + (i % 3 == j % 3 ? 1.5 : 0));
      }
    }
    return Tensor.of(x, Shape.of(N, WIDTH));
  }

  private static int[] labels() {
    var labels = new int[N];
    for (int i = 0; i < N; i++) {
      labels[i] = i % 3;
    }
    return labels;
  }

  @ParameterizedTest
  @CsvSource({
    "1, 0, 0.291635, -0.918591, -0.477886, 0.540586, -0.261517",
    "1, 1, -1.14234, 0.628746, -0.656723, -0.776651, 0.018917",
    "1, 2, 1.136873, 1.137113, 2.22041, -0.074454, -2.533653",
    "0.1, 0, 0.267252, -0.662164, -0.419984, 0.457285, -0.199238",
    "0.1, 1, -0.718195, 0.49681, -0.515068, -0.454274, 0.003479",
    "0.1, 2, 0.195722, 0.167068, 0.778539, -0.217681, -0.753263",
  })
  void findsWhatLiblinearFinds(
      double c, int of, double w0, double w1, double w2, double w3, double b) {
    var fitted = LinearSvm.fit(examples(), labels(), 3, c);
    var expected = new double[] {w0, w1, w2, w3};
    for (int j = 0; j < WIDTH; j++) {
      assertEquals(expected[j], fitted.weight()[of * WIDTH + j], 5e-3);
    }
    assertEquals(b, fitted.bias()[of], 5e-3);
  }

  @Test
  void aClassWithoutExamplesIsRefusedByItsMargin() {
    var fitted = LinearSvm.fit(examples(), labels(), 4, 1);
    double most = Double.NEGATIVE_INFINITY;
    var scores =
        examples()
            .linear(
                Tensor.of(fitted.weight(), Shape.of(4, WIDTH)),
                Tensor.of(fitted.bias(), Shape.of(4)))
            .toFloats();
    for (int i = 0; i < N; i++) {
      most = Math.max(most, scores[i * 4 + 3]);
    }
    assertEquals(-1, most, 0.2);
  }
}
