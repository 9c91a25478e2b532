package fovea.vision.annotation;

/// What is known of a keypoint; COCO's 0, 1 and 2.
public enum Visibility {
  /// Not marked: its place is unknown and its coordinates mean nothing.
  ABSENT(0),
  /// Marked, but covered by something.
  HIDDEN(1),
  /// Marked and seen.
  VISIBLE(2);

  private final int number;

  Visibility(int number) {
    this.number = number;
  }

  /// COCO's number for it.
  public int number() {
    return number;
  }

  /// The one that COCO has this number for.
  ///
  /// @throws IllegalArgumentException if it has none, which is all but 0, 1 and 2
  public static Visibility of(int number) {
    return switch (number) {
      case 0 -> ABSENT;
      case 1 -> HIDDEN;
      case 2 -> VISIBLE;
      default ->
          throw new IllegalArgumentException(
              "the visibility of a keypoint is 0, 1 or 2, not " + number);
    };
  }
}
