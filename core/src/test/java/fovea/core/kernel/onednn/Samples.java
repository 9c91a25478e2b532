package fovea.core.kernel.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Rng;
import fovea.core.array.Shape;

/// Random arrays in all the layouts that occur, and their comparison.
final class Samples {
  enum Lay {
    ROW_MAJOR,
    CHANNELS_LAST,
    /// The axes in reverse order in memory.
    REVERSED,
    /// Every second element of a larger array, beginning with an offset.
    SLICED,
    /// One element repeated along an axis; of no use as a destination.
    EXPANDED
  }

  static final Lay[] DESTINATIONS = {Lay.ROW_MAJOR, Lay.CHANNELS_LAST, Lay.REVERSED, Lay.SLICED};

  private final Rng rng;

  Samples(long seed) {
    rng = Rng.of(seed);
  }

  int between(int low, int high) {
    return low + rng.nextInt(high - low + 1);
  }

  @SafeVarargs
  final <T> T oneOf(T... values) {
    return values[rng.nextInt(values.length)];
  }

  /// An array of a layout, its elements not set.
  static NdArray empty(Lay lay, DType type, Shape shape) {
    int rank = shape.rank();
    return switch (lay) {
      case ROW_MAJOR, EXPANDED -> NdArray.allocate(type, shape);
      case CHANNELS_LAST -> NdArray.channelsLast(type, shape);
      case REVERSED -> {
        var order = new int[rank];
        var sizes = new int[rank];
        for (int i = 0; i < rank; i++) {
          order[i] = rank - 1 - i;
          sizes[i] = shape.size(rank - 1 - i);
        }
        yield NdArray.allocate(type, Shape.of(sizes)).permute(order);
      }
      case SLICED -> {
        if (rank == 0) {
          yield NdArray.allocate(type, shape);
        }
        int axis = rank - 1;
        int size = shape.size(axis);
        yield NdArray.allocate(type, shape.with(axis, 2 * size + 1))
            .slice(axis, 1, 2 * size + 1, 2);
      }
    };
  }

  NdArray normal(Lay lay, int... sizes) {
    return normal(lay, Shape.of(sizes));
  }

  NdArray normal(Lay lay, Shape shape) {
    if (lay == Lay.EXPANDED && shape.rank() > 0) {
      int axis = rng.nextInt(shape.rank());
      return normal(Lay.ROW_MAJOR, shape.with(axis, Math.min(1, shape.size(axis)))).expand(shape);
    }
    var a = empty(lay, DType.F32, shape);
    forEach(shape, index -> a.set(rng.nextGaussian(), index));
    return a;
  }

  /// Zeros and ones.
  NdArray flags(Lay lay, Shape shape) {
    var a = empty(lay, DType.BOOL, shape);
    forEach(shape, index -> a.set(rng.nextInt(2), index));
    return a;
  }

  interface Visitor {
    void at(int[] index);
  }

  static void forEach(Shape shape, Visitor visitor) {
    var index = new int[shape.rank()];
    for (long n = shape.elements(); n > 0; n--) {
      visitor.at(index);
      for (int axis = shape.rank() - 1; axis >= 0 && ++index[axis] == shape.size(axis); axis--) {
        index[axis] = 0;
      }
    }
  }

  /// Equal but for rounding: by a part of the expected value and of the largest there is.
  static void assertClose(NdArray expected, NdArray actual, double relative, String what) {
    assertEquals(expected.shape(), actual.shape());
    var e = expected.toDoubles();
    var a = actual.toDoubles();
    double largest = 0;
    for (double v : e) {
      largest = Double.isFinite(v) ? Math.max(largest, Math.abs(v)) : largest;
    }
    for (int i = 0; i < e.length; i++) {
      boolean close =
          Double.isFinite(e[i])
              ? Math.abs(e[i] - a[i]) <= relative * (Math.abs(e[i]) + 0.2 * largest + 1e-2)
              : Double.compare(e[i], a[i]) == 0;
      if (!close) {
        fail("%s: element %d is %s, not %s".formatted(what, i, a[i], e[i]));
      }
    }
  }
}
