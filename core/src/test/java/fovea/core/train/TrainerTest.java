package fovea.core.train;

import static fovea.core.optim.Adam.adam;
import static fovea.core.optim.Sgd.sgd;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.FoveaException;
import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.io.Safetensors;
import fovea.core.loss.CrossEntropy;
import fovea.core.memory.Memory;
import fovea.core.metric.Accuracy;
import fovea.core.nn.Activation;
import fovea.core.nn.Dropout;
import fovea.core.nn.Layer;
import fovea.core.nn.Linear;
import fovea.core.nn.Sequential;
import fovea.core.optim.AdamW;
import fovea.core.optim.Muon;
import fovea.core.optim.ParameterGroups;
import fovea.core.optim.Schedule;
import fovea.core.optim.ScheduleFree;
import fovea.core.optim.UpdateRule;
import fovea.core.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {
  private static final int SAMPLES = 90;
  private static final int BATCH = 20;

  /// Points in the plane; the class is which of three sectors they lie in.
  private record Points(long seed) implements Batches<Integer[]> {
    @Override
    public int count() {
      return (SAMPLES + BATCH - 1) / BATCH;
    }

    @Override
    public long samples() {
      return SAMPLES;
    }

    @Override
    public Iterator<Integer[]> pass(long epoch, int from) {
      var order = Rng.of(seed).split(epoch).permutation(SAMPLES);
      var batches = new ArrayList<Integer[]>();
      for (int b = from; b < count(); b++) {
        batches.add(
            Arrays.stream(order, b * BATCH, Math.min(SAMPLES, (b + 1) * BATCH))
                .boxed()
                .toArray(Integer[]::new));
      }
      return batches.iterator();
    }
  }

  private static Measured measure(Layer model, Integer[] indices) {
    var x = new float[indices.length * 2];
    var y = new int[indices.length];
    for (int i = 0; i < indices.length; i++) {
      var rng = Rng.of(99).split(indices[i]);
      double angle = rng.uniform(0, 2 * Math.PI);
      x[2 * i] = (float) Math.cos(angle);
      x[2 * i + 1] = (float) Math.sin(angle);
      y[i] = (int) (angle / (2 * Math.PI) * 3);
    }
    var logits = model.forward(Tensor.of(x, Shape.of(y.length, 2)));
    var target = Tensor.of(y, Shape.of(y.length));
    return new Measured(
        new CrossEntropy().of(logits, target),
        y.length,
        Map.of("accuracy", Accuracy.correct(logits.detach(), target) / (double) y.length));
  }

  private static Layer network() {
    return Sequential.of(new Linear(2, 32), Activation.relu(), new Dropout(0.1), new Linear(32, 3));
  }

  private static Trainer<Integer[]> trainer(
      Layer model, UpdateRule rule, int epochs, @Nullable Path folder, BooleanSupplier stop) {
    return trainer(model, rule, Schedule.cosine(), epochs, 0, folder, stop);
  }

  private static Trainer<Integer[]> trainer(
      Layer model,
      UpdateRule rule,
      Schedule schedule,
      int epochs,
      int patience,
      @Nullable Path folder,
      BooleanSupplier stop) {
    return new Trainer<>(
        model,
        batch -> measure(model, batch),
        new Points(4),
        new Points(5),
        rule,
        schedule,
        epochs,
        patience,
        7,
        folder,
        Map.of(),
        List.of(),
        stop);
  }

  private static float[] weights(Layer model) {
    var all = Tensor.concat(0, model.state().values().stream().map(t -> t.reshape(-1)).toList());
    return all.toFloats();
  }

  @Test
  void learnsAndKeepsItsBest(@TempDir Path folder) {
    var model = network();
    var history = trainer(model, adam(0.02), 30, folder, () -> false).run();
    assertEquals(30, history.epochs().size());
    assertEquals(150, history.steps());
    var last = history.epochs().getLast();
    assertTrue(last.validation().get("accuracy") > 0.95, last.toString());
    assertTrue(last.training().get("loss") < history.epochs().getFirst().training().get("loss"));
    assertTrue(Files.exists(folder.resolve(Trainer.BEST)));
    var best = history.best();
    assertTrue(best != null && best.validation().get("accuracy") >= 0.95);
    var csv = history.toCsv().lines().toList();
    assertEquals(31, csv.size());
    assertEquals(
        "epoch,rate,training_loss,training_accuracy,validation_loss,validation_accuracy,seconds,samples_per_second",
        csv.getFirst());
  }

  @Test
  void theSameSeedGivesTheSameBits() {
    var a = network();
    var b = network();
    trainer(a, adam(0.02), 3, null, () -> false).run();
    trainer(b, adam(0.02), 3, null, () -> false).run();
    assertArrayEquals(weights(a), weights(b));
  }

  @Test
  void goesOnWithTheSameBitsWhereverItWasInterrupted(@TempDir Path folder) {
    var straight = network();
    var history = trainer(straight, adam(0.02), 3, folder.resolve("whole"), () -> false).run();
    for (int after : new int[] {1, 4, 5, 7, 14}) {
      var here = folder.resolve("after" + after);
      int[] steps = {0};
      var first = trainer(network(), adam(0.02), 3, here, () -> ++steps[0] >= after).run();
      assertTrue(first.interrupted() || after == 15);
      assertEquals(after, first.steps());
      var model = network();
      var second = trainer(model, adam(0.02), 3, here, () -> false).run();
      assertFalse(second.interrupted());
      assertEquals(15, second.steps());
      assertArrayEquals(weights(straight), weights(model), "interrupted after " + after);
      for (int e = 0; e < 3; e++) {
        assertEquals(history.epochs().get(e).training(), second.epochs().get(e).training());
        assertEquals(history.epochs().get(e).validation(), second.epochs().get(e).validation());
      }
    }
  }

  /// Rules that remember more than the parameters, under a schedule that reacts.
  @Test
  void rulesAndSchedulesGoOnWithTheSameBits(@TempDir Path folder) {
    var plateau = new Schedule.Plateau(0.5, 0, 0.5, 0, 0).after(0.2);
    var rules =
        List.of(
            adam(0.02).clipNorm(0.5).accumulated(2).ema(0.9),
            sgd(0.1).momentum(0.9).sam(0.05).lookahead(3, 0.5),
            ScheduleFree.adamW(0.02),
            ParameterGroups.of(Muon.muon(0.02)).vectors(AdamW.adamW(0.02).swa(2, 3)));
    for (int i = 0; i < rules.size(); i++) {
      var rule = rules.get(i);
      var straight = network();
      var whole =
          trainer(straight, rule, plateau, 3, 0, folder.resolve("whole" + i), () -> false).run();
      var here = folder.resolve("parts" + i);
      int[] steps = {0};
      trainer(network(), rule, plateau, 3, 0, here, () -> ++steps[0] >= 7).run();
      var model = network();
      var second = trainer(model, rule, plateau, 3, 0, here, () -> false).run();
      assertArrayEquals(weights(straight), weights(model), rule.toString());
      assertEquals(whole.epochs().getLast().validation(), second.epochs().getLast().validation());
      assertEquals(whole.epochs().getLast().rate(), second.epochs().getLast().rate());
    }
  }

  @Test
  void keepsTheAveragesAndTrainsOnWithoutThem(@TempDir Path folder) {
    var model = network();
    var history =
        trainer(model, sgd(0.1).ema(0.9), Schedule.constant(), 1, 0, folder, () -> false).run();
    var kept = network();
    kept.load(Safetensors.read(folder.resolve(Trainer.BEST)).tensors());
    assertFalse(Arrays.equals(weights(model), weights(kept)));
    var plain = network();
    trainer(plain, sgd(0.1), Schedule.constant(), 1, 0, null, () -> false).run();
    assertArrayEquals(weights(plain), weights(model));
    var measured = Evaluator.evaluate(batch -> measure(kept, batch), new Points(5));
    assertEquals(measured, history.epochs().getLast().validation());
  }

  @Test
  void endsWhenNothingGetsBetter(@TempDir Path folder) {
    // So small a rate moves nothing, so that the first epoch stays the best.
    var rule = sgd(1e-12);
    var constant = Schedule.constant();
    var history = trainer(network(), rule, constant, 9, 3, folder, () -> false).run();
    assertEquals(4, history.epochs().size());
    assertFalse(history.interrupted());
    var again = trainer(network(), rule, constant, 9, 3, folder, () -> false).run();
    assertEquals(history.epochs(), again.epochs());
    assertEquals(20, again.steps());
  }

  @Test
  void saysWhenTheLossIsNoLongerANumber(@TempDir Path folder) {
    var e =
        assertThrows(
            DivergedException.class,
            () -> trainer(network(), sgd(1e30), 3, folder, () -> false).run());
    assertTrue(
        e.getMessage()
            .matches("the loss became (NaN|infinite) at step \\d+ \\(epoch \\d\\): try a lower .*"),
        e.getMessage());
  }

  @Test
  void refusesTheCheckpointOfAnotherModel(@TempDir Path folder) {
    trainer(network(), sgd(0.1), 1, folder, () -> false).run();
    var other = Sequential.of(new Linear(2, 3));
    var e =
        assertThrows(
            FoveaException.class, () -> trainer(other, sgd(0.1), 2, folder, () -> false).run());
    assertTrue(e.getMessage().contains(folder.resolve(Trainer.LAST).toString()), e.getMessage());
    assertTrue(e.getMessage().contains("cannot be continued from"), e.getMessage());
  }

  @Test
  void holdsNoMoreMemoryAfterManyStepsAndNeverAsksTheCollector() {
    var model = network();
    trainer(model, adam(0.01), 2, null, () -> false).run();
    long owned = Memory.ownedBytes();
    long collections = Memory.collections();
    trainer(model, adam(0.01), 100, null, () -> false).run();
    assertEquals(collections, Memory.collections());
    assertTrue(
        Memory.ownedBytes() <= owned + 4096, () -> "from " + owned + " to " + Memory.ownedBytes());
  }

  @Test
  void aModelOfFloat64TrainsToo() {
    var model = Sequential.of(new Linear(2, 3)).to(DType.F64);
    assertEquals(DType.F64, model.state().get("0.weight").dtype());
  }
}
