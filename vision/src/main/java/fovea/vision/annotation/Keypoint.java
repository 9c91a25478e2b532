package fovea.vision.annotation;

/// A named point of a thing, such as a left elbow; its name is that of its place in the list, see
/// `Dataset.keypointNames()`.
///
/// @param x in pixels from the image's left border
/// @param y in pixels from the image's top border
/// @param visibility whether it is known and seen
public record Keypoint(double x, double y, Visibility visibility) {
  /// A keypoint that is not marked.
  public static final Keypoint NONE = new Keypoint(0, 0, Visibility.ABSENT);

  /// @throws IllegalArgumentException if a coordinate is no finite number
  public Keypoint {
    if (!Double.isFinite(x + y)) {
      throw new IllegalArgumentException(
          "a keypoint needs two finite coordinates, not " + x + " and " + y);
    }
  }
}
