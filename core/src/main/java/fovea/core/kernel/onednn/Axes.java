package fovea.core.kernel.onednn;

import fovea.core.array.NdArray;
import java.util.Arrays;

/// Several arrays of one shape with as few axes as possible, in the order in which the first of
/// them lies in memory: neighbours that all arrays step through evenly are merged, axes of one
/// element left out.
final class Axes {
  private final long[] sizes;
  private final long[][] strides;

  private Axes(long[] sizes, long[][] strides) {
    this.sizes = sizes;
    this.strides = strides;
  }

  static Axes of(NdArray... arrays) {
    var first = arrays[0];
    int rank = first.shape().rank();
    var order = new Integer[rank];
    Arrays.setAll(order, i -> i);
    // Stable, so that equal strides keep their order.
    Arrays.sort(order, (i, j) -> Long.compare(first.stride(j), first.stride(i)));
    var sizes = new long[rank];
    var strides = new long[arrays.length][rank];
    int n = 0;
    for (int axis : order) {
      int size = first.shape().size(axis);
      if (size == 1) {
        continue;
      }
      if (n > 0 && mergeable(arrays, axis, size, strides, n - 1)) {
        n--;
        sizes[n] *= size;
      } else {
        sizes[n] = size;
      }
      for (int k = 0; k < arrays.length; k++) {
        strides[k][n] = arrays[k].stride(axis);
      }
      n++;
    }
    if (n == 0) {
      return new Axes(new long[] {1}, unit(arrays.length));
    }
    for (int k = 0; k < arrays.length; k++) {
      strides[k] = Arrays.copyOf(strides[k], n);
    }
    return new Axes(Arrays.copyOf(sizes, n), strides);
  }

  private static long[][] unit(int arrays) {
    var strides = new long[arrays][1];
    for (var s : strides) {
      s[0] = 1;
    }
    return strides;
  }

  private static boolean mergeable(
      NdArray[] arrays, int axis, int size, long[][] strides, int outer) {
    for (int k = 0; k < arrays.length; k++) {
      if (strides[k][outer] != arrays[k].stride(axis) * size) {
        return false;
      }
    }
    return true;
  }

  int rank() {
    return sizes.length;
  }

  long[] sizes() {
    return sizes.clone();
  }

  long elements() {
    return Arrays.stream(sizes).reduce(1, (a, b) -> a * b);
  }

  /// Whether an array repeats elements along an axis.
  boolean repeats(int array, int axis) {
    return strides[array][axis] == 0;
  }

  boolean repeats(int array) {
    return Arrays.stream(strides[array]).anyMatch(s -> s == 0);
  }

  /// The layout of an array, where axes it repeats along have size 1.
  Layout layout(int array, int type) {
    var s = strides[array].clone();
    var d = distinct(array);
    // A stride that is never used is chosen as a dense array would have it.
    for (int i = s.length - 1; i >= 0; i--) {
      if (d[i] == 1) {
        s[i] = i == s.length - 1 ? 1 : s[i + 1] * d[i + 1];
      }
    }
    return Layout.of(type, d, s);
  }

  /// The row-major layout of as many elements as the array really has.
  Layout dense(int array, int type) {
    return Layout.denseOf(type, distinct(array));
  }

  private long[] distinct(int array) {
    var d = sizes.clone();
    for (int i = 0; i < d.length; i++) {
      if (strides[array][i] == 0) {
        d[i] = 1;
      }
    }
    return d;
  }
}
