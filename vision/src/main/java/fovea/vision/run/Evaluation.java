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
import java.util.stream.IntStream;

/// How good a classifier is on a set.
///
/// @param loss the mean cross-entropy, in nats
/// @param confusion who was taken for whom
/// @param worst the mistakes it was surest of, worst first
/// @param predictions what it said of each image
/// @param seconds it took
public record Evaluation(
    double loss,
    ConfusionMatrix confusion,
    List<Mistake> worst,
    Predictions predictions,
    double seconds) {
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

  /// What follows from what a classifier said.
  ///
  /// @param seconds it took
  public static Evaluation of(Predictions p, double seconds) {
    double loss = 0;
    for (int i = 0; i < p.size(); i++) {
      loss += p.loss(i);
    }
    return new Evaluation(
        loss / p.size(),
        p.confusion(),
        IntStream.range(0, p.size())
            .filter(i -> p.predicted(i) != p.labels()[i])
            .boxed()
            .sorted(Comparator.comparingDouble(p::loss).reversed())
            .limit(WORST)
            .map(i -> mistake(p, i))
            .toList(),
        p,
        seconds);
  }

  private static Mistake mistake(Predictions p, int i) {
    int predicted = p.predicted(i);
    return new Mistake(i, p.labels()[i], predicted, p.probability(i, predicted), p.loss(i));
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
    var logs = new float[Math.multiplyExact(data.size(), model.classes())];
    var labels = new int[data.size()];
    var batches = Loader.inOrder(data, preprocessing, BATCH).pass(0, 0);
    while (batches.hasNext()) {
      try (var _ = Scope.open("evaluation step")) {
        var batch = batches.next();
        var of = Mode.evaluating(() -> model.network().forward(batch.x()).logSoftmax(1)).toFloats();
        for (int i = 0; i < batch.indices().length; i++) {
          int image = batch.indices()[i];
          labels[image] = data.label(image);
          System.arraycopy(of, i * model.classes(), logs, image * model.classes(), model.classes());
        }
      }
    }
    var predictions = new Predictions(data.classes(), labels, logs);
    return of(predictions, (System.nanoTime() - began) * 1e-9);
  }
}
