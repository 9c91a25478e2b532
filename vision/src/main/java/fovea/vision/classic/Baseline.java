package fovea.vision.classic;

import fovea.core.FoveaException;
import fovea.core.array.Shape;
import fovea.core.nn.Layer;
import fovea.core.tensor.Tensor;
import fovea.vision.data.Scaling;
import java.util.Map;

/// A way to tell classes of images apart that is fitted at once, not trained step by step.
///
/// What comes of it is a layer, images `[N, C, H, W]` → logits `[N, classes]`, whose softmax is
/// what the method holds for the probabilities of the classes. No gradient passes through it where
/// it counts or compares.
public sealed interface Baseline permits NearestNeighbours, NearestMean, SupportVectors {
  /// What it is called on a command line.
  String name();

  /// What it is, in one line.
  String about();

  /// Where it comes from.
  String source();

  /// What is usually done to the values of its images.
  Scaling scaling();

  /// It before it has seen any image.
  ///
  /// @param image `[C, H, W]`
  /// @param options what stood behind a colon in the name; empty where nothing did
  /// @throws FoveaException when images of that size, or these options, do not suit it
  Layer build(Shape image, int classes, String options);

  /// Fits it.
  ///
  /// @throws FoveaException when there are too few examples
  Layer fit(Examples examples, String options);

  /// It as it was when its state was saved.
  ///
  /// @throws FoveaException when the state is another's
  default Layer restore(Shape image, int classes, String options, Map<String, Tensor> state) {
    var layer = build(image, classes, options);
    layer.load(state);
    return layer;
  }
}
