package fovea.vision.augment;

import fovea.core.UnknownNameException;
import java.util.Arrays;
import java.util.Locale;

/// What is seen where an image has moved away. Masks and label maps end at the image in any case:
/// nothing is known of what is made up beyond it.
public enum Border {
  /// Black.
  ZERO,
  /// The nearest pixel.
  EDGE,
  /// The image mirrored about its outermost pixels, which are not repeated, as `reflect` of NumPy
  /// and PyTorch.
  REFLECT;

  /// Which of `n` pixels is seen at a place; −1 for none.
  int index(int place, int n) {
    if (place >= 0 && place < n) {
      return place;
    }
    return switch (this) {
      case ZERO -> -1;
      case EDGE -> place < 0 ? 0 : n - 1;
      case REFLECT -> {
        if (n == 1) {
          yield 0;
        }
        int period = Math.floorMod(place, 2 * n - 2);
        yield period < n ? period : 2 * n - 2 - period;
      }
    };
  }

  /// The one of this name, as [#toString] gives it.
  ///
  /// @throws UnknownNameException if there is none
  public static Border of(String name) {
    return Arrays.stream(values())
        .filter(b -> b.toString().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new UnknownNameException(
                    "border", name, Arrays.stream(values()).map(Border::toString).toList()));
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
