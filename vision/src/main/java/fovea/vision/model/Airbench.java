package fovea.vision.model;

import fovea.core.FoveaException;
import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Window;
import fovea.core.nn.BatchNorm;
import fovea.core.nn.BatchNorm2d;
import fovea.core.nn.Conv2d;
import fovea.core.nn.Init;
import fovea.core.nn.Layer;
import fovea.core.nn.Linear;
import fovea.core.nn.MaxPool2d;
import fovea.core.nn.Parameter;
import fovea.core.tensor.Convolution;
import fovea.core.tensor.Pooling;
import fovea.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The networks of airbench, which learn CIFAR-10 to 94, 95 and 96 % in the least computing (Jordan
/// 2024, "94% on CIFAR-10 in 3.29 seconds on a single GPU", section 3).
///
/// A 2×2 convolution with fixed weights that whiten patches of the images, which [#whiten]
/// computes; three blocks of convolutions with batch norm and GELU, each of which halves the image;
/// the largest value of each channel over what is left of the image; a linear layer without bias,
/// times 1/9. Convolutions start as the identity ([Init#dirac]); the scale of batch norm is fixed
/// at 1.
///
/// State names are those of the paper's code: `0.weight, 0.bias, 2.conv1.weight, 2.norm1.weight, …,
/// 7.weight`. The paper stops training `0.bias` after three epochs: freeze the child `0` then.
///
/// **Shapes**: `x [N, C, H, W]` → logits `[N, classes]`.
public final class Airbench extends Layer {
  /// Pixels along a side of the patches that are whitened.
  private static final int PATCH = 2;

  /// Added to the patches' variances, so that directions with next to none are not blown up.
  private static final double WHITENING_EPS = 5e-4;

  private static final double LOGIT_SCALE = 1.0 / 9;

  static final List<Models.Kind> KINDS =
      List.of(
          kind("airbench94", "94 % on CIFAR-10 in ten epochs", "1.97", Airbench::airbench94),
          kind("airbench95", "95 % on CIFAR-10 in 15 epochs", "4.60", Airbench::airbench95),
          kind("airbench96", "96 % on CIFAR-10 in 37 epochs", "9.92", Airbench::airbench96));

  private final String name;
  private final Whitening whitening;
  private final List<Block> blocks = new ArrayList<>();
  private final Linear head;

  private Airbench(
      String name, InputSize input, int classes, double momentum, boolean residual, int... widths) {
    if (Math.min(input.height(), input.width()) < 9) {
      throw new FoveaException(
          "%s needs images of at least 9×9 pixels, not %d×%d"
              .formatted(name, input.height(), input.width()));
    }
    this.name = name;
    whitening = child("0", new Whitening(input.channels()));
    int channels = whitening.filters;
    for (int width : widths) {
      // Child 1 is the GELU, children 5, 6 and 8 are pooling, flattening and scaling.
      blocks.add(
          child(
              Integer.toString(blocks.size() + 2), new Block(channels, width, momentum, residual)));
      channels = width;
    }
    head = child("7", new Linear(channels, classes, false, Init.fanInUniform()));
  }

  @FunctionalInterface
  private interface Maker {
    Layer make(InputSize input, int classes);
  }

  private static Models.Kind kind(String name, String aim, String millions, Maker maker) {
    return new Models.Kind(
        name,
        "made for %s; %s million parameters with 10 classes".formatted(aim, millions),
        "Jordan 2024",
        new InputSize(3, 32, 32),
        (input, classes, options) -> {
          Models.refuseOptions(name, options);
          return maker.make(input, classes);
        });
  }

  /// Widths 64, 256 and 256: 94 % in 9.9 epochs.
  ///
  /// @throws FoveaException for images of less than 9×9 pixels, of which nothing would be left
  public static Airbench airbench94(InputSize input, int classes) {
    return new Airbench("airbench94", input, classes, 0.4, false, 64, 256, 256);
  }

  /// Widths 128, 384 and 384: 95 % in 15 epochs.
  ///
  /// @throws FoveaException for images of less than 9×9 pixels, of which nothing would be left
  public static Airbench airbench95(InputSize input, int classes) {
    return new Airbench("airbench95", input, classes, 0.4, false, 128, 384, 384);
  }

  /// Widths 128, 384 and 512, and a third convolution in each block, with a shortcut over the last
  /// two: 96 % in 37 epochs.
  ///
  /// @throws FoveaException for images of less than 9×9 pixels, of which nothing would be left
  public static Airbench airbench96(InputSize input, int classes) {
    return new Airbench("airbench96", input, classes, 0.1, true, 128, 384, 512);
  }

  /// Sets the first convolution from images, so that what it makes of them has uncorrelated
  /// channels of like size: its filters are the eigenvectors of the patches' second moments,
  /// divided by the roots of their eigenvalues, largest first; and then their negatives.
  ///
  /// @param images `[N, C, H, W]`, normalised as in training; the paper takes the first 5,000
  /// @throws ShapeException when they have not this network's channels, or no patch
  public void whiten(Tensor images) {
    var shape = Shape.of(whitening.filters, whitening.channels, PATCH, PATCH);
    // Where all filters are computed there is no chance.
    var filters = Init.whitening(images, WHITENING_EPS).draw(Rng.of(0), shape, DType.F32);
    whitening.loadWhatFits(Map.of("weight", filters));
  }

  @Override
  protected Tensor compute(Tensor x) {
    var y = whitening.forward(x).gelu();
    for (var block : blocks) {
      y = block.forward(y);
    }
    // 3×3 pixels are left of 32×32.
    y = Pooling.maxPool2d(y, Window.of(y.shape().size(2), y.shape().size(3)));
    return head.forward(y.flatten(1)).mul(LOGIT_SCALE);
  }

  @Override
  public String describe() {
    return name;
  }

  /// A 2×2 convolution whose weights are not trained, but whose bias is.
  private static final class Whitening extends Layer {
    final int channels;
    final int filters;
    private final Parameter weight;
    private final Parameter bias;

    Whitening(int channels) {
      this.channels = channels;
      filters = 2 * channels * PATCH * PATCH;
      weight = buffer("weight", Shape.of(filters, channels, PATCH, PATCH), Init.fanInUniform());
      bias = param("bias", Shape.of(filters), Init.constant(0));
    }

    @Override
    protected Tensor compute(Tensor x) {
      return Convolution.conv2d(x, weight.get(), bias.get(), Window.of(PATCH));
    }

    @Override
    protected long multiplyAdds(Shape x, Shape y) {
      return y.elements() * channels * PATCH * PATCH;
    }

    @Override
    public String describe() {
      return "Whitening(%d → %d, %d×%d)".formatted(channels, filters, PATCH, PATCH);
    }
  }

  private static final class Block extends Layer {
    private final Conv2d conv1;
    private final MaxPool2d pool;
    private final BatchNorm2d norm1;
    private final Conv2d conv2;
    private final BatchNorm2d norm2;
    private final @Nullable Conv2d conv3;
    private final @Nullable BatchNorm2d norm3;

    /// @param residual whether there is a third convolution, and a shortcut over the last two
    Block(int in, int width, double momentum, boolean residual) {
      conv1 = child("conv1", convolution(in, width));
      pool = child("pool", new MaxPool2d(2));
      norm1 = child("norm1", norm(width, momentum));
      conv2 = child("conv2", convolution(width, width));
      norm2 = child("norm2", norm(width, momentum));
      conv3 = residual ? child("conv3", convolution(width, width)) : null;
      norm3 = residual ? child("norm3", norm(width, momentum)) : null;
    }

    private static Conv2d convolution(int in, int out) {
      return new Conv2d(in, out, Window.of(3).pad(1), 1, false, Init.dirac());
    }

    private static BatchNorm2d norm(int channels, double momentum) {
      return new BatchNorm2d(
          channels, BatchNorm.Options.DEFAULT.eps(1e-12).momentum(momentum).fixedScale());
    }

    @Override
    protected Tensor compute(Tensor x) {
      var first = norm1.forward(pool.forward(conv1.forward(x))).gelu();
      var y = norm2.forward(conv2.forward(first)).gelu();
      if (conv3 == null || norm3 == null) {
        return y;
      }
      return norm3.forward(conv3.forward(y)).add(first).gelu();
    }
  }
}
