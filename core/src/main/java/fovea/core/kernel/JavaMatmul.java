package fovea.core.kernel;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Matrix products. Blocks of both operands are copied into Java arrays of doubles, whatever their
/// strides and type, and sums accumulate in double.
final class JavaMatmul {
  // A block of b (K×N) takes 1 MiB: the second-level cache.
  private static final int BLOCK_M = 128;
  private static final int BLOCK_K = 256;
  private static final int BLOCK_N = 512;

  private final Matrix a;
  private final Matrix b;
  private final Matrix y;
  private final double @Nullable [] bias;
  private final double[][] blockA;
  private final double[][] blockB;
  private final double[][] blockY;

  private JavaMatmul(NdArray a, NdArray b, @Nullable NdArray bias, NdArray y) {
    this.a = new Matrix(a);
    this.b = new Matrix(b);
    this.y = new Matrix(y);
    this.bias = bias == null ? null : bias.toDoubles();
    int m = Math.min(BLOCK_M, this.y.rows);
    int k = Math.min(BLOCK_K, this.a.columns);
    int n = Math.min(BLOCK_N, this.y.columns);
    this.blockA = new double[m][k];
    this.blockB = new double[k][n];
    this.blockY = new double[m][n];
  }

  static void matmul(NdArray a, NdArray b, @Nullable NdArray bias, NdArray y) {
    if (y.shape().isEmpty()) {
      return;
    }
    try {
      new JavaMatmul(a, b, bias, y).product(0);
    } finally {
      Reference.reachabilityFence(a);
      Reference.reachabilityFence(b);
      Reference.reachabilityFence(y);
    }
  }

  /// The last two axes of an array, at one place of the leading ones.
  private static final class Matrix {
    final MemorySegment segment;
    final DType type;
    final int[] sizes;
    final long[] strides;
    final int rows;
    final int columns;
    final float[] stage = new float[BLOCK_N];
    long offset;

    Matrix(NdArray array) {
      segment = array.segment();
      type = array.dtype();
      sizes = array.shape().sizes();
      strides = array.strides();
      rows = sizes[sizes.length - 2];
      columns = sizes[sizes.length - 1];
      offset = array.offset();
    }

    void load(double[][] into, int row, int rows, int column, int columns) {
      for (int i = 0; i < rows; i++) {
        Elements.load(
            segment, type, at(row + i, column), columnStride(), into[i], 0, columns, stage);
      }
    }

    void store(double[][] values, int row, int rows, int column, int columns) {
      for (int i = 0; i < rows; i++) {
        Elements.store(
            segment, type, at(row + i, column), columnStride(), values[i], 0, columns, stage);
      }
    }

    private long at(int row, int column) {
      return offset + row * strides[strides.length - 2] + column * columnStride();
    }

    private long columnStride() {
      return strides[strides.length - 1];
    }

    void move(int axis, long by) {
      offset += by * strides[axis];
    }
  }

  /// The products at all places of the leading axes from `axis` on.
  private void product(int axis) {
    if (axis == y.sizes.length - 2) {
      product();
      return;
    }
    int size = y.sizes[axis];
    for (int i = 0; i < size; i++) {
      product(axis + 1);
      a.move(axis, 1);
      b.move(axis, 1);
      y.move(axis, 1);
    }
    a.move(axis, -size);
    b.move(axis, -size);
    y.move(axis, -size);
  }

  private void product() {
    int inner = a.columns;
    for (int column = 0; column < y.columns; column += BLOCK_N) {
      int n = Math.min(BLOCK_N, y.columns - column);
      for (int row = 0; row < y.rows; row += BLOCK_M) {
        int m = Math.min(BLOCK_M, y.rows - row);
        start(m, column, n);
        for (int i = 0; i < inner; i += BLOCK_K) {
          int k = Math.min(BLOCK_K, inner - i);
          a.load(blockA, row, m, i, k);
          if (row == 0 || inner > BLOCK_K) { // else it is still there
            b.load(blockB, i, k, column, n);
          }
          Products.multiplyAdd(blockA, blockB, blockY, m, k, n);
        }
        y.store(blockY, row, m, column, n);
      }
    }
  }

  private void start(int rows, int column, int n) {
    for (int i = 0; i < rows; i++) {
      if (bias == null) {
        Arrays.fill(blockY[i], 0, n, 0);
      } else {
        System.arraycopy(bias, column, blockY[i], 0, n);
      }
    }
  }
}
