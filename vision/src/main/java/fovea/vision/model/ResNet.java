package fovea.vision.model;

import fovea.core.FoveaException;
import fovea.core.kernel.Window;
import fovea.core.nn.AdaptiveAvgPool2d;
import fovea.core.nn.BatchNorm2d;
import fovea.core.nn.Conv2d;
import fovea.core.nn.Flatten;
import fovea.core.nn.Forward;
import fovea.core.nn.Init;
import fovea.core.nn.Layer;
import fovea.core.nn.Linear;
import fovea.core.nn.MaxPool2d;
import fovea.core.nn.Sequential;
import fovea.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Residual networks (He, Zhang, Ren & Sun 2016, "Deep residual learning for image recognition"):
/// each block adds what it computes to what it was given.
///
/// Of 20, 32, 44, 56 and 110 layers, for small images such as CIFAR's (section 4.2): three stages
/// of 16, 32 and 64 channels; where a stage begins, the shortcut takes every second pixel and fills
/// new channels with zeros ("option A"), half of them before and half behind the old ones.
///
/// Of 18, 34, 50, 101 and 152 layers, for images such as ImageNet's (table 1): a 7×7 convolution
/// and max-pooling, four stages of 64, 128, 256 and 512 channels, from 50 layers on four times as
/// many by bottleneck blocks; where the shape changes, the shortcut is a 1×1 convolution ("option
/// B").
///
/// State names, and with them weights, are those of torchvision; of the small ones, those of the
/// widespread `conv1, bn1, layer1 … layer3, linear`.
///
/// **Differs** from the paper, as torchvision since its ResNet "v1.5" does: bottleneck blocks step
/// by two in their 3×3 convolution, not in the first 1×1 one.
public final class ResNet {
  static final List<Models.Kind> KINDS =
      List.of(
          smallKind(20, "0.27"),
          smallKind(32, "0.46"),
          smallKind(44, "0.66"),
          smallKind(56, "0.85"),
          smallKind(110, "1.73"),
          largeKind(18, "11.69"),
          largeKind(34, "21.80"),
          largeKind(50, "25.56"),
          largeKind(101, "44.55"),
          largeKind(152, "60.19"));

  private ResNet() {}

  private static Models.Kind smallKind(int depth, String millions) {
    return kind(
        depth,
        "for small images; %s million parameters with 10 classes".formatted(millions),
        "section 4.2",
        new InputSize(3, 32, 32));
  }

  private static Models.Kind largeKind(int depth, String millions) {
    return kind(
        depth,
        "as on ImageNet; %s million parameters with 1,000 classes".formatted(millions),
        "table 1, as torchvision",
        new InputSize(3, 224, 224));
  }

  private static Models.Kind kind(int depth, String about, String source, InputSize usual) {
    var name = "resnet" + depth;
    return new Models.Kind(
        name,
        "residual network of %d layers %s".formatted(depth, about),
        "He et al. 2016, " + source,
        usual,
        (input, classes, options) -> {
          Models.refuseOptions(name, options);
          return resnet(depth, input, classes);
        });
  }

  /// A residual network: [N, C, H, W] → [N, classes], of images of any size.
  ///
  /// @param depth 20, 32, 44, 56 or 110 for small images; 18, 34, 50, 101 or 152 for large ones
  /// @throws FoveaException for another depth
  public static Layer resnet(int depth, InputSize input, int classes) {
    return switch (depth) {
      case 20, 32, 44, 56, 110 -> small(depth, input, classes);
      case 18 -> large(depth, false, input, classes, 2, 2, 2, 2);
      case 34 -> large(depth, false, input, classes, 3, 4, 6, 3);
      case 50 -> large(depth, true, input, classes, 3, 4, 6, 3);
      case 101 -> large(depth, true, input, classes, 3, 4, 23, 3);
      case 152 -> large(depth, true, input, classes, 3, 8, 36, 3);
      default ->
          throw new FoveaException(
              "there are residual networks of 20, 32, 44, 56 and 110 layers for small images and of"
                  + " 18, 34, 50, 101 and 152 for large ones, not of "
                  + depth);
    };
  }

  private static Layer small(int depth, InputSize input, int classes) {
    var init = Init.heNormal();
    int blocks = (depth - 2) / 6;
    var stages = new ArrayList<Layer>();
    int channels = 16;
    for (int width : new int[] {16, 32, 64}) {
      var stage = new Sequential();
      for (int i = 0; i < blocks; i++) {
        int in = channels;
        Forward shortcut = in == width ? x -> x : x -> everySecondPixel(x, width - in);
        stage.add(
            Integer.toString(i), new BasicBlock(in, width, in == width ? 1 : 2, init, shortcut));
        channels = width;
      }
      stages.add(stage);
    }
    return new Network(
        "ResNet-" + depth,
        convolution(input.channels(), 16, 3, 1, init),
        new BatchNorm2d(16),
        null,
        stages,
        "linear",
        new Linear(channels, classes, true, init));
  }

  /// Every second row and column, with channels of zeros before and behind.
  private static Tensor everySecondPixel(Tensor x, int newChannels) {
    int before = newChannels / 2;
    return x.slice(2, 0, x.shape().size(2), 2)
        .slice(3, 0, x.shape().size(3), 2)
        .pad(1, before, newChannels - before, 0);
  }

  private static Layer large(
      int depth, boolean bottlenecks, InputSize input, int classes, int... blocks) {
    var init = Init.heNormalFanOut();
    var stages = new ArrayList<Layer>();
    int channels = 64;
    for (int s = 0; s < blocks.length; s++) {
      var stage = new Sequential();
      int width = 64 << s;
      int out = bottlenecks ? 4 * width : width;
      for (int i = 0; i < blocks[s]; i++) {
        int stride = i == 0 && s > 0 ? 2 : 1;
        Forward shortcut = x -> x;
        if (stride != 1 || channels != out) {
          shortcut =
              Sequential.of(convolution(channels, out, 1, stride, init), new BatchNorm2d(out));
        }
        stage.add(
            Integer.toString(i),
            bottlenecks
                ? new Bottleneck(channels, width, stride, init, shortcut)
                : new BasicBlock(channels, width, stride, init, shortcut));
        channels = out;
      }
      stages.add(stage);
    }
    return new Network(
        "ResNet-" + depth,
        convolution(input.channels(), 64, 7, 2, init),
        new BatchNorm2d(64),
        new MaxPool2d(Window.of(3).stride(2).pad(1)),
        stages,
        "fc",
        new Linear(channels, classes));
  }

  /// Without bias, which the normalisation behind it would take away again; padded so that only the
  /// stride makes the image smaller.
  private static Conv2d convolution(int in, int out, int size, int stride, Init init) {
    return new Conv2d(in, out, Window.of(size).stride(stride).pad(size / 2), 1, false, init);
  }

  /// What all of them have in common.
  private static final class Network extends Layer {
    private final String name;
    private final Conv2d conv1;
    private final BatchNorm2d bn1;
    private final @Nullable MaxPool2d pool;
    private final List<Layer> layers = new ArrayList<>();

    Network(
        String name,
        Conv2d conv1,
        BatchNorm2d bn1,
        @Nullable MaxPool2d pool,
        List<Layer> stages,
        String headName,
        Linear head) {
      this.name = name;
      this.conv1 = child("conv1", conv1);
      this.bn1 = child("bn1", bn1);
      this.pool = pool == null ? null : child("maxpool", pool);
      for (int i = 0; i < stages.size(); i++) {
        layers.add(child("layer" + (i + 1), stages.get(i)));
      }
      layers.add(child("avgpool", new AdaptiveAvgPool2d(1)));
      layers.add(child("flatten", new Flatten()));
      layers.add(child(headName, head));
    }

    @Override
    protected Tensor compute(Tensor x) {
      var y = conv1.forward(x, bn1, null, true);
      if (pool != null) {
        y = pool.forward(y);
      }
      for (var layer : layers) {
        y = layer.forward(y);
      }
      return y;
    }

    @Override
    public String describe() {
      return name;
    }
  }

  /// Two 3×3 convolutions (figure 5, left).
  private static final class BasicBlock extends Layer {
    private final Conv2d conv1;
    private final BatchNorm2d bn1;
    private final Conv2d conv2;
    private final BatchNorm2d bn2;
    private final Forward shortcut;

    BasicBlock(int in, int width, int stride, Init init, Forward shortcut) {
      conv1 = child("conv1", convolution(in, width, 3, stride, init));
      bn1 = child("bn1", new BatchNorm2d(width));
      conv2 = child("conv2", convolution(width, width, 3, 1, init));
      bn2 = child("bn2", new BatchNorm2d(width));
      this.shortcut = shortcut instanceof Layer layer ? child("downsample", layer) : shortcut;
    }

    @Override
    protected Tensor compute(Tensor x) {
      var y = conv1.forward(x, bn1, null, true);
      return conv2.forward(y, bn2, shortcut.forward(x), true);
    }
  }

  /// A 1×1 convolution to fewer channels, a 3×3 one there, and a 1×1 one to four times as many
  /// (figure 5, right).
  private static final class Bottleneck extends Layer {
    private final Conv2d conv1;
    private final BatchNorm2d bn1;
    private final Conv2d conv2;
    private final BatchNorm2d bn2;
    private final Conv2d conv3;
    private final BatchNorm2d bn3;
    private final Forward shortcut;

    Bottleneck(int in, int width, int stride, Init init, Forward shortcut) {
      conv1 = child("conv1", convolution(in, width, 1, 1, init));
      bn1 = child("bn1", new BatchNorm2d(width));
      conv2 = child("conv2", convolution(width, width, 3, stride, init));
      bn2 = child("bn2", new BatchNorm2d(width));
      conv3 = child("conv3", convolution(width, 4 * width, 1, 1, init));
      bn3 = child("bn3", new BatchNorm2d(4 * width));
      this.shortcut = shortcut instanceof Layer layer ? child("downsample", layer) : shortcut;
    }

    @Override
    protected Tensor compute(Tensor x) {
      var y = conv1.forward(x, bn1, null, true);
      y = conv2.forward(y, bn2, null, true);
      return conv3.forward(y, bn3, shortcut.forward(x), true);
    }
  }
}
