package fovea.vision.annotation;

import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The pixels of a thing in an image: one bit each. Immutable.
///
/// From and to COCO's forms: polygons, whose pixels are those with their centre inside, and run
/// lengths.
public final class Mask {
  /// What an array of bits can be indexed by.
  private static final long MAX_PIXELS = Integer.MAX_VALUE;

  private final int height;
  private final int width;

  /// Row by row from the top; never changed.
  private final BitSet bits;

  /// @param bits kept, not copied
  private Mask(int height, int width, BitSet bits) {
    this.height = height;
    this.width = width;
    this.bits = bits;
  }

  /// A mask of some pixels.
  ///
  /// @param height rows, at least 1
  /// @param width columns, at least 1
  /// @param bits the pixel of row `i` and column `j` is bit `i * width + j`; copied
  /// @throws IllegalArgumentException if there are bits beyond the last pixel
  public static Mask of(int height, int width, BitSet bits) {
    checkSize(height, width);
    if (bits.length() > height * width) {
      throw new IllegalArgumentException(
          "a mask of %d×%d pixels has no bit %d".formatted(height, width, bits.length() - 1));
    }
    return new Mask(height, width, (BitSet) bits.clone());
  }

  /// The pixels whose centres lie in at least one of these polygons. Inside is what a ray leaves
  /// through an odd number of edges; a centre on an edge belongs to the polygon on its right, and
  /// below where the edge is level. What lies beyond the image is cut off.
  ///
  /// **Differs**: pycocotools draws outlines in fifths of pixels and fills those; its masks differ
  /// by some pixels at the border.
  ///
  /// @param polygons the corners of each, x and y in turn, in any sense of rotation, not closed
  /// @throws IllegalArgumentException if a polygon has fewer than three corners, half a corner, or
  ///   a coordinate that is no finite number
  public static Mask ofPolygons(int height, int width, List<double[]> polygons) {
    checkSize(height, width);
    return new Mask(height, width, Polygons.fill(height, width, polygons));
  }

  /// A mask from COCO's run lengths: how many pixels are out, then in, then out, and so on, column
  /// by column from the left.
  ///
  /// @throws IllegalArgumentException if a length is negative or their sum is not the number of
  ///   pixels
  public static Mask ofRle(int height, int width, int... counts) {
    checkSize(height, width);
    return new Mask(height, width, RunLengths.decode(height, width, counts));
  }

  /// A mask from COCO's run lengths packed into a string (`rleToString` of its API).
  ///
  /// @throws IllegalArgumentException if the string is damaged, or as [#ofRle]
  public static Mask ofCompressedRle(int height, int width, String counts) {
    return ofRle(height, width, RunLengths.unpack(counts));
  }

  private static void checkSize(int height, int width) {
    if (height < 1 || width < 1 || (long) height * width > MAX_PIXELS) {
      throw new IllegalArgumentException(
          "a mask has from 1 to %d pixels, not %d×%d".formatted(MAX_PIXELS, height, width));
    }
  }

  /// Rows of the image.
  public int height() {
    return height;
  }

  /// Columns of the image.
  public int width() {
    return width;
  }

  /// Whether a pixel belongs to the thing.
  ///
  /// @throws IndexOutOfBoundsException if it lies outside the image
  public boolean get(int row, int column) {
    return bits.get(Objects.checkIndex(row, height) * width + Objects.checkIndex(column, width));
  }

  /// How many pixels belong to it.
  public int count() {
    return bits.cardinality();
  }

  /// Whether no pixel belongs to it.
  public boolean isEmpty() {
    return bits.isEmpty();
  }

  /// The bits, the pixel of row `i` and column `j` being `i * width + j`; a copy.
  public BitSet bits() {
    return (BitSet) bits.clone();
  }

  /// The smallest box around its pixels; for none, an empty box at the origin.
  public Box box() {
    if (bits.isEmpty()) {
      return new Box(0, 0, 0, 0);
    }
    int left = width;
    int right = 0;
    int top = bits.nextSetBit(0) / width;
    int bottom = (bits.length() - 1) / width + 1;
    for (int row = top; row < bottom; row++) {
      int first = bits.nextSetBit(row * width);
      int last = bits.previousSetBit(row * width + width - 1);
      if (first <= last) { // else the row is empty
        left = Math.min(left, first - row * width);
        right = Math.max(right, last - row * width + 1);
      }
    }
    return new Box(left, top, right, bottom);
  }

  /// Intersection over union: 1 for the same pixels, 0 for masks that share none and where both are
  /// empty.
  ///
  /// @throws IllegalArgumentException if the masks are of unlike sizes
  public double iou(Mask other) {
    if (height != other.height || width != other.width) {
      throw new IllegalArgumentException(
          "masks of one image have one size, not %s and %s".formatted(this, other));
    }
    var shared = bits();
    shared.and(other.bits);
    int both = shared.cardinality();
    return both == 0 ? 0 : (double) both / ((long) count() + other.count() - both);
  }

  /// Polygons along the borders of its pixels that give this mask back by [#ofPolygons]: the
  /// corners of each, x and y in turn, clockwise as seen. A hole is joined to its surroundings by a
  /// cut of no width, because COCO knows no holes. None for an empty mask.
  public List<double[]> polygons() {
    return new Outlines(this, bits).polygons();
  }

  /// COCO's run lengths, column by column; the first is of pixels that do not belong to it, perhaps
  /// 0.
  public int[] rle() {
    return RunLengths.encode(height, width, bits);
  }

  /// COCO's run lengths packed into a string.
  public String compressedRle() {
    return RunLengths.pack(rle());
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Mask o && height == o.height && width == o.width && bits.equals(o.bits);
  }

  @Override
  public int hashCode() {
    return Objects.hash(height, width, bits);
  }

  /// In words, `"120 of 28×28 pixels"`: height first.
  @Override
  public String toString() {
    return count() + " of " + height + "×" + width + " pixels";
  }
}
