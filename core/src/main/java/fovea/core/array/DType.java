package fovea.core.array;

/// Types of elements.
public enum DType {
  /// IEEE 754 double precision; exists for checking gradients.
  F64(8, "float64"),
  /// IEEE 754 single precision; what networks are made of.
  F32(4, "float32"),
  /// The upper half of a [#F32]: its range, 8 bits of precision. What `Precision.BF16` computes in.
  BF16(2, "bfloat16"),
  I64(8, "int64"),
  I32(4, "int32"),
  U8(1, "uint8"),
  /// One byte, 0 or 1: what comparisons give.
  BOOL(1, "bool");

  private final int bytes;
  private final String label;

  DType(int bytes, String label) {
    this.bytes = bytes;
    this.label = label;
  }

  /// Bytes an element takes.
  public int bytes() {
    return bytes;
  }

  /// Whether gradients can flow through values of this type.
  public boolean isFloating() {
    return this == F64 || this == F32 || this == BF16;
  }

  /// The number that a [#BF16] stands for.
  public static float fromBf16(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /// The nearest [#BF16], ties to even.
  public static short toBf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >> 16) | 0x40); // rounding up could make it infinite
    }
    return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >> 16);
  }

  /// PyTorch's name: `float32`.
  @Override
  public String toString() {
    return label;
  }
}
