package fovea.lab;

import java.util.Arrays;
import java.util.Locale;

/// Times of several rounds, in milliseconds.
record Spread(double median, double min, double max) {

  /// Of at least one time.
  static Spread of(double... times) {
    double[] sorted = times.clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    double median = n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
    return new Spread(median, sorted[0], sorted[n - 1]);
  }

  /// Three significant digits: `0.45`, `1.77`, `226`.
  static String figure(double value) {
    if (!(value > 0)) {
      return "0";
    }
    int before = (int) Math.floor(Math.log10(value)) + 1;
    return String.format(Locale.ROOT, "%." + Math.clamp(3 - before, 0, 4) + "f", value);
  }

  /// `1.77 (1.65–2.95)`.
  @Override
  public String toString() {
    return "%s (%s–%s)".formatted(figure(median), figure(min), figure(max));
  }
}
