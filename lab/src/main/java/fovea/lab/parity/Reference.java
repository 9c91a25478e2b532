package fovea.lab.parity;

import fovea.core.array.DType;
import java.util.function.IntFunction;

/// Who says what is right.
interface Reference {
  /// Computes a case.
  ///
  /// @param cotangent the weights of the result's elements in the number that is differentiated,
  ///   for their count
  Answer answer(Case c, DType type, IntFunction<double[]> cotangent);

  /// The largest relative error allowed.
  double allowed(DType type);
}
