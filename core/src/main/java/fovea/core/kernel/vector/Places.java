package fovea.core.kernel.vector;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.kernel.Team;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.concurrent.atomic.AtomicBoolean;

/// Reading, writing and adding at computed places along the last of three axes, float32 by int64:
/// what goes to and from the pixels of channels. No vectors, but threads, each with channels of its
/// own, so that none writes where another does and sums have one order.
final class Places {
  /// Channels that a thread takes at a time: a line of the cache.
  private static final int BLOCK = 16;

  /// What is done with an element of `dense`, which has the index's shape, and the one of `sparse`
  /// that the index names.
  enum Kind {
    /// dense = sparse
    GATHER,
    /// sparse = dense
    SCATTER,
    /// sparse += dense
    ADD
  }

  private Places() {}

  /// `false` where it is not for this, or an index lies outside; `sparse` may have been written
  /// then.
  static boolean run(Team team, Kind kind, NdArray dense, NdArray index, NdArray sparse, int axis) {
    if (dense.shape().rank() != 3
        || dense.shape().axis(axis) != 2
        || dense.dtype() != DType.F32
        || sparse.dtype() != DType.F32
        || index.dtype() != DType.I64
        || dense.shape().isEmpty()) {
      return false;
    }
    int channels = dense.shape().size(1);
    int blocks = Math.ceilDiv(channels, BLOCK);
    var outside = new AtomicBoolean();
    try {
      long ds = dense.address();
      long is = index.address();
      long ss = sparse.address();
      team.run(
          dense.shape().size(0) * blocks,
          part -> {
            int n = part / blocks;
            int first = part % blocks * BLOCK;
            boolean inside =
                run(
                    kind,
                    ds + 4 * (n * dense.stride(0) + first * dense.stride(1)),
                    4 * dense.stride(1),
                    4 * dense.stride(2),
                    is + 8 * (n * index.stride(0) + first * index.stride(1)),
                    8 * index.stride(1),
                    8 * index.stride(2),
                    ss + 4 * (n * sparse.stride(0) + first * sparse.stride(1)),
                    4 * sparse.stride(1),
                    4 * sparse.stride(2),
                    Math.min(BLOCK, channels - first),
                    dense.shape().size(2),
                    sparse.shape().size(2));
            if (!inside) {
              outside.set(true);
            }
          });
    } finally {
      Reference.reachabilityFence(dense);
      Reference.reachabilityFence(index);
      Reference.reachabilityFence(sparse);
    }
    return !outside.get();
  }

  /// Addresses and steps in bytes.
  private static boolean run(
      Kind kind,
      long dense,
      long denseChannel,
      long denseStep,
      long index,
      long indexChannel,
      long indexStep,
      long sparse,
      long sparseChannel,
      long sparseStep,
      int channels,
      int places,
      int size) {
    for (int i = 0; i < places; i++) {
      for (int c = 0; c < channels; c++) {
        long place =
            Memory.ALL.get(ValueLayout.JAVA_LONG, index + c * indexChannel + i * indexStep);
        if (place < 0 || place >= size) {
          return false;
        }
        long at = dense + c * denseChannel + i * denseStep;
        long there = sparse + c * sparseChannel + place * sparseStep;
        switch (kind) {
          case GATHER -> put(at, get(there));
          case SCATTER -> put(there, get(at));
          case ADD -> put(there, get(there) + get(at));
        }
      }
    }
    return true;
  }

  private static float get(long address) {
    return Memory.ALL.get(ValueLayout.JAVA_FLOAT, address);
  }

  private static void put(long address, float value) {
    Memory.ALL.set(ValueLayout.JAVA_FLOAT, address, value);
  }
}
