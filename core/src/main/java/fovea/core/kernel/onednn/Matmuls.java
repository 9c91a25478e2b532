package fovea.core.kernel.onednn;

import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.kernel.onednn.PlanBuilder.Value;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Plans for matrix products.
final class Matmuls {
  /// Floating-point operations that one core does in a nanosecond, roughly.
  static final double SPEED = 100;

  private Matmuls() {}

  static Plan matmul(NdArray a, NdArray b, @Nullable NdArray bias, NdArray y) {
    double work = 2.0 * a.shape().size(-1) * y.shape().elements() / SPEED;
    try (var p = new PlanBuilder("matmul of %s and %s".formatted(a.shape(), b.shape()), work)) {
      int rank = y.shape().rank();
      int m = y.shape().size(-2);
      int k = a.shape().size(-1);
      int n = y.shape().size(-1);
      refuseRepeatedProducts(a, b, y);
      var left = a;
      var right = b;
      var result = y;
      if (rank > 2) {
        int batch = Math.toIntExact(y.shape().elements() / ((long) m * n));
        if (isOneMatrix(b)) {
          // The rows of all products are those of one.
          var rows = a.reshape(Shape.of(batch * m, k));
          var out = y.reshape(Shape.of(batch * m, n));
          if (rows != null && out != null) {
            return build(p, rows, matrix(b), bias, out);
          }
        }
        var as = a.reshape(Shape.of(batch, m, k));
        var bs = b.reshape(Shape.of(batch, k, n));
        var ys = y.reshape(Shape.of(batch, m, n));
        if (as != null && bs != null && ys != null) {
          left = as;
          right = bs;
          result = ys;
        }
      }
      return build(p, left, right, bias, result);
    }
  }

  /// Of the operands, one only may repeat along an axis.
  private static void refuseRepeatedProducts(NdArray a, NdArray b, NdArray y) {
    for (int i = 0; i < y.shape().rank() - 2; i++) {
      if (y.shape().size(i) != 1 && a.stride(i) == 0 && b.stride(i) == 0) {
        throw new OneDnn.Unsupported();
      }
    }
  }

  /// Whether all leading axes repeat, or have one element.
  private static boolean isOneMatrix(NdArray b) {
    for (int i = 0; i < b.shape().rank() - 2; i++) {
      if (b.shape().size(i) != 1 && b.stride(i) != 0) {
        return false;
      }
    }
    return true;
  }

  private static NdArray matrix(NdArray b) {
    var m = b;
    for (int i = 0; i < b.shape().rank() - 2; i++) {
      m = m.slice(i, 0, 1, 1);
    }
    var reshaped = m.reshape(Shape.of(b.shape().size(-2), b.shape().size(-1)));
    return reshaped == null ? b : reshaped;
  }

  private static Plan build(
      PlanBuilder p, NdArray a, NdArray b, @Nullable NdArray bias, NdArray y) {
    var left = p.argument(0, layout(a));
    var right = p.argument(1, layout(b));
    var to = p.argument(3, layout(y));
    int type = a.dtype() == b.dtype() ? Layout.type(a.dtype()) : OneDnn.BF16;
    int resultType = type == OneDnn.F32 ? type : Layout.type(y.dtype());
    var result = p.standIn(to, p.desc(dense(resultType, y)));
    if (!isPlain(a) || Layout.type(a.dtype()) != type) {
      left = p.as(left, p.desc(dense(type, a)));
    }
    if (!isPlain(b) || Layout.type(b.dtype()) != type) {
      right = p.packed(right, b, p.desc(dense(type, b)));
    }
    Value add = null;
    if (bias != null) {
      var sizes = new long[y.shape().rank()];
      Arrays.fill(sizes, 1);
      sizes[sizes.length - 1] = y.shape().size(-1);
      add = p.argument(2, Layout.dense(sizes));
    }
    long desc = describe(p, left, right, add, result);
    if (OneDnn.implementation(desc).startsWith("ref")) {
      left = p.as(left, p.desc(dense(type, a)));
      right = p.as(right, p.desc(dense(type, b)));
      desc = describe(p, left, right, add, result);
    }
    p.add(desc)
        .with(OneDnn.ARG_SRC, left)
        .with(OneDnn.ARG_WEIGHTS, right)
        .with(OneDnn.ARG_BIAS, add)
        .with(OneDnn.ARG_DST, result);
    p.deliver(result, to);
    return p.build();
  }

  private static long describe(PlanBuilder p, Value a, Value b, @Nullable Value bias, Value y) {
    return p.own(
        OneDnn.matmul(a.desc(), b.desc(), bias == null ? 0 : bias.desc(), y.desc(), OneDnn.PLAIN));
  }

  /// Leading axes that repeat have size 1.
  private static Layout layout(NdArray x) {
    int rank = x.shape().rank();
    var sizes = sizes(x);
    var strides = new long[rank];
    for (int i = rank - 1; i >= 0; i--) {
      if (x.shape().size(i) != 1 && x.stride(i) == 0 && i >= rank - 2) {
        throw new OneDnn.Unsupported();
      }
      strides[i] = sizes[i] != 1 ? x.stride(i) : i == rank - 1 ? 1 : sizes[i + 1] * strides[i + 1];
    }
    return Layout.of(Layout.type(x.dtype()), sizes, strides);
  }

  private static Layout dense(int type, NdArray x) {
    return Layout.denseOf(type, sizes(x));
  }

  private static long[] sizes(NdArray x) {
    int rank = x.shape().rank();
    var sizes = new long[rank];
    for (int i = 0; i < rank; i++) {
      sizes[i] = i < rank - 2 && x.stride(i) == 0 ? 1 : x.shape().size(i);
    }
    return sizes;
  }

  /// Whether rows or columns lie without gaps between their elements, and no leading axis repeats:
  /// where one does and another does not, oneDNN 3.11 takes matrices from wrong places unless they
  /// lie one behind the other.
  private static boolean isPlain(NdArray x) {
    for (int i = 0; i < x.shape().rank() - 2; i++) {
      if (x.shape().size(i) != 1 && x.stride(i) == 0) {
        return false;
      }
    }
    int rows = x.shape().size(-2);
    int columns = x.shape().size(-1);
    // So it does with matrices of one row or column.
    if (x.shape().rank() > 2 && (rows == 1 || columns == 1) && !x.isContiguous()) {
      return false;
    }
    boolean rowMajor =
        (columns == 1 || x.stride(-1) == 1) && (rows == 1 || x.stride(-2) >= columns);
    boolean columnMajor =
        (rows == 1 || x.stride(-2) == 1) && (columns == 1 || x.stride(-1) >= rows);
    return rowMajor || columnMajor;
  }
}
