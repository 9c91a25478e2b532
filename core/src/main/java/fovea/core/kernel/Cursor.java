package fovea.core.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Walks the elements of one array in a given order of its axes and moves them, a chunk at a time,
/// to and from Java arrays. Every kernel that looks at each element once is a loop over such
/// chunks:
///
/// ```java
/// var order = Cursor.memoryOrder(y);
/// var in = new Cursor(x, order);
/// var out = new Cursor(y, order);
/// var v = new double[out.chunk()];
/// for (int n = out.ready(); n > 0; n = out.ready()) {
///   in.load(v, n);
///   ...
///   out.store(v, n);
/// }
/// ```
///
/// Cursors over arrays of one shape in one order meet corresponding elements at the same time,
/// whatever their strides. Each merges for itself the axes that lie evenly in its memory, so a
/// dense array is one long run.
final class Cursor {
  /// Elements moved at a time: few enough that several chunks stay in the first-level cache.
  private static final int CHUNK = 1024;

  private final @Nullable NdArray array;
  private final MemorySegment segment;
  private final DType type;
  // The merged axes, outermost first; never none.
  private final long[] sizes;
  private final long[] strides;
  private final long[] index;
  private final float[] stage;
  private long at;
  private long left;

  Cursor(NdArray array, int[] order) {
    this(
        array,
        array.segment(),
        array.dtype(),
        array.shape(),
        array.strides(),
        array.offset(),
        order);
  }

  private Cursor(
      @Nullable NdArray array,
      MemorySegment segment,
      DType type,
      Shape shape,
      long[] strides,
      long offset,
      int[] order) {
    this.array = array;
    this.segment = segment;
    this.type = type;
    this.at = offset;
    this.left = shape.elements();
    var mergedSizes = new long[order.length + 1];
    var mergedStrides = new long[order.length + 1];
    int axes = 0;
    mergedSizes[0] = 1;
    for (int axis : order) {
      int size = shape.size(axis);
      if (size == 1) {
        continue;
      }
      if (mergedSizes[axes] == 1 || mergedStrides[axes] == strides[axis] * size) {
        mergedSizes[axes] *= size;
      } else {
        axes++;
        mergedSizes[axes] = size;
      }
      mergedStrides[axes] = strides[axis];
    }
    this.sizes = Arrays.copyOf(mergedSizes, axes + 1);
    this.strides = Arrays.copyOf(mergedStrides, axes + 1);
    this.index = new long[axes + 1];
    this.stage = new float[chunk()];
  }

  /// A cursor that shows one value per channel as an array of `shape`, whose axis 1 is the
  /// channels.
  static Cursor channels(double[] values, Shape shape, int[] order) {
    var strides = new long[shape.rank()];
    strides[1] = 1;
    return new Cursor(null, MemorySegment.ofArray(values), DType.F64, shape, strides, 0, order);
  }

  /// A cursor over `array` as if it had `shape` and `strides`.
  static Cursor as(NdArray array, Shape shape, long[] strides, int[] order) {
    return new Cursor(array, array.segment(), array.dtype(), shape, strides, array.offset(), order);
  }

  /// The axes from the largest stride to the smallest: the order in which the array lies in memory.
  static int[] memoryOrder(NdArray a) {
    var order = rowMajor(a);
    var strides = a.strides();
    for (int i = 1; i < order.length; i++) {
      int axis = order[i];
      int j = i;
      while (j > 0 && strides[order[j - 1]] < strides[axis]) {
        order[j] = order[j - 1];
        j--;
      }
      order[j] = axis;
    }
    return order;
  }

  /// The axes as they are numbered.
  static int[] rowMajor(NdArray a) {
    var order = new int[a.shape().rank()];
    Arrays.setAll(order, i -> i);
    return order;
  }

  /// `order`, but with `axis` innermost.
  static int[] innermost(int axis, int[] order) {
    var result = new int[order.length];
    int n = 0;
    for (int a : order) {
      if (a != axis) {
        result[n++] = a;
      }
    }
    result[n] = axis;
    return result;
  }

  /// The size that buffers of this loop need; at least 1.
  int chunk() {
    return (int) Math.max(1, Math.min(CHUNK, left));
  }

  /// How many elements the next chunk has; 0 at the end.
  int ready() {
    return (int) Math.min(CHUNK, left);
  }

  void load(double[] into, int n) {
    load(into, 0, n);
  }

  void load(double[] into, int from, int n) {
    forEachRun(
        n,
        (start, stride, done, run) ->
            Elements.load(segment, type, start, stride, into, from + done, run, stage));
  }

  void store(double[] values, int n) {
    store(values, 0, n);
  }

  void store(double[] values, int from, int n) {
    forEachRun(
        n,
        (start, stride, done, run) ->
            Elements.store(segment, type, start, stride, values, from + done, run, stage));
  }

  /// Reads elements of any integer type exactly.
  void load(long[] into, int n) {
    forEachRun(
        n,
        (start, stride, done, run) -> {
          for (int i = 0; i < run; i++) {
            into[done + i] = Elements.getLong(segment, type, start + i * stride);
          }
        });
  }

  void store(long[] values, int n) {
    forEachRun(
        n,
        (start, stride, done, run) -> {
          for (int i = 0; i < run; i++) {
            Elements.setLong(segment, type, start + i * stride, values[done + i]);
          }
        });
  }

  /// Reads float32 as it is.
  void load(float[] into, int n) {
    forEachRun(
        n,
        (start, stride, done, run) -> {
          if (stride == 1) {
            MemorySegment.copy(segment, JAVA_FLOAT, start * Float.BYTES, into, done, run);
          } else {
            for (int i = 0; i < run; i++) {
              into[done + i] = segment.getAtIndex(JAVA_FLOAT, start + i * stride);
            }
          }
        });
  }

  void store(float[] values, int n) {
    forEachRun(
        n,
        (start, stride, done, run) -> {
          if (stride == 1) {
            MemorySegment.copy(values, done, segment, JAVA_FLOAT, start * Float.BYTES, run);
          } else {
            for (int i = 0; i < run; i++) {
              segment.setAtIndex(JAVA_FLOAT, start + i * stride, values[done + i]);
            }
          }
        });
  }

  /// The places of the next `n` elements, as indices in the storage.
  void positions(long[] into, int n) {
    forEachRun(
        n,
        (start, stride, done, run) -> {
          for (int i = 0; i < run; i++) {
            into[done + i] = start + i * stride;
          }
        });
  }

  private interface Run {
    /// `n` evenly spaced elements from `start` on, after `done` ones.
    void at(long start, long stride, int done, int n);
  }

  private void forEachRun(int n, Run action) {
    int last = sizes.length - 1;
    try {
      for (int done = 0; done < n; ) {
        int run = (int) Math.min(n - done, sizes[last] - index[last]);
        action.at(at, strides[last], done, run);
        advance(run);
        done += run;
      }
    } finally {
      // The collector must not give the memory back while it is read.
      Reference.reachabilityFence(array);
    }
  }

  private void advance(int n) {
    int axis = sizes.length - 1;
    left -= n;
    at += n * strides[axis];
    index[axis] += n;
    while (axis > 0 && index[axis] == sizes[axis]) {
      at += strides[axis - 1] - sizes[axis] * strides[axis];
      index[axis] = 0;
      axis--;
      index[axis]++;
    }
  }
}
