package fovea.core.optim;

import fovea.core.tensor.Tensor;
import java.util.SequencedMap;

/// Stochastic weight averaging (Izmailov et al. 2018, algorithm 1): a rule with the mean of the
/// parameters as they are at steps start, start + every, …, which is what is measured and kept from
/// the first of them on. Batch norm's statistics are those of the parameters, until they are found
/// anew ([fovea.core.nn.BatchStatistics]).
///
/// @param rule what moves the parameters, at a constant rate as a rule
/// @param start the first step whose parameters count, from 1
/// @param every at least 1, a pass over the data in the paper
public record Swa(UpdateRule rule, long start, long every) implements UpdateRule {
  public Swa {
    if (start < 1 || every < 1) {
      throw new IllegalArgumentException(
          "averaging starts at step 1 or later and takes every step or fewer, not %d and %d"
              .formatted(start, every));
    }
  }

  @Override
  public double rate() {
    return rule.rate();
  }

  @Override
  public Optimizer over(SequencedMap<String, Tensor> parameters) {
    return new Averaging(rule, parameters, start, this::keep);
  }

  private double keep(long step) {
    long before = (step - start) / every;
    return (step - start) % every == 0 ? before / (before + 1.0) : 1;
  }
}
