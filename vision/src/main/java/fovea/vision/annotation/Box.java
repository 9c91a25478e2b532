package fovea.vision.annotation;

/// A rectangle with sides along the axes, in pixels: what lies in [left, right) × [top, bottom).
///
/// It may reach beyond the image; [#clip] cuts it there.
///
/// **Differs**: torchvision's boxes are the same numbers; those of Pascal VOC count pixels from 1
/// and include the last one, so that its `xmin ymin xmax ymax` is the box (xmin − 1, ymin − 1,
/// xmax, ymax); those of COCO are left, top, width and height.
///
/// @param left the least x
/// @param top the least y
/// @param right the greatest x, at least `left`
/// @param bottom the greatest y, at least `top`
public record Box(double left, double top, double right, double bottom) {

  /// @throws IllegalArgumentException if a side is no finite number, or the sides are the wrong way
  ///   round
  public Box {
    if (!Double.isFinite(left + top + right + bottom)) {
      throw new IllegalArgumentException(
          "a box needs four finite sides, not %s %s %s %s".formatted(left, top, right, bottom));
    }
    if (left > right || top > bottom) {
      throw new IllegalArgumentException(
          "a box needs left ≤ right and top ≤ bottom, not %s %s %s %s (left, top, right, bottom)"
              .formatted(left, top, right, bottom));
    }
  }

  public double width() {
    return right - left;
  }

  public double height() {
    return bottom - top;
  }

  public double area() {
    return width() * height();
  }

  /// Whether nothing lies in it: its area is 0.
  public boolean isEmpty() {
    return area() == 0;
  }

  /// Intersection over union, the Jaccard index: 1 for the same box, 0 for boxes that share nothing
  /// and where both are empty.
  public double iou(Box other) {
    double width = Math.min(right, other.right) - Math.max(left, other.left);
    double height = Math.min(bottom, other.bottom) - Math.max(top, other.top);
    if (width <= 0 || height <= 0) {
      return 0;
    }
    double shared = width * height;
    return shared / (area() + other.area() - shared);
  }

  /// What of it lies in an image of this size; empty, at the image's border, if nothing does.
  public Box clip(int width, int height) {
    return new Box(
        Math.clamp(left, 0, width),
        Math.clamp(top, 0, height),
        Math.clamp(right, 0, width),
        Math.clamp(bottom, 0, height));
  }
}
