package fovea.core.train;

import fovea.core.memory.Scope;
import fovea.core.nn.Mode;
import java.util.SequencedMap;

/// Measures a model on a set, without training it.
public final class Evaluator {
  private Evaluator() {}

  /// The mean loss (`loss`) and the objective's other figures over a set.
  public static <B> SequencedMap<String, Double> evaluate(Objective<B> objective, Batches<B> data) {
    var figures = new Figures();
    var batches = data.pass(0, 0);
    while (batches.hasNext()) {
      try (var _ = Scope.open("evaluation step")) {
        var batch = batches.next();
        var measured = Mode.evaluating(() -> objective.measure(batch));
        figures.add(measured.loss().itemAsDouble(), measured);
      }
    }
    return figures.means();
  }
}
