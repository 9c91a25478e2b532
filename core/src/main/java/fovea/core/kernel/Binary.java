package fovea.core.kernel;

/// A function of two numbers. Comparisons give 0 or 1 (NaN compares as IEEE 754 says: only NE
/// holds).
public enum Binary {
  ADD,
  SUB,
  MUL,
  DIV,
  /// max(a + b, 0). Natively, NaN may become 0.
  ADD_RELU,
  /// a^b
  POW,
  /// The larger; NaN where either is.
  MAX,
  /// The smaller; NaN where either is.
  MIN,
  EQ,
  NE,
  LT,
  LE,
  GT,
  GE;

  public boolean isComparison() {
    return switch (this) {
      case EQ, NE, LT, LE, GT, GE -> true;
      case ADD, ADD_RELU, SUB, MUL, DIV, POW, MAX, MIN -> false;
    };
  }
}
