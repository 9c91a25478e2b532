package fovea.core.nn;

import fovea.core.tensor.Padding;

/// What convolutions can be told besides their channels and their window.
///
/// @param groups parts into which channels and filters are split, each convolved alone; as many as
///   channels: depthwise
/// @param bias whether each filter adds a number of its own
/// @param init how the weight starts
/// @param padding what lies in the window's padding
/// @param flipped whether it is the convolution of mathematics, with its filters flipped, and not
///   the cross-correlation that goes by that name
public record ConvOptions(
    int groups, boolean bias, Init init, Padding.Mode padding, boolean flipped) {

  /// One group, a bias, PyTorch's start, zeros, not flipped.
  public static ConvOptions standard() {
    return new ConvOptions(1, true, Init.fanInUniform(), Padding.Mode.ZEROS, false);
  }

  /// With other groups.
  public ConvOptions groups(int number) {
    return new ConvOptions(number, bias, init, padding, flipped);
  }

  /// With or without bias.
  public ConvOptions bias(boolean wanted) {
    return new ConvOptions(groups, wanted, init, padding, flipped);
  }

  /// With another start.
  public ConvOptions init(Init start) {
    return new ConvOptions(groups, bias, start, padding, flipped);
  }

  /// With another border.
  public ConvOptions padding(Padding.Mode mode) {
    return new ConvOptions(groups, bias, init, mode, flipped);
  }

  /// With filters flipped or not.
  public ConvOptions flipped(boolean wanted) {
    return new ConvOptions(groups, bias, init, padding, wanted);
  }

  /// As summaries say it: what is not standard.
  String describe() {
    return (groups == 1 ? "" : ", groups " + groups)
        + (padding == Padding.Mode.ZEROS ? "" : ", " + padding)
        + (flipped ? ", flipped" : "")
        + (bias ? "" : ", no bias");
  }

  /// Refuses channels that cannot be split.
  void check(int in, int out) {
    if (groups < 1 || in % groups != 0 || out % groups != 0) {
      throw new IllegalArgumentException(
          "%d channels and %d filters cannot be split into %d groups".formatted(in, out, groups));
    }
  }
}
