package fovea.core.metric;

/// How far predicted numbers are from the true ones.
///
/// @param meanAbsolute the mean absolute error, in the unit of the numbers
/// @param rootMeanSquare the root of the mean squared error, in the same unit
/// @param r2 the share of the variance that is explained (the coefficient of determination): 1 for
///   perfect predictions, 0 for those no better than the mean, negative for worse; NaN where the
///   true numbers do not vary
public record Regression(double meanAbsolute, double rootMeanSquare, double r2) {

  /// Compares predictions with the truth.
  ///
  /// @throws IllegalArgumentException when there are not as many predictions as truths, or none
  public static Regression of(double[] truth, double[] predicted) {
    if (truth.length != predicted.length || truth.length == 0) {
      throw new IllegalArgumentException(
          "%d predictions of %d numbers".formatted(predicted.length, truth.length));
    }
    double mean = 0;
    for (double t : truth) {
      mean += t / truth.length;
    }
    double absolute = 0;
    double square = 0;
    double variance = 0;
    for (int i = 0; i < truth.length; i++) {
      double error = predicted[i] - truth[i];
      absolute += Math.abs(error);
      square += error * error;
      variance += (truth[i] - mean) * (truth[i] - mean);
    }
    int n = truth.length;
    return new Regression(
        absolute / n, Math.sqrt(square / n), variance == 0 ? Double.NaN : 1 - square / variance);
  }
}
