package fovea.core.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.UnknownNameException;
import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class InitTest {
  private static final Shape SHAPE = Shape.of(60, 40, 3, 5);

  /// @param limit the largest there can be
  record Row(String name, Init init, double mean, double deviation, double limit) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static final double ANY = Double.POSITIVE_INFINITY;

  /// Fan-in is 600, fan-out 900. A uniform's deviation is its bound over √3; that of a normal cut
  /// off at two deviations is 0.8796 times as much.
  static Stream<Row> table() {
    double root = Math.sqrt(2);
    return Stream.of(
        new Row("constant", Init.constant(3), 3, 0, 3),
        new Row("uniform", Init.uniform(1, 3), 2, 1 / Math.sqrt(3), 3),
        new Row("normal", Init.normal(0.3), 0, 0.3, ANY),
        new Row("truncatedNormal", Init.truncatedNormal(0.5), 0, 0.8796 * 0.5, 1),
        new Row(
            "glorotUniform", Init.glorotUniform(), 0, Math.sqrt(2.0 / 1500), Math.sqrt(6.0 / 1500)),
        new Row("glorotNormal", Init.glorotNormal(), 0, Math.sqrt(2.0 / 1500), ANY),
        new Row("heUniform", Init.heUniform(), 0, Math.sqrt(2.0 / 600), 0.1),
        new Row("heNormal", Init.heNormal(), 0, Math.sqrt(2.0 / 600), ANY),
        new Row("heNormalFanOut", Init.heNormalFanOut(), 0, Math.sqrt(2.0 / 900), ANY),
        new Row(
            "heUniform, out",
            Init.heUniform(Init.Fan.OUT, root),
            0,
            root / 30,
            Math.sqrt(6.0 / 900)),
        new Row("heNormal, out", Init.heNormal(Init.Fan.OUT, Init.leakyGain(1)), 0, 1.0 / 30, ANY),
        new Row("orthogonal", Init.orthogonal(2), 0, 2 / Math.sqrt(600), 2));
  }

  @ParameterizedTest
  @MethodSource("table")
  void drawsFromItsDistribution(Row row) {
    var values = row.init.draw(Rng.of(3), SHAPE, DType.F64).toDoubles();
    double mean = Arrays.stream(values).average().orElseThrow();
    double square = Arrays.stream(values).map(x -> (x - mean) * (x - mean)).average().orElseThrow();
    assertEquals(row.mean, mean, 5 * (row.deviation + 1e-9) / Math.sqrt(values.length));
    assertEquals(row.deviation, Math.sqrt(square), 0.02 * row.deviation + 1e-9);
    assertTrue(Arrays.stream(values).allMatch(x -> Math.abs(x) <= row.limit));
    assertArrayEquals(values, row.init.draw(Rng.of(3), SHAPE, DType.F64).toDoubles());
    assertEquals(DType.F32, row.init.draw(Rng.of(3), SHAPE, DType.F32).dtype());
  }

  @Test
  void orthogonalRowsOrColumns() {
    for (var shape :
        new Shape[] {Shape.of(4, 7), Shape.of(7, 4), Shape.of(5, 5), Shape.of(3, 2, 2)}) {
      var w = Init.orthogonal(3).draw(Rng.of(1), shape, DType.F64).flatten(1);
      boolean tall = w.shape().size(0) > w.shape().size(1);
      var gram = tall ? w.transpose(0, 1).matmul(w) : w.matmul(w.transpose(0, 1));
      int n = gram.shape().size(0);
      var g = gram.toDoubles();
      for (int i = 0; i < g.length; i++) {
        assertEquals(i % (n + 1) == 0 ? 9 : 0, g[i], 1e-12, shape.toString());
      }
    }
    assertThrows(
        ShapeException.class, () -> Init.orthogonal(1).draw(Rng.of(1), Shape.of(3), DType.F32));
  }

  @Test
  void identityPassesVectorsOn() {
    var x = Tensor.of(1, 2, 3);
    var wide = Init.identity().draw(Rng.of(1), Shape.of(2, 3), DType.F32);
    assertArrayEquals(new float[] {1, 2}, x.linear(wide, null).toFloats());
    assertThrows(ShapeException.class, () -> Init.identity().draw(Rng.of(1), SHAPE, DType.F32));
  }

  @Test
  void diracPassesChannelsOnInEachGroup() {
    // As PyTorch 2.13's dirac_ has it, of [4, 2, 3] in 2 groups.
    var w = Init.dirac(2).draw(Rng.of(1), Shape.of(4, 2, 3), DType.F32);
    assertArrayEquals(
        new float[] {0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0},
        w.toFloats());
    var beyond = Init.dirac(1).draw(Rng.of(1), Shape.of(3, 1, 1, 1), DType.F32);
    assertArrayEquals(new float[] {1, 0, 0}, beyond.toFloats());
    assertThrows(
        ShapeException.class, () -> Init.dirac(2).draw(Rng.of(1), Shape.of(3, 1, 1), DType.F32));
    assertThrows(IllegalArgumentException.class, () -> Init.dirac(0));
  }

  @Test
  void sparseColumnsHaveTheirShareOfZeros() {
    var w = Init.sparse(0.75, 1).draw(Rng.of(1), Shape.of(10, 6), DType.F32).transpose(0, 1);
    for (int column = 0; column < 6; column++) {
      int zeros = 0;
      for (float x : w.select(0, column).toFloats()) {
        zeros += x == 0 ? 1 : 0;
      }
      assertEquals(8, zeros);
    }
    assertThrows(IllegalArgumentException.class, () -> Init.sparse(2, 1));
  }

  @Test
  void gainsAreThoseOfPyTorch() {
    assertEquals(5.0 / 3, Init.gain("tanh"));
    assertEquals(0.75, Init.gain("selu"));
    assertEquals(Math.sqrt(2), Init.gain("relu"));
    assertEquals(1, Init.gain("sigmoid"));
    assertEquals(1.3867504905630728, Init.leakyGain(0.2), 1e-15);
    assertThrows(UnknownNameException.class, () -> Init.gain("gelu2"));
  }
}
