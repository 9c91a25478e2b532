package fovea.core.tensor;

import fovea.core.array.Shape;
import fovea.core.array.ShapeException;

/// Axes as people name them: 0 is the first, −1 the last.
final class Axes {
  private Axes() {}

  /// The axis counted from the front.
  ///
  /// @throws ShapeException naming the operation when the shape has no such axis
  static int of(String operation, Shape shape, int axis) {
    int rank = shape.rank();
    if (axis < -rank || axis >= rank) {
      throw new ShapeException(
          operation,
          rank == 0
              ? "a single number has no axis " + axis
              : "%s has no axis %d; its axes are 0 to %d, or −%d to −1 from the last"
                  .formatted(shape, axis, rank - 1, rank));
    }
    return axis < 0 ? axis + rank : axis;
  }

  /// Each of them counted from the front.
  static int[] of(String operation, Shape shape, int... axes) {
    var result = new int[axes.length];
    for (int i = 0; i < axes.length; i++) {
      result[i] = of(operation, shape, axes[i]);
    }
    return result;
  }
}
