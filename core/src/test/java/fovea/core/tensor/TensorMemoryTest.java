package fovea.core.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.kernel.Kernels;
import fovea.core.kernel.Window;
import fovea.core.memory.Memory;
import fovea.core.memory.OutOfNativeMemoryException;
import fovea.core.memory.ReleasedException;
import fovea.core.memory.Scope;
import fovea.core.testing.NativeMemoryCheck.OutsideScopes;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/// Tensors come and go: with scopes without any collection, without scopes by the collector, never
/// beyond the budget. Isolated, since it counts the process's memory and changes its budget.
@Isolated
class TensorMemoryTest {
  private static final int MIB = 1 << 20;

  // ---- scopes

  private static Tensor madeInScope(java.util.function.Supplier<Tensor> body) {
    try (var _ = Scope.open("step 7")) {
      return body.get();
    }
  }

  private static String released(Runnable read) {
    return assertThrows(ReleasedException.class, read::run).getMessage();
  }

  @Test
  void whatOutlivedItsScopeNamesShapeOperationAndScope() {
    var x = Tensor.ones(2, 3);
    var y = madeInScope(() -> x.add(1).exp());
    var text =
        "float32 [2, 3] can no longer be read: the result of exp was given back when scope \"step"
            + " 7\" ended; call keep() inside the scope on what must outlive it";
    assertEquals(text, released(y::toFloats));
    assertEquals(text, released(() -> y.mul(2)));
    assertEquals(text.replace("[2, 3]", "[6]"), released(() -> y.reshape(6).relu()));
    assertEquals("float32 [2, 3] (released)", y.toString());
    assertArrayEquals(new float[] {1, 1, 1, 1, 1, 1}, x.toFloats());
  }

  @Test
  void viewsAreNamedAfterWhatComputedThem() {
    var x = Tensor.ones(2, 3);
    var y = madeInScope(() -> x.exp().reshape(6).slice(0, 0, 4));
    assertTrue(
        released(y::toFloats).contains("float32 [4] can no longer be read: the result of exp"));
    var pooled = madeInScope(() -> Pooling.maxPool2d(Tensor.ones(1, 1, 2, 2), Window.of(2)));
    assertTrue(released(pooled::item).contains("the result of maxPool2d"));
    assertTrue(released(madeInScope(() -> x.gt(0))::toInts).contains("the result of gt"));
    assertTrue(released(madeInScope(() -> x.argMax(1))::toInts).contains("the result of argMax"));
  }

  @Test
  void keptTensorsOutliveTheirScope() {
    var x = Tensor.ones(2);
    var y = madeInScope(() -> x.add(1).keep());
    assertArrayEquals(new float[] {2, 2}, y.toFloats());
    // A view keeps what it is a view of.
    var view = madeInScope(() -> x.add(2).reshape(1, 2).keep());
    assertArrayEquals(new float[] {3, 3}, view.toFloats());
  }

  @Test
  void whatAGraphRememberedMayBeReleased() {
    var w = Tensor.ones(2).withGrad();
    var loss = madeInScope(() -> w.exp().sum().keep());
    assertTrue(released(loss::backward).contains("the result of exp was given back"));
  }

  @Test
  void gradientsComeBackToTheScopeAround() {
    var w = Tensor.ones(2).withGrad();
    try (var step = Scope.open("step")) {
      var loss = w.mul(w).sum();
      Tensor g;
      try (var inner = Scope.open("inner")) {
        g = loss.backward().of(w);
        assertTrue(inner.owns(g.array().storage()));
        g.keep();
      }
      assertTrue(step.owns(g.array().storage()));
      assertArrayEquals(new float[] {2, 2}, g.toFloats());
    }
  }

  @Test
  void innerGradientsGoBackAsSoonAsTheyWereUsed() {
    var x = Tensor.ones(1000).withGrad();
    var y = x;
    for (int i = 0; i < 50; i++) {
      y = y.mul(1.01).tanh();
    }
    var loss = y.sum();
    var most = new long[1];
    long before = Memory.liveBytes();
    var top =
        Graph.record(
            loss.add(0).array(),
            g -> {
              most[0] = Memory.liveBytes();
              return new Tensor[] {g};
            },
            loss);
    top.backward();
    long after = Memory.liveBytes();
    // Of a hundred gradients of 4,000 bytes the parameter's is left.
    assertTrue(after - before < 3 * 4000, () -> after - before + " bytes are left");
  }

  // ---- in the steady state

  /// Two layers with convolution, batch norm and pooling, and their update.
  private static final class Network {
    final List<Tensor> parameters = new ArrayList<>();

    Network(Rng rng) {
      for (var shape :
          List.of(
              Shape.of(4, 1, 3, 3),
              Shape.of(4),
              Shape.of(4),
              Shape.of(4),
              Shape.of(3, 64),
              Shape.of(3))) {
        parameters.add(Tensor.normal(rng, 0, 0.5, shape, DType.F32).withGrad());
      }
    }

    double step(Tensor x, Tensor target) {
      var p = parameters;
      var h = Convolution.conv2d(x, p.get(0), p.get(1), Window.of(3).pad(1));
      h = Normalization.batchNorm(h, p.get(2), p.get(3), 1e-5).y().relu();
      h = Pooling.maxPool2d(h, Window.of(2).stride(2)).flatten(1);
      var loss = h.linear(p.get(4), p.get(5)).logSoftmax(-1).gather(1, target).mean().neg();
      var gradients = loss.backward();
      for (var parameter : p) {
        Kernels.best()
            .sgd(parameter.array(), gradients.of(parameter).array(), null, 0.01, 0, false, 0);
      }
      return loss.itemAsDouble();
    }
  }

  @Test
  void stepsInScopesNeedNoCollector() {
    var rng = Rng.of(3);
    var network = new Network(rng);
    var x = Tensor.normal(rng, 0, 1, Shape.of(6, 1, 8, 8), DType.F32);
    var target = Tensor.of(new long[] {0, 1, 2, 0, 1, 2}, Shape.of(6, 1));
    double first = 0;
    double last = 0;
    long live = 0;
    long owned = 0;
    long collections = Memory.collections();
    for (int i = 0; i < 2000; i++) {
      try (var _ = Scope.open("step " + i)) {
        last = network.step(x, target);
      }
      if (i == 0) {
        first = last;
      } else if (i == 10) {
        live = Memory.liveBytes();
        owned = Memory.ownedBytes();
      } else if (i > 10) {
        assertEquals(live, Memory.liveBytes());
        assertEquals(owned, Memory.ownedBytes());
      }
    }
    assertEquals(collections, Memory.collections());
    assertTrue(last < 0.1 * first, first + " became " + last);
  }

  // ---- without scopes

  private static void withBudget(long bytes, Runnable body) {
    long budget = Memory.budget();
    Memory.trim();
    Memory.budget(Memory.ownedBytes() + bytes);
    try {
      body.run();
    } finally {
      Memory.budget(budget);
    }
  }

  @Test
  @OutsideScopes
  void theCollectorKeepsToTheBudget() {
    withBudget(
        8 * MIB,
        () -> {
          long most = Memory.budget();
          long collections = Memory.collections();
          var x = Tensor.zeros(MIB / 4);
          for (int i = 0; i < 160; i++) {
            x = x.add(1);
            assertTrue(Memory.ownedBytes() <= most);
          }
          assertEquals(160, x.array().get(0));
          assertTrue(Memory.collections() > collections);
        });
  }

  @Test
  @OutsideScopes
  void theCollectorFindsGraphsToo() {
    withBudget(
        16 * MIB,
        () -> {
          var w = Tensor.ones(MIB / 4).withGrad();
          for (int i = 0; i < 40; i++) {
            var g = w.mul(2).tanh().sum().backward().of(w);
            assertTrue(g.array().get(0) > 0);
          }
        });
  }

  @Test
  @OutsideScopes
  void whoHoldsTooMuchIsToldWhat() {
    withBudget(
        8 * MIB,
        () -> {
          var x = Tensor.ones(MIB / 4);
          var held = new ArrayList<Tensor>();
          var error =
              assertThrows(
                  OutOfNativeMemoryException.class,
                  () -> {
                    while (true) {
                      held.add(x.exp());
                      if (held.size() % 3 == 0) {
                        held.add(x.add(1).tanh());
                      }
                    }
                  });
          var lines = error.getMessage().lines().toList();
          assertTrue(
              lines.getFirst().startsWith("out of native memory: 1.0 MiB more were asked for"),
              error::getMessage);
          assertTrue(lines.getFirst().contains("-Dfovea.memory="), error::getMessage);
          assertTrue(lines.get(1).matches(" +\\d\\.0 MiB in +\\d of exp"), error::getMessage);
          assertTrue(error.getMessage().contains("1.0 MiB in      1 of tanh"), error::getMessage);
          // Whoever lets go can go on.
          held.clear();
          held.add(x.exp());
        });
  }
}
