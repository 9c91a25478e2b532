package fovea.core.kernel.onednn;

import fovea.core.array.NdArray;
import fovea.core.kernel.onednn.PlanBuilder.Value;
import java.util.Arrays;

/// Plans for softmax. An array is seen as [outer, axis, inner]. oneDNN's forward pass is slow on
/// many short rows (inner = 1) and fast across them, where inner is long; its backward pass knows
/// inner = 1 alone. Where an array does not lie as it should, it is turned before and back after.
///
/// Neither may be used where there is NaN, which oneDNN overlooks.
final class Softmaxes {
  /// From this length on, a row by itself fills the vectors.
  private static final long LONG_ROW = 128;

  /// Fewer rows are not worth turning.
  private static final long MANY_ROWS = 512;

  private Softmaxes() {}

  static Plan softmax(NdArray x, int axis, boolean log, NdArray y) {
    try (var b = builder("softmax", y, axis)) {
      var shape = Extent.of(y, axis);
      Value from;
      Value to;
      Value result;
      if (y.isDense() && Arrays.equals(x.strides(), y.strides())) {
        from = b.argument(0, shape.layout());
        to = b.argument(1, shape.layout());
        result = to;
      } else {
        shape = shape.rows();
        from = copied(b, b.argument(0, x), x, axis);
        to = b.argument(1, y);
        result = b.temporary(innermost(y, axis));
      }
      int algorithm = log ? OneDnn.SOFTMAX_LOG : OneDnn.SOFTMAX_ACCURATE;
      long parts = shape.inner == 1 && shape.axis < LONG_ROW ? parts(shape.outer) : 0;
      if (parts == 0) {
        apply(b, algorithm, b.view(from, shape.layout()), b.view(result, shape.layout()));
      } else {
        var sizes = new long[] {parts, shape.axis, shape.outer / parts};
        var rows = Layout.of(OneDnn.F32, sizes, new long[] {sizes[2] * shape.axis, 1, shape.axis});
        var turned = b.temporary(Layout.dense(sizes));
        b.reorder(b.view(from, rows), turned);
        apply(b, algorithm, turned, turned);
        b.reorder(turned, b.view(result, rows));
      }
      if (log) {
        correct(b, shape, result);
      }
      b.deliver(result, to);
      return b.build();
    }
  }

  /// oneDNN's logarithm is wrong by up to 8e-6, which is more than a small loss. A row y that is
  /// too large by d has Σ exp(y) = exp(d) ≈ 1 + d instead of 1; so d is found, and taken off.
  private static void correct(PlanBuilder b, Extent shape, Value y) {
    var whole = b.view(y, shape.layout());
    var exp = b.temporary(whole.desc());
    b.add(OneDnn.eltwise(OneDnn.ELTWISE_EXP, whole.desc(), exp.desc(), 0, 0, OneDnn.PLAIN))
        .with(OneDnn.ARG_SRC, whole)
        .with(OneDnn.ARG_DST, exp);
    var d = b.temporary(shape.sums());
    Reductions.sum(b, exp, shape.outer, shape.axis, shape.inner, d, 1, -1);
    b.add(
            b.fast(
                OneDnn.binary(
                    OneDnn.BINARY_SUB, whole.desc(), d.desc(), whole.desc(), OneDnn.PLAIN)))
        .with(OneDnn.ARG_SRC, whole)
        .with(OneDnn.ARG_SRC_1, d)
        .with(OneDnn.ARG_DST, whole);
  }

  private static void apply(PlanBuilder b, int algorithm, Value from, Value to) {
    b.add(b.fast(OneDnn.softmax(algorithm, from.desc(), to.desc(), 1)))
        .with(OneDnn.ARG_SRC, from)
        .with(OneDnn.ARG_DST, to);
  }

  /// Into how many parts to cut rows, so that there is something to share out to threads and each
  /// still goes across a good number; 0 where it is not worth it.
  private static long parts(long rows) {
    if (rows < MANY_ROWS) {
      return 0;
    }
    for (long parts = Math.min(64, rows / 256); parts > 1; parts--) {
      if (rows % parts == 0) {
        return parts;
      }
    }
    return 1;
  }

  static Plan backward(NdArray y, NdArray dy, int axis, boolean log, NdArray dx) {
    try (var b = builder("softmax backward", y, axis)) {
      var shape = Extent.of(dx, axis);
      boolean direct =
          dx.isDense()
              && shape.inner == 1
              && Arrays.equals(y.strides(), dx.strides())
              && Arrays.equals(dy.strides(), dx.strides());
      var rows = shape.rows().layout();
      Value saved;
      Value from;
      Value to;
      Value result;
      if (direct) {
        saved = b.argument(0, rows);
        from = b.argument(1, rows);
        to = b.argument(2, rows);
        result = to;
      } else {
        saved = copied(b, b.argument(0, y), y, axis);
        from = copied(b, b.argument(1, dy), dy, axis);
        to = b.argument(2, dx);
        result = b.temporary(innermost(dx, axis));
      }
      saved = b.view(saved, rows);
      from = b.view(from, rows);
      var out = b.view(result, rows);
      int algorithm = log ? OneDnn.SOFTMAX_LOG : OneDnn.SOFTMAX_ACCURATE;
      long forward = b.own(OneDnn.softmax(algorithm, saved.desc(), saved.desc(), 1));
      b.add(
              b.fast(
                  OneDnn.softmaxBackward(
                      algorithm, out.desc(), from.desc(), saved.desc(), 1, forward)))
          .with(OneDnn.ARG_DST, saved)
          .with(OneDnn.ARG_DIFF_DST, from)
          .with(OneDnn.ARG_DIFF_SRC, out);
      b.deliver(result, to);
      return b.build();
    }
  }

  /// A copy that has the axis innermost.
  private static Value copied(PlanBuilder b, Value value, NdArray a, int axis) {
    for (int i = 0; i < a.shape().rank(); i++) {
      if (a.stride(i) == 0 && a.shape().size(i) > 1) {
        throw new OneDnn.Unsupported();
      }
    }
    var copy = b.temporary(innermost(a, axis));
    b.reorder(value, copy);
    return copy;
  }

  /// Row-major, but for one axis, which is innermost.
  private static Layout innermost(NdArray a, int axis) {
    int rank = a.shape().rank();
    var sizes = new long[rank];
    var strides = new long[rank];
    long step = a.shape().size(axis);
    for (int i = rank - 1; i >= 0; i--) {
      sizes[i] = a.shape().size(i);
      strides[i] = step;
      if (i != axis) {
        step *= sizes[i];
      }
    }
    strides[axis] = 1;
    return Layout.of(OneDnn.F32, sizes, strides);
  }

  private static PlanBuilder builder(String what, NdArray y, int axis) {
    return new PlanBuilder(
        "%s of %s along axis %d".formatted(what, y.shape(), axis), 1.0 * y.shape().elements());
  }

  /// A dense array's elements: those outside of an axis in memory, along it, inside of it.
  private record Extent(long outer, long axis, long inner) {
    static Extent of(NdArray a, int axis) {
      long outer = 1;
      long inner = 1;
      int size = a.shape().size(axis);
      for (int i = 0; i < a.shape().rank(); i++) {
        if (i == axis || a.shape().size(i) == 1) {
          continue;
        }
        // Of an axis of one element, the stride means nothing: all others may be outside.
        if (size != 1 && a.stride(i) < a.stride(axis)) {
          inner *= a.shape().size(i);
        } else {
          outer *= a.shape().size(i);
        }
      }
      return new Extent(outer, size, inner);
    }

    /// The same rows, one after the other.
    Extent rows() {
      return new Extent(outer * inner, axis, 1);
    }

    Layout layout() {
      return inner == 1 ? Layout.dense(outer, axis) : Layout.dense(outer, axis, inner);
    }

    /// One element for each row.
    Layout sums() {
      return inner == 1 ? Layout.dense(outer, 1) : Layout.dense(outer, 1, inner);
    }
  }
}
