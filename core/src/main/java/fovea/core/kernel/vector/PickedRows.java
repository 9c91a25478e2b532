package fovea.core.kernel.vector;

import static fovea.core.kernel.vector.Memory.ALL;
import static fovea.core.kernel.vector.Memory.LANES;
import static fovea.core.kernel.vector.Memory.ORDER;
import static fovea.core.kernel.vector.Memory.SPECIES;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.kernel.Team;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.concurrent.atomic.AtomicBoolean;
import jdk.incubator.vector.FloatVector;

/// Reading, writing and adding whole rows of a matrix, float32, that int64 indices name: an
/// embedding and its gradient. Rows are read side by side; where they are written or added to, each
/// thread has columns of its own and takes the rows in their order, so that the last one stands and
/// sums have one order.
final class PickedRows {
  /// Elements that a thread copies at a time.
  private static final int PART = 1 << 15;

  /// Columns that a thread has: a few lines of the cache.
  private static final int COLUMNS = 64;

  private PickedRows() {}

  /// `false` where it is not for this, or an index lies outside; `sparse` may have been written
  /// then.
  ///
  /// @param dense of the index's shape
  /// @param sparse whose rows the index names
  static boolean run(
      Team team, Places.Kind kind, NdArray dense, NdArray index, NdArray sparse, int axis) {
    if (dense.shape().rank() != 2
        || dense.shape().axis(axis) != 0
        || index.dtype() != DType.I64
        || index.stride(1) != 0
        || !areRows(dense)
        || !areRows(sparse)) {
      return false;
    }
    int rows = dense.shape().size(0);
    int columns = dense.shape().size(1);
    var outside = new AtomicBoolean();
    try {
      long ds = dense.address();
      long is = index.address();
      long ss = sparse.address();
      long denseStep = 4 * dense.stride(0);
      long indexStep = 8 * index.stride(0);
      long sparseStep = 4 * sparse.stride(0);
      int size = sparse.shape().size(0);
      if (kind == Places.Kind.GATHER) {
        int each = Math.max(1, PART / columns);
        team.run(
            Math.ceilDiv(rows, each),
            part -> {
              int first = part * each;
              int count = Math.min(each, rows - first);
              boolean inside =
                  run(
                      kind,
                      ds + first * denseStep,
                      denseStep,
                      is + first * indexStep,
                      indexStep,
                      ss,
                      sparseStep,
                      count,
                      columns,
                      size);
              if (!inside) {
                outside.set(true);
              }
            });
      } else {
        team.run(
            Math.ceilDiv(columns, COLUMNS),
            part -> {
              int first = part * COLUMNS;
              int count = Math.min(COLUMNS, columns - first);
              boolean inside =
                  run(
                      kind,
                      ds + 4L * first,
                      denseStep,
                      is,
                      indexStep,
                      ss + 4L * first,
                      sparseStep,
                      rows,
                      count,
                      size);
              if (!inside) {
                outside.set(true);
              }
            });
      }
    } finally {
      Reference.reachabilityFence(dense);
      Reference.reachabilityFence(index);
      Reference.reachabilityFence(sparse);
    }
    return !outside.get();
  }

  private static boolean areRows(NdArray a) {
    return a.dtype() == DType.F32 && !a.shape().isEmpty() && a.stride(1) == 1;
  }

  /// Addresses and steps in bytes.
  ///
  /// @param size the rows of `sparse`
  private static boolean run(
      Places.Kind kind,
      long dense,
      long denseStep,
      long index,
      long indexStep,
      long sparse,
      long sparseStep,
      int rows,
      int columns,
      int size) {
    for (int r = 0; r < rows; r++) {
      long place = ALL.get(ValueLayout.JAVA_LONG, index + r * indexStep);
      if (place < 0 || place >= size) {
        return false;
      }
      long at = dense + r * denseStep;
      long there = sparse + place * sparseStep;
      switch (kind) {
        case GATHER -> Memory.copyBytes(there, at, 4L * columns);
        case SCATTER -> Memory.copyBytes(at, there, 4L * columns);
        case ADD -> add(at, there, columns);
      }
    }
    return true;
  }

  /// to += from.
  private static void add(long from, long to, int count) {
    int vectors = count - count % LANES;
    for (int i = 0; i < vectors; i += LANES) {
      FloatVector.fromMemorySegment(SPECIES, ALL, to + 4L * i, ORDER)
          .add(FloatVector.fromMemorySegment(SPECIES, ALL, from + 4L * i, ORDER))
          .intoMemorySegment(ALL, to + 4L * i, ORDER);
    }
    for (int i = vectors; i < count; i++) {
      Memory.set(to, i, Memory.get(to, i) + Memory.get(from, i));
    }
  }
}
