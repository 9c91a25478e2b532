package fovea.core.train;

import fovea.core.FoveaException;
import fovea.core.array.Rng;
import fovea.core.io.Safetensors;
import fovea.core.memory.Scope;
import fovea.core.nn.BatchStatistics;
import fovea.core.nn.Layer;
import fovea.core.nn.Mode;
import fovea.core.optim.Optimizer;
import fovea.core.optim.Schedule;
import fovea.core.optim.UpdateRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// The training loop: passes over the data in batches, each a step of the optimizer down the
/// gradient of the objective; after each pass the validation set is measured.
///
/// With a folder it keeps two files there: `last.safetensors`, from which it goes on by itself when
/// it is run again, and `model.safetensors`, the state of the epoch that did best on the validation
/// set (the last one where there is none). Of rules that average parameters, the averages are
/// measured and kept there, with batch norm's statistics found anew for them, which takes another
/// pass over the training data, forwards, at the end of each epoch ([BatchStatistics]).
///
/// The same seed gives the same bits, also when it was interrupted and went on.
///
/// @param model whose parameters are trained; drawn from the seed where they have no values yet
/// @param objective what to make small
/// @param training the data to learn from
/// @param validation what decides which epoch was best; may be `null`
/// @param rule the optimizer
/// @param schedule of the learning rate, over all steps
/// @param epochs how many passes
/// @param patience after so many epochs without a better one training ends early; 0 for never
/// @param seed of all chance
/// @param folder where to keep checkpoints; `null` for nowhere
/// @param metadata to put into `model.safetensors`
/// @param listeners who watches
/// @param stop asked after each step whether to end early, with everything kept
public record Trainer<B>(
    Layer model,
    Objective<B> objective,
    Batches<B> training,
    @Nullable Batches<B> validation,
    UpdateRule rule,
    Schedule schedule,
    int epochs,
    int patience,
    long seed,
    @Nullable Path folder,
    Map<String, String> metadata,
    List<Listener> listeners,
    BooleanSupplier stop) {

  /// The best model's weights, in the folder.
  public static final String BEST = "model.safetensors";

  /// Where the training stands, in the folder.
  public static final String LAST = "last.safetensors";

  private static final long SAVE_EVERY_NANOS = 600_000_000_000L;

  public Trainer {
    if (epochs < 1) {
      throw new IllegalArgumentException("training takes at least 1 epoch, not " + epochs);
    }
    if (patience < 0) {
      throw new IllegalArgumentException("patience is at least 0 epochs, not " + patience);
    }
    if (training.count() < 1) {
      throw new IllegalArgumentException("there is no batch to train on");
    }
    listeners = List.copyOf(listeners);
    metadata = Map.copyOf(metadata);
  }

  /// Trains to the end, or until asked to stop.
  ///
  /// @throws DivergedException when the loss is no longer a number; what was kept before stays
  public History run() {
    var random = Rng.of(seed);
    model.initMissing(random.split("init"));
    var optimizer = rule.over(model.parameters());
    return new Loop(optimizer, random.split("step"), resume(optimizer)).run();
  }

  private Checkpoint resume(Optimizer optimizer) {
    if (folder == null) {
      return Checkpoint.start();
    }
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new FoveaException("cannot make the folder " + folder + ": " + e, e);
    }
    var last = folder.resolve(LAST);
    return Files.exists(last) ? Checkpoint.load(last, model, optimizer) : Checkpoint.start();
  }

  /// The state of one run of the loop.
  private final class Loop {
    private final Optimizer optimizer;
    private final Rng random;
    private final Checkpoint from;
    private final List<Epoch> done;
    private final long total = (long) epochs * training.count();
    private final long begun = System.nanoTime();
    private long lastSave = begun;
    private long step;
    private long samplesHere;
    private long validationNanos;
    private List<Double> losses = List.of();

    Loop(Optimizer optimizer, Rng random, Checkpoint from) {
      this.optimizer = optimizer;
      this.random = random;
      this.from = from;
      this.done = new ArrayList<>(from.epochs());
      this.step = from.step();
    }

    History run() {
      boolean finished = true;
      for (int epoch = from.epoch(); finished && epoch < epochs && !isPatienceOut(); epoch++) {
        finished = epoch(epoch, epoch == from.epoch() ? from : Checkpoint.start());
      }
      return history(!finished);
    }

    private boolean isPatienceOut() {
      if (patience == 0 || done.size() <= patience) {
        return false;
      }
      return done.subList(done.size() - patience, done.size()).stream().noneMatch(Epoch::best);
    }

    private History history(boolean interrupted) {
      return new History(List.copyOf(done), step, interrupted);
    }

    /// One epoch, or what is left of it; false when asked to stop before its end.
    private boolean epoch(int epoch, Checkpoint start) {
      long began = System.nanoTime();
      var figures = new Figures(start.sums(), start.samples());
      int batch = start.batch();
      losses = losses();
      var batches = training.pass(epoch, batch);
      while (batches.hasNext()) {
        step(batches, figures, epoch);
        batch++;
        for (var listener : listeners) {
          listener.step(progress(epoch, batch, figures));
        }
        boolean stopping = batch < training.count() && stop.getAsBoolean();
        if (stopping || System.nanoTime() - lastSave > SAVE_EVERY_NANOS) {
          save(epoch, batch, figures, start.seconds() + secondsSince(began));
        }
        if (stopping) {
          return false;
        }
      }
      end(epoch, figures, start.seconds() + secondsSince(began));
      // Asked to stop in the very last step of an epoch: the epoch counts, the next does not begin.
      return epoch + 1 == epochs || !stop.getAsBoolean();
    }

    /// What the schedule may react to.
    private List<Double> losses() {
      return done.stream()
          .map(e -> value(e.validation().isEmpty() ? e.training() : e.validation(), Figures.LOSS))
          .toList();
    }

    private void step(Iterator<B> batches, Figures figures, int epoch) {
      try (var _ = Scope.open("training step")) {
        var batch = batches.next();
        var counted = new boolean[1];
        optimizer.step(
            () -> {
              // Whoever asks again sees the same chance at work.
              var measured = Mode.training(random.split(step), () -> objective.measure(batch));
              double loss = measured.loss().itemAsDouble();
              if (!Double.isFinite(loss)) {
                throw diverged(loss, epoch);
              }
              if (!counted[0]) {
                counted[0] = true;
                figures.add(loss, measured);
                samplesHere += measured.samples();
              }
              return measured.loss().backward();
            },
            schedule.factor(step, total, losses));
        step++;
      }
    }

    private DivergedException diverged(double loss, int epoch) {
      return new DivergedException(
          "the loss became %s at step %d (epoch %d): try a lower learning rate than %s, or look for values in the data that are not finite%s"
              .formatted(
                  Double.isNaN(loss) ? "NaN" : "infinite",
                  step + 1,
                  epoch + 1,
                  rule.rate(),
                  done.isEmpty() || folder == null
                      ? ""
                      : "; the best model so far is in " + folder.resolve(BEST)));
    }

    private void end(int epoch, Figures figures, double trainingSeconds) {
      long began = System.nanoTime();
      var measured = new LinkedHashMap<String, Double>();
      boolean best =
          averaged(
              epoch,
              () -> {
                if (validation != null) {
                  measured.putAll(Evaluator.evaluate(objective, validation));
                }
                boolean better = isBest(measured);
                if (better && folder != null) {
                  Safetensors.write(folder.resolve(BEST), model.state(), metadata);
                }
                return better;
              });
      validationNanos += System.nanoTime() - began;
      var ended =
          new Epoch(
              epoch + 1,
              rule.rate() * schedule.factor(step - 1, total, losses),
              figures.means(),
              measured,
              trainingSeconds + secondsSince(began),
              figures.samples() / trainingSeconds,
              best);
      done.add(ended);
      save(epoch + 1, 0, new Figures(), 0);
      for (var listener : listeners) {
        listener.epoch(ended, history(false));
      }
    }

    /// Runs while the model is what is to be used: with averages as its parameters where there are
    /// any, and batch norm's statistics found anew for them.
    private boolean averaged(int epoch, BooleanSupplier body) {
      if (!optimizer.isAveraged() || !BatchStatistics.has(model)) {
        return optimizer.averaged(body::getAsBoolean);
      }
      return BatchStatistics.restoring(
          model,
          () ->
              optimizer.averaged(
                  () -> {
                    BatchStatistics.update(
                        model,
                        training.pass(epoch, 0),
                        objective::measure,
                        i -> new Mode.Train(random.split("statistics").split(epoch).split(i)));
                    return body.getAsBoolean();
                  }));
    }

    /// By the first figure beside the loss where there is one, else by the loss; at a tie by the
    /// loss.
    private boolean isBest(SequencedMap<String, Double> now) {
      if (now.isEmpty()) {
        return true;
      }
      var name = now.keySet().stream().filter(n -> !n.equals(Figures.LOSS)).findFirst();
      return done.stream()
          .map(Epoch::validation)
          .allMatch(
              before -> {
                int c = name.map(n -> Double.compare(value(now, n), value(before, n))).orElse(0);
                return c > 0 || (c == 0 && value(now, Figures.LOSS) < value(before, Figures.LOSS));
              });
    }

    private double value(Map<String, Double> figures, String name) {
      return figures.getOrDefault(name, Double.NaN);
    }

    private void save(int epoch, int batch, Figures figures, double seconds) {
      if (folder == null) {
        return;
      }
      new Checkpoint(
              step, epoch, batch, figures.sums(), figures.samples(), seconds, List.copyOf(done))
          .save(folder.resolve(LAST), model, optimizer);
      lastSave = System.nanoTime();
    }

    private Progress progress(int epoch, int batch, Figures figures) {
      double training = secondsSince(begun) - validationNanos * 1e-9;
      long stepsHere = step - from.step();
      int validations = done.size() - from.epochs().size();
      double perValidation = validations == 0 ? 0 : validationNanos * 1e-9 / validations;
      return new Progress(
          epoch + 1,
          epochs,
          batch,
          training().count(),
          figures.means(),
          samplesHere / training,
          (total - step) * training / stepsHere + (epochs - epoch) * perValidation);
    }

    private static double secondsSince(long nanos) {
      return (System.nanoTime() - nanos) * 1e-9;
    }
  }
}
