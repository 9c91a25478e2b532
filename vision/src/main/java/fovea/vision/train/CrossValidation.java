package fovea.vision.train;

import fovea.core.FoveaException;
import fovea.core.io.AtomicFile;
import fovea.vision.run.RunRecord;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The same training on each fold of its training images, judged by the images left out of it: how
/// good such models become, and how much that varies with what they learn from, without a look at
/// the test images (Stone 1974; Kohavi 1995).
///
/// Each fold is a run of its own, in the folders `fold-1` to `fold-K`. Folds that are there and
/// finished are not trained again; one that was interrupted goes on.
///
/// @param training what to do for each fold; its folder holds those of the folds
/// @param folds how many, at least 2; 5 and 10 are usual
public record CrossValidation(Training training, int folds) {
  /// The file with the figures of all folds.
  public static final String FILE = "folds.csv";

  public CrossValidation {
    if (folds < 2) {
      throw new IllegalArgumentException("cross-validation takes at least 2 folds, not " + folds);
    }
  }

  /// What came of it.
  ///
  /// @param runs of the folds that were finished, in order
  /// @param interrupted whether it was asked to stop before its end
  public record Outcome(List<RunRecord> runs, boolean interrupted) {
    /// The accuracy of each fold, in [0, 1].
    public List<Double> accuracies() {
      var all = new ArrayList<Double>();
      for (var run : runs) {
        Double accuracy = run.figures().testAccuracy();
        all.add(accuracy == null ? Double.NaN : accuracy);
      }
      return all;
    }

    /// Their mean.
    public double mean() {
      return accuracies().stream().mapToDouble(a -> a).average().orElse(Double.NaN);
    }

    /// Their standard deviation, of the sample. Folds share most of what they learn from: the mean
    /// is less sure than this by the root of their number would make it (Nadeau & Bengio 2003).
    public double deviation() {
      double mean = mean();
      double squares = accuracies().stream().mapToDouble(a -> (a - mean) * (a - mean)).sum();
      return runs.size() < 2 ? Double.NaN : Math.sqrt(squares / (runs.size() - 1));
    }
  }

  /// Trains and judges fold after fold.
  ///
  /// @throws FoveaException when a fold's folder holds another run
  public Outcome run() {
    return run(Training::run);
  }

  /// Trains and judges fold after fold.
  ///
  /// @param how to run the training of a fold, for instance watched by somebody
  /// @throws FoveaException when a fold's folder holds another run
  public Outcome run(Function<Training, Training.Outcome> how) {
    var runs = new ArrayList<RunRecord>();
    for (int fold = 1; fold <= folds; fold++) {
      var one =
          training
              .data(training.data().fold(fold, folds, training.settings().seed()))
              .in(training.folder().resolve("fold-" + fold));
      var record = finished(one);
      if (record == null) {
        var outcome = how.apply(one);
        if (outcome.test() == null) {
          return new Outcome(List.copyOf(runs), true);
        }
        record = outcome.run().record();
      }
      runs.add(record);
      write(runs);
    }
    return new Outcome(List.copyOf(runs), false);
  }

  /// The record of a fold that was trained before, just so; null where there is none.
  private static @Nullable RunRecord finished(Training one) {
    if (!Files.exists(one.folder().resolve(RunRecord.FILE))) {
      return null;
    }
    var before = RunRecord.read(one.folder());
    boolean same =
        before.status() == RunRecord.Status.FINISHED
            && before.model().name().equals(one.model())
            && before.model().input().equals(one.inputSize())
            && before.settings().equals(one.settings())
            && before.preprocessing().scaling() == one.scaling()
            && before.data().hash().equals(one.data().hash());
    return same ? before : null;
  }

  private void write(List<RunRecord> runs) {
    var text = new StringBuilder("fold,accuracy,loss,seconds\n");
    for (int i = 0; i < runs.size(); i++) {
      var figures = runs.get(i).figures();
      text.append(i + 1)
          .append(',')
          .append(figures.testAccuracy())
          .append(',')
          .append(figures.testLoss())
          .append(',')
          .append(runs.get(i).seconds())
          .append('\n');
    }
    AtomicFile.write(
        training.folder().resolve(FILE),
        out -> out.write(text.toString().getBytes(StandardCharsets.UTF_8)));
  }
}
