package fovea.vision.augment;

import fovea.core.array.Rng;

/// Checks and draws what several augmentations have.
final class Ranges {
  private Ranges() {}

  static void chance(String name, double p) {
    between(name, "p", p, 0, 1);
  }

  static void between(String name, String what, double value, double least, double most) {
    if (!(value >= least && value <= most)) {
      throw new IllegalArgumentException(
          "%s: %s lies in [%s, %s], not at %s"
              .formatted(name, what, plain(least), plain(most), plain(value)));
    }
  }

  /// Shares of an area, the least not above the most.
  static void shares(String name, double least, double most) {
    if (!(least > 0 && least <= most && most <= 1)) {
      throw new IllegalArgumentException(
          "%s: shares of the area go from above 0 to at most 1, not from %s to %s"
              .formatted(name, plain(least), plain(most)));
    }
  }

  /// Positive factors, the least not above the most.
  static void factors(String name, double least, double most) {
    if (!(least > 0 && least <= most && most <= 100)) {
      throw new IllegalArgumentException(
          "%s: factors go from above 0 to at most 100, not from %s to %s"
              .formatted(name, plain(least), plain(most)));
    }
  }

  /// Twice as much as likely as half as much.
  static double logUniform(double least, double most, Rng rng) {
    return StrictMath.exp(rng.uniform(StrictMath.log(least), StrictMath.log(most)));
  }

  /// Without `.0`.
  static String plain(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e9
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
