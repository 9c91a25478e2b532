package fovea.core.metric;

/// Whether confidence can be taken at its word: samples by the probability that was given to what
/// was predicted, and in each of equal bins how many were right (the reliability diagram; Guo et
/// al., "On calibration of modern neural networks", 2017).
///
/// @param counts samples in each bin; bin i of n covers (i/n, (i+1)/n], the first also 0
/// @param confidence the mean probability in each bin; NaN in empty ones
/// @param accuracy the share that was right in each bin; NaN in empty ones
public record Calibration(long[] counts, double[] confidence, double[] accuracy) {

  /// Sorts predictions into bins of equal width.
  ///
  /// @param confidence of each prediction, in [0, 1]
  /// @param right whether it was
  /// @param bins how many, at least 1
  /// @throws IllegalArgumentException when the two are not of the same samples, or a confidence is
  ///   no probability
  public static Calibration of(double[] confidence, boolean[] right, int bins) {
    if (confidence.length != right.length || bins < 1) {
      throw new IllegalArgumentException(
          "%d confidences of %d predictions in %d bins"
              .formatted(confidence.length, right.length, bins));
    }
    var counts = new long[bins];
    var confidences = new double[bins];
    var rights = new double[bins];
    for (int i = 0; i < confidence.length; i++) {
      double p = confidence[i];
      if (!(p >= 0 && p <= 1)) {
        throw new IllegalArgumentException("confidence %s is no probability".formatted(p));
      }
      int bin = Math.clamp((int) Math.ceil(p * bins) - 1, 0, bins - 1);
      counts[bin]++;
      confidences[bin] += p;
      rights[bin] += right[i] ? 1 : 0;
    }
    for (int b = 0; b < bins; b++) {
      confidences[b] /= counts[b];
      rights[b] /= counts[b];
    }
    return new Calibration(counts, confidences, rights);
  }

  /// The expected calibration error: the mean distance between confidence and accuracy, each bin
  /// weighed by its samples. In [0, 1]; NaN without samples.
  public double expectedError() {
    double sum = 0;
    long n = 0;
    for (int b = 0; b < counts.length; b++) {
      if (counts[b] > 0) {
        sum += counts[b] * Math.abs(confidence[b] - accuracy[b]);
        n += counts[b];
      }
    }
    return sum / n;
  }

  /// The largest distance between confidence and accuracy in any bin that has samples; NaN without
  /// samples.
  public double maximumError() {
    double most = Double.NaN;
    for (int b = 0; b < counts.length; b++) {
      if (counts[b] > 0) {
        most = Math.max(Double.isNaN(most) ? 0 : most, Math.abs(confidence[b] - accuracy[b]));
      }
    }
    return most;
  }

  /// The Brier score (1950): the mean over samples of Σ (pₖ − yₖ)² over the classes, with y 1 for
  /// the true class and 0 for others. From 0, best, to 2; it asks for calibration and for decision.
  ///
  /// @param probabilities of each class for each sample, row by row
  /// @param classes how many
  /// @param truth the class of each sample
  public static double brier(float[] probabilities, int classes, int[] truth) {
    if (probabilities.length != (long) classes * truth.length) {
      throw new IllegalArgumentException(
          "%d probabilities are not of %d classes for each of %d samples"
              .formatted(probabilities.length, classes, truth.length));
    }
    double sum = 0;
    for (int i = 0; i < truth.length; i++) {
      for (int c = 0; c < classes; c++) {
        double d = probabilities[i * classes + c] - (c == truth[i] ? 1 : 0);
        sum += d * d;
      }
    }
    return sum / truth.length;
  }
}
