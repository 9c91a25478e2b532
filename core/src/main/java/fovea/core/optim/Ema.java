package fovea.core.optim;

import fovea.core.tensor.Tensor;
import java.util.SequencedMap;

/// A rule with an exponential moving average of the parameters, which is what is measured and kept
/// (Polyak & Juditsky 1992; Tarvainen & Valpola 2017): ā ← decay·ā + (1 − decay)·p, from the first
/// step's parameters on. Batch norm's statistics are those of p, until they are found anew
/// ([fovea.core.nn.BatchStatistics]).
///
/// @param rule what moves p
/// @param decay how much of the average is kept a step, in [0, 1)
public record Ema(UpdateRule rule, double decay) implements UpdateRule {
  public Ema {
    Require.kept("An average", "decay", decay);
  }

  @Override
  public double rate() {
    return rule.rate();
  }

  @Override
  public Optimizer over(SequencedMap<String, Tensor> parameters) {
    return new Averaging(rule, parameters, 1, _ -> decay);
  }
}
