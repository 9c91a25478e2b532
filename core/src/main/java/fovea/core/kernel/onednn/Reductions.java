package fovea.core.kernel.onednn;

import fovea.core.array.NdArray;
import fovea.core.kernel.onednn.PlanBuilder.Value;
import java.util.Arrays;

/// Plans for sums and means.
///
/// oneDNN's reduction is fast along the innermost axes only, and thousands of times slower
/// elsewhere. There, a sum is a product with a row of ones: [1, R] · [R, K] → [1, K].
final class Reductions {
  /// Rows that one thread sums before partial sums are added up, where there are many.
  private static final long PART = 4096;

  private Reductions() {}

  /// @param mean whether to divide by the number of elements that become one
  static Plan sum(NdArray x, NdArray y, boolean mean) {
    var axes = Axes.of(x, reduced(x, y));
    if (axes.repeats(0)) {
      throw new OneDnn.Unsupported();
    }
    long n = axes.elements();
    try (var b = new PlanBuilder("sum over axes of " + Arrays.toString(axes.sizes()), 0.1 * n)) {
      var from =
          b.as(
              b.argument(0, axes.layout(0, Layout.type(x.dtype()))),
              b.desc(axes.dense(0, OneDnn.F32)));
      var to = b.argument(1, axes.layout(1, Layout.type(y.dtype())));
      var result = b.standIn(to, b.desc(axes.dense(1, OneDnn.F32)));
      float scale = mean ? (float) ((double) y.shape().elements() / n) : 1;
      sum(b, axes, from, result, scale);
      b.deliver(result, to);
      return b.build();
    }
  }

  /// y as an array of x's shape that repeats its elements along what was reduced.
  private static NdArray reduced(NdArray x, NdArray y) {
    return y.expand(x.shape());
  }

  /// Sums one run of axes after the other, innermost first.
  private static void sum(PlanBuilder b, Axes axes, Value from, Value result, float scale) {
    var sizes = axes.sizes();
    int rank = sizes.length;
    var source = from;
    long inner = 1; // what is kept inside of the axis at hand
    int left = 0;
    for (int axis = 0; axis < rank; axis++) {
      left += axes.repeats(1, axis) ? 1 : 0;
    }
    if (left == 0) { // axes of size 1 alone
      b.reorder(from, result);
      return;
    }
    for (int axis = rank - 1; axis >= 0; axis--) {
      if (!axes.repeats(1, axis)) {
        inner *= sizes[axis];
        continue;
      }
      left--;
      long outer = 1;
      for (int i = 0; i < axis; i++) {
        outer *= sizes[i];
      }
      boolean last = left == 0;
      var target = last ? result : b.temporary(Layout.dense(outer * inner));
      sum(b, source, outer, sizes[axis], inner, target, last ? scale : 1, 0);
      source = target;
    }
  }

  /// [outer, n, inner] → [outer, inner], times `scale`, plus `shift`.
  static void sum(
      PlanBuilder b,
      Value from,
      long outer,
      long n,
      long inner,
      Value to,
      float scale,
      float shift) {
    long parts = parts(n, outer);
    if (parts > 1) {
      var partial = b.temporary(Layout.dense(outer * parts * inner));
      sum(b, from, outer * parts, n / parts, inner, partial, 1, 0);
      sum(b, partial, outer, parts, inner, to, scale, shift);
    } else if (n == 1) {
      var src = b.view(from, Layout.dense(outer * inner));
      var dst = b.view(to, Layout.dense(outer * inner));
      b.add(
              OneDnn.eltwise(
                  OneDnn.ELTWISE_LINEAR, src.desc(), dst.desc(), scale, shift, OneDnn.PLAIN))
          .with(OneDnn.ARG_SRC, src)
          .with(OneDnn.ARG_DST, dst);
    } else if (inner == 1) {
      var src = b.view(from, Layout.dense(outer, n));
      var dst = b.view(to, Layout.dense(outer, 1));
      long attr = linear(b, scale, shift);
      b.add(b.fast(OneDnn.reduction(OneDnn.REDUCTION_SUM, src.desc(), dst.desc(), attr)))
          .with(OneDnn.ARG_SRC, src)
          .with(OneDnn.ARG_DST, dst);
    } else {
      var ones = b.constant(Layout.dense(1, 1, n), 1);
      var src = b.view(from, Layout.dense(outer, n, inner));
      var dst = b.view(to, Layout.dense(outer, 1, inner));
      long attr = linear(b, scale, shift);
      b.add(b.fast(OneDnn.matmul(ones.desc(), src.desc(), 0, dst.desc(), attr)))
          .with(OneDnn.ARG_SRC, ones)
          .with(OneDnn.ARG_WEIGHTS, src)
          .with(OneDnn.ARG_DST, dst);
    }
  }

  /// Into how many parts, summed side by side, to cut a long sum: with too few results there is
  /// nothing else to split over threads.
  private static long parts(long n, long outer) {
    if (outer >= 8 || n < 2 * PART) {
      return 1;
    }
    for (long parts = n / PART; parts > 1; parts--) {
      if (n % parts == 0) {
        return n / parts > 8 * PART ? 1 : parts;
      }
    }
    return 1;
  }

  private static long linear(PlanBuilder b, float scale, float shift) {
    return scale == 1 && shift == 0
        ? OneDnn.PLAIN
        : b.postOps().eltwise(OneDnn.ELTWISE_LINEAR, scale, shift).attributes();
  }

  /// Arguments: x, and a place for its sum.
  static Plan total(NdArray x) {
    var axes = Axes.of(x);
    if (axes.repeats(0)) {
      throw new OneDnn.Unsupported();
    }
    long n = axes.elements();
    try (var b = new PlanBuilder("sum of " + Arrays.toString(axes.sizes()), 0.05 * n)) {
      var from =
          b.as(
              b.argument(0, axes.layout(0, Layout.type(x.dtype()))),
              b.desc(axes.dense(0, OneDnn.F32)));
      sum(b, from, 1, n, 1, b.argument(1, Layout.dense(1)), 1, 0);
      return b.build();
    }
  }
}
