package fovea.core.optim;

/// Loops over tiles that many rules share. Each writes to one array only, since the compiler makes
/// vectors of nothing else.
final class Tile {
  private Tile() {}

  /// y ← y + factor·x: of the gradient, coupled decay; of the parameter, a step.
  static void add(double[] y, double factor, double[] x, int n) {
    if (factor != 0) {
      for (int i = 0; i < n; i++) {
        y[i] = y[i] + factor * x[i];
      }
    }
  }

  /// y ← factor·y: of the parameter, decoupled decay.
  static void scale(double[] y, double factor, int n) {
    if (factor != 1) {
      for (int i = 0; i < n; i++) {
        y[i] = factor * y[i];
      }
    }
  }

  /// y ← keep·y + (1 − keep)·x.
  static void average(double[] y, double keep, double[] x, int n) {
    double add = 1 - keep;
    for (int i = 0; i < n; i++) {
      y[i] = keep * y[i] + add * x[i];
    }
  }

  /// y ← keep·y + (1 − keep)·x².
  static void averageSquare(double[] y, double keep, double[] x, int n) {
    double add = 1 - keep;
    for (int i = 0; i < n; i++) {
      y[i] = keep * y[i] + add * x[i] * x[i];
    }
  }

  /// y ← y + factor·x/(√v·root + eps).
  static void addByRoot(
      double[] y, double factor, double[] x, double[] v, double root, double eps, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = y[i] + factor * x[i] / (Math.sqrt(v[i]) * root + eps);
    }
  }
}
