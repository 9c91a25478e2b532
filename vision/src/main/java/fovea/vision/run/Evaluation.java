package fovea.vision.run;

import fovea.core.FoveaException;
import fovea.core.memory.Scope;
import fovea.core.metric.ConfusionMatrix;
import fovea.core.nn.Mode;
import fovea.vision.data.Dataset;
import fovea.vision.data.Loader;
import fovea.vision.data.Preprocessing;
import fovea.vision.model.Classifier;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/// How good a classifier is on a set.
///
/// @param loss the mean cross-entropy, in nats
/// @param confusion who was taken for whom
/// @param worst the mistakes it was surest of, worst first
/// @param seconds it took
public record Evaluation(
    double loss, ConfusionMatrix confusion, List<Mistake> worst, double seconds) {
  private static final int BATCH = 256;
  private static final int WORST = 24;

  /// An image that was taken for another class.
  ///
  /// @param index in the set
  /// @param truth its class
  /// @param predicted what it was taken for
  /// @param confidence the probability given to that
  /// @param loss −log of the probability given to the truth
  public record Mistake(int index, int truth, int predicted, double confidence, double loss) {}

  /// The share that was right, in [0, 1].
  public double accuracy() {
    return confusion.accuracy();
  }

  /// Measures a classifier.
  ///
  /// @throws FoveaException when the set has other classes than the classifier tells apart
  public static Evaluation of(Classifier model, Preprocessing preprocessing, Dataset data) {
    if (data.classes().size() != model.classes()) {
      throw new FoveaException(
          "%s tells %d classes apart, but %s has %d"
              .formatted(model.name(), model.classes(), data.name(), data.classes().size()));
    }
    long began = System.nanoTime();
    var confusion = new ConfusionMatrix(data.classes());
    var worst = new PriorityQueue<>(Comparator.comparingDouble(Mistake::loss));
    double loss = 0;
    var batches = Loader.inOrder(data, preprocessing, BATCH).pass(0, 0);
    while (batches.hasNext()) {
      try (var _ = Scope.open("evaluation step")) {
        var batch = batches.next();
        var logs =
            Mode.evaluating(() -> model.network().forward(batch.x()).logSoftmax(1)).toFloats();
        for (int i = 0; i < batch.indices().length; i++) {
          int truth = data.label(batch.indices()[i]);
          int at = i * model.classes();
          int predicted = 0;
          for (int c = 1; c < model.classes(); c++) {
            predicted = logs[at + c] > logs[at + predicted] ? c : predicted;
          }
          confusion.add(truth, predicted);
          loss -= logs[at + truth];
          if (predicted != truth) {
            worst.add(
                new Mistake(
                    batch.indices()[i],
                    truth,
                    predicted,
                    Math.exp(logs[at + predicted]),
                    -logs[at + truth]));
            if (worst.size() > WORST) {
              worst.remove();
            }
          }
        }
      }
    }
    return new Evaluation(
        loss / data.size(),
        confusion,
        worst.stream().sorted(Comparator.comparingDouble(Mistake::loss).reversed()).toList(),
        (System.nanoTime() - began) * 1e-9);
  }
}
