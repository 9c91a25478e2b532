package fovea.vision.model;

import fovea.core.array.ShapeException;
import fovea.core.kernel.Window;
import fovea.core.nn.Activation;
import fovea.core.nn.BatchNorm2d;
import fovea.core.nn.Conv2d;
import fovea.core.nn.ConvTranspose2d;
import fovea.core.nn.Init;
import fovea.core.nn.Layer;
import fovea.core.nn.MaxPool2d;
import fovea.core.nn.Sequential;
import fovea.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// U-Net (Ronneberger, Fischer & Brox 2015), which gives each pixel a class: it halves the image
/// `depth` times while doubling the channels, goes back up by transposed convolutions, and joins to
/// each level on the way up what the way down had there.
///
/// The paper's has depth 4 and width 64. State names are those of the widespread PyTorch version:
/// `inc.double_conv.0.weight, down1.maxpool_conv.1.double_conv.0.weight, up1.up.weight,
/// up1.conv.double_conv.0.weight, outc.conv.weight`.
///
/// **Differs** from the paper, as most of today's do: convolutions are padded, so that the result
/// has the image's size, and followed by batch norm; there is no dropout.
public final class UNet {
  private UNet() {}

  /// A U-Net: images [N, channels, H, W] → logits [N, classes, H, W]. H and W must be multiples of
  /// 2^depth; the network says so of images that are not, with a [ShapeException].
  ///
  /// @param channels of the images
  /// @param classes of the pixels
  /// @param depth how often the image is halved, at least 1
  /// @param width channels at full size, at least 1; 2^depth times as many at the bottom
  /// @throws IllegalArgumentException when one of them is not in its range
  public static Layer unet(int channels, int classes, int depth, int width) {
    if (channels < 1 || classes < 1 || depth < 1 || depth > 16 || width < 1) {
      throw new IllegalArgumentException(
          "a U-Net has at least 1 channel, class and filter and a depth of 1 to 16, not %d, %d, %d and %d"
              .formatted(channels, classes, width, depth));
    }
    return new Network(channels, classes, depth, width);
  }

  private static final class Network extends Layer {
    private final DoubleConv in;
    private final List<Layer> down = new ArrayList<>();
    private final List<Up> up = new ArrayList<>();
    private final Layer out;
    private final int multiple;

    Network(int channels, int classes, int depth, int width) {
      multiple = 1 << depth;
      in = child("inc", new DoubleConv(channels, width));
      for (int i = 1; i <= depth; i++) {
        int half = width << (i - 1);
        down.add(child("down" + i, new Down(half, 2 * half)));
      }
      for (int i = 1; i <= depth; i++) {
        up.add(child("up" + i, new Up(width << (depth - i))));
      }
      out = child("outc", new Sequential().add("conv", new Conv2d(width, classes, Window.of(1))));
    }

    @Override
    protected Tensor compute(Tensor x) {
      var s = x.shape();
      if (s.rank() != 4
          || s.size(2) < 1
          || s.size(3) < 1
          || s.size(2) % multiple != 0
          || s.size(3) % multiple != 0) {
        throw new ShapeException(
            "unet",
            "input %s is not [N, C, H, W] with H and W multiples of %d; pad or resize the images"
                .formatted(s, multiple));
      }
      var levels = new ArrayList<Tensor>();
      var y = in.forward(x);
      for (var layer : down) {
        levels.add(y);
        y = layer.forward(y);
      }
      for (var layer : up) {
        y = layer.forward(Tensor.concat(1, levels.removeLast(), layer.enlarge(y)));
      }
      return out.forward(y);
    }

    @Override
    public String describe() {
      return "UNet";
    }
  }

  /// Twice a 3×3 convolution, batch norm and ReLU.
  private static final class DoubleConv extends Layer {
    private final Sequential layers;

    DoubleConv(int in, int out) {
      layers =
          child(
              "double_conv",
              Sequential.of(
                  convolution(in, out),
                  new BatchNorm2d(out),
                  Activation.relu(),
                  convolution(out, out),
                  new BatchNorm2d(out),
                  Activation.relu()));
    }

    /// Without bias, which batch norm would take away again. The paper's start (section 3).
    private static Conv2d convolution(int in, int out) {
      return new Conv2d(in, out, Window.of(3).pad(1), 1, false, Init.heNormal());
    }

    @Override
    protected Tensor compute(Tensor x) {
      return layers.forward(x);
    }
  }

  private static final class Down extends Layer {
    private final Sequential layers;

    Down(int in, int out) {
      layers = child("maxpool_conv", Sequential.of(new MaxPool2d(2), new DoubleConv(in, out)));
    }

    @Override
    protected Tensor compute(Tensor x) {
      return layers.forward(x);
    }
  }

  /// Joins the level above, of `width` channels, with the one below, of twice as many. A layer
  /// takes one tensor: the network joins what [#enlarge] gives with the level above, and this goes
  /// on from there.
  private static final class Up extends Layer {
    private final ConvTranspose2d up;
    private final DoubleConv conv;

    Up(int width) {
      up = child("up", new ConvTranspose2d(2 * width, width, Window.of(2).stride(2)));
      conv = child("conv", new DoubleConv(2 * width, width));
    }

    Tensor enlarge(Tensor below) {
      return up.forward(below);
    }

    @Override
    protected Tensor compute(Tensor joined) {
      return conv.forward(joined);
    }
  }
}
