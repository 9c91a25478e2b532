package fovea.app;

import fovea.core.FoveaException;
import fovea.core.array.Rng;
import fovea.core.kernel.Kernels;
import fovea.core.train.Epoch;
import fovea.core.train.History;
import fovea.core.train.Listener;
import fovea.core.train.Progress;
import fovea.vision.data.DataSplits;
import fovea.vision.data.Datasets;
import fovea.vision.data.Loading;
import fovea.vision.data.Scaling;
import fovea.vision.model.InputSize;
import fovea.vision.model.Models;
import fovea.vision.run.RunRecord;
import fovea.vision.train.CrossValidation;
import fovea.vision.train.Training;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `fovea train`.
@Command(
    name = "train",
    header = "Train a network on images and say how good it became.",
    description = {
      "Trains a network to tell classes of images apart, measures it on the test images and writes",
      "a report. All of it is kept in a folder, the run: weights, settings, figures, report. Ctrl-C",
      "ends a training so that it can go on later, to the same bits.",
    },
    footer = {
      "  fovea train                                       lenet5 on digits",
      "  fovea train lenet5 data/mnist --epochs 12 --seed 1",
      "  fovea train mlp:300,100 cats-and-dogs.zip --size 64x64 --optimizer sgd --rate 0.05",
      "  fovea train resnet20 data/cifar --optimizer sgd:rate=0.1,nesterov+ema:0.999 \\",
      "    --schedule one-cycle --loss cross-entropy:smoothing=0.1 --patience 5",
      "  fovea train resnet20 data/cifar --augment cifar    pad by 4, random crop, flip",
      "  fovea train --resume runs/lenet5-digits-1         go on after Ctrl-C",
      "  fovea train knn data/mnist                        a baseline to beat, see fovea models",
      "  fovea train linear digits --folds 5               cross-validation",
      "",
      "What --optimizer, --schedule, --loss and --init may be, fovea help optimizers (schedules,",
      "losses, initialisers) lists.",
      "",
      "DATA is a built-in name or a path: a folder of IDX files (MNIST and its kin), or a folder or",
      "zip file of images as train/<class>/*.png and test/<class>/*.png (or .jpg).",
    })
final class TrainCommand extends ComputingCommand {
  private static final Set<String> WITH_RESUME =
      Set.of("--resume", "--threads", "--workers", "--cache", "--json", "--quiet", "--debug");

  /// More images take longer to compare than people wait before a training.
  private static final int LOOKED_AT_FOR_OVERLAPS = 200_000;

  /// For picocli.
  static final class ToCache extends Choice<Loading.Cache> {
    ToCache() {
      super(Loading.Cache.class);
    }
  }

  /// For picocli.
  static final class ToScaling extends Choice<Scaling> {
    ToScaling() {
      super(Scaling.class);
    }
  }

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "MODEL",
      completionCandidates = ModelNames.class,
      description = "The network, see fovea models (default: lenet5).")
  private @Nullable String model;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "DATA",
      completionCandidates = DataNames.class,
      description = "What to learn from, see fovea datasets (default: digits).")
  private @Nullable String data;

  @Mixin private LearningOptions learning = new LearningOptions();

  @Option(
      names = "--workers",
      paramLabel = "N",
      description =
          "Threads that prepare images while others compute; it changes no result (default: one for each core that --threads leaves free).")
  private @Nullable Integer workers;

  @Option(
      names = "--cache",
      paramLabel = "WHERE",
      converter = ToCache.class,
      description = "Keep decoded images: ${COMPLETION-CANDIDATES} (default: memory).")
  private Loading.@Nullable Cache cache;

  @Option(
      names = "--size",
      paramLabel = "HxW",
      converter = Size.Converter.class,
      description = "What images are brought to (default: their own size, if they all have one).")
  private @Nullable Size size;

  @Option(
      names = "--preprocess",
      paramLabel = "NAME",
      converter = ToScaling.class,
      description =
          "What is done to the values of images, by the training images alone: ${COMPLETION-CANDIDATES} (default: standardize; scale for baselines on distances).")
  private @Nullable Scaling preprocess;

  @Option(
      names = "--folds",
      paramLabel = "K",
      description =
          "Cross-validate: train K times, each time judged by another Kth of the training images; the test images are not looked at.")
  private @Nullable Integer folds;

  @Option(
      names = {"--grey", "--gray"},
      description = "Learn from grey images, also where they have colours.")
  private boolean grey;

  @Option(
      names = {"--colour", "--color"},
      description = "Learn from three channels, also where images are grey.")
  private boolean colour;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Folder for the run; an interrupted run of the same settings there goes on (default: a new one, runs/MODEL-DATA-N).")
  private @Nullable Path out;

  @Option(
      names = "--resume",
      paramLabel = "RUN",
      description = "Go on with an interrupted run, by its own settings.")
  private @Nullable Path resume;

  @Option(
      names = {"-q", "--quiet"},
      description = "Show no progress.")
  private boolean quiet;

  TrainCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() {
    return resume == null ? start() : goOn(resume);
  }

  // ---- a new training

  private int start() {
    var modelName = model == null ? "lenet5" : model;
    var dataName = data == null ? "digits" : data;
    requireModel(modelName);
    var settings = checked(() -> learning.settings(this));
    if (settings.patience() > 0 && settings.validation() == 0) {
      throw wrong("--patience goes by the validation images, of which --validation 0 leaves none");
    }
    var loading = checked(this::loading);
    pass("reading " + dataName + " …");
    var splits = open(dataName);
    warnOfOverlaps(splits);
    var training = sized(Training.of(modelName, splits).with(settings).loading(loading));
    if (preprocess != null) {
      training = training.scaling(preprocess);
    }
    requireRoom();
    var name = plain(modelName) + "-" + plain(splits.name()) + (folds == null ? "" : "-folds");
    try (var folder = out == null ? RunFolder.make(Path.of("runs"), name) : RunFolder.at(out)) {
      var placed = training.in(folder.path());
      return folds == null ? train(placed) : crossValidate(placed, folds);
    }
  }

  /// Figures on images that were learned from flatter. Images of another task have annotations to
  /// learn from, and are looked at by `datasets inspect`.
  private void warnOfOverlaps(DataSplits splits) {
    long images = (long) splits.train().size() + splits.test().size();
    if (images > LOOKED_AT_FOR_OVERLAPS) {
      return;
    }
    pass("looking for test images among the training images …");
    var overlaps = splits.overlaps();
    if (!overlaps.isEmpty()) {
      var first = overlaps.getFirst();
      console()
          .warn(
              "%s of what %s is judged by %s also in an earlier part, for instance %s and %s: figures will flatter"
                  .formatted(
                      Text.count(overlaps.size(), "image", "images"),
                      splits.name(),
                      overlaps.size() == 1 ? "is" : "are",
                      first.second().source(first.again()),
                      first.first().source(first.index())));
    }
  }

  private void requireModel(String name) {
    boolean known = Models.kinds().stream().anyMatch(k -> k.name().equals(name));
    if (!known
        && data == null
        && (Datasets.names().contains(name) || Files.exists(Path.of(name)))) {
      throw wrong(
          "%s is data; name the model before it, as in: train lenet5 %s".formatted(name, name));
    }
    if (kind(name).baseline() != null) {
      for (var arg : spec().commandLine().getParseResult().matchedArgs()) {
        if (arg instanceof OptionSpec option
            && LearningOptions.OF_STEPS.contains(option.longestName())) {
          throw wrong(
              "%s is fitted at once, not trained step by step; leave out %s"
                  .formatted(name, option.longestName()));
        }
      }
    }
    if (folds != null && folds < 2) {
      throw wrong("cross-validation takes at least 2 folds, not " + folds);
    }
  }

  private Loading loading() {
    var usual = Loading.USUAL;
    return new Loading(
        workers == null ? usual.workers() : workers, cache == null ? usual.cache() : cache);
  }

  private Training sized(Training training) {
    if (grey && colour) {
      throw wrong("--grey and --colour exclude each other");
    }
    if (size != null && size.channels() != null) {
      throw wrong("--size is height x width; --grey or --colour say what channels there are");
    }
    var own = training.inputSize();
    int channels = grey ? 1 : colour ? 3 : own.channels();
    return training.size(
        size == null
            ? new InputSize(channels, own.height(), own.width())
            : new InputSize(channels, size.height(), size.width()));
  }

  private void requireRoom() {
    if (out == null) {
      return;
    }
    var run = folds == null ? out : out.resolve("fold-1");
    if (!Files.exists(run.resolve(RunRecord.FILE)) && !RunFolder.isFree(out)) {
      throw new FoveaException(
          "%s is %s; choose another folder with --out"
              .formatted(out, Files.isDirectory(out) ? "not empty and holds no run" : "a file"));
    }
  }

  /// A name that is safe as a part of a folder's.
  private static String plain(String name) {
    var plain = name.replaceAll("[^\\p{L}\\p{N}._]+", "-").replaceAll("^[-.]+|-+$", "");
    return plain.isEmpty() ? "data" : plain;
  }

  // ---- an interrupted one

  private int goOn(Path folder) {
    for (var arg : spec().commandLine().getParseResult().matchedArgs()) {
      if (!(arg instanceof OptionSpec option) || !WITH_RESUME.contains(option.longestName())) {
        throw wrong(
            "--resume goes on with the run's own model, data and settings; leave out "
                + (arg instanceof OptionSpec option ? option.longestName() : arg.paramLabel()));
      }
    }
    var record = RunRecord.read(folder);
    if (record.status() == RunRecord.Status.FINISHED) {
      throw new FoveaException(folder + " has finished; there is nothing to go on with");
    }
    try (var held = RunFolder.at(folder)) {
      var splits = dataOf(folder, record);
      var kernels = record.versions().get("kernels");
      if (kernels != null && !kernels.equals(Kernels.best().name())) {
        console()
            .warn(
                "%s was begun with %s; with %s its last bits will differ"
                    .formatted(folder, kernels, Kernels.best().name()));
      }
      return train(
          Training.of(record.model().name(), splits)
              .with(record.settings())
              .loading(checked(this::loading))
              .scaling(record.preprocessing().scaling())
              .size(record.model().input())
              .in(held.path()));
    }
  }

  private DataSplits dataOf(Path folder, RunRecord record) {
    var location = record.data().location();
    if (location.isEmpty()) {
      throw new FoveaException(
          "%s learns from data that a program made; only that program can go on with it"
              .formatted(folder));
    }
    pass("reading " + location + " …");
    DataSplits splits;
    try {
      splits = Datasets.open(location);
    } catch (FoveaException e) {
      throw new FoveaException(
          "cannot open what %s learns from: %s".formatted(folder, e.getMessage()), e);
    }
    if (!splits.hash().equals(record.data().hash())) {
      throw new FoveaException(
          "%s is not what it was when %s began; start a new training with it"
              .formatted(location, folder));
    }
    return splits;
  }

  // ---- both

  private void pass(String text) {
    if (!quiet) {
      console().pass(text);
    }
  }

  /// A sitting, its exit code if it was interrupted, and where.
  private record Watched(Training.Outcome outcome, int interruptedAs, String where) {}

  private Watched watched(Training training) {
    int all = training.settings().epochs();
    announce(training);
    pass("preparing …");
    try (var view = quiet ? new ProgressView.None() : ProgressView.of(console(), all);
        var interruption = new Interruption(view::stopping)) {
      var watch = new WhileItPays(interruption, all);
      var outcome = training.stop(interruption).listener(watch).listener(view).run();
      return new Watched(outcome, interruption.exitCode(), watch.where());
    }
  }

  private int train(Training training) {
    var watched = watched(training);
    var outcome = watched.outcome;
    new TrainResults(console(), json()).print(outcome);
    if (outcome.test() != null) {
      return ExitCode.DONE;
    }
    console()
        .say(
            "stopped %s; all is kept, go on with: fovea train --resume %s"
                .formatted(watched.where, Text.quoted(outcome.run().folder().toString())));
    return watched.interruptedAs;
  }

  private int crossValidate(Training training, int k) {
    var last = new ArrayList<Watched>();
    var outcome =
        new CrossValidation(training, k)
            .run(
                fold -> {
                  var watched = watched(fold);
                  last.add(watched);
                  return watched.outcome;
                });
    new TrainResults(console(), json()).print(training, k, outcome);
    if (!outcome.interrupted()) {
      return ExitCode.DONE;
    }
    console()
        .say(
            "stopped in fold %d of %d; all is kept, go on with the same command and --out %s"
                .formatted(
                    outcome.runs().size() + 1, k, Text.quoted(training.folder().toString())));
    return last.getLast().interruptedAs;
  }

  /// Takes over Ctrl-C from when there is something to lose until there no longer is.
  private static final class WhileItPays implements Listener {
    private final Interruption interruption;
    private final int epochs;
    private @Nullable Progress last;

    WhileItPays(Interruption interruption, int epochs) {
      this.interruption = interruption;
      this.epochs = epochs;
    }

    @Override
    public void step(Progress progress) {
      if (last == null) {
        interruption.listen();
      }
      last = progress;
    }

    @Override
    public void epoch(Epoch epoch, History soFar) {
      if (epoch.epoch() == epochs) {
        interruption.close();
      }
    }

    /// `at step 12 of 169 of epoch 3 of 8`.
    String where() {
      var p = last;
      return p == null
          ? "before the first step"
          : "at step %d of %d of epoch %d of %d"
              .formatted(p.batch(), p.batches(), p.epoch(), p.epochs());
    }
  }

  private void announce(Training training) {
    var all = training.data();
    double share = training.settings().validation();
    var splits = all.validation() == null && share > 0 ? all.holdOut(share, Rng.of(0)) : all;
    var input = training.inputSize();
    var network = Models.build(training.model(), input, splits.classes().size()).network();
    if (quiet) {
      return;
    }
    console()
        .say(
            "training %s (%s) on %s (%s, %s, %s) in %s"
                .formatted(
                    training.model(),
                    Text.count(network.parameterCount(), "parameter", "parameters"),
                    splits.name(),
                    Text.count(splits.train().size(), "training image", "training images"),
                    input,
                    Text.count(splits.classes().size(), "class", "classes"),
                    training.folder()));
    all.notes().forEach(note -> console().say("note: " + note));
  }
}
