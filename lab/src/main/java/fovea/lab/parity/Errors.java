package fovea.lab.parity;

/// The error of one array against another: the largest difference of an element, over the largest
/// element of the expected one. Where a gradient is next to nothing beside the others of the same
/// case (a bias that batch norm takes out again), over a tenth of the largest of those.
final class Errors {
  private static final double SHARE = 0.1;

  private Errors() {}

  static double of(double[] found, double[] expected, double largestOfAll) {
    if (found.length != expected.length) {
      throw new IllegalStateException(
          "there are %d numbers, expected %d".formatted(found.length, expected.length));
    }
    double difference = 0;
    for (int i = 0; i < found.length; i++) {
      // Equal infinities, or two that are not numbers, are alike.
      if (Double.compare(found[i], expected[i]) != 0) {
        double d = Math.abs(found[i] - expected[i]);
        difference = Double.isNaN(d) ? Double.POSITIVE_INFINITY : Math.max(difference, d);
      }
    }
    double scale = Math.max(largest(expected), SHARE * largestOfAll);
    return difference == 0 ? 0 : difference / scale;
  }

  static double largestOfGradients(Answer answer) {
    double largest = 0;
    for (var value : answer.values().entrySet()) {
      if (value.getKey().startsWith("gradient")) {
        largest = Math.max(largest, largest(value.getValue()));
      }
    }
    return largest;
  }

  static double largest(double[] values) {
    double largest = 0;
    for (double v : values) {
      if (Double.isFinite(v)) {
        largest = Math.max(largest, Math.abs(v));
      }
    }
    return largest;
  }
}
