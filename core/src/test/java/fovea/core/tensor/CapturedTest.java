package fovea.core.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.kernel.Window;
import fovea.core.loss.CrossEntropy;
import fovea.core.memory.Memory;
import fovea.core.memory.ReleasedException;
import fovea.core.memory.Scope;
import fovea.core.memory.Tape.CaptureException;
import fovea.core.nn.Activation;
import fovea.core.nn.BatchNorm2d;
import fovea.core.nn.Conv2d;
import fovea.core.nn.Dropout;
import fovea.core.nn.Flatten;
import fovea.core.nn.Layer;
import fovea.core.nn.Linear;
import fovea.core.nn.MaxPool2d;
import fovea.core.nn.Mode;
import fovea.core.nn.Sequential;
import fovea.core.optim.Adam;
import fovea.core.testing.NativeMemoryCheck.OutsideScopes;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CapturedTest {
  private static final Shape IMAGES = Shape.of(6, 3, 12, 12);

  /// A loss, and the gradients of it.
  private record Result(Tensor loss, Gradients gradients) {}

  private static Layer network() {
    var network =
        Sequential.of(
            new Conv2d(3, 16, Window.of(3).pad(1)),
            new BatchNorm2d(16),
            Activation.relu(),
            new MaxPool2d(2),
            new Conv2d(16, 8, Window.of(3).stride(2)),
            new BatchNorm2d(8),
            Activation.gelu(),
            new Dropout(0.3),
            new Flatten(),
            new Linear(32, 5));
    network.init(Rng.of(3));
    return network;
  }

  private static Tensor images(int seed) {
    return Tensor.normal(Rng.of(seed), 0, 1, IMAGES, DType.F32);
  }

  private static Tensor labels(int seed) {
    var labels = new int[6];
    for (int i = 0; i < 6; i++) {
      labels[i] = (i * 7 + seed) % 5;
    }
    return Tensor.of(labels, Shape.of(6));
  }

  private static Result step(Layer network, Precision precision, Rng random, Tensor x, Tensor y) {
    var loss =
        precision.run(
            () -> Mode.training(random, () -> new CrossEntropy().of(network.forward(x), y)));
    return new Result(loss, loss.backward());
  }

  @ParameterizedTest
  @EnumSource
  void trainsToTheSameBitsAsEager(Precision precision) {
    var eager = network();
    var optimizer = Adam.adam(0.01).over(eager.parameters());
    var captured = network();
    var other = Adam.adam(0.01).over(captured.parameters());
    Captured<Result> steps = null;
    for (int i = 0; i < 12; i++) {
      var random = Rng.of(100 + i);
      var x = images(i % 4);
      var y = labels(i % 3);
      Result one;
      try (var _ = Scope.open("eager")) {
        one = step(eager, precision, random.copy(), x, y);
        optimizer.step(one.gradients());
        one.loss().keep();
      }
      if (steps == null) {
        steps =
            Captured.of(
                (in, stream) -> step(captured, precision, stream, in.get(0), in.get(1)),
                random,
                x,
                y);
      } else {
        steps.run(random, x, y);
      }
      other.step(steps.result().gradients());
      assertEquals(one.loss().item(), steps.result().loss().item(), "loss of step " + i);
    }
    var state = captured.state();
    eager
        .state()
        .forEach((name, t) -> assertArrayEquals(t.toFloats(), state.get(name).toFloats(), name));
    steps.close();
  }

  @Test
  void infersToTheSameBitsAsEager() {
    var network = network();
    try (var captured =
        Captured.of(in -> Mode.evaluating(() -> network.forward(in.get(0))), images(0))) {
      for (int i = 0; i < 5; i++) {
        var x = images(i);
        assertArrayEquals(
            Mode.evaluating(() -> network.forward(x)).toFloats(), captured.run(x).toFloats());
      }
    }
  }

  @Test
  void aModelGetsItsFirstValuesAside() {
    var linear = new Linear(3, 2);
    try (var captured = Captured.of(in -> linear.forward(in.getFirst()), Tensor.of(1, 2, 3))) {
      var x = Tensor.of(4, 5, 6);
      assertArrayEquals(linear.forward(x).toFloats(), captured.run(x).toFloats());
    }
  }

  @Test
  void valuesFromJavaAreThereAgain() {
    try (var captured =
        Captured.of(
            in -> {
              var weights = Tensor.of(new float[] {1, 2, 3}, Shape.of(3));
              return in.get(0).mul(weights).sum();
            },
            Tensor.of(1, 1, 1))) {
      assertEquals(6, captured.result().item());
      assertEquals(1 * 5 + 2 * 6 + 3 * 7, captured.run(Tensor.of(5, 6, 7)).item());
    }
  }

  private static void refused(String why, UnaryOperator<Tensor> step) {
    var e =
        assertThrows(
            CaptureException.class,
            () -> Captured.of(in -> step.apply(in.getFirst()), Tensor.of(1, 2, 3)));
    assertTrue(e.getMessage().contains(why), e.getMessage());
  }

  @Test
  void refusesWhatItCannotReplay() {
    refused("float32 [] was read in the middle", x -> x.mul(x.sum().item()));
    refused("was read in the middle", x -> x.mul(x.toFloats()[0]));
    refused(
        "random stream of its own",
        x -> x.add(Tensor.uniform(Rng.of(1), 0, 1, x.shape(), DType.F32)));
    refused("inside of another", x -> Captured.of(in -> in.getFirst().neg(), x).result());
  }

  @Test
  void refusesOtherShapesAndStreams() {
    try (var captured = Captured.of(in -> in.getFirst().exp(), Tensor.of(1, 2))) {
      assertTrue(captured.fits(Tensor.of(3, 4)));
      assertFalse(captured.fits(Tensor.of(3, 4, 5)));
      var shape = assertThrows(CaptureException.class, () -> captured.run(Tensor.of(1, 2, 3)));
      assertTrue(
          shape.getMessage().contains("input 0 was float32 [2] and is float32 [3] now"),
          shape.getMessage());
      assertThrows(CaptureException.class, () -> captured.run());
      assertThrows(CaptureException.class, () -> captured.run(Rng.of(1), Tensor.of(1, 2)));
    }
  }

  @Test
  void refusesToReadMemoryThatWasGivenBack() {
    Captured<Tensor> captured;
    try (var _ = Scope.open("short")) {
      var factor = Tensor.of(2, 2);
      captured = Captured.of(in -> in.getFirst().mul(factor), Tensor.of(1, 2));
    }
    var e = assertThrows(CaptureException.class, () -> captured.run(Tensor.of(1, 2)));
    assertTrue(e.getMessage().contains("has been given back"), e.getMessage());
    captured.close();
  }

  @Test
  void afterAnErrorTheThreadWorksAsBefore() {
    refused("was read in the middle", x -> x.mul(x.sum().item()));
    assertEquals(6, Tensor.of(1, 2, 3).sum().item());
  }

  @Test
  @OutsideScopes
  void closingGivesAllMemoryBack() {
    var x = images(1);
    var network = network();
    network.state();
    long before = Memory.liveBytes();
    var captured = Captured.of(in -> Mode.evaluating(() -> network.forward(in.get(0))), x);
    assertTrue(captured.bytes() > 0);
    assertTrue(Memory.liveBytes() > before);
    var result = captured.result();
    captured.close();
    assertThrows(ReleasedException.class, result::toFloats);
    assertThrows(CaptureException.class, () -> captured.run(x));
    // The input's copy is the collector's, which may also have taken what other tests left.
    assertTrue(Memory.liveBytes() <= before + x.shape().elements() * 4);
  }
}
