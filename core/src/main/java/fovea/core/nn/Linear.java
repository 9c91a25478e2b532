package fovea.core.nn;

import fovea.core.array.Shape;
import fovea.core.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// A fully connected layer: y = x·Wᵀ + b.
///
/// **Shapes**: `x […, in]` → `y […, out]`; state `weight [out, in]`, `bias [out]`.
///
/// Weights start uniform within ±√(1/in), biases too, as in PyTorch; other starts by [#Linear(int,
/// int, boolean, Init)].
public final class Linear extends Layer {
  private final int in;
  private final int out;
  private final Parameter weight;
  private final @Nullable Parameter bias;

  public Linear(int in, int out) {
    this(in, out, true, Init.fanInUniform());
  }

  public Linear(int in, int out, boolean withBias, Init init) {
    this.in = in;
    this.out = out;
    weight = param("weight", Shape.of(out, in), init);
    bias = withBias ? param("bias", Shape.of(out), Init.uniform(Math.sqrt(1.0 / in))) : null;
  }

  @Override
  protected Tensor compute(Tensor x) {
    return x.linear(weight.get(), bias == null ? null : bias.get());
  }

  @Override
  protected long multiplyAdds(Shape x, Shape y) {
    return y.elements() * in;
  }

  @Override
  public String describe() {
    return "Linear(" + in + " → " + out + (bias == null ? ", no bias)" : ")");
  }
}
