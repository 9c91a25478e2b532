package fovea.core.tensor;

import fovea.core.array.DType;
import fovea.core.kernel.Kernels;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// In what type a stretch of one thread's work computes what costs most: convolutions and matrix
/// products. What comes after one of them follows its type, but for softmax and the losses, which
/// take float32; parameters, their gradients, statistics and optimizers always stay float32.
///
/// ```java
/// var loss = Precision.BF16.run(() -> crossEntropy.of(model.forward(x), y));
/// ```
///
/// **Differs** from PyTorch's autocast: operands of unlike types are never converted; only the
/// inputs of convolutions and matrix products are.
public enum Precision {
  /// float32 throughout.
  F32,
  /// Images, activations and their gradients in bfloat16, products summed in float32. Where
  /// [#isFast()], up to twice as fast in half the memory, for about as good a model.
  BF16;

  private static final ScopedValue<Precision> CURRENT = ScopedValue.newInstance();

  /// What holds for the work that this thread is doing: F32 where nobody says otherwise.
  public static Precision current() {
    return CURRENT.orElse(F32);
  }

  /// Runs in this precision. For the forward pass; the backward pass follows by itself.
  public <T extends @Nullable Object> T run(Supplier<T> body) {
    return ScopedValue.where(CURRENT, this).call(body::get);
  }

  /// Whether this machine computes in it faster than in float32, or as fast for F32.
  public boolean isFast() {
    return this == F32 || Kernels.best().hasFastBf16();
  }

  /// `f32`, `bf16`.
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The input of a product, in the type that it shall be computed in.
  static Tensor input(Tensor x) {
    return x.dtype() == DType.F32 && current() == BF16 ? x.to(DType.BF16) : x;
  }

  /// Whether a product of an input with weights of these types is one: they are the same, or
  /// float32 weights serve a bfloat16 input.
  static boolean fits(DType input, DType weight) {
    return input.isFloating() && (input == weight || (input == DType.BF16 && weight == DType.F32));
  }
}
