package fovea.core.tensor;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.testing.Plain;
import java.util.Arrays;

/// How the elements of one and the same tensor may lie in memory.
enum Layout {
  ROW_MAJOR,
  /// The first axis innermost.
  REVERSED,
  CHANNELS_LAST,
  /// Every second element of a larger array, along every axis; between them lies NaN.
  SLICED,
  /// One element for all of the first axis, by stride 0.
  EXPANDED;

  /// The same values in this layout, in memory of their own. Where this is [#EXPANDED] the first
  /// values repeat along the first axis.
  Tensor of(Tensor x, DType dtype) {
    var shape = x.shape();
    var sizes = shape.sizes();
    if (this == EXPANDED && shape.rank() > 0 && sizes[0] > 0) {
      return ROW_MAJOR.of(x.slice(0, 0, 1), dtype).expand(shape);
    }
    var array =
        switch (this) {
          case ROW_MAJOR, EXPANDED -> NdArray.allocate(dtype, shape);
          case CHANNELS_LAST -> NdArray.channelsLast(dtype, shape);
          case REVERSED -> {
            var reversed = new int[sizes.length];
            var axes = new int[sizes.length];
            for (int i = 0; i < sizes.length; i++) {
              reversed[i] = sizes[sizes.length - 1 - i];
              axes[i] = sizes.length - 1 - i;
            }
            yield NdArray.allocate(dtype, Shape.of(reversed)).permute(axes);
          }
          case SLICED -> {
            int[] larger = Arrays.stream(sizes).map(n -> 2 * n + 1).toArray();
            var a =
                Tensor.full(dtype.isFloating() ? Double.NaN : 1, Shape.of(larger), dtype).array();
            for (int axis = 0; axis < sizes.length; axis++) {
              a = a.slice(axis, 1, 2 * sizes[axis] + 1, 2);
            }
            yield a;
          }
        };
    var to = array;
    Plain.fill(
        shape,
        i -> {
          to.set(x.array().get(i), i);
          return 0;
        });
    return Tensor.of(array);
  }
}
