package fovea.core.io;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import fovea.core.array.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/// The element types of safetensors files that can be read, by the format's names, each with the
/// type that holds all its values. Those that bear the name of a [DType] are also written.
enum StoredType {
  F64(8, DType.F64),
  F32(4, DType.F32),
  F16(2, DType.F32),
  BF16(2, DType.BF16),
  /// Only values below 2⁶³ fit.
  U64(8, DType.I64),
  I64(8, DType.I64),
  U32(4, DType.I64),
  I32(4, DType.I32),
  U16(2, DType.I32),
  I16(2, DType.I32),
  I8(1, DType.I32),
  U8(1, DType.U8),
  /// Only 0 and 1 are values.
  BOOL(1, DType.BOOL);

  private static final ValueLayout.OfShort SHORT =
      JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final int bytes;
  private final DType dtype;

  StoredType(int bytes, DType dtype) {
    this.bytes = bytes;
    this.dtype = dtype;
  }

  /// Bytes an element takes in a file.
  int bytes() {
    return bytes;
  }

  /// What it is read into.
  DType dtype() {
    return dtype;
  }

  /// The type of the format's name, or `null` where that cannot be read.
  static @Nullable StoredType named(String name) {
    for (var type : values()) {
      if (type.name().equals(name)) {
        return type;
      }
    }
    return null;
  }

  /// What a type is written as.
  static StoredType of(DType dtype) {
    return switch (dtype) {
      case F64 -> F64;
      case F32 -> F32;
      case BF16 -> BF16;
      case I64 -> I64;
      case I32 -> I32;
      case U8 -> U8;
      case BOOL -> BOOL;
    };
  }

  /// Converts the first `count` elements of `from`, little-endian as in a file, to the elements of
  /// `to` from index `at` on, in this machine's order.
  ///
  /// @return the index in `from` of the first element that is no value of its type or does not fit,
  ///   or −1
  int decode(MemorySegment from, MemorySegment to, long at, int count) {
    switch (this) {
      case F64, I64 -> MemorySegment.copy(from, LONG, 0, to, JAVA_LONG, at * 8, count);
      case F32, I32 -> MemorySegment.copy(from, INT, 0, to, JAVA_INT, at * 4, count);
      case U8 -> MemorySegment.copy(from, 0, to, at, count);
      case F16 -> {
        for (int i = 0; i < count; i++) {
          to.setAtIndex(JAVA_FLOAT, at + i, Float.float16ToFloat(from.get(SHORT, 2L * i)));
        }
      }
      case BF16 -> MemorySegment.copy(from, SHORT, 0, to, JAVA_SHORT, at * 2, count);
      case U32 -> {
        for (int i = 0; i < count; i++) {
          to.setAtIndex(JAVA_LONG, at + i, Integer.toUnsignedLong(from.get(INT, 4L * i)));
        }
      }
      case U16 -> {
        for (int i = 0; i < count; i++) {
          to.setAtIndex(JAVA_INT, at + i, Short.toUnsignedInt(from.get(SHORT, 2L * i)));
        }
      }
      case I16 -> {
        for (int i = 0; i < count; i++) {
          to.setAtIndex(JAVA_INT, at + i, from.get(SHORT, 2L * i));
        }
      }
      case I8 -> {
        for (int i = 0; i < count; i++) {
          to.setAtIndex(JAVA_INT, at + i, from.get(JAVA_BYTE, i));
        }
      }
      case U64 -> {
        MemorySegment.copy(from, LONG, 0, to, JAVA_LONG, at * 8, count);
        for (int i = 0; i < count; i++) {
          if (to.getAtIndex(JAVA_LONG, at + i) < 0) {
            return i;
          }
        }
      }
      case BOOL -> {
        MemorySegment.copy(from, 0, to, at, count);
        for (int i = 0; i < count; i++) {
          if ((to.get(JAVA_BYTE, at + i) & 0xFE) != 0) {
            return i;
          }
        }
      }
    }
    return -1;
  }

  /// Converts `count` elements of `from`, from index `at` on, to a file's order at the start of
  /// `to`. Only for types that [#of] gives.
  void encode(MemorySegment from, long at, MemorySegment to, int count) {
    switch (bytes) {
      case 8 -> MemorySegment.copy(from, JAVA_LONG, at * 8, to, LONG, 0, count);
      case 4 -> MemorySegment.copy(from, JAVA_INT, at * 4, to, INT, 0, count);
      case 2 -> MemorySegment.copy(from, JAVA_SHORT, at * 2, to, SHORT, 0, count);
      default -> {
        MemorySegment.copy(from, at, to, 0, count);
        for (int i = 0; this == BOOL && i < count; i++) {
          to.set(JAVA_BYTE, i, (byte) (to.get(JAVA_BYTE, i) == 0 ? 0 : 1));
        }
      }
    }
  }
}
