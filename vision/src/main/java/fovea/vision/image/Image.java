package fovea.vision.image;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A picture of 8-bit samples, 0 (black) to 255 (white or full colour), sRGB as found in files.
///
/// The samples lie row by row from the top, in each row pixel by pixel from the left, in each pixel
/// channel by channel (HWC): the sample of row `y`, column `x` and channel `c` is `pixels()[(y *
/// width + x) * channels + c]`. One channel is grey, three are red, green and blue.
///
/// Immutable by convention: [#pixels()] is the array itself, to be read and never written. Two
/// images are equal if their sizes and samples are.
public final class Image {
  private final int height;
  private final int width;
  private final int channels;
  private final byte[] pixels;

  /// @param height rows, at least 1
  /// @param width columns, at least 1
  /// @param channels 1 (grey) or 3 (RGB)
  /// @param pixels `height * width * channels` samples, HWC; kept, not copied
  /// @throws IllegalArgumentException if these do not fit together
  public Image(int height, int width, int channels, byte[] pixels) {
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "an image needs at least one pixel, not " + height + "×" + width);
    }
    if (channels != 1 && channels != 3) {
      throw new IllegalArgumentException(
          "an image has 1 channel (grey) or 3 (RGB), not " + channels);
    }
    if ((long) height * width * channels != pixels.length) {
      throw new IllegalArgumentException(
          "%d×%d pixels of %d channels need %d samples, not %d"
              .formatted(height, width, channels, (long) height * width * channels, pixels.length));
    }
    this.height = height;
    this.width = width;
    this.channels = channels;
    this.pixels = pixels;
  }

  /// Rows.
  public int height() {
    return height;
  }

  /// Columns.
  public int width() {
    return width;
  }

  /// 1 (grey) or 3 (RGB).
  public int channels() {
    return channels;
  }

  /// The samples, HWC; each byte is to be read as unsigned. Not a copy: do not write to it.
  public byte[] pixels() {
    return pixels;
  }

  /// This image in grey: the luma of ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B, rounded in the
  /// fixed-point arithmetic of PIL's `convert("L")`, bit by bit.
  public Image toGrey() {
    if (channels == 1) {
      return this;
    }
    var grey = new byte[height * width];
    for (int i = 0; i < grey.length; i++) {
      int r = pixels[3 * i] & 0xFF;
      int g = pixels[3 * i + 1] & 0xFF;
      int b = pixels[3 * i + 2] & 0xFF;
      grey[i] = (byte) ((r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16);
    }
    return new Image(height, width, 1, grey);
  }

  /// This image with three channels; a grey one repeats its value in each.
  public Image toRgb() {
    if (channels == 3) {
      return this;
    }
    var rgb = new byte[Math.multiplyExact(3, pixels.length)];
    for (int i = 0; i < pixels.length; i++) {
      rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = pixels[i];
    }
    return new Image(height, width, 3, rgb);
  }

  /// This image at another size, by antialiased bilinear interpolation: a triangle filter that,
  /// when shrinking, is widened to cover every source pixel. The same as `PIL.Image.resize(…,
  /// BILINEAR)`, bit by bit. The proportions change if the new ones differ.
  ///
  /// @param newHeight rows, at least 1
  /// @param newWidth columns, at least 1
  /// @see Resampling other ways to do it
  public Image resize(int newHeight, int newWidth) {
    return Resampling.PIL_BILINEAR.resize(this, newHeight, newWidth);
  }

  /// A part of this image at another size, by the same interpolation: `PIL.Image.resize(…,
  /// BILINEAR, box)`. Its borders are in pixels and need not lie between pixels.
  ///
  /// @throws IllegalArgumentException if it does not lie in the image, or has no area
  public Image resize(
      double left, double top, double right, double bottom, int newHeight, int newWidth) {
    if (!(left >= 0
        && left < right
        && right <= width
        && top >= 0
        && top < bottom
        && bottom <= height)) {
      throw new IllegalArgumentException(
          "no part of a %s image: %s … %s by %s … %s".formatted(this, left, right, top, bottom));
    }
    return Passes.fixedPoint(
        this,
        Taps.Filter.TRIANGLE.taps(height, top, bottom, newHeight),
        Taps.Filter.TRIANGLE.taps(width, left, right, newWidth));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Image o
        && height == o.height
        && width == o.width
        && channels == o.channels
        && Arrays.equals(pixels, o.pixels);
  }

  @Override
  public int hashCode() {
    return 31 * Objects.hash(height, width, channels) + Arrays.hashCode(pixels);
  }

  /// The size in words, `"28×28 grey"`: height first.
  @Override
  public String toString() {
    return height + "×" + width + (channels == 1 ? " grey" : " RGB");
  }
}
