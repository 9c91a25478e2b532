package fovea.core.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import fovea.core.array.DType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Moves runs of evenly spaced elements between native memory and Java arrays. The one place that
/// knows how each type lies in memory.
///
/// `at` is the index of the first element, `stride` the distance to the next, both in elements.
/// Runs that lie next to each other are copied in one go, since the compiler vectorises loops over
/// Java arrays and not over memory segments.
final class Elements {
  /// Below this a loop is faster than the call that copies a run.
  private static final int WORTH_COPYING = 12;

  private Elements() {}

  /// Reads `n` elements as doubles. `stage` is scratch space of any size but 0.
  static void load(
      MemorySegment m,
      DType type,
      long at,
      long stride,
      double[] into,
      int from,
      int n,
      float[] stage) {
    if (stride == 0) {
      if (n > 0) {
        Arrays.fill(into, from, from + n, get(m, type, at));
      }
      return;
    }
    boolean copy = stride == 1 && n >= WORTH_COPYING;
    switch (type) {
      case F64 -> {
        if (copy) {
          MemorySegment.copy(m, JAVA_DOUBLE, at * Double.BYTES, into, from, n);
        } else {
          for (int i = 0; i < n; i++) {
            into[from + i] = m.getAtIndex(JAVA_DOUBLE, at + i * stride);
          }
        }
      }
      case F32 -> {
        if (copy) {
          for (int done = 0; done < n; done += stage.length) {
            int part = Math.min(stage.length, n - done);
            MemorySegment.copy(m, JAVA_FLOAT, (at + done) * Float.BYTES, stage, 0, part);
            for (int i = 0; i < part; i++) {
              into[from + done + i] = stage[i];
            }
          }
        } else {
          for (int i = 0; i < n; i++) {
            into[from + i] = m.getAtIndex(JAVA_FLOAT, at + i * stride);
          }
        }
      }
      case BF16 -> {
        for (int i = 0; i < n; i++) {
          into[from + i] = DType.fromBf16(m.getAtIndex(JAVA_SHORT, at + i * stride));
        }
      }
      case I64 -> {
        for (int i = 0; i < n; i++) {
          into[from + i] = m.getAtIndex(JAVA_LONG, at + i * stride);
        }
      }
      case I32 -> {
        for (int i = 0; i < n; i++) {
          into[from + i] = m.getAtIndex(JAVA_INT, at + i * stride);
        }
      }
      case U8, BOOL -> {
        for (int i = 0; i < n; i++) {
          into[from + i] = m.get(JAVA_BYTE, at + i * stride) & 0xFF;
        }
      }
    }
  }

  /// Writes `n` doubles, converted as [#set(MemorySegment, DType, long, double)] does.
  static void store(
      MemorySegment m,
      DType type,
      long at,
      long stride,
      double[] values,
      int from,
      int n,
      float[] stage) {
    boolean copy = stride == 1 && n >= WORTH_COPYING;
    switch (type) {
      case F64 -> {
        if (copy) {
          MemorySegment.copy(values, from, m, JAVA_DOUBLE, at * Double.BYTES, n);
        } else {
          for (int i = 0; i < n; i++) {
            m.setAtIndex(JAVA_DOUBLE, at + i * stride, values[from + i]);
          }
        }
      }
      case F32 -> {
        if (copy) {
          for (int done = 0; done < n; done += stage.length) {
            int part = Math.min(stage.length, n - done);
            for (int i = 0; i < part; i++) {
              stage[i] = (float) values[from + done + i];
            }
            MemorySegment.copy(stage, 0, m, JAVA_FLOAT, (at + done) * Float.BYTES, part);
          }
        } else {
          for (int i = 0; i < n; i++) {
            m.setAtIndex(JAVA_FLOAT, at + i * stride, (float) values[from + i]);
          }
        }
      }
      case BF16, I64, I32, U8, BOOL -> {
        for (int i = 0; i < n; i++) {
          set(m, type, at + i * stride, values[from + i]);
        }
      }
    }
  }

  static double get(MemorySegment m, DType type, long i) {
    return switch (type) {
      case F64 -> m.getAtIndex(JAVA_DOUBLE, i);
      case F32 -> m.getAtIndex(JAVA_FLOAT, i);
      case BF16 -> DType.fromBf16(m.getAtIndex(JAVA_SHORT, i));
      case I64 -> m.getAtIndex(JAVA_LONG, i);
      case I32 -> m.getAtIndex(JAVA_INT, i);
      case U8, BOOL -> m.get(JAVA_BYTE, i) & 0xFF;
    };
  }

  /// Converts as a cast does: towards zero to an integer; to BOOL, whether it is not 0.
  static void set(MemorySegment m, DType type, long i, double value) {
    switch (type) {
      case F64 -> m.setAtIndex(JAVA_DOUBLE, i, value);
      case F32 -> m.setAtIndex(JAVA_FLOAT, i, (float) value);
      case BF16 -> m.setAtIndex(JAVA_SHORT, i, DType.toBf16((float) value));
      case I64 -> m.setAtIndex(JAVA_LONG, i, (long) value);
      case I32 -> m.setAtIndex(JAVA_INT, i, (int) value);
      case U8 -> m.set(JAVA_BYTE, i, (byte) (int) value);
      case BOOL -> m.set(JAVA_BYTE, i, (byte) (value != 0 ? 1 : 0));
    }
  }

  /// As [#get], for integers beyond the 53 bits of a double.
  static long getLong(MemorySegment m, DType type, long i) {
    return switch (type) {
      case I64 -> m.getAtIndex(JAVA_LONG, i);
      case I32 -> m.getAtIndex(JAVA_INT, i);
      case U8, BOOL -> m.get(JAVA_BYTE, i) & 0xFF;
      case F64, F32, BF16 -> (long) get(m, type, i);
    };
  }

  /// Keeps the low bits, as integer arithmetic does; to BOOL, whether it is not 0.
  static void setLong(MemorySegment m, DType type, long i, long value) {
    switch (type) {
      case I64 -> m.setAtIndex(JAVA_LONG, i, value);
      case I32 -> m.setAtIndex(JAVA_INT, i, (int) value);
      case U8 -> m.set(JAVA_BYTE, i, (byte) value);
      case BOOL -> m.set(JAVA_BYTE, i, (byte) (value != 0 ? 1 : 0));
      case F64, F32, BF16 -> set(m, type, i, (double) value);
    }
  }
}
