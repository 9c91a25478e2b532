package fovea.core.kernel.onednn;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// How an array lies in memory, in oneDNN's terms: sizes, strides in elements, type of the
/// elements. Without strides, a primitive may choose.
final class Layout {
  private final int type;
  private final long[] sizes;
  private final long @Nullable [] strides;
  private final int tag;

  private Layout(int type, long[] sizes, long @Nullable [] strides) {
    this(type, sizes, strides, OneDnn.TAG_ANY);
  }

  /// @param tag what oneDNN calls the layout where there are no strides
  private Layout(int type, long[] sizes, long @Nullable [] strides, int tag) {
    this.type = type;
    this.sizes = sizes;
    this.strides = strides;
    this.tag = tag;
  }

  static Layout of(int type, long[] sizes, long[] strides) {
    return new Layout(type, sizes, strides);
  }

  /// float32, row-major.
  static Layout dense(long... sizes) {
    return denseOf(OneDnn.F32, sizes);
  }

  /// Row-major.
  static Layout denseOf(int type, long... sizes) {
    var strides = new long[sizes.length];
    long step = 1;
    for (int i = sizes.length - 1; i >= 0; i--) {
      strides[i] = step;
      step *= sizes[i];
    }
    return new Layout(type, sizes, strides);
  }

  /// [N, C, H, W], channels next to each other in memory.
  static Layout channelsLast(int type, long n, long c, long h, long w) {
    return new Layout(type, new long[] {n, c, h, w}, new long[] {h * w * c, 1, w * c, c});
  }

  /// [N, C, …], channels next to each other in memory.
  static Layout channelsLast(int type, Shape shape) {
    int rank = shape.rank();
    var sizes = new long[rank];
    var strides = new long[rank];
    sizes[1] = shape.size(1);
    strides[1] = 1;
    long step = sizes[1];
    for (int i = rank - 1; i >= 0; i--) {
      if (i != 1) {
        sizes[i] = shape.size(i);
        strides[i] = step;
        step *= sizes[i];
      }
    }
    return new Layout(type, sizes, strides);
  }

  /// As an array lies. Along axes of size 1, where no step is ever made, the stride is one that a
  /// dense array could have: oneDNN recognises layouts by their strides.
  static Layout of(NdArray a) {
    if (a.shape().rank() >= 4 && a.isChannelsLast()) {
      return channelsLast(type(a.dtype()), a.shape());
    }
    int rank = a.shape().rank();
    var sizes = new long[rank];
    var strides = new long[rank];
    for (int i = rank - 1; i >= 0; i--) {
      sizes[i] = a.shape().size(i);
      strides[i] = sizes[i] == 1 ? i == rank - 1 ? 1 : sizes[i + 1] * strides[i + 1] : a.stride(i);
    }
    return new Layout(type(a.dtype()), sizes, strides);
  }

  /// oneDNN's name of a type. It has none for 64 bits.
  static int type(DType type) {
    return switch (type) {
      case F32 -> OneDnn.F32;
      case BF16 -> OneDnn.BF16;
      case I32 -> OneDnn.S32;
      case U8, BOOL -> OneDnn.U8;
      case F64, I64 -> throw new OneDnn.Unsupported();
    };
  }

  /// Whether, in the order of the strides, an axis steps less far than the one before it reaches:
  /// every fourth row of seven, say. No elements need overlap, but oneDNN refuses to describe it.
  boolean interleaves() {
    if (strides == null) {
      return false;
    }
    var steps = strides;
    var order =
        IntStream.range(0, steps.length)
            .filter(i -> steps[i] != 0)
            .boxed()
            .sorted(
                Comparator.comparingLong((Integer i) -> steps[i]).thenComparingLong(i -> sizes[i]))
            .toList();
    long reach = 0;
    for (int i : order) {
      if (steps[i] < reach) {
        return true;
      }
      reach = steps[i] * sizes[i];
    }
    return false;
  }

  Layout any() {
    return new Layout(type, sizes, null);
  }

  /// [N, C, …] as an array has them, channels next to each other in memory.
  static Layout channelsLast(NdArray a) {
    return channelsLast(type(a.dtype()), a.shape());
  }

  /// float32 [N, C, H, W] in blocks of 8 or 16 channels, the last of which is filled up with zeros:
  /// [N, C/8, H, W, 8].
  static Layout blocked(Shape shape, boolean by8) {
    var sizes = channelsLast(OneDnn.F32, shape).sizes;
    int tag = by8 ? OneDnn.TAG_BLOCKS_OF_8_CHANNELS : OneDnn.TAG_BLOCKS_OF_16_CHANNELS;
    return new Layout(OneDnn.F32, sizes, null, tag);
  }

  int type() {
    return type;
  }

  int tag() {
    return tag;
  }

  int rank() {
    return sizes.length;
  }

  long[] sizes() {
    return sizes;
  }

  long @Nullable [] strides() {
    return strides;
  }

  @Override
  public String toString() {
    return Arrays.toString(sizes)
        + (strides == null ? " in layout " + tag : " strides " + Arrays.toString(strides));
  }
}
