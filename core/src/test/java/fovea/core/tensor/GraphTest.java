package fovea.core.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Window;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/// What follows from many operations together: order, accumulation, consumption, derivatives at
/// corners, errors.
class GraphTest {

  private static Tensor number(double value) {
    return Tensor.scalar(value, DType.F64).withGrad();
  }

  private static Tensor vector(double... values) {
    return Tensor.of(values, Shape.of(values.length)).withGrad();
  }

  // ---- worked examples

  @Test
  void sumTimesNumber() {
    var x = number(-2).named("x");
    var y = number(5).named("y");
    var z = number(-4).named("z");
    var q = x.add(y).named("q");
    var f = q.mul(z).named("f");
    assertEquals(3, q.item());
    assertEquals(-12, f.item());

    var inner = Graph.gradients(f, x, y, z, q);
    assertEquals(-4, inner.get(3).item());

    var gradients = f.backward();
    assertEquals(-4, gradients.of(x).item());
    assertEquals(-4, gradients.of(y).item());
    assertEquals(3, gradients.of(z).item());
    assertEquals(3, gradients.size());
    for (int i = 0; i < 3; i++) {
      assertEquals(gradients.of(new Tensor[] {x, y, z}[i]).item(), inner.get(i).item());
    }
  }

  @Test
  void twoLinearUnitsInARow() {
    var x = number(3);
    var w1 = number(-2);
    var w2 = number(0.5);
    var e = x.mul(w1).mul(w2);
    assertEquals(-3, e.item());
    var gradients = e.backward();
    assertEquals(-2 * 0.5, gradients.of(x).item());
    assertEquals(3 * 0.5, gradients.of(w1).item());
    assertEquals(3 * -2, gradients.of(w2).item());
  }

  @Test
  void aTensorUsedSeveralTimesAccumulates() {
    var x = number(3);
    assertEquals(2, x.add(x).backward().of(x).item());
    assertEquals(6, x.mul(x).backward().of(x).item());
    assertEquals(27 + 6 + 1, x.mul(x).mul(x).add(x.mul(x)).add(x).backward().of(x).item());
    assertEquals(1, x.div(x).add(x).backward().of(x).item());
  }

  @Test
  void manyUsesOfOneTensor() {
    var x = number(1);
    var sum = x;
    for (int i = 1; i < 3000; i++) {
      sum = sum.add(x);
    }
    assertEquals(3000, sum.backward().of(x).item());
  }

  @Test
  void diamondsAreWalkedOnce() {
    // Without care for order, the 2⁶⁰ paths to x would be walked one by one.
    var x = number(1);
    var y = x;
    for (int i = 0; i < 60; i++) {
      y = y.add(y);
    }
    assertEquals(0x1p60, y.backward().of(x).itemAsDouble());
  }

  @Test
  void branchesOfDifferentLengthMeet() {
    var x = number(0.5);
    var a = x.exp();
    var b = a.mul(2).add(1).mul(a);
    // d/dx (2e²ˣ + eˣ)·eˣ, whose one operand is reached long before the other.
    double e = Math.exp(0.5);
    assertEquals(6 * e * e * e + 2 * e * e, b.mul(a).backward().of(x).itemAsDouble(), 1e-12);
  }

  @Test
  void deepChainsDoNotOverflowTheStack() {
    var x = number(0);
    var y = x;
    for (int i = 0; i < 100_000; i++) {
      y = y.add(1);
    }
    assertEquals(100_000, y.item());
    assertEquals(1, Graph.gradients(y, x).getFirst().item());
    assertEquals(1, y.backward().of(x).item());
  }

  // ---- gradients of gradients

  @Test
  void derivativesOfAnyOrder() {
    var x = number(2);
    var d = x.pow(4);
    for (double expected : new double[] {32, 48, 48, 24, 0}) {
      d = Graph.gradients(d, x).getFirst();
      assertEquals(expected, d.itemAsDouble(), 1e-12);
    }
  }

  @Test
  void theLengthOfAGradientCanBeLearnt() {
    // As in WGAN-GP and R1: (Σ g²) of g = ∂(Σ x³)/∂x = 3x² is 9 Σ x⁴, whose gradient is 36 x³.
    var x = vector(1, -2);
    var g = Graph.gradients(x.pow(3).sum(), x).getFirst();
    var penalty = g.mul(g).sum();
    assertEquals(9 * 17, penalty.itemAsDouble(), 1e-12);
    assertArrayEquals(new double[] {36, -288}, penalty.backward().of(x).toDoubles(), 1e-10);
  }

  @Test
  void gradientsLeaveTheGraphWhole() {
    var x = number(3);
    var y = x.mul(x);
    assertEquals(6, Graph.gradients(y, x).getFirst().item());
    assertEquals(6, Graph.gradients(y, x).getFirst().item());
    assertEquals(6, y.backward().of(x).item());
  }

  @Test
  void gradientsOfInnerAndUnrelatedTensors() {
    var x = vector(1, 2);
    var unrelated = vector(1, 2, 3);
    var inner = x.mul(x);
    var g = Graph.gradients(inner.mul(3).sum(), inner, unrelated);
    assertArrayEquals(new double[] {3, 3}, g.get(0).toDoubles());
    assertArrayEquals(new double[3], g.get(1).toDoubles());
    assertEquals(DType.F64, g.get(1).dtype());
  }

  @Test
  void withoutRecordingGradientsAreConstants() {
    var x = number(3);
    var y = x.mul(x);
    var g = Graph.unrecorded(() -> Graph.gradients(y, x)).getFirst();
    assertEquals(6, g.item());
    assertFalse(g.requiresGrad());
    assertTrue(Graph.gradients(y, x).getFirst().requiresGrad());
  }

  // ---- what requires a gradient

  @Test
  void onlyWhatIsMadeOfParametersRequiresAGradient() {
    var x = vector(1, 2);
    var constant = Tensor.of(new double[] {3, 4}, Shape.of(2));
    assertTrue(x.requiresGrad());
    assertTrue(x.add(constant).requiresGrad());
    assertFalse(constant.add(constant).requiresGrad());
    assertFalse(x.gt(constant).requiresGrad());
    assertFalse(x.to(DType.I64).requiresGrad());
    assertFalse(x.argMax(0).requiresGrad());
    assertFalse(Graph.unrecorded(() -> x.add(constant)).requiresGrad());
    assertTrue(Graph.isRecording());
  }

  @Test
  void detachedTensorsShareValuesButNotTheGraph() {
    var x = vector(1, 2);
    var y = x.mul(2);
    var d = y.detach();
    assertFalse(d.requiresGrad());
    assertSame(y.array(), d.array());
    assertSame(d, d.detach());
    // d/dx (2x · detached 2x) has only one of the two terms.
    assertArrayEquals(new double[] {4, 8}, y.mul(d).sum().backward().of(x).toDoubles());
  }

  @Test
  void aParameterMadeOfAResultStartsAnew() {
    var x = vector(1, 2);
    var leaf = x.mul(2).withGrad();
    var gradients = leaf.mul(leaf).sum().backward();
    assertArrayEquals(new double[] {4, 8}, gradients.of(leaf).toDoubles());
    assertNull(gradients.find(x));
  }

  @Test
  void theGradientOfAParameterItself() {
    var x = number(5);
    assertEquals(1, x.backward().of(x).item());
  }

  @Test
  void aResultOfManyNumbersIsWeighted() {
    var x = vector(1, 2, 3);
    var weights = Tensor.of(new double[] {1, 0, -2}, Shape.of(3));
    assertArrayEquals(new double[] {2, 0, -12}, x.mul(x).backward(weights).of(x).toDoubles());
    assertArrayEquals(new double[] {1, 0, -2}, weights.toDoubles());
  }

  @Test
  void gradientsKeepTheTypeOfWhatTheyBelongTo() {
    var x = Tensor.of(0.5f, -2).withGrad();
    var y = x.to(DType.F64).mul(x.to(DType.F64)).sum();
    assertEquals(DType.F64, y.dtype());
    var g = y.backward().of(x);
    assertEquals(DType.F32, g.dtype());
    assertArrayEquals(new float[] {1, -4}, g.toFloats());
  }

  @Test
  void threadsShareParameters() throws Exception {
    var w = vector(1, 2, 3);
    try (var threads = Executors.newFixedThreadPool(4)) {
      var tasks = new ArrayList<Callable<double[]>>();
      for (int i = 0; i < 64; i++) {
        double k = i;
        tasks.add(() -> w.mul(w).mul(k).sum().backward().of(w).toDoubles());
      }
      int i = 0;
      for (var result : threads.invokeAll(tasks)) {
        assertArrayEquals(new double[] {2.0 * i, 4.0 * i, 6.0 * i}, result.get());
        i++;
      }
    }
  }

  // ---- corners, as documented

  @Test
  void atATieOfTwoEachGetsHalf() {
    var x = vector(1, 5, 2);
    var y = vector(1, 2, 5);
    var max = x.maximum(y).sum().backward();
    assertArrayEquals(new double[] {0.5, 1, 0}, max.of(x).toDoubles());
    assertArrayEquals(new double[] {0.5, 0, 1}, max.of(y).toDoubles());
    var min = x.minimum(y).sum().backward();
    assertArrayEquals(new double[] {0.5, 0, 1}, min.of(x).toDoubles());
    assertArrayEquals(new double[] {0.5, 1, 0}, min.of(y).toDoubles());
  }

  @Test
  void amongEqualsAnExtremeSharesEvenly() {
    var x = Tensor.of(new double[] {3, 1, 3, 3, 0, 0}, Shape.of(2, 3)).withGrad();
    assertArrayEquals(
        new double[] {0.5, 0, 0.5, 1, 0, 0}, x.max(1).sum().backward().of(x).toDoubles());
    assertArrayEquals(
        new double[] {0, 1, 0, 0, 0.5, 0.5}, x.min(1).sum().backward().of(x).toDoubles());
    assertArrayEquals(
        new double[] {1 / 3.0, 0, 1 / 3.0, 1 / 3.0, 0, 0},
        x.max().backward().of(x).toDoubles(),
        1e-15);
  }

  @Test
  void amongEqualsMaxPoolingTakesTheFirst() {
    for (var dtype : new DType[] {DType.F64, DType.F32}) {
      var x = Tensor.full(7, Shape.of(1, 2, 4, 4), dtype).withGrad();
      var y = Pooling.maxPool2d(x, Window.of(2).stride(2));
      var expected = new double[32];
      for (int i = 0; i < 32; i++) {
        expected[i] = i / 4 % 2 == 0 && i % 2 == 0 ? 1 : 0;
      }
      assertArrayEquals(expected, Graph.gradients(y.sum(), x).getFirst().toDoubles(), "" + dtype);
      assertArrayEquals(expected, y.sum().backward().of(x).toDoubles(), "" + dtype);
      // The same choice where the gradient is differentiated: by what comes in, it picks the first.
      var in = Tensor.full(1, y.shape(), dtype).withGrad();
      var places = Tensor.normal(Rng.of(1), 0, 1, x.shape(), dtype);
      var again = Pooling.maxPool2d(x, Window.of(2).stride(2));
      var g = Graph.gradients(again.mul(in).sum(), x).getFirst();
      assertArrayEquals(
          places.slice(2, 0, 4, 2).slice(3, 0, 4, 2).toDoubles(),
          Graph.gradients(g.mul(places).sum(), in).getFirst().toDoubles());
    }
  }

  @Test
  void derivativesAtCorners() {
    for (var dtype : new DType[] {DType.F64, DType.F32}) {
      var x = Tensor.of(new double[] {-1, 0, 1}, Shape.of(3)).to(dtype).withGrad();
      assertCorner(x, x.abs(), -1, 0, 1);
      assertCorner(x, x.relu(), 0, 0, 1);
      assertCorner(x, x.sign(), 0, 0, 0);
      assertCorner(x, x.clamp(-1, 0), 1, 1, 0);
      assertCorner(x, x.clamp(0.5, 0.75), 0, 0, 0);
      assertCorner(x, x.pow(2), -2, 0, 2);
      assertCorner(x, x.pow(1), 1, 1, 1);
      assertCorner(x, x.pow(0), 0, 0, 0);
    }
  }

  private static void assertCorner(Tensor x, Tensor y, double... expected) {
    assertArrayEquals(expected, Graph.gradients(y.sum(), x).getFirst().toDoubles());
    assertArrayEquals(expected, y.sum().backward().of(x).toDoubles());
  }

  @Test
  void powersOfZero() {
    var base = vector(0, 0, 0);
    var exponent = vector(0, 1, 2);
    var y = base.pow(exponent);
    assertArrayEquals(new double[] {1, 0, 0}, y.toDoubles());
    var gradients = y.sum().backward();
    assertArrayEquals(new double[] {0, 1, 0}, gradients.of(base).toDoubles());
    assertArrayEquals(new double[] {0, 0, 0}, gradients.of(exponent).toDoubles());
  }

  @Test
  void statisticsOfABatchAreConstants() {
    var x = Tensor.normal(Rng.of(1), 3, 2, Shape.of(6, 2), DType.F64).withGrad();
    var one = Tensor.full(1, Shape.of(2), DType.F64);
    var batch = Normalization.batchNorm(x, one, one, 1e-5);
    assertFalse(batch.mean().requiresGrad());
    assertFalse(batch.variance().requiresGrad());
    assertArrayEquals(x.mean(0).toDoubles(), batch.mean().toDoubles(), 1e-12);
    var centred = x.sub(x.mean(0));
    assertArrayEquals(
        centred.mul(centred).mean(0).toDoubles(), batch.variance().toDoubles(), 1e-12);
  }

  // ---- errors

  private static String message(Class<? extends Exception> type, Runnable body) {
    return assertThrows(type, body::run).getMessage();
  }

  @Test
  void backwardTwiceSaysWhatToDo() {
    var x = vector(1, 2);
    var inner = x.mul(x);
    var y = inner.exp().sum();
    y.backward();
    assertEquals(
        "backward: the graph below reshape has been consumed by an earlier backward(); use"
            + " Graph.gradients for several",
        message(IllegalStateException.class, y::backward));
    // Another result that shares a part of the graph.
    assertEquals(
        "backward: the graph below mul has been consumed by an earlier backward(); use"
            + " Graph.gradients for several",
        message(IllegalStateException.class, () -> inner.sum().backward()));
  }

  @Test
  void backwardStartsFromOneNumber() {
    assertEquals(
        "backward() starts from one number, this result is [2]; reduce it with sum() or mean(), or"
            + " pass backward(gradient)",
        message(IllegalArgumentException.class, () -> vector(1, 2).mul(2).backward()));
  }

  @Test
  void backwardNeedsAParameter() {
    var text =
        "backward: nothing this result [] was made of requires a gradient; make parameters with"
            + " withGrad() and compute where recording is not off";
    assertEquals(
        text, message(IllegalStateException.class, () -> Tensor.of(1, 2).sum().backward()));
    var x = vector(1, 2);
    var y = Graph.unrecorded(() -> x.sum());
    assertEquals(text, message(IllegalStateException.class, y::backward));
  }

  @Test
  void integersHaveNoGradient() {
    assertEquals(
        "withGrad: values of type int64 have no gradient",
        message(ShapeException.class, () -> Tensor.arange(3).withGrad()));
    assertEquals(
        "backward: a result of type int64 has no gradient",
        message(IllegalArgumentException.class, () -> Tensor.arange(1).backward()));
  }

  @Test
  void theGradientThatComesInMustFit() {
    var y = vector(1, 2).mul(2);
    assertEquals(
        "backward: the gradient [3] is not shaped as the result [2]",
        message(ShapeException.class, () -> y.backward(vector(1, 2, 3))));
    assertEquals(
        "backward: the gradient is float32, the result float64",
        message(ShapeException.class, () -> y.backward(Tensor.of(1, 2))));
  }

  @Test
  void askingForAGradientThatIsNotThere() {
    var x = vector(1, 2);
    var other = vector(1, 2, 3);
    var gradients = x.sum().backward();
    assertEquals(
        "there is no gradient for this tensor [3]: the result does not depend on it, or it was not"
            + " made by withGrad()",
        message(IllegalArgumentException.class, () -> gradients.of(other)));
    assertNull(gradients.find(other));
  }
}
