package fovea.lab.work;

import java.util.List;
import java.util.Locale;

/// One operation of a [Network]. Names of those with parameters are PyTorch's.
public sealed interface Op {

  /// A convolution with a square kernel.
  ///
  /// @param frozen whether its parameters do not train
  record Conv(
      String name, int in, int out, int kernel, int stride, int pad, boolean bias, boolean frozen)
      implements Op {}

  /// A transposed convolution, 2×2 with stride 2 and bias: doubles height and width.
  record UpConv(String name, int in, int out) implements Op {}

  /// Batch normalisation.
  ///
  /// @param fixedScale whether the scale stays at 1
  record BatchNorm(String name, int channels, boolean fixedScale) implements Op {}

  record Linear(String name, int in, int out, boolean bias) implements Op {}

  record Relu() implements Op {}

  record Gelu() implements Op {}

  record MaxPool(int kernel, int stride, int pad) implements Op {}

  /// The mean over height and width; [N, C, H, W] → [N, C, 1, 1].
  record GlobalAvgPool() implements Op {}

  record Flatten() implements Op {}

  /// Multiplies by a number.
  record Scale(double factor) implements Op {}

  /// Every second pixel, with channels of zeros before and behind: ResNet's shortcut of option A.
  ///
  /// @param each how many zero channels on either side
  record SubsampleAndPad(int each) implements Op {}

  /// The sum of two inputs.
  record Add() implements Op {}

  /// Two inputs, one behind the other, along the channels.
  record Concat() implements Op {}

  /// Which word stands for it in JSON: `conv`, `up-conv`.
  default String word() {
    return getClass().getSimpleName().replaceAll("(?<=.)(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
  }

  /// An operation and where its inputs come from.
  ///
  /// @param inputs 0 for the network's input, i + 1 for the result of step i
  record Step(Op op, List<Integer> inputs) {
    public int input() {
      return inputs.getFirst();
    }
  }
}
