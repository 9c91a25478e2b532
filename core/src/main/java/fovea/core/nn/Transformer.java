package fovea.core.nn;

import fovea.core.array.Shape;

/// What the layers of a transformer have in common (Vaswani et al. 2017).
public final class Transformer {
  private Transformer() {}

  /// How a layer is made.
  ///
  /// @param features E, of each element of a sequence
  /// @param heads of attention
  /// @param hidden features between the two fully connected layers
  /// @param dropout while training, in [0, 1)
  /// @param activation between the two: `relu`, `gelu` or another function
  /// @param normFirst whether normalisation comes before attention and fully connected layers,
  ///   which trains more stably (Xiong et al. 2020), instead of after their sums
  /// @param eps of layer norm
  public record Options(
      int features,
      int heads,
      int hidden,
      double dropout,
      Forward activation,
      boolean normFirst,
      double eps) {
    /// PyTorch's: 2,048 hidden features, dropout of 0.1, ReLU, normalisation last.
    public static Options of(int features, int heads) {
      return new Options(features, heads, 2048, 0.1, x -> x.relu(), false, 1e-5);
    }

    public Options hidden(int number) {
      return new Options(features, heads, number, dropout, activation, normFirst, eps);
    }

    public Options dropout(double probability) {
      return new Options(features, heads, hidden, probability, activation, normFirst, eps);
    }

    public Options gelu() {
      return activation(x -> x.gelu());
    }

    public Options activation(Forward function) {
      return new Options(features, heads, hidden, dropout, function, normFirst, eps);
    }

    public Options withNormFirst() {
      return new Options(features, heads, hidden, dropout, activation, true, eps);
    }

    public Options eps(double newEps) {
      return new Options(features, heads, hidden, dropout, activation, normFirst, newEps);
    }

    LayerNorm norm() {
      return new LayerNorm(Shape.of(features), eps, true, true);
    }

    MultiheadAttention attention() {
      return new MultiheadAttention(features, heads, dropout, true);
    }
  }
}
