package fovea.core.nn;

import fovea.core.tensor.Padding;
import fovea.core.tensor.Tensor;
import java.util.Arrays;

/// Adds a border to sequences, images or volumes, or takes one away: [Padding] as a layer.
/// PyTorch's `ZeroPad2d`, `ConstantPad2d`, `ReplicationPad2d`, `ReflectionPad2d`, `CircularPad2d`
/// and their likes of other ranks.
///
/// Sides are one number for all, one for both sides of each axis, or first those before each axis
/// and then those after, `(top, left, bottom, right)`. (**Differs** from PyTorch's order.)
///
/// **Shapes**: `x [N, C, H, W]` → `y [N, C, top + H + bottom, left + W + right]`.
public final class Pad extends Layer {
  private final String label;
  private final Forward function;

  private Pad(String label, Forward function, int... sides) {
    this.label = "%s, %s)".formatted(label, Windows.sides(sides));
    this.function = function;
    if (Arrays.stream(sides).anyMatch(side -> side < 0)) {
      throw new IllegalArgumentException(
          "a border cannot be negative: " + Arrays.toString(sides) + "; see Pad.crop");
    }
  }

  /// With what a mode has for the border.
  public static Pad of(Padding.Mode mode, int... sides) {
    return new Pad("Pad(" + mode, x -> Padding.pad(x, mode, sides), sides);
  }

  /// With a number.
  public static Pad constant(double value, int... sides) {
    return new Pad("Pad(" + value, x -> Padding.constant(x, value, sides), sides);
  }

  /// Takes away what [#of] with the same sides adds.
  public static Pad crop(int... sides) {
    return new Pad("Pad(crop", x -> Padding.crop(x, sides), sides);
  }

  @Override
  protected Tensor compute(Tensor x) {
    return function.forward(x);
  }

  @Override
  public String describe() {
    return label;
  }
}
