package fovea.vision.data;

import java.util.List;
import java.util.stream.IntStream;

/// Colours of classes, as 0xRRGGBB.
final class Palettes {
  private Palettes() {}

  /// The 256 colours of Pascal VOC's label images (`VOClabelcolormap` of its development kit): the
  /// bits of a number, from the lowest, go to red, green, blue, red, …, from the highest bit down.
  static List<Integer> voc() {
    return IntStream.range(0, 256).mapToObj(Palettes::voc).toList();
  }

  private static int voc(int number) {
    int colour = 0;
    for (int bit = 0; bit < 8; bit++) {
      int channel = bit % 3; // red, green, blue
      int place = 7 - bit / 3;
      colour |= ((number >> bit) & 1) << (16 - 8 * channel + place);
    }
    return colour;
  }
}
