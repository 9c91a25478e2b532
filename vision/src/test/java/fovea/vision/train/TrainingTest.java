package fovea.vision.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.FoveaException;
import fovea.core.array.Rng;
import fovea.core.loss.Focal;
import fovea.core.loss.Loss;
import fovea.core.loss.Losses;
import fovea.core.loss.MulticlassHinge;
import fovea.core.nn.Starts;
import fovea.core.optim.AdaDelta;
import fovea.core.optim.AdaGrad;
import fovea.core.optim.Adam;
import fovea.core.optim.AdamW;
import fovea.core.optim.Adamax;
import fovea.core.optim.Lamb;
import fovea.core.optim.Lars;
import fovea.core.optim.Lion;
import fovea.core.optim.Muon;
import fovea.core.optim.NAdam;
import fovea.core.optim.ParameterGroups;
import fovea.core.optim.RAdam;
import fovea.core.optim.RmsProp;
import fovea.core.optim.Schedule;
import fovea.core.optim.ScheduleFree;
import fovea.core.optim.Sgd;
import fovea.core.optim.UpdateRule;
import fovea.core.tensor.Precision;
import fovea.core.train.DivergedException;
import fovea.core.train.Trainer;
import fovea.vision.augment.Augmentations;
import fovea.vision.data.DataSplits;
import fovea.vision.data.Dataset;
import fovea.vision.image.Image;
import fovea.vision.model.InputSize;
import fovea.vision.run.Run;
import fovea.vision.run.RunRecord;
import fovea.vision.run.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TrainingTest {
  private static final List<String> CLASSES = List.of("left", "right", "both");

  @TempDir private Path folder;

  /// 14×14 images with a bright bar on the left, on the right, or on both sides, in noise.
  private static Dataset bars(String name, int size, int seed) {
    var images = new ArrayList<Image>();
    var labels = new int[size];
    for (int i = 0; i < size; i++) {
      var rng = Rng.of(seed).split(i);
      labels[i] = i % 3;
      var pixels = new byte[14 * 14];
      for (int p = 0; p < pixels.length; p++) {
        int x = p % 14;
        boolean lit = (labels[i] != 1 && x < 4) || (labels[i] != 0 && x > 9);
        pixels[p] = (byte) (rng.nextInt(120) + (lit ? 60 : 0));
      }
      images.add(new Image(14, 14, 1, pixels));
    }
    return Dataset.of(name, CLASSES, images, labels);
  }

  private static DataSplits data() {
    return new DataSplits(
        "bars", bars("bars train", 150, 1), null, bars("bars test", 60, 2), List.of());
  }

  private Training training(String name) {
    return Training.of("lenet5", data()).epochs(3).batch(16).seed(5).in(folder.resolve(name));
  }

  private static byte[] weights(Path run) throws IOException {
    return Files.readAllBytes(run.resolve(Trainer.BEST));
  }

  @Test
  void leavesAWholeRun() throws IOException {
    var outcome = training("whole").run();
    var test = outcome.test();
    assertNotNull(test);
    assertTrue(test.accuracy() > 0.9, "accuracy " + test.accuracy());
    var here = folder.resolve("whole");
    try (var files = Files.list(here)) {
      assertEquals(
          List.of(
              "history.csv", "last.safetensors", "model.safetensors", "report.html", "run.json"),
          files.map(f -> f.getFileName().toString()).sorted().toList());
    }
    var record = RunRecord.read(here);
    assertEquals(RunRecord.Status.FINISHED, record.status());
    assertEquals(test.accuracy(), record.figures().testAccuracy());
    assertEquals(outcome.run().record(), record);
    assertEquals(135, record.data().train());
    assertEquals(15, record.data().validation());
    assertEquals(new InputSize(1, 14, 14), record.model().input());
    assertEquals(4, Files.readAllLines(here.resolve("history.csv")).size());

    var run = Run.open(here);
    var again = run.evaluate(data().test(), false);
    assertEquals(test.accuracy(), again.accuracy());
    assertEquals(test.loss(), again.loss());
    var predictions = run.predict(data().test().image(1));
    assertEquals("right", predictions.getFirst().label());
    assertEquals(1, predictions.stream().mapToDouble(Run.Prediction::probability).sum(), 1e-5);
  }

  @Test
  void aRecordFromBeforeThereWasAChoiceOfPrecisionIsStillRead() throws IOException {
    training("old").epochs(1).run();
    var here = folder.resolve("old");
    var record = RunRecord.read(here);
    var file = here.resolve(RunRecord.FILE);
    var text = Files.readString(file);
    var old = text.replaceFirst(",\\s*\"precision\" : \"f32\"", "");
    assertTrue(old.length() < text.length(), text);
    Files.writeString(file, old);
    assertEquals(record, RunRecord.read(here));
    assertEquals(Precision.F32, record.settings().precision());
  }

  static Stream<UpdateRule> rules() {
    return Stream.of(
        AdamW.adamW(0.01).clipNorm(1).accumulated(2),
        ScheduleFree.sgd(0.1),
        RmsProp.rmsProp(0.01).byVariance().ema(0.9),
        Sgd.sgd(0.1).sam(0.05).swa(2, 2).clipValue(1).penalized(1e-4, 0).lookahead(5, 0.5),
        ParameterGroups.of(Muon.muon(0.01)).vectors(Lion.lion(1e-3)).group("*.x*", Lars.lars(1)),
        AdaGrad.adaGrad(0.1),
        AdaDelta.adaDelta(1),
        Adamax.adamax(0.1),
        NAdam.nAdam(0.1),
        RAdam.rAdam(0.1),
        Lamb.lamb(0.1));
  }

  @Test
  void recordsKeepRulesAndSchedules() {
    var schedules =
        List.of(
            Schedule.constant(),
            Schedule.cosine().after(0.1),
            new Schedule.CosineRestarts(2, 2),
            new Schedule.Step(0.3, 0.1),
            new Schedule.MultiStep(List.of(0.5, 0.75), 0.1),
            new Schedule.Exponential(0.1),
            new Schedule.Linear(1, 0),
            new Schedule.Polynomial(0.9),
            Schedule.oneCycle(),
            Schedule.plateau());
    training("kept").epochs(1).run();
    var here = folder.resolve("kept");
    var record = RunRecord.read(here);
    for (var schedule : schedules) {
      assertKept(here, record, record.settings().schedule(schedule));
    }
    for (var loss : Losses.NAMED.all().values()) {
      assertKept(here, record, record.settings().loss(loss));
    }
    for (var start : Starts.NAMED.all().values()) {
      assertKept(here, record, record.settings().start(start).patience(3));
    }
    rules().forEach(rule -> assertKept(here, record, record.settings().rule(rule)));
  }

  private static void assertKept(Path here, RunRecord record, Settings settings) {
    new RunRecord(
            record.fovea(),
            record.status(),
            record.started(),
            record.seconds(),
            record.model(),
            record.classes(),
            record.data(),
            record.preprocessing(),
            settings,
            record.versions(),
            record.machine(),
            record.figures())
        .write(here);
    assertEquals(settings, RunRecord.read(here).settings());
  }

  @Test
  void theSameSeedGivesTheSameBitsAndAnotherSeedOthers() throws IOException {
    training("a").run();
    training("b").run();
    training("c").seed(6).run();
    assertArrayEquals(weights(folder.resolve("a")), weights(folder.resolve("b")));
    assertTrue(
        !java.util.Arrays.equals(weights(folder.resolve("a")), weights(folder.resolve("c"))));
  }

  @Test
  void goesOnAfterAnInterruptionWithTheSameBits() throws IOException {
    training("straight").run();
    int[] steps = {0};
    var broken = training("broken").stop(() -> ++steps[0] == 13).run();
    assertNull(broken.test());
    assertTrue(broken.history().interrupted());
    assertEquals(RunRecord.Status.INTERRUPTED, RunRecord.read(folder.resolve("broken")).status());
    var whole = training("broken").run();
    assertNotNull(whole.test());
    assertArrayEquals(weights(folder.resolve("straight")), weights(folder.resolve("broken")));
  }

  /// Batch norm's statistics are found anew for the averages, and are the former ones again when
  /// training goes on: also where it was interrupted.
  @Test
  void averagesWithBatchNormGoOnWithTheSameBits() throws IOException {
    var start = Starts.parse("lsuv");
    Function<String, Training> training =
        name ->
            Training.of("resnet20", data())
                .start(start)
                .optimizer(Sgd.sgd(0.05).momentum(0.9).ema(0.9))
                .epochs(2)
                .batch(32)
                .in(folder.resolve(name));
    training.apply("straight").run();
    int[] steps = {0};
    assertNull(training.apply("broken").stop(() -> ++steps[0] == 7).run().test());
    training.apply("broken").run();
    assertArrayEquals(weights(folder.resolve("straight")), weights(folder.resolve("broken")));
  }

  static Stream<Loss> losses() {
    return Losses.NAMED.all().values().stream();
  }

  @ParameterizedTest
  @MethodSource("losses")
  void everyLossTellsClassesApart(Loss loss) {
    var training = training("loss").loss(loss).epochs(8).batch(10).optimizer(Adam.adam(0.005));
    var test = training.run().test();
    assertNotNull(test);
    assertTrue(test.accuracy() > 0.6, loss + " " + test.accuracy());
  }

  @Test
  void mixturesNeedALossOfShares() {
    var mixed = training("mixed").epochs(1).augment(Augmentations.parse("mixup"));
    mixed.loss(new Focal()).run();
    var e =
        assertThrows(
            FoveaException.class,
            () -> mixed.in(folder.resolve("m")).loss(new MulticlassHinge()).run());
    assertTrue(e.getMessage().contains("multiclass-hinge takes one class of each image"));
  }

  @Test
  void endsWhenNothingGetsBetter() {
    var outcome = training("patient").epochs(40).patience(2).run();
    int epochs = outcome.history().epochs().size();
    assertTrue(epochs < 40, epochs + " epochs");
    assertNotNull(outcome.test());
    assertEquals(epochs - 2, outcome.run().record().figures().bestEpoch());
  }

  @Test
  void doesNotOverwriteAnotherRun() {
    training("mine").epochs(1).run();
    var finished = assertThrows(FoveaException.class, () -> training("mine").epochs(1).run());
    assertTrue(finished.getMessage().contains("holds this very run, finished"));
    var other = assertThrows(FoveaException.class, () -> training("mine").epochs(1).seed(9).run());
    assertTrue(
        other.getMessage().contains("holds another run (seed 5 there, 9 here)"),
        other.getMessage());
  }

  @Test
  void saysWhereItCannotWrite() throws IOException {
    var file = Files.writeString(folder.resolve("file"), "not a folder");
    var e = assertThrows(FoveaException.class, () -> training("x").in(file.resolve("run")).run());
    assertTrue(
        e.getMessage().startsWith("cannot write to the run folder " + file.resolve("run")),
        e.getMessage());
  }

  @Test
  void aDivergedRunSaysSo() {
    var e =
        assertThrows(
            DivergedException.class, () -> training("wild").optimizer(Sgd.sgd(1e30)).run());
    assertTrue(e.getMessage().contains("try a lower learning rate"), e.getMessage());
    assertEquals(RunRecord.Status.DIVERGED, RunRecord.read(folder.resolve("wild")).status());
  }

  @Test
  void evaluationRefusesOtherImagesAndOtherClasses() {
    training("run").epochs(1).run();
    var run = Run.open(folder.resolve("run"));
    var small = Dataset.of("small", CLASSES, List.of(new Image(7, 7, 1, new byte[49])), 0);
    var e = assertThrows(FoveaException.class, () -> run.evaluate(small, false));
    assertTrue(
        e.getMessage().contains("takes images of 14×14 grey, but small has 7×7 grey"),
        e.getMessage());
    assertEquals(1, run.evaluate(small, true).confusion().total());
    var others =
        Dataset.of(
            "others", List.of("a", "b", "c"), List.of(new Image(14, 14, 1, new byte[196])), 0);
    assertThrows(FoveaException.class, () -> run.evaluate(others, false));
  }

  @Test
  void aRunThatIsDamagedSaysWhatIsWrong() throws IOException {
    training("run").epochs(1).run();
    var here = folder.resolve("run");
    assertTrue(open(folder).contains("is not a run: it holds no run.json"), open(folder));
    assertTrue(open(folder.resolve("nowhere")).startsWith("there is no run at "));
    var other = training("linear");
    new Training(
            "linear",
            other.data(),
            null,
            null,
            other.settings(),
            other.folder(),
            other.loading(),
            List.of(),
            () -> false)
        .run();
    Files.copy(
        folder.resolve("linear").resolve(Trainer.BEST),
        here.resolve(Trainer.BEST),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertTrue(open(here).contains("the weights are not of this model"), open(here));
    var whole = Files.readAllBytes(folder.resolve("linear").resolve(Trainer.BEST));
    Files.write(here.resolve(Trainer.BEST), java.util.Arrays.copyOf(whole, whole.length - 100));
    assertTrue(open(here).contains(Trainer.BEST), open(here));
    Files.delete(here.resolve(Trainer.BEST));
    assertTrue(open(here).contains("it ended before its first epoch"));
    Files.writeString(here.resolve(RunRecord.FILE), "{\"fovea\": ");
    assertTrue(open(here).contains("is damaged"));
  }

  private static String open(Path run) {
    return assertThrows(FoveaException.class, () -> Run.open(run)).getMessage();
  }

  @Test
  void choosesTheSizeOfTheImages() {
    assertEquals(new InputSize(1, 14, 14), training("x").inputSize());
    var mixed =
        Dataset.of(
            "mixed",
            CLASSES,
            Stream.of(9, 10, 11).map(n -> new Image(n, n, 3, new byte[n * n * 3])).toList(),
            0,
            1,
            2);
    var splits = new DataSplits("mixed", mixed, null, mixed, List.of());
    assertEquals(new InputSize(3, 28, 28), Training.of("lenet5", splits).inputSize());
    assertEquals(
        new InputSize(1, 20, 30),
        Training.of("lenet5", splits).size(new InputSize(1, 20, 30)).inputSize());
  }
}
