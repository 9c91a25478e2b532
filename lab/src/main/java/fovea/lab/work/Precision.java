package fovea.lab.work;

/// The type of numbers that a step computes with.
public enum Precision {
  F32,
  /// bfloat16 in convolutions and products, float32 parameters, statistics and loss.
  BF16;

  /// `f32`, `bf16`.
  public String word() {
    return this == F32 ? "f32" : "bf16";
  }

  public static Precision of(String word) {
    for (var p : values()) {
      if (p.word().equals(word)) {
        return p;
      }
    }
    throw new IllegalArgumentException("\"" + word + "\" is no precision; there are f32 and bf16");
  }
}
