package fovea.vision.classic;

import fovea.core.FoveaException;
import fovea.core.array.Shape;
import fovea.core.nn.Flatten;
import fovea.core.nn.Init;
import fovea.core.nn.Layer;
import fovea.core.nn.Linear;
import fovea.core.nn.Sequential;
import fovea.core.tensor.Tensor;
import fovea.vision.data.Scaling;
import java.util.Map;

/// The class whose mean image is nearest. It is linear: with one variance σ² for all pixels, −‖x −
/// μ‖²/2σ² is, but for what is the same for all classes, μ·x/σ² − ‖μ‖²/2σ². Its weights are the
/// mean images.
public final class NearestMean implements Baseline {
  /// The bias of a class without images: no image is near it.
  private static final float NOBODY = -1e30f;

  NearestMean() {}

  @Override
  public String name() {
    return "nearest-mean";
  }

  @Override
  public String about() {
    return "the class whose mean image is nearest";
  }

  @Override
  public String source() {
    return "minimum distance classifier; Duda & Hart 1973, section 2.6";
  }

  @Override
  public Scaling scaling() {
    return Scaling.SCALE;
  }

  @Override
  public Layer build(Shape image, int classes, String options) {
    if (!options.isEmpty()) {
      throw new FoveaException(
          "nearest-mean has no options, but \"%s\" was given".formatted(options));
    }
    return new Sequential()
        .add("flatten", new Flatten())
        .add("fc", new Linear(Math.toIntExact(image.elements()), classes, true, Init.constant(0)));
  }

  @Override
  public Layer fit(Examples examples, String options) {
    int classes = examples.classes();
    int width = Math.toIntExact(examples.shape().elements());
    var layer = build(examples.shape(), classes, options);
    var counts = examples.data().counts();
    var sums = new double[classes][width];
    var squares = new double[1];
    examples.forEach(
        batch -> {
          var rows = batch.x().toFloats();
          for (int i = 0; i < batch.indices().length; i++) {
            var sum = sums[examples.data().label(batch.indices()[i])];
            for (int p = 0; p < width; p++) {
              float v = rows[i * width + p];
              sum[p] += v;
              squares[0] += (double) v * v;
            }
          }
        });
    double within = squares[0];
    for (int c = 0; c < classes; c++) {
      for (int p = 0; p < width; p++) {
        sums[c][p] /= Math.max(1, counts[c]);
        within -= counts[c] * sums[c][p] * sums[c][p];
      }
    }
    // Images that are all alike within their class have no spread; then any will do.
    double variance = Math.max(within / ((double) examples.size() * width), 1e-6);
    var weight = new float[classes * width];
    var bias = new float[classes];
    for (int c = 0; c < classes; c++) {
      double square = 0;
      for (int p = 0; p < width; p++) {
        weight[c * width + p] = (float) (sums[c][p] / variance);
        square += sums[c][p] * sums[c][p];
      }
      bias[c] = counts[c] == 0 ? NOBODY : (float) (-square / (2 * variance));
    }
    layer.load(
        Map.of(
            "fc.weight", Tensor.of(weight, Shape.of(classes, width)),
            "fc.bias", Tensor.of(bias, Shape.of(classes))));
    return layer;
  }
}
