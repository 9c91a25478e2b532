package fovea.core.metric;

/// The receiver operating characteristic: over all thresholds, the share of positives that are
/// found against the share of negatives that raise a false alarm (Fawcett, "An introduction to ROC
/// analysis", 2006).
///
/// @param thresholds falling; the first is infinite: nothing is found yet
/// @param falseAlarms the false positive rate at each threshold, rising from 0 to 1; NaN without
///   negatives
/// @param found the true positive rate (recall) at each threshold, rising from 0 to 1; NaN without
///   positives
public record RocCurve(double[] thresholds, double[] falseAlarms, double[] found) {

  /// The curve of scores, one for each sample; a higher score speaks for a positive. Samples of
  /// equal score pass the threshold together.
  ///
  /// @throws IllegalArgumentException when there are not as many scores as truths, or a score is
  ///   NaN
  public static RocCurve of(double[] scores, boolean[] positive) {
    var ranking = Ranking.of(scores, positive);
    int n = ranking.thresholds().length;
    var thresholds = new double[n + 1];
    var falseAlarms = new double[n + 1];
    var found = new double[n + 1];
    thresholds[0] = Double.POSITIVE_INFINITY;
    falseAlarms[0] = ranking.negatives() == 0 ? Double.NaN : 0;
    found[0] = ranking.positives() == 0 ? Double.NaN : 0;
    for (int i = 0; i < n; i++) {
      thresholds[i + 1] = ranking.thresholds()[i];
      falseAlarms[i + 1] = ranking.alarms()[i] / (double) ranking.negatives();
      found[i + 1] = ranking.hits()[i] / (double) ranking.positives();
    }
    return new RocCurve(thresholds, falseAlarms, found);
  }

  /// The area under the curve: how probable it is that a positive has a higher score than a
  /// negative, ties counted half. NaN where one of both is missing.
  public double area() {
    double area = 0;
    for (int i = 1; i < found.length; i++) {
      area += (falseAlarms[i] - falseAlarms[i - 1]) * (found[i] + found[i - 1]) / 2;
    }
    return found.length > 1 ? area : Double.NaN;
  }
}
