package fovea.vision.train;

import fovea.core.FoveaException;
import fovea.core.Version;
import fovea.core.array.Rng;
import fovea.core.io.AtomicFile;
import fovea.core.io.Safetensors;
import fovea.core.kernel.Kernels;
import fovea.core.memory.Scope;
import fovea.core.train.DivergedException;
import fovea.core.train.Epoch;
import fovea.core.train.History;
import fovea.core.train.Listener;
import fovea.core.train.Trainer;
import fovea.vision.classic.Examples;
import fovea.vision.data.Batch;
import fovea.vision.data.DataSplits;
import fovea.vision.data.Loader;
import fovea.vision.data.Preprocessing;
import fovea.vision.model.Classifier;
import fovea.vision.model.Models;
import fovea.vision.report.Report;
import fovea.vision.run.Classification;
import fovea.vision.run.Evaluation;
import fovea.vision.run.Machine;
import fovea.vision.run.Run;
import fovea.vision.run.RunRecord;
import fovea.vision.run.RunRecord.Status;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// One sitting of a training: from its start, or from where it was interrupted, to its end or the
/// next interruption.
final class Sitting {
  private static final int MEASURED_AT_ONCE = 256;

  /// Images by which a start that depends on data is computed.
  private static final int LOOKED_AT_TO_BEGIN = 512;

  private final Training training;
  private final long began = System.nanoTime();
  private final DataSplits data;
  private final Classifier model;
  private final double secondsBefore;
  private RunRecord record;

  Sitting(Training training) {
    this.training = training;
    var size = training.inputSize();
    model = Models.build(training.model(), size, training.data().classes().size());
    prepareFolder();
    data = split();
    var preprocessing =
        Preprocessing.of(
            data.train(), size.channels(), size.height(), size.width(), training.scaling());
    record = describe(preprocessing);
    secondsBefore = goOn();
    record.write(training.folder());
    var whitening = preprocessing.whitening();
    if (whitening != null) {
      whitening.write(training.folder());
    }
  }

  Training.Outcome run() {
    return Models.kind(training.model()).baseline() == null ? trained() : fitted();
  }

  /// Fits a baseline, which takes one step, so to speak, and cannot be interrupted.
  private Training.Outcome fitted() {
    var fitted = Models.fit(training.model(), new Examples(data.train(), record.preprocessing()));
    Safetensors.write(
        training.folder().resolve(Trainer.BEST), fitted.network().state(), metadata());
    var held = data.validation();
    if (held != null) {
      var watched = Evaluation.of(fitted, record.preprocessing(), held);
      record =
          record.at(
              Status.RUNNING,
              seconds(),
              new RunRecord.Figures(null, watched.loss(), watched.accuracy(), null, null));
    }
    return finished(fitted, new History(List.of(), 0, false), 0);
  }

  private Map<String, String> metadata() {
    return Map.of("format", "pt", "fovea.model", model.name());
  }

  private Training.Outcome trained() {
    var settings = training.settings();
    var chance = Rng.of(settings.seed());
    var batches =
        Loader.shuffled(
                data.train(), record.preprocessing(), settings.batch(), chance.split("shuffle"))
            .augment(settings.augment(), chance.split("augment"))
            .loading(training.loading());
    begin();
    var trainer = trainer(batches);
    long from = System.nanoTime();
    try {
      var history = trainer.run();
      double waiting = batches.secondsWaited() / ((System.nanoTime() - from) * 1e-9);
      return history.interrupted()
          ? interrupted(history, waiting)
          : finished(best(), history, waiting);
    } catch (DivergedException e) {
      record.at(Status.DIVERGED, seconds(), record.figures()).write(training.folder());
      throw e;
    }
  }

  /// Gives the network its first values, from the stream that the trainer would draw them from.
  /// Where the training goes on, it loads others over them.
  private void begin() {
    if (Files.exists(training.folder().resolve(Trainer.LAST))) {
      return;
    }
    try (var _ = Scope.open("the start")) {
      var settings = training.settings();
      int some = Math.min(LOOKED_AT_TO_BEGIN, data.train().size());
      settings
          .start()
          .begin(
              model.network(),
              Rng.of(settings.seed()).split("init"),
              () ->
                  Loader.shuffled(
                          data.train(),
                          record.preprocessing(),
                          some,
                          Rng.of(settings.seed()).split("start"))
                      .pass(0, 0)
                      .next()
                      .x());
    }
  }

  private Trainer<Batch> trainer(Loader batches) {
    var settings = training.settings();
    var held = data.validation();
    var listeners = new ArrayList<Listener>();
    listeners.add(new Bookkeeper());
    listeners.addAll(training.listeners());
    return new Trainer<>(
        model.network(),
        new Classification(model.network(), settings.loss(), settings.precision()),
        batches,
        held == null
            ? null
            : Loader.inOrder(held, record.preprocessing(), MEASURED_AT_ONCE)
                .loading(training.loading()),
        settings.rule(),
        settings.schedule(),
        settings.epochs(),
        settings.patience(),
        settings.seed(),
        training.folder(),
        metadata(),
        listeners,
        training.stop());
  }

  /// Keeps `run.json` and `history.csv` up to date after each epoch, so that a crash loses neither.
  private final class Bookkeeper implements Listener {
    @Override
    public void epoch(Epoch epoch, History soFar) {
      if (epoch.best()) {
        var v = epoch.validation();
        record =
            record.at(
                Status.RUNNING,
                seconds(),
                new RunRecord.Figures(epoch.epoch(), v.get("loss"), v.get("accuracy"), null, null));
      }
      record.at(Status.RUNNING, seconds(), record.figures()).write(training.folder());
      AtomicFile.write(
          training.folder().resolve(Training.HISTORY),
          out -> out.write(soFar.toCsv().getBytes(StandardCharsets.UTF_8)));
    }
  }

  private Training.Outcome interrupted(History history, double waiting) {
    record = record.at(Status.INTERRUPTED, seconds(), record.figures());
    record.write(training.folder());
    return new Training.Outcome(new Run(training.folder(), record, model), history, null, waiting);
  }

  /// The model of the best epoch.
  private Classifier best() {
    var best = training.folder().resolve(Trainer.BEST);
    try (var _ = Scope.open("loading " + best)) {
      model.network().load(Safetensors.read(best).tensors());
    }
    return model;
  }

  private Training.Outcome finished(Classifier best, History history, double waiting) {
    var test = Evaluation.of(best, record.preprocessing(), data.test());
    var f = record.figures();
    record =
        record.at(
            Status.FINISHED,
            seconds(),
            new RunRecord.Figures(
                f.bestEpoch(),
                f.validationLoss(),
                f.validationAccuracy(),
                test.loss(),
                test.accuracy()));
    record.write(training.folder());
    var run = new Run(training.folder(), record, best);
    Report.write(run, history, test, data.test());
    return new Training.Outcome(run, history, test, waiting);
  }

  private double seconds() {
    return secondsBefore + (System.nanoTime() - began) * 1e-9;
  }

  // ---- the start

  private void prepareFolder() {
    var folder = training.folder();
    try {
      Files.createDirectories(folder);
      // The only sure test whether files can be made here, before hours of work depend on it.
      Files.delete(Files.createTempFile(folder, "writable", null));
    } catch (IOException e) {
      throw new FoveaException(
          "cannot write to the run folder %s (%s); choose another".formatted(folder, e), e);
    }
  }

  private DataSplits split() {
    var all =
        training.settings().skipBroken()
            ? training.data().withoutBroken(Sitting::warn)
            : training.data();
    double share = training.settings().validation();
    if (all.validation() != null || share == 0) {
      return all;
    }
    return all.holdOut(share, Rng.of(training.settings().seed()).split("validation"));
  }

  private static void warn(String broken) {
    System.getLogger("fovea").log(System.Logger.Level.WARNING, "left out: {0}", broken);
  }

  private RunRecord describe(Preprocessing preprocessing) {
    var held = data.validation();
    var versions = new LinkedHashMap<String, String>();
    versions.put("java", System.getProperty("java.vm.name") + " " + Runtime.version());
    versions.put("kernels", Kernels.best().name());
    return new RunRecord(
        Version.current(),
        Status.RUNNING,
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        0,
        new RunRecord.Model(model.name(), model.input(), model.network().parameterCount()),
        data.classes(),
        new RunRecord.Data(
            data.name(),
            data.location(),
            training.data().hash(),
            data.train().size(),
            held == null ? 0 : held.size(),
            data.test().size()),
        preprocessing,
        training.settings(),
        versions,
        Machine.current(),
        RunRecord.Figures.NONE);
  }

  /// Takes over from a run that was interrupted in this folder, if there is one.
  ///
  /// @return the seconds it had taken
  private double goOn() {
    var folder = training.folder();
    if (!Files.exists(folder.resolve(RunRecord.FILE))) {
      return 0;
    }
    var before = RunRecord.read(folder);
    var differences = new ArrayList<String>();
    compare(differences, "model", before.model().name(), record.model().name());
    compare(differences, "images", before.model().input(), record.model().input());
    if (!before.data().hash().equals(record.data().hash())) {
      differences.add("other data than " + before.data().name() + " had then");
    }
    var then = before.settings();
    var now = record.settings();
    compare(differences, "epochs", then.epochs(), now.epochs());
    compare(differences, "batch", then.batch(), now.batch());
    compare(differences, "optimizer", then.rule(), now.rule());
    compare(differences, "schedule", then.schedule(), now.schedule());
    compare(differences, "loss", then.loss(), now.loss());
    compare(differences, "start", then.start(), now.start());
    compare(differences, "patience", then.patience(), now.patience());
    compare(differences, "validation share", then.validation(), now.validation());
    compare(differences, "seed", then.seed(), now.seed());
    compare(differences, "precision", then.precision(), now.precision());
    compare(differences, "augmentation", then.augment(), now.augment());
    compare(differences, "leaving out broken images", then.skipBroken(), now.skipBroken());
    compare(
        differences,
        "preprocessing",
        before.preprocessing().scaling(),
        record.preprocessing().scaling());
    if (!differences.isEmpty()) {
      throw new FoveaException(
          "%s holds another run (%s); choose another folder"
              .formatted(folder, String.join(", ", differences)));
    }
    if (before.status() == Status.FINISHED) {
      throw new FoveaException(
          "%s holds this very run, finished; choose another folder, or other settings"
              .formatted(folder));
    }
    record = record.at(Status.RUNNING, before.seconds(), before.figures());
    return before.seconds();
  }

  private static void compare(List<String> differences, String what, Object before, Object now) {
    if (!before.equals(now)) {
      differences.add("%s %s there, %s here".formatted(what, before, now));
    }
  }
}
