package fovea.core.array;

/// Types of elements.
public enum DType {
  /// IEEE 754 double precision; exists for checking gradients.
  F64(8, "float64"),
  /// IEEE 754 single precision; what networks are made of.
  F32(4, "float32"),
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
    return this == F64 || this == F32;
  }

  /// PyTorch's name: `float32`.
  @Override
  public String toString() {
    return label;
  }
}
