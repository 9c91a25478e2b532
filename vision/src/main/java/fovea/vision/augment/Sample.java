package fovea.vision.augment;

import fovea.vision.annotation.Annotations;
import fovea.vision.image.Image;
import java.util.List;

/// An image with all that is said of it.
///
/// @param image its pixels
/// @param annotations what is said of its parts
/// @param labels its class, or, of a mixture of images, those of all of them
public record Sample(Image image, Annotations annotations, List<Share> labels) {

  /// A class and how much of it there is.
  ///
  /// @param label an index into the data set's classes
  /// @param share in (0, 1]; those of a sample sum to 1
  public record Share(int label, double share) {}

  public Sample {
    labels = List.copyOf(labels);
  }

  /// An image of one class.
  public static Sample of(Image image, Annotations annotations, int label) {
    return new Sample(image, annotations, List.of(new Share(label, 1)));
  }

  /// An image without its class.
  public static Sample of(Image image, Annotations annotations) {
    return new Sample(image, annotations, List.of());
  }
}
