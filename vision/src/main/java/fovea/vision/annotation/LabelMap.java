package fovea.vision.annotation;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A class for each pixel of an image: semantic segmentation.
///
/// One byte a pixel, row by row from the top: classes 0 to 254, and [#IGNORE] for pixels that
/// nobody is judged by. Immutable by convention: [#labels()] is the array itself, to be read and
/// never written.
public final class LabelMap {
  /// The label of pixels without a class, "void" in Pascal VOC.
  public static final int IGNORE = 255;

  private final int height;
  private final int width;
  private final byte[] labels;

  /// @param height rows, at least 1
  /// @param width columns, at least 1
  /// @param labels `height * width` labels, row by row, each byte read as unsigned; kept, not
  ///   copied
  /// @throws IllegalArgumentException if these do not fit together
  public LabelMap(int height, int width, byte[] labels) {
    if (height < 1 || width < 1 || (long) height * width != labels.length) {
      throw new IllegalArgumentException(
          "a label map of %d×%d pixels needs as many labels, not %d"
              .formatted(height, width, labels.length));
    }
    this.height = height;
    this.width = width;
    this.labels = labels;
  }

  /// Rows.
  public int height() {
    return height;
  }

  /// Columns.
  public int width() {
    return width;
  }

  /// The labels, row by row; each byte is to be read as unsigned. Not a copy: do not write to it.
  public byte[] labels() {
    return labels;
  }

  /// The label of a pixel: 0 to 254, or [#IGNORE].
  ///
  /// @throws IndexOutOfBoundsException if it lies outside
  public int get(int row, int column) {
    return labels[Objects.checkIndex(row, height) * width + Objects.checkIndex(column, width)]
        & 0xFF;
  }

  /// How many pixels have each of the 256 labels, [#IGNORE] the last.
  public long[] counts() {
    var counts = new long[256];
    for (byte label : labels) {
      counts[label & 0xFF]++;
    }
    return counts;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof LabelMap o
        && height == o.height
        && width == o.width
        && Arrays.equals(labels, o.labels);
  }

  @Override
  public int hashCode() {
    return 31 * Objects.hash(height, width) + Arrays.hashCode(labels);
  }

  /// The size in words, `"labels of 360×480"`: height first.
  @Override
  public String toString() {
    return "labels of " + height + "×" + width;
  }
}
