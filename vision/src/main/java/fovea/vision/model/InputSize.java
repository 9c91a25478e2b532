package fovea.vision.model;

import fovea.core.array.Shape;

/// The images that a network takes.
///
/// @param channels 1 for grey, 3 for colour
/// @param height in pixels
/// @param width in pixels
public record InputSize(int channels, int height, int width) {
  public InputSize {
    if ((channels != 1 && channels != 3) || height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "a network's images have 1 or 3 channels and at least one pixel, not %d×%d×%d"
              .formatted(channels, height, width));
    }
  }

  /// The shape of a batch of such images.
  public Shape batch(int samples) {
    return Shape.of(samples, channels, height, width);
  }

  /// How many numbers one image has.
  public int elements() {
    return channels * height * width;
  }

  /// `28×28 grey`.
  @Override
  public String toString() {
    return height + "×" + width + (channels == 1 ? " grey" : " colour");
  }
}
