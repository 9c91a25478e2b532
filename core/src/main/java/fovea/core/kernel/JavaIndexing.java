package fovea.core.kernel;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Rng;
import fovea.core.array.ShapeException;
import java.lang.ref.Reference;

/// Reading and adding at computed places, and filling with random numbers.
final class JavaIndexing {
  private JavaIndexing() {}

  static void gather(NdArray x, int axis, NdArray index, NdArray y) {
    var order = Cursor.memoryOrder(y);
    var places = new Places("gather", x, axis, index, order);
    var out = new Cursor(y, order);
    var at = new long[out.chunk()];
    if (x.dtype().isFloating()) {
      var v = new double[out.chunk()];
      for (int n = out.ready(); n > 0; n = out.ready()) {
        places.next(at, n);
        read(x, at, v, n);
        out.store(v, n);
      }
    } else {
      var v = new long[out.chunk()];
      for (int n = out.ready(); n > 0; n = out.ready()) {
        places.next(at, n);
        read(x, at, v, n);
        out.store(v, n);
      }
    }
  }

  private static void read(NdArray x, long[] at, double[] into, int n) {
    try {
      var segment = x.segment();
      for (int i = 0; i < n; i++) {
        into[i] = Elements.get(segment, x.dtype(), at[i]);
      }
    } finally {
      Reference.reachabilityFence(x);
    }
  }

  private static void read(NdArray x, long[] at, long[] into, int n) {
    try {
      var segment = x.segment();
      for (int i = 0; i < n; i++) {
        into[i] = Elements.getLong(segment, x.dtype(), at[i]);
      }
    } finally {
      Reference.reachabilityFence(x);
    }
  }

  /// Adds in row-major order of x, so that the rounding of sums is the same in every run and
  /// layout.
  static void scatterAdd(NdArray x, int axis, NdArray index, NdArray y) {
    var order = Cursor.rowMajor(x);
    var places = new Places("scatterAdd", y, axis, index, order);
    var in = new Cursor(x, order);
    var at = new long[in.chunk()];
    if (y.dtype().isFloating()) {
      var v = new double[in.chunk()];
      for (int n = in.ready(); n > 0; n = in.ready()) {
        places.next(at, n);
        in.load(v, n);
        add(v, at, n, y);
      }
    } else {
      var v = new long[in.chunk()];
      for (int n = in.ready(); n > 0; n = in.ready()) {
        places.next(at, n);
        in.load(v, n);
        add(v, at, n, y);
      }
    }
  }

  static void scatter(NdArray x, int axis, NdArray index, NdArray y) {
    var order = Cursor.rowMajor(x);
    var places = new Places("scatter", y, axis, index, order);
    var in = new Cursor(x, order);
    var at = new long[in.chunk()];
    if (y.dtype().isFloating()) {
      var v = new double[in.chunk()];
      for (int n = in.ready(); n > 0; n = in.ready()) {
        places.next(at, n);
        in.load(v, n);
        try {
          for (int i = 0; i < n; i++) {
            Elements.set(y.segment(), y.dtype(), at[i], v[i]);
          }
        } finally {
          Reference.reachabilityFence(y);
        }
      }
    } else {
      var v = new long[in.chunk()];
      for (int n = in.ready(); n > 0; n = in.ready()) {
        places.next(at, n);
        in.load(v, n);
        try {
          for (int i = 0; i < n; i++) {
            Elements.setLong(y.segment(), y.dtype(), at[i], v[i]);
          }
        } finally {
          Reference.reachabilityFence(y);
        }
      }
    }
  }

  private static void add(double[] v, long[] at, int n, NdArray y) {
    try {
      var segment = y.segment();
      for (int i = 0; i < n; i++) {
        double sum = Elements.get(segment, y.dtype(), at[i]) + v[i];
        Elements.set(segment, y.dtype(), at[i], sum);
      }
    } finally {
      Reference.reachabilityFence(y);
    }
  }

  private static void add(long[] v, long[] at, int n, NdArray y) {
    try {
      var segment = y.segment();
      for (int i = 0; i < n; i++) {
        long sum = Elements.getLong(segment, y.dtype(), at[i]) + v[i];
        Elements.setLong(segment, y.dtype(), at[i], sum);
      }
    } finally {
      Reference.reachabilityFence(y);
    }
  }

  /// Where the elements lie in `array` that `index` points at along an axis.
  private static final class Places {
    private final String operation;
    private final NdArray array;
    private final int axis;
    private final int size;
    private final long stride;
    private final Cursor base;
    private final Cursor index;
    private final long[] indices;

    Places(String operation, NdArray array, int axis, NdArray index, int[] order) {
      this.operation = operation;
      this.array = array;
      this.axis = array.shape().axis(axis);
      this.size = array.shape().size(axis);
      this.stride = array.stride(axis);
      // The place at index 0 along the axis, for all other axes of `index`.
      var strides = array.strides();
      strides[this.axis] = 0;
      this.base = Cursor.as(array, index.shape(), strides, order);
      this.index = new Cursor(index, order);
      this.indices = new long[this.index.chunk()];
    }

    void next(long[] into, int n) {
      base.positions(into, n);
      index.load(indices, n);
      for (int i = 0; i < n; i++) {
        long j = indices[i];
        if (j < 0 || j >= size) {
          throw new ShapeException(
              operation,
              "index %d lies outside axis %d of %s, which has size %d"
                  .formatted(j, axis, array.shape(), size));
        }
        into[i] += j * stride;
      }
    }
  }

  static void uniform(Rng rng, double low, double high, NdArray y) {
    var out = new Cursor(y, Cursor.rowMajor(y));
    boolean single = y.dtype() == DType.F32;
    var v = new double[out.chunk()];
    for (int n = out.ready(); n > 0; n = out.ready()) {
      for (int i = 0; i < n; i++) {
        v[i] = single ? uniformFloat(rng, low, high) : uniformDouble(rng, low, high);
      }
      out.store(v, n);
    }
  }

  private static double uniformFloat(Rng rng, double low, double high) {
    float u = (float) (low + (high - low) * rng.nextFloat());
    // Rounding may reach `high`, which does not belong to the interval.
    while (u >= high && low < high) {
      u = Math.nextDown(u);
    }
    return u;
  }

  private static double uniformDouble(Rng rng, double low, double high) {
    double u = low + (high - low) * rng.nextDouble();
    return u >= high && low < high ? Math.nextDown(high) : u;
  }

  static void normal(Rng rng, double mean, double deviation, NdArray y) {
    var out = new Cursor(y, Cursor.rowMajor(y));
    var v = new double[out.chunk()];
    for (int n = out.ready(); n > 0; n = out.ready()) {
      for (int i = 0; i < n; i++) {
        v[i] = mean + deviation * rng.nextGaussian();
      }
      out.store(v, n);
    }
  }
}
