package fovea.vision.model;

import fovea.core.FoveaException;
import fovea.core.nn.Activation;
import fovea.core.nn.Flatten;
import fovea.core.nn.Layer;
import fovea.core.nn.Linear;
import fovea.core.nn.Sequential;
import java.util.Arrays;
import java.util.stream.Collectors;

/// Fully connected networks on pixels: without a hidden layer the linear classifier (multinomial
/// logistic regression), with some the multi-layer perceptron.
public final class Perceptron {
  private static final InputSize USUAL = new InputSize(1, 28, 28);
  private static final int[] HIDDEN = {256, 128};

  static final Models.Kind LINEAR =
      new Models.Kind(
          "linear",
          "one score for each class, a weighted sum of the pixels",
          "multinomial logistic regression",
          USUAL,
          (input, classes, options) -> {
            Models.refuseOptions("linear", options);
            return linear(input, classes);
          });

  static final Models.Kind MLP =
      new Models.Kind(
          "mlp",
          "multi-layer perceptron with ReLU, hidden layers of 256 and 128; others as mlp:300,100",
          "Rumelhart, Hinton & Williams 1986",
          USUAL,
          (input, classes, options) ->
              mlp(input, classes, options.isEmpty() ? HIDDEN : widths(options)));

  private Perceptron() {}

  /// The linear classifier: [N, C, H, W] → [N, classes]. Its weights are a template for each class.
  public static Layer linear(InputSize input, int classes) {
    return new Sequential()
        .add("flatten", new Flatten())
        .add("fc", new Linear(input.elements(), classes));
  }

  /// A multi-layer perceptron with ReLU: [N, C, H, W] → [N, classes].
  ///
  /// @param hidden the width of each hidden layer
  public static Layer mlp(InputSize input, int classes, int... hidden) {
    var net = new Sequential().add("flatten", new Flatten());
    int width = input.elements();
    for (int i = 0; i < hidden.length; i++) {
      net.add("fc" + (i + 1), new Linear(width, hidden[i]));
      net.add("relu" + (i + 1), Activation.relu());
      width = hidden[i];
    }
    return net.add("fc" + (hidden.length + 1), new Linear(width, classes));
  }

  private static int[] widths(String options) {
    var fault =
        "mlp:%s does not name hidden layers; write their widths, as in mlp:300,100"
            .formatted(options);
    try {
      var widths = Arrays.stream(options.split(",", -1)).mapToInt(Integer::parseInt).toArray();
      if (Arrays.stream(widths).allMatch(w -> w >= 1 && w <= 1_000_000)) {
        return widths;
      }
    } catch (NumberFormatException e) {
      throw new FoveaException(fault, e);
    }
    throw new FoveaException(fault);
  }

  /// `mlp:300,100`, the name under which [Models] builds such a network.
  public static String name(int... hidden) {
    return Arrays.stream(hidden)
        .mapToObj(Integer::toString)
        .collect(Collectors.joining(",", "mlp:", ""));
  }
}
