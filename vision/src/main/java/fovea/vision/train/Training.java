package fovea.vision.train;

import fovea.core.FoveaException;
import fovea.core.loss.Loss;
import fovea.core.nn.Start;
import fovea.core.optim.Adam;
import fovea.core.optim.Schedule;
import fovea.core.optim.UpdateRule;
import fovea.core.tensor.Precision;
import fovea.core.train.DivergedException;
import fovea.core.train.History;
import fovea.core.train.Listener;
import fovea.vision.augment.Augmentations;
import fovea.vision.data.DataSplits;
import fovea.vision.data.Loading;
import fovea.vision.data.Scaling;
import fovea.vision.data.Task;
import fovea.vision.image.Image;
import fovea.vision.model.InputSize;
import fovea.vision.model.Models;
import fovea.vision.run.Evaluation;
import fovea.vision.run.Run;
import fovea.vision.run.Settings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// The training of a classifier, or the fitting of a baseline, as a specification: what it does not
/// name has a sensible value.
///
/// ```java
/// var run = Training.of("lenet5", Datasets.open("digits")).epochs(6).seed(7).in(Path.of("runs/first")).run();
/// ```
///
/// A run is a folder: `model.safetensors` (the weights of the best epoch), `last.safetensors`
/// (where it stands), `run.json`, `history.csv` and `report.html`. Where the folder holds such a
/// training that was interrupted, it goes on, and comes to the same bits as if it had not been.
///
/// @param model name, with options, of a network in [Models]
/// @param data to learn from and to be judged by
/// @param size of the images the network gets; `null` for the size that the data's images have, or,
///   where they differ in size, the network's usual one
/// @param chosenScaling what is done to the values of the images; `null` for what the model usually
///   gets
/// @param settings how to train
/// @param folder where the run goes
/// @param loading how images are brought in
/// @param listeners who watches
/// @param stop asked after each step whether to end early
public record Training(
    String model,
    DataSplits data,
    @Nullable InputSize size,
    @Nullable Scaling chosenScaling,
    Settings settings,
    Path folder,
    Loading loading,
    List<Listener> listeners,
    BooleanSupplier stop) {

  /// What `history.csv` is called.
  public static final String HISTORY = "history.csv";

  private static final int LOOKED_AT_FOR_SIZE = 64;

  /// @throws FoveaException if the data are not for classification
  public Training {
    listeners = List.copyOf(listeners);
    if (data.train().task() != Task.CLASSIFICATION) {
      throw new FoveaException(
          "%s is for %s; a training here learns to tell classes of whole images apart"
              .formatted(data.name(), data.train().task()));
    }
  }

  /// With Adam at a rate of 0.002 that falls along a cosine, batches of 64, 8 epochs, a tenth of
  /// the training images held out, seed 0.
  public static Training of(String model, DataSplits data) {
    return new Training(
        model,
        data,
        null,
        null,
        new Settings(8, 64, Adam.adam(0.002), Schedule.cosine(), 0.1, 0, Precision.F32),
        Path.of("runs", model.replace(':', '-') + "-" + data.name()),
        Loading.USUAL,
        List.of(),
        () -> false);
  }

  public Training epochs(int n) {
    return with(settings.epochs(n));
  }

  /// Images a step.
  public Training batch(int n) {
    return with(settings.batch(n));
  }

  public Training optimizer(UpdateRule rule) {
    return with(settings.rule(rule));
  }

  public Training schedule(Schedule schedule) {
    return with(settings.schedule(schedule));
  }

  /// What is made small; see [fovea.vision.run.ClassLoss] for what losses that are not of classes
  /// are given.
  public Training loss(Loss loss) {
    return with(settings.loss(loss));
  }

  /// How weights start.
  public Training start(Start start) {
    return with(settings.start(start));
  }

  /// To end early after so many epochs without a better one.
  public Training patience(int epochs) {
    return with(settings.patience(epochs));
  }

  /// The share of the training images to hold out, where the data have no validation images of
  /// their own.
  public Training validation(double share) {
    return with(settings.validation(share));
  }

  public Training seed(long seed) {
    return with(settings.seed(seed));
  }

  /// What to compute in.
  public Training precision(Precision precision) {
    return with(settings.precision(precision));
  }

  /// What training images go through, each time they are shown.
  public Training augment(Augmentations augmentations) {
    return with(settings.augment(augmentations));
  }

  /// How images are brought in; it changes no bit.
  public Training loading(Loading newLoading) {
    return new Training(
        model, data, size, chosenScaling, settings, folder, newLoading, listeners, stop);
  }

  public Training with(Settings newSettings) {
    return new Training(
        model, data, size, chosenScaling, newSettings, folder, loading, listeners, stop);
  }

  /// The size of the images that the network gets.
  public Training size(InputSize newSize) {
    return new Training(
        model, data, newSize, chosenScaling, settings, folder, loading, listeners, stop);
  }

  /// What is done to the values of the images.
  public Training scaling(Scaling scaling) {
    return new Training(model, data, size, scaling, settings, folder, loading, listeners, stop);
  }

  /// What is done to the values of the images.
  public Scaling scaling() {
    return chosenScaling == null ? Models.kind(model).scaling() : chosenScaling;
  }

  /// What to learn from and to be judged by.
  public Training data(DataSplits newData) {
    return new Training(
        model, newData, size, chosenScaling, settings, folder, loading, listeners, stop);
  }

  /// The folder for the run.
  public Training in(Path newFolder) {
    return new Training(
        model, data, size, chosenScaling, settings, newFolder, loading, listeners, stop);
  }

  /// One more who watches.
  public Training listener(Listener listener) {
    var all = new ArrayList<>(listeners);
    all.add(listener);
    return new Training(model, data, size, chosenScaling, settings, folder, loading, all, stop);
  }

  /// When to end early, with everything kept.
  public Training stop(BooleanSupplier asked) {
    return new Training(
        model, data, size, chosenScaling, settings, folder, loading, listeners, asked);
  }

  /// What came of it.
  ///
  /// @param run the folder, its record and the best model
  /// @param history epoch by epoch
  /// @param test the best model on the test images; `null` when interrupted
  /// @param waiting the share of the time of training in which it waited for its images
  public record Outcome(Run run, History history, @Nullable Evaluation test, double waiting) {}

  /// Trains, measures the best epoch's weights on the test images and writes the report.
  ///
  /// @throws FoveaException when model and data do not fit, the folder cannot be written or holds
  ///   another run
  /// @throws DivergedException when the loss is no longer a number
  public Outcome run() {
    return new Sitting(this).run();
  }

  /// The size that the network gets images in.
  public InputSize inputSize() {
    if (size != null) {
      return size;
    }
    var train = data.train();
    int channels = 1;
    InputSize common = null;
    boolean alike = true;
    int looks = Math.min(LOOKED_AT_FOR_SIZE, train.size());
    for (int i = 0; i < looks; i++) {
      Image image;
      try {
        image = train.image((int) ((long) i * train.size() / looks));
      } catch (FoveaException e) {
        if (settings.skipBroken()) {
          continue;
        }
        throw e;
      }
      channels = Math.max(channels, image.channels());
      var here = new InputSize(1, image.height(), image.width());
      alike &= common == null || common.equals(here);
      common = here;
    }
    var chosen = alike && common != null ? common : Models.kind(model).usual();
    return new InputSize(channels, chosen.height(), chosen.width());
  }
}
