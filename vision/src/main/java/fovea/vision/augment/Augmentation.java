package fovea.vision.augment;

import fovea.core.array.Rng;

/// A way to change an image at random. It changes nothing itself: it draws what is to happen to one
/// image and writes it into a plan, so that what moves pixels can be done in one go.
///
/// Those of this package are records, found by name in [Augmentations]; a program may add its own.
@FunctionalInterface
public interface Augmentation {
  /// Draws what happens to one image.
  ///
  /// @param plan what happens before, and where to add what happens next
  /// @param rng the only source of chance
  void draw(Plan plan, Rng rng);
}
