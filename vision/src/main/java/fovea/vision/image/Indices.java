package fovea.vision.image;

import java.util.List;

/// The numbers in a file whose pixels are no colours but classes or things: indices into its
/// palette, or its grey values, neither scaled nor coloured.
///
/// @param height rows
/// @param width columns
/// @param values row by row from the top, 0 to 65535
/// @param palette the colours of the indices as 0xRRGGBB; empty where the file is grey
public record Indices(int height, int width, int[] values, List<Integer> palette) {

  /// @throws IllegalArgumentException if there are not as many values as pixels
  public Indices {
    palette = List.copyOf(palette);
    if ((long) height * width != values.length) {
      throw new IllegalArgumentException(
          "%d×%d pixels need as many numbers, not %d".formatted(height, width, values.length));
    }
  }
}
