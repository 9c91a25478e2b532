package fovea.core.loss;

import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;
import java.util.List;
import java.util.function.Function;

/// The perceptual loss (Johnson, Alahi & Fei-Fei 2016, section 3.2): how unlike two images are to
/// the layers of a network, which knows what matters, in content (squared differences of features)
/// and in style (those of their Gram matrices; Gatys, Ecker & Bethge 2016).
///
/// **Shapes**: `prediction` and `target` as the network takes them → `[]`. The target is not
/// differentiated.
///
/// @param features the feature images `[N, C, H, W]` of some layers
/// @param content a weight for each of them
/// @param style a weight for each of them
public record Perceptual(
    Function<Tensor, List<Tensor>> features, List<Double> content, List<Double> style)
    implements Loss {
  public Perceptual {
    content = List.copyOf(content);
    style = List.copyOf(style);
    if (content.size() != style.size()) {
      throw new IllegalArgumentException(
          "%d weights of content and %d of style are not those of the same layers"
              .formatted(content.size(), style.size()));
    }
  }

  /// @throws ShapeException when there is not a weight for each layer
  @Override
  public Tensor of(Tensor prediction, Tensor target) {
    var ours = features.apply(prediction);
    var theirs = features.apply(target);
    if (ours.size() != content.size()) {
      throw new ShapeException(
          "perceptual",
          "there are %d layers and %d weights".formatted(ours.size(), content.size()));
    }
    var square = new MeanSquaredError();
    var sum = Tensor.scalar(0, prediction.dtype());
    for (int i = 0; i < ours.size(); i++) {
      var x = ours.get(i);
      var y = theirs.get(i).detach();
      if (content.get(i) != 0) {
        sum = sum.add(square.of(x, y).mul(content.get(i)));
      }
      if (style.get(i) != 0) {
        sum = sum.add(square.of(gram(x), gram(y)).mul(style.get(i)));
      }
    }
    return sum;
  }

  /// The Gram matrix of each image's channels: what goes with what, wherever it is.
  ///
  /// @param features `[N, C, H, W]`
  /// @return `[N, C, C]`, over C·H·W
  public static Tensor gram(Tensor features) {
    var s = features.shape();
    if (s.rank() != 4) {
      throw new ShapeException("gram", s + " is not [N, C, H, W]");
    }
    int pixels = s.size(2) * s.size(3);
    var rows = features.reshape(s.size(0), s.size(1), pixels);
    return rows.matmul(rows.transpose(1, 2)).div((double) s.size(1) * pixels);
  }
}
