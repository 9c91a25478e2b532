package fovea.core.metric;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/// Samples by falling score, counted up to each score that occurs: what all curves over a threshold
/// are made from.
///
/// @param thresholds the scores that occur, each once, falling
/// @param hits of the samples with at least this score, how many are positive
/// @param alarms and how many are not
/// @param positives how many there are in all
/// @param negatives how many there are in all
record Ranking(double[] thresholds, long[] hits, long[] alarms, long positives, long negatives) {

  /// @throws IllegalArgumentException when there are not as many scores as truths, or a score is
  ///   NaN
  static Ranking of(double[] scores, boolean[] positive) {
    if (scores.length != positive.length) {
      throw new IllegalArgumentException(
          "%d scores are of %d samples".formatted(scores.length, positive.length));
    }
    if (Arrays.stream(scores).anyMatch(Double::isNaN)) {
      throw new IllegalArgumentException("a score is NaN, which has no rank");
    }
    var order =
        IntStream.range(0, scores.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> scores[i]).reversed())
            .mapToInt(i -> i)
            .toArray();
    var thresholds = new double[scores.length];
    var hits = new long[scores.length];
    var alarms = new long[scores.length];
    int n = 0;
    long hit = 0;
    long alarm = 0;
    for (int k = 0; k < order.length; k++) {
      if (positive[order[k]]) {
        hit++;
      } else {
        alarm++;
      }
      boolean last = k + 1 == order.length;
      // Comparing as numbers: 0 and −0 are one threshold.
      if (last || scores[order[k + 1]] != scores[order[k]]) {
        thresholds[n] = scores[order[k]];
        hits[n] = hit;
        alarms[n] = alarm;
        n++;
      }
    }
    return new Ranking(
        Arrays.copyOf(thresholds, n), Arrays.copyOf(hits, n), Arrays.copyOf(alarms, n), hit, alarm);
  }
}
