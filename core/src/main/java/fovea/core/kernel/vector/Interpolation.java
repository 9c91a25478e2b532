package fovea.core.kernel.vector;

import static jdk.incubator.vector.VectorOperators.I2S;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_S2I;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.kernel.Taps;
import fovea.core.kernel.Team;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/// Resampling of channels-last images, a row of the result at a time: the rows that it is made of
/// are summed up into one that stays in the cache, then its pixels.
final class Interpolation {
  private static final int LANES = Memory.LANES;

  /// Rows a thread takes at a time hold about so many elements.
  private static final int PART = 1 << 14;

  private static final ThreadLocal<float[][]> BUFFERS =
      ThreadLocal.withInitial(() -> new float[2][0]);

  private Interpolation() {}

  /// A map's taps, as float32.
  private record Map(Taps taps, float... weights) {
    static Map of(Taps taps) {
      var weights = new float[taps.start(taps.outputs())];
      for (int t = 0; t < weights.length; t++) {
        weights[t] = (float) taps.weight(t);
      }
      return new Map(taps, weights);
    }
  }

  static boolean resample(Team team, NdArray x, Taps rows, Taps columns, NdArray y) {
    if (!x.isChannelsLast() || !y.isChannelsLast()) {
      return false;
    }
    int channels = x.shape().size(1);
    int in = Math.multiplyExact(columns.inputs(), channels);
    int out = Math.multiplyExact(columns.outputs(), channels);
    int outRows = Math.multiplyExact(x.shape().size(0), rows.outputs());
    boolean half = x.dtype() == DType.BF16;
    int bytes = x.dtype().bytes();
    boolean onlyRows = columns.isIdentity();
    var ofRows = Map.of(rows);
    var ofColumns = Map.of(columns);
    int each = Math.max(1, PART / Math.max(in, out));
    try {
      long xs = x.address();
      long ys = y.address();
      team.run(
          Math.ceilDiv(outRows, each),
          part -> {
            var buffers = buffers(in, out);
            int end = Math.min(outRows, (part + 1) * each);
            for (int row = part * each; row < end; row++) {
              long image = (long) (row / rows.outputs()) * rows.inputs() * in;
              var line = buffers[0];
              sumRows(ofRows, row % rows.outputs(), xs + image * bytes, in, half, line);
              if (!onlyRows) {
                sumPixels(ofColumns, channels, line, buffers[1]);
                line = buffers[1];
              }
              write(line, out, ys + (long) row * out * bytes, half);
            }
          });
    } finally {
      Reference.reachabilityFence(x);
      Reference.reachabilityFence(y);
    }
    return true;
  }

  /// Room for a row of the input and one of the result.
  private static float[][] buffers(int in, int out) {
    var buffers = BUFFERS.get();
    if (buffers[0].length < in) {
      buffers[0] = new float[in];
    }
    if (buffers[1].length < out) {
      buffers[1] = new float[out];
    }
    return buffers;
  }

  private static void sumRows(
      Map rows, int row, long image, int length, boolean half, float[] sum) {
    int first = rows.taps.start(row);
    int bytes = half ? 2 : 4;
    var starts = new long[rows.taps.start(row + 1) - first];
    for (int t = 0; t < starts.length; t++) {
      starts[t] = image + (long) rows.taps.index(first + t) * length * bytes;
    }
    var weights = Arrays.copyOfRange(rows.weights, first, first + starts.length);
    if (half) {
      sumHalfRows(starts, weights, length, sum);
    } else {
      sumRows(starts, weights, length, sum);
    }
  }

  private static void sumRows(long[] starts, float[] weights, int length, float[] sum) {
    int vectors = length - length % LANES;
    for (int i = 0; i < vectors; i += LANES) {
      var total = FloatVector.zero(Memory.SPECIES);
      for (int t = 0; t < starts.length; t++) {
        total =
            FloatVector.fromMemorySegment(
                    Memory.SPECIES, Memory.ALL, starts[t] + 4L * i, Memory.ORDER)
                .mul(weights[t])
                .add(total);
      }
      total.intoArray(sum, i);
    }
    for (int i = vectors; i < length; i++) {
      float total = 0;
      for (int t = 0; t < starts.length; t++) {
        total += weights[t] * Memory.ALL.get(ValueLayout.JAVA_FLOAT, starts[t] + 4L * i);
      }
      sum[i] = total;
    }
  }

  private static void sumHalfRows(long[] starts, float[] weights, int length, float[] sum) {
    int vectors = length - length % LANES;
    for (int i = 0; i < vectors; i += LANES) {
      var total = FloatVector.zero(Memory.SPECIES);
      for (int t = 0; t < starts.length; t++) {
        var bits =
            (IntVector)
                ShortVector.fromMemorySegment(
                        Memory.SHORTS, Memory.ALL, starts[t] + 2L * i, Memory.ORDER)
                    .convertShape(ZERO_EXTEND_S2I, Memory.INTS, 0);
        total = bits.lanewise(LSHL, 16).reinterpretAsFloats().mul(weights[t]).add(total);
      }
      total.intoArray(sum, i);
    }
    for (int i = vectors; i < length; i++) {
      float total = 0;
      for (int t = 0; t < starts.length; t++) {
        short bits = Memory.ALL.get(ValueLayout.JAVA_SHORT, starts[t] + 2L * i);
        total += weights[t] * DType.fromBf16(bits);
      }
      sum[i] = total;
    }
  }

  private static void sumPixels(Map columns, int channels, float[] from, float[] to) {
    var taps = columns.taps;
    var weights = columns.weights;
    int vectors = channels - channels % LANES;
    for (int column = 0; column < taps.outputs(); column++) {
      int first = taps.start(column);
      int end = taps.start(column + 1);
      int at = column * channels;
      for (int c = 0; c < vectors; c += LANES) {
        var sum = FloatVector.zero(Memory.SPECIES);
        for (int t = first; t < end; t++) {
          sum =
              FloatVector.fromArray(Memory.SPECIES, from, taps.index(t) * channels + c)
                  .mul(weights[t])
                  .add(sum);
        }
        sum.intoArray(to, at + c);
      }
      for (int c = vectors; c < channels; c++) {
        float sum = 0;
        for (int t = first; t < end; t++) {
          sum += weights[t] * from[taps.index(t) * channels + c];
        }
        to[at + c] = sum;
      }
    }
  }

  private static void write(float[] line, int length, long to, boolean half) {
    if (!half) {
      MemorySegment.copy(line, 0, Memory.ALL, ValueLayout.JAVA_FLOAT, to, length);
      return;
    }
    int vectors = length - length % LANES;
    for (int i = 0; i < vectors; i += LANES) {
      var bits = FloatVector.fromArray(Memory.SPECIES, line, i).reinterpretAsInts();
      bits.lanewise(LSHR, 16)
          .and(1)
          .add(bits)
          .add(0x7FFF)
          .lanewise(LSHR, 16)
          .convertShape(I2S, Memory.SHORTS, 0)
          .intoMemorySegment(Memory.ALL, to + 2L * i, Memory.ORDER);
    }
    for (int i = vectors; i < length; i++) {
      Memory.ALL.set(ValueLayout.JAVA_SHORT, to + 2L * i, DType.toBf16(line[i]));
    }
  }
}
