package fovea.core.metric;

/// Over all thresholds, how much of what is found is right (precision) against how much of what
/// there is is found (recall).
///
/// @param thresholds falling
/// @param precision at each threshold
/// @param recall at each threshold, rising to 1; NaN without positives
public record PrecisionRecallCurve(double[] thresholds, double[] precision, double[] recall) {

  /// The curve of scores, one for each sample; a higher score speaks for a positive. Samples of
  /// equal score pass the threshold together.
  ///
  /// @throws IllegalArgumentException when there are not as many scores as truths, or a score is
  ///   NaN
  public static PrecisionRecallCurve of(double[] scores, boolean[] positive) {
    var ranking = Ranking.of(scores, positive);
    int n = ranking.thresholds().length;
    var precision = new double[n];
    var recall = new double[n];
    for (int i = 0; i < n; i++) {
      precision[i] = ranking.hits()[i] / (double) (ranking.hits()[i] + ranking.alarms()[i]);
      recall[i] = ranking.hits()[i] / (double) ranking.positives();
    }
    return new PrecisionRecallCurve(ranking.thresholds(), precision, recall);
  }

  /// The average precision Σ (Rₙ − Rₙ₋₁)·Pₙ: the area under the curve as steps, which linear
  /// interpolation would flatter (Davis & Goadrich 2006). NaN without positives.
  public double averagePrecision() {
    double sum = 0;
    double before = 0;
    for (int i = 0; i < recall.length; i++) {
      sum += (recall[i] - before) * precision[i];
      before = recall[i];
    }
    return recall.length == 0 ? Double.NaN : sum;
  }
}
