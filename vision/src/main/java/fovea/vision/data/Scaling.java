package fovea.vision.data;

import java.util.Locale;

/// What is done to the values of an image after they were brought to 0–1.
public enum Scaling {
  /// Nothing.
  SCALE,
  /// Each channel's mean over the training images is taken off.
  CENTER,
  /// Centred, then divided by each channel's deviation over the training images.
  STANDARDIZE,
  /// Standardised, then turned along the principal components of the training images and divided by
  /// their deviations: all values are uncorrelated, of variance 1, and no longer an image. The
  /// largest component comes first.
  PCA,
  /// As PCA, then turned back: of all ways to uncorrelate the values, the one that changes the
  /// image least (Bell & Sejnowski, "The independent components of natural scenes are edge
  /// filters", 1997).
  ZCA;

  /// Whether the values of an image are mixed with each other.
  public boolean isWhitening() {
    return this == PCA || this == ZCA;
  }

  /// As it is written on a command line.
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
