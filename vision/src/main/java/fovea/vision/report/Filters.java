package fovea.vision.report;

import fovea.core.tensor.Tensor;
import fovea.vision.image.Image;
import fovea.vision.model.Classifier;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// What the first layer looks for: the filters of a convolution, or a fully connected layer's
/// weights in the form of its images.
final class Filters {
  private static final int MOST = 64;
  private static final int SIDE = 128;

  private Filters() {}

  /// The first layer's weights.
  ///
  /// @param name of the tensor
  /// @param values `[count, channels, height, width]`
  /// @param labels of each; empty for their numbers
  private record Weights(
      String name,
      float[] values,
      int count,
      int channels,
      int height,
      int width,
      List<String> labels) {
    int size() {
      return channels * height * width;
    }
  }

  /// The section; empty where the first layer cannot be shown as pictures.
  static String html(Classifier model, List<String> classes) {
    var weights = find(model, classes);
    if (weights == null) {
      return "";
    }
    int shown = Math.min(MOST, weights.count());
    return Html.section(
        "filters",
        "What the first layer looks for",
        """
        <p>%s</p>
        <div class="filters">
        %s</div>
        """
            .formatted(
                explanation(weights, shown),
                IntStream.range(0, shown)
                    .mapToObj(i -> figure(weights, i))
                    .collect(Collectors.joining())));
  }

  private static @Nullable Weights find(Classifier model, List<String> classes) {
    var state = model.network().state();
    for (var entry : state.entrySet()) {
      var shape = entry.getValue().shape();
      if (shape.rank() == 4) {
        int channels = shape.size(1);
        return channels == 1 || channels == 3 ? filters(entry) : null;
      }
    }
    int pixels = model.input().elements();
    // What is only remembered, not weighed, is no filter.
    return model.network().parameters().entrySet().stream()
        .filter(e -> e.getValue().shape().rank() == 2 && e.getValue().shape().size(1) == pixels)
        .findFirst()
        .map(e -> templates(e, model, classes))
        .orElse(null);
  }

  private static Weights filters(Map.Entry<String, Tensor> entry) {
    var tensor = entry.getValue();
    var shape = tensor.shape();
    return new Weights(
        entry.getKey(),
        tensor.toFloats(),
        shape.size(0),
        shape.size(1),
        shape.size(2),
        shape.size(3),
        List.of());
  }

  private static Weights templates(
      Map.Entry<String, Tensor> entry, Classifier model, List<String> classes) {
    var tensor = entry.getValue();
    var input = model.input();
    int count = tensor.shape().size(0);
    return new Weights(
        entry.getKey(),
        tensor.toFloats(),
        count,
        input.channels(),
        input.height(),
        input.width(),
        count == classes.size() ? classes : List.of());
  }

  private static String explanation(Weights weights, int shown) {
    var kind = weights.labels().isEmpty() ? "filters" : "templates";
    return "%s%s %s of %d×%d (<code>%s</code>). %s"
        .formatted(
            shown == weights.count() ? "" : "The first " + shown + " of ",
            Words.count(weights.count()),
            kind,
            weights.height(),
            weights.width(),
            Html.escape(weights.name()),
            weights.channels() == 1
                ? "Red wants light, blue wants dark, white does not care <span class=\"scale\" aria-hidden=\"true\"></span>; each on its own scale."
                : "Grey does not care, a brighter colour wants more of it; each on its own scale.");
  }

  private static String figure(Weights weights, int index) {
    boolean numbered = weights.labels().isEmpty();
    var label = numbered ? String.valueOf(index + 1) : Html.escape(weights.labels().get(index));
    var alt = (numbered ? "Filter " : "Template of ") + label;
    return """
    <figure>%s<figcaption title="%s">%s</figcaption></figure>
    """
        .formatted(Pictures.html(picture(weights, index), SIDE, alt), label, label);
  }

  private static Image picture(Weights weights, int index) {
    int plane = weights.height() * weights.width();
    int from = index * weights.size();
    double largest = 0;
    for (int i = from; i < from + weights.size(); i++) {
      largest = Math.max(largest, Math.abs(weights.values()[i]));
    }
    double scale = largest > 0 ? 1 / largest : 0;
    var pixels = new byte[plane * 3];
    for (int p = 0; p < plane; p++) {
      if (weights.channels() == 1) {
        Colours.signed(weights.values()[from + p] * scale, pixels, p * 3);
      } else {
        for (int c = 0; c < 3; c++) {
          double value = weights.values()[from + c * plane + p] * scale;
          pixels[p * 3 + c] = (byte) Math.round(127.5 + 127.5 * value);
        }
      }
    }
    return new Image(weights.height(), weights.width(), 3, pixels);
  }
}
