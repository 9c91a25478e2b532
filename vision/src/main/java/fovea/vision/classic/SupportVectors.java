package fovea.vision.classic;

import fovea.core.FoveaException;
import fovea.core.array.Shape;
import fovea.core.memory.Scope;
import fovea.core.nn.Flatten;
import fovea.core.nn.Init;
import fovea.core.nn.Layer;
import fovea.core.nn.Linear;
import fovea.core.nn.Sequential;
import fovea.core.tensor.Graph;
import fovea.core.tensor.Tensor;
import fovea.vision.data.Scaling;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Linear support vector machines, one for each class against the rest, on pixels (`svm`; their
/// weights are templates of the classes) or on histograms of oriented gradients (`hog-svm`). The
/// number behind the colon is C, what a violated margin costs: `svm:0.1`.
///
/// The logits are the machines' scores, all times one number with which their softmax fits the
/// training images best (temperature scaling; Guo et al., "On calibration of modern neural
/// networks", 2017, section 4.2): by themselves scores say which class, not how probable it is.
public final class SupportVectors implements Baseline {
  static final SupportVectors PIXELS =
      new SupportVectors(
          "svm",
          "linear support vector machines on pixels, one against the rest; C as svm:0.1",
          "Cortes & Vapnik 1995; squared hinge loss, Fan et al. 2008",
          Scaling.STANDARDIZE,
          false,
          0.01);

  static final SupportVectors GRADIENTS =
      new SupportVectors(
          "hog-svm",
          "linear support vector machines on histograms of oriented gradients; C as hog-svm:0.1",
          "Dalal & Triggs 2005",
          Scaling.SCALE,
          true,
          1);

  private static final int ORIENTATIONS = 9;
  private static final int BLOCK = 2;
  private static final int CELLS = 8;
  private static final int LEAST_CELL = 4;

  private final String name;
  private final String about;
  private final String source;
  private final Scaling scaling;
  private final boolean gradients;
  private final double usualC;

  private SupportVectors(
      String name, String about, String source, Scaling scaling, boolean gradients, double usualC) {
    this.name = name;
    this.about = about;
    this.source = source;
    this.scaling = scaling;
    this.gradients = gradients;
    this.usualC = usualC;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String about() {
    return about;
  }

  @Override
  public String source() {
    return source;
  }

  @Override
  public Scaling scaling() {
    return scaling;
  }

  private double c(String options) {
    if (options.isEmpty()) {
      return usualC;
    }
    try {
      double c = Double.parseDouble(options);
      if (c > 0 && c <= 1e6) {
        return c;
      }
    } catch (NumberFormatException e) {
      throw badC(options, e);
    }
    throw badC(options, null);
  }

  private FoveaException badC(String options, @Nullable Exception e) {
    return new FoveaException(
        "%s:%s does not name a C above 0; write for instance %1$s:0.1".formatted(name, options), e);
  }

  /// Eight cells fit into the shorter side, so that images of any size give about as many features.
  private static Hog hog(Shape image) {
    int side = Math.min(image.size(1), image.size(2));
    return new Hog(ORIENTATIONS, Math.max(LEAST_CELL, side / CELLS), BLOCK);
  }

  private Layer features(Shape image) {
    return gradients ? hog(image) : new Flatten();
  }

  private int width(Shape image) {
    int width =
        gradients
            ? hog(image).width(image.size(1), image.size(2))
            : Math.toIntExact(image.elements());
    if (width == 0) {
      throw new FoveaException(
          "%1$s takes images of at least %2$d×%2$d pixels, not %3$d×%4$d"
              .formatted(name, BLOCK * LEAST_CELL, image.size(1), image.size(2)));
    }
    return width;
  }

  @Override
  public Layer build(Shape image, int classes, String options) {
    c(options);
    return new Sequential()
        .add(gradients ? "hog" : "flatten", features(image))
        .add("fc", new Linear(width(image), classes, true, Init.constant(0)));
  }

  @Override
  public Layer fit(Examples examples, String options) {
    var layer = build(examples.shape(), examples.classes(), options);
    try (var _ = Scope.open("support vectors")) {
      var rows = examples.rows(features(examples.shape()), width(examples.shape()));
      var fitted = LinearSvm.fit(rows, examples.labels(), examples.classes(), c(options));
      var weight = Tensor.of(fitted.weight(), Shape.of(examples.classes(), rows.shape().size(1)));
      var bias = Tensor.of(fitted.bias(), Shape.of(examples.classes()));
      var scores = Graph.unrecorded(() -> rows.linear(weight, bias)).toFloats();
      double sharpness = sharpness(scores, examples.labels(), examples.classes());
      layer.load(Map.of("fc.weight", weight.mul(sharpness), "fc.bias", bias.mul(sharpness)));
    }
    return layer;
  }

  /// The number to multiply scores by, between e⁻⁵ and e⁵, for the least cross-entropy: by golden
  /// section of its logarithm.
  private static double sharpness(float[] scores, int[] labels, int classes) {
    double low = -5;
    double high = 5;
    double golden = (Math.sqrt(5) - 1) / 2;
    while (high - low > 1e-3) {
      double left = high - golden * (high - low);
      double right = low + golden * (high - low);
      if (loss(scores, labels, classes, Math.exp(left))
          < loss(scores, labels, classes, Math.exp(right))) {
        high = right;
      } else {
        low = left;
      }
    }
    return Math.exp((low + high) / 2);
  }

  private static double loss(float[] scores, int[] labels, int classes, double sharpness) {
    double sum = 0;
    for (int i = 0; i < labels.length; i++) {
      double most = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < classes; c++) {
        most = Math.max(most, scores[i * classes + c]);
      }
      double all = 0;
      for (int c = 0; c < classes; c++) {
        all += Math.exp(sharpness * (scores[i * classes + c] - most));
      }
      sum += Math.log(all) - sharpness * (scores[i * classes + labels[i]] - most);
    }
    return sum;
  }
}
