package fovea.vision.report;

import fovea.vision.image.Image;
import fovea.vision.image.Images;
import java.util.Base64;

/// Pictures that lie in the page itself.
final class Pictures {
  /// Up to this side, pictures show their pixels rather than a blur when they are enlarged.
  private static final int FEW_PIXELS = 96;

  private Pictures() {}

  /// An `img` element.
  ///
  /// @param side the longest it may have; a larger image is made smaller, so that the page stays
  ///   small
  /// @param alt what it shows, escaped
  static String html(Image image, int side, String alt) {
    var shown = atMost(side, image);
    boolean pixels = Math.max(image.height(), image.width()) <= FEW_PIXELS;
    return "<img%s src=\"data:image/png;base64,%s\" width=\"%d\" height=\"%d\" alt=\"%s\">"
        .formatted(
            pixels ? " class=\"pixels\"" : "",
            Base64.getEncoder().encodeToString(Images.png(shown)),
            shown.width(),
            shown.height(),
            alt);
  }

  private static Image atMost(int side, Image image) {
    int longest = Math.max(image.height(), image.width());
    if (longest <= side) {
      return image;
    }
    return image.resize(
        Math.max(1, image.height() * side / longest), Math.max(1, image.width() * side / longest));
  }
}
