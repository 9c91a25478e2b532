package fovea.core.nn;

import fovea.core.kernel.Window;
import fovea.core.tensor.Tensor;
import java.util.List;

/// An inception module: convolutions of several sizes and max pooling side by side, their channels
/// joined (Szegedy et al. 2015, "Going deeper with convolutions", section 4). Each convolution is
/// followed by ReLU.
///
/// **Shapes**: `x [N, C, H, W]` → `[N, K, H, W]`, K the sum of the branches' channels; state
/// `branch1.…` (1×1), `branch2.…` (3×3), `branch3.…` (5×5), `branch4.…` (pooling), the layers of
/// each counted from 0.
///
/// **Differs** from torchvision, whose branches have batch norm, and 3×3 in the place of 5×5.
public final class Inception extends Layer {
  private final List<Sequential> branches;
  private final String text;

  private Inception(String text, Sequential... branches) {
    this.text = text;
    this.branches = List.of(branches);
    for (int i = 0; i < branches.length; i++) {
      child("branch" + (i + 1), branches[i]);
    }
  }

  /// The naive module (figure 2a): pooling passes all channels on.
  ///
  /// @param in channels
  /// @param ofOne filters of 1×1
  /// @param ofThree filters of 3×3
  /// @param ofFive filters of 5×5
  public static Inception naive(int in, int ofOne, int ofThree, int ofFive) {
    return new Inception(
        "naive, %d → %d + %d + %d + %d".formatted(in, ofOne, ofThree, ofFive, in),
        convolutions(in, ofOne, 1),
        convolutions(in, ofThree, 3),
        convolutions(in, ofFive, 5),
        Sequential.of(pool()));
  }

  /// Channels of the module with dimension reduction.
  ///
  /// @param ofOne filters of 1×1
  /// @param beforeThree 1×1 filters before those of 3×3
  /// @param ofThree filters of 3×3
  /// @param beforeFive 1×1 filters before those of 5×5
  /// @param ofFive filters of 5×5
  /// @param afterPool 1×1 filters after pooling
  public record Channels(
      int ofOne, int beforeThree, int ofThree, int beforeFive, int ofFive, int afterPool) {}

  /// The module with dimension reduction (figure 2b): 1×1 convolutions before the larger ones and
  /// after pooling. GoogLeNet's first is `reduced(192, new Channels(64, 96, 128, 16, 32, 32))`.
  ///
  /// @param in channels
  public static Inception reduced(int in, Channels c) {
    return new Inception(
        "%d → %d + %d + %d + %d".formatted(in, c.ofOne, c.ofThree, c.ofFive, c.afterPool),
        convolutions(in, c.ofOne, 1),
        convolutions(in, c.beforeThree, 1, c.ofThree, 3),
        convolutions(in, c.beforeFive, 1, c.ofFive, 5),
        Sequential.of(pool(), convolution(in, c.afterPool, 1), Activation.relu()));
  }

  /// @param filtersAndSizes of each convolution, its filters and its size
  private static Sequential convolutions(int in, int... filtersAndSizes) {
    var branch = new Sequential();
    int channels = in;
    for (int i = 0; i < filtersAndSizes.length; i += 2) {
      int filters = filtersAndSizes[i];
      branch.add(Integer.toString(i), convolution(channels, filters, filtersAndSizes[i + 1]));
      branch.add(Integer.toString(i + 1), Activation.relu());
      channels = filters;
    }
    return branch;
  }

  private static Conv2d convolution(int in, int out, int size) {
    return new Conv2d(in, out, Window.of(size).pad(size / 2), 1, true, Init.heNormal());
  }

  private static MaxPool2d pool() {
    return new MaxPool2d(Window.of(3).pad(1));
  }

  @Override
  protected Tensor compute(Tensor x) {
    return Tensor.concat(1, branches.stream().map(branch -> branch.forward(x)).toList());
  }

  @Override
  public String describe() {
    return "Inception(" + text + ")";
  }
}
