package fovea.core.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/// The short way through float32 arrays that lie alike and without gaps, as parameters and their
/// state do: a tile at a time through Java arrays that each thread keeps, since the compiler
/// vectorises loops over those. Allocates nothing.
final class Tiles {
  private static final int SIZE = 1024;
  private static final ThreadLocal<float[][]> BUFFERS =
      ThreadLocal.withInitial(() -> new float[4][SIZE]);

  private Tiles() {}

  /// Computes with the first `n` elements of each tile, and changes those that are written back.
  @FunctionalInterface
  interface Body {
    void apply(float[][] tiles, int n);
  }

  /// Whether all lie row-major in float32; `null` does.
  static boolean fit(NdArray first, @Nullable NdArray... others) {
    if (first.dtype() != DType.F32 || !first.isContiguous()) {
      return false;
    }
    for (var a : others) {
      if (a != null && (a.dtype() != DType.F32 || !a.isContiguous())) {
        return false;
      }
    }
    return true;
  }

  /// Goes through as many elements as the first array has.
  ///
  /// @param written how many of the arrays are written back, beginning with the first
  static void forEach(int written, Body body, @Nullable NdArray... arrays) {
    var tiles = BUFFERS.get();
    long elements = count(arrays);
    try {
      for (long at = 0; at < elements; at += SIZE) {
        int n = (int) Math.min(SIZE, elements - at);
        for (int i = 0; i < arrays.length; i++) {
          var a = arrays[i];
          if (a != null) {
            MemorySegment.copy(
                a.segment(), JAVA_FLOAT, (a.offset() + at) * Float.BYTES, tiles[i], 0, n);
          }
        }
        body.apply(tiles, n);
        for (int i = 0; i < written; i++) {
          var a = arrays[i];
          if (a != null) {
            MemorySegment.copy(
                tiles[i], 0, a.segment(), JAVA_FLOAT, (a.offset() + at) * Float.BYTES, n);
          }
        }
      }
    } finally {
      for (var a : arrays) {
        Reference.reachabilityFence(a);
      }
    }
  }

  private static long count(@Nullable NdArray... arrays) {
    var first = arrays[0];
    return first == null ? 0 : first.shape().elements();
  }
}
