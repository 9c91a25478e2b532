package fovea.core.kernel;

/// How many numbers become one. Of none: SUM is 0, MEAN is NaN, MAX and MIN are refused by their
/// caller.
public enum Reduction {
  SUM,
  MEAN,
  MAX,
  MIN
}
