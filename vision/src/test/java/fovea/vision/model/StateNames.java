package fovea.vision.model;

import java.util.ArrayList;
import java.util.List;

/// Names of the state of networks, in order, as the PyTorch versions that weights come from have
/// them.
final class StateNames {
  private final List<String> names = new ArrayList<>();

  private StateNames() {}

  static List<String> smallResNet(int blocks) {
    var n = new StateNames();
    n.convolution("conv1", "bn1");
    for (int stage = 1; stage <= 3; stage++) {
      for (int block = 0; block < blocks; block++) {
        n.block("layer%d.%d.".formatted(stage, block), 2);
      }
    }
    n.names.addAll(List.of("linear.weight", "linear.bias"));
    return n.names;
  }

  /// @param convolutions in a block
  /// @param blocks in each stage
  static List<String> largeResNet(int convolutions, int... blocks) {
    var n = new StateNames();
    n.convolution("conv1", "bn1");
    for (int stage = 1; stage <= 4; stage++) {
      for (int block = 0; block < blocks[stage - 1]; block++) {
        var prefix = "layer%d.%d.".formatted(stage, block);
        n.block(prefix, convolutions);
        if (block == 0 && (stage > 1 || convolutions == 3)) {
          n.convolution(prefix + "downsample.0", prefix + "downsample.1");
        }
      }
    }
    n.names.addAll(List.of("fc.weight", "fc.bias"));
    return n.names;
  }

  static List<String> airbench(int convolutions) {
    var n = new StateNames();
    n.names.addAll(List.of("0.weight", "0.bias"));
    for (int block = 2; block <= 4; block++) {
      for (int i = 1; i <= convolutions; i++) {
        n.convolution(block + ".conv" + i, block + ".norm" + i);
      }
    }
    n.names.add("7.weight");
    return n.names;
  }

  static List<String> unet(int depth) {
    var n = new StateNames();
    n.doubleConvolution("inc.");
    for (int i = 1; i <= depth; i++) {
      n.doubleConvolution("down%d.maxpool_conv.1.".formatted(i));
    }
    for (int i = 1; i <= depth; i++) {
      n.names.addAll(List.of("up%d.up.weight".formatted(i), "up%d.up.bias".formatted(i)));
      n.doubleConvolution("up%d.conv.".formatted(i));
    }
    n.names.addAll(List.of("outc.conv.weight", "outc.conv.bias"));
    return n.names;
  }

  private void doubleConvolution(String prefix) {
    convolution(prefix + "double_conv.0", prefix + "double_conv.1");
    convolution(prefix + "double_conv.3", prefix + "double_conv.4");
  }

  private void block(String prefix, int convolutions) {
    for (int i = 1; i <= convolutions; i++) {
      convolution(prefix + "conv" + i, prefix + "bn" + i);
    }
  }

  /// A convolution without bias, and its batch norm.
  private void convolution(String convolution, String norm) {
    names.add(convolution + ".weight");
    for (var tensor : List.of("weight", "bias", "running_mean", "running_var")) {
      names.add(norm + "." + tensor);
    }
  }
}
