package fovea.core.optim;

/// Checks of settings that many rules share.
final class Require {
  private Require() {}

  static void positive(String rule, String what, double value) {
    if (!(value > 0)) {
      throw wrong(rule, "a " + what + " above 0", value);
    }
  }

  static void atLeast0(String rule, String what, double value) {
    if (!(value >= 0)) {
      throw wrong(rule, "a " + what + " of at least 0", value);
    }
  }

  /// In [0, 1): how much of an average is kept.
  static void kept(String rule, String what, double value) {
    if (!(value >= 0 && value < 1)) {
      throw wrong(rule, "a " + what + " in [0, 1)", value);
    }
  }

  private static IllegalArgumentException wrong(String rule, String what, double value) {
    return new IllegalArgumentException(rule + " takes " + what + ", not " + value);
  }
}
