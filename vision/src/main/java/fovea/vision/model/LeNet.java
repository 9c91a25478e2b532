package fovea.vision.model;

import fovea.core.FoveaException;
import fovea.core.kernel.Window;
import fovea.core.nn.Activation;
import fovea.core.nn.Conv2d;
import fovea.core.nn.Flatten;
import fovea.core.nn.Layer;
import fovea.core.nn.Linear;
import fovea.core.nn.MaxPool2d;
import fovea.core.nn.Sequential;

/// LeNet-5 (LeCun et al. 1998, section II.B) in the form in which it is taught today: ReLU for the
/// scaled tanh, max-pooling for the trained subsampling, full connections between the convolutions,
/// softmax for the radial basis functions. 61,706 parameters for 28×28 grey images and ten classes.
public final class LeNet {
  static final Models.Kind LENET5 =
      new Models.Kind(
          "lenet5",
          "two convolutions and three linear layers; 61,706 parameters on 28×28 grey, 10 classes",
          "LeCun et al. 1998, section II.B, with ReLU and max-pooling",
          new InputSize(1, 28, 28),
          (input, classes, options) -> {
            Models.refuseOptions("lenet5", options);
            return lenet5(input, classes);
          });

  private LeNet() {}

  /// LeNet-5: [N, C, H, W] → [N, classes]. The first convolution pads by 2, so that 28×28 images do
  /// what 32×32 ones did in the paper.
  ///
  /// @throws FoveaException for images of less than 12×12 pixels, of which nothing would be left
  public static Layer lenet5(InputSize input, int classes) {
    int height = afterConvolutions(input.height());
    int width = afterConvolutions(input.width());
    if (height < 1 || width < 1) {
      throw new FoveaException(
          "lenet5 needs images of at least 12×12 pixels, not "
              + input.height()
              + "×"
              + input.width());
    }
    return new Sequential()
        .add("conv1", new Conv2d(input.channels(), 6, Window.of(5).pad(2)))
        .add("relu1", Activation.relu())
        .add("pool1", new MaxPool2d(2))
        .add("conv2", new Conv2d(6, 16, Window.of(5)))
        .add("relu2", Activation.relu())
        .add("pool2", new MaxPool2d(2))
        .add("flatten", new Flatten())
        .add("fc1", new Linear(16 * height * width, 120))
        .add("relu3", Activation.relu())
        .add("fc2", new Linear(120, 84))
        .add("relu4", Activation.relu())
        .add("fc3", new Linear(84, classes));
  }

  private static int afterConvolutions(int size) {
    return (size / 2 - 4) / 2;
  }
}
