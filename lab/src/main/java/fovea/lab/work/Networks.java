package fovea.lab.work;

/// The networks that are measured. Each has a counterpart of the same layers in Fovea's registry.
final class Networks {
  private Networks() {}

  /// LeNet-5 as Fovea's `lenet5` is.
  static Network lenet5() {
    return new Network(1, 28, 28)
        .then(new Op.Conv("conv1", 1, 6, 5, 1, 2, true, false))
        .then(new Op.Relu())
        .then(new Op.MaxPool(2, 2, 0))
        .then(new Op.Conv("conv2", 6, 16, 5, 1, 0, true, false))
        .then(new Op.Relu())
        .then(new Op.MaxPool(2, 2, 0))
        .then(new Op.Flatten())
        .then(new Op.Linear("fc1", 400, 120, true))
        .then(new Op.Relu())
        .then(new Op.Linear("fc2", 120, 84, true))
        .then(new Op.Relu())
        .then(new Op.Linear("fc3", 84, 10, true));
  }

  /// ResNet-20 for 32×32 images (He et al. 2015, section 4.2), shortcuts of option A.
  static Network resnet20() {
    var net = new Network(3, 32, 32);
    convBatchNorm(net, "conv1", "bn1", 3, 16, 3, 1).then(new Op.Relu());
    int in = 16;
    for (int stage = 1; stage <= 3; stage++) {
      int out = 8 << stage;
      for (int block = 0; block < 3; block++) {
        int stride = stage > 1 && block == 0 ? 2 : 1;
        int x = net.last();
        basicBlock(net, "layer%d.%d.".formatted(stage, block), in, out, stride);
        int y = net.last();
        if (stride == 2) {
          net.on(new Op.SubsampleAndPad((out - in) / 2), x);
          x = net.last();
        }
        net.on(new Op.Add(), y, x).then(new Op.Relu());
        in = out;
      }
    }
    return net.then(new Op.GlobalAvgPool())
        .then(new Op.Flatten())
        .then(new Op.Linear("linear", 64, 10, true));
  }

  /// ResNet-18 for 224×224 images (He et al. 2015, table 1), as torchvision has it.
  static Network resnet18() {
    var net = new Network(3, 224, 224);
    convBatchNorm(net, "conv1", "bn1", 3, 64, 7, 2)
        .then(new Op.Relu())
        .then(new Op.MaxPool(3, 2, 1));
    int in = 64;
    for (int stage = 1; stage <= 4; stage++) {
      int out = 32 << stage;
      for (int block = 0; block < 2; block++) {
        int stride = stage > 1 && block == 0 ? 2 : 1;
        var name = "layer%d.%d.".formatted(stage, block);
        int x = net.last();
        basicBlock(net, name, in, out, stride);
        int y = net.last();
        if (stride == 2) {
          net.on(new Op.Conv(name + "downsample.0", in, out, 1, 2, 0, false, false), x)
              .then(new Op.BatchNorm(name + "downsample.1", out, false));
          x = net.last();
        }
        net.on(new Op.Add(), y, x).then(new Op.Relu());
        in = out;
      }
    }
    return net.then(new Op.GlobalAvgPool())
        .then(new Op.Flatten())
        .then(new Op.Linear("fc", 512, 1000, true));
  }

  private static void basicBlock(Network net, String name, int in, int out, int stride) {
    convBatchNorm(net, name + "conv1", name + "bn1", in, out, 3, stride).then(new Op.Relu());
    convBatchNorm(net, name + "conv2", name + "bn2", out, out, 3, 1);
  }

  private static Network convBatchNorm(
      Network net, String conv, String bn, int in, int out, int kernel, int stride) {
    return net.then(new Op.Conv(conv, in, out, kernel, stride, kernel / 2, false, false))
        .then(new Op.BatchNorm(bn, out, false));
  }

  /// The 94 % network of Jordan's airbench (2404.00498), as it trains after its third epoch: the
  /// whitening convolution is frozen, its bias too; the scales of batch norm are fixed at 1.
  static Network airbench94() {
    var net =
        new Network(3, 32, 32)
            .then(new Op.Conv("whiten", 3, 24, 2, 1, 0, true, true))
            .then(new Op.Gelu());
    int in = 24;
    int block = 1;
    for (int out : new int[] {64, 256, 256}) {
      var name = "block" + block++ + ".";
      net.then(new Op.Conv(name + "conv1", in, out, 3, 1, 1, false, false))
          .then(new Op.MaxPool(2, 2, 0))
          .then(new Op.BatchNorm(name + "bn1", out, true))
          .then(new Op.Gelu())
          .then(new Op.Conv(name + "conv2", out, out, 3, 1, 1, false, false))
          .then(new Op.BatchNorm(name + "bn2", out, true))
          .then(new Op.Gelu());
      in = out;
    }
    return net.then(new Op.MaxPool(3, 3, 0))
        .then(new Op.Flatten())
        .then(new Op.Linear("head", 256, 10, false))
        .then(new Op.Scale(1.0 / 9));
  }

  /// U-Net (Ronneberger et al. 2015) with padding and batch norm.
  ///
  /// @param depth how often it halves the image
  /// @param width channels at full size, doubled with every halving
  static Network unet(int channels, int classes, int depth, int width) {
    var net = new Network(channels, 256, 256);
    var skips = new int[depth];
    int in = channels;
    for (int i = 0; i < depth; i++) {
      doubleConv(net, "down" + i, in, width << i);
      in = width << i;
      skips[i] = net.last();
      net.then(new Op.MaxPool(2, 2, 0));
    }
    doubleConv(net, "middle", in, 2 * in);
    in *= 2;
    for (int i = depth - 1; i >= 0; i--) {
      int out = width << i;
      net.then(new Op.UpConv("up" + i, in, out));
      net.on(new Op.Concat(), skips[i], net.last());
      doubleConv(net, "merge" + i, 2 * out, out);
      in = out;
    }
    return net.then(new Op.Conv("classify", width, classes, 1, 1, 0, true, false));
  }

  private static void doubleConv(Network net, String name, int in, int out) {
    convBatchNorm(net, name + ".conv1", name + ".bn1", in, out, 3, 1).then(new Op.Relu());
    convBatchNorm(net, name + ".conv2", name + ".bn2", out, out, 3, 1).then(new Op.Relu());
  }
}
