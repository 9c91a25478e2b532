package fovea.core.train;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/// Means over samples, added up batch by batch: the loss and the objective's other figures.
final class Figures {
  static final String LOSS = "loss";

  private final SequencedMap<String, Double> sums = new LinkedHashMap<>();
  private long samples;

  /// A fresh sum, or the continuation of one.
  Figures(Map<String, Double> sums, long samples) {
    this.sums.putAll(sums);
    this.samples = samples;
  }

  Figures() {
    this(Map.of(), 0);
  }

  void add(double loss, Measured measured) {
    sums.merge(LOSS, loss * measured.samples(), Double::sum);
    measured
        .figures()
        .forEach((name, value) -> sums.merge(name, value * measured.samples(), Double::sum));
    samples += measured.samples();
  }

  SequencedMap<String, Double> means() {
    var means = new LinkedHashMap<String, Double>();
    sums.forEach((name, sum) -> means.put(name, sum / samples));
    return means;
  }

  SequencedMap<String, Double> sums() {
    return sums;
  }

  long samples() {
    return samples;
  }
}
