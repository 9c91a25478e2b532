package fovea.core.nn;

import fovea.core.array.DType;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.tensor.Graph;
import fovea.core.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// A learned vector for each of a number of symbols.
///
/// **Shapes**: `x […]`, int64 or int32, 0 … number − 1 → `[…, features]`; state `weight [number,
/// features]`, which starts normal with deviation 1, as in PyTorch.
public final class Embedding extends Layer {
  private final int number;
  private final int features;
  private final @Nullable Integer padding;
  private final Parameter weight;

  public Embedding(int number, int features) {
    this(number, features, null);
  }

  /// With all options.
  ///
  /// @param padding a symbol that stands for none: its vector starts as 0 and gets no gradient
  public Embedding(int number, int features, @Nullable Integer padding) {
    if (padding != null && (padding < 0 || padding >= number)) {
      throw new IllegalArgumentException(
          "padding %d is none of the %d symbols".formatted(padding, number));
    }
    this.number = number;
    this.features = features;
    this.padding = padding;
    weight = param("weight", Shape.of(number, features), start(padding));
  }

  private static Init start(@Nullable Integer padding) {
    return (rng, shape, dtype) -> {
      var drawn = Init.normal(1).draw(rng, shape, dtype);
      if (padding == null) {
        return drawn;
      }
      return Graph.unrecorded(
          () -> drawn.mul(Tensor.arange(shape.size(0)).ne(padding).to(dtype).unsqueeze(1)));
    };
  }

  @Override
  protected Tensor compute(Tensor x) {
    if (x.dtype().isFloating()) {
      throw new ShapeException("embedding", "symbols are int64 or int32, not " + x.dtype());
    }
    var sizes = x.shape().insert(x.shape().rank(), features).sizes();
    int n = (int) x.shape().elements();
    var index = x.reshape(n, 1).expand(Shape.of(n, features));
    var rows = weight.get();
    if (padding != null) {
      // The row of the symbol that stands for none comes from outside the graph.
      var none = Tensor.arange(number).eq(Tensor.full(padding, Shape.of(number), DType.I64));
      rows = Tensor.where(none.unsqueeze(1), rows.detach(), rows);
    }
    return rows.gather(0, index).reshape(sizes);
  }

  @Override
  public String describe() {
    return "Embedding(%d × %d)".formatted(number, features);
  }
}
