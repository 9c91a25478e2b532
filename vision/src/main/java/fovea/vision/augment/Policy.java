package fovea.vision.augment;

import fovea.core.array.Rng;

/// Policies that were searched for or need no search: operations chosen at random from a fixed
/// list, geometric and photometric.
public final class Policy {
  private Policy() {}

  private static final double MOST_MAGNITUDE = 30;

  /// What they choose from, with the range of each in RandAugment and in TrivialAugment ("wide"),
  /// as in torchvision.
  private enum Op {
    IDENTITY(0, 0),
    SHEAR_X(0.3, 0.99),
    SHEAR_Y(0.3, 0.99),
    TRANSLATE_X(150.0 / 331, 32),
    TRANSLATE_Y(150.0 / 331, 32),
    ROTATE(30, 135),
    BRIGHTNESS(0.9, 0.99),
    SATURATION(0.9, 0.99),
    CONTRAST(0.9, 0.99),
    SHARPNESS(0.9, 0.99),
    POSTERIZE(4, 6),
    SOLARIZE(1, 1),
    AUTO_CONTRAST(0, 0),
    EQUALIZE(0, 0);

    private static final Op[] ALL = values();
    private final double usual;
    private final double wide;

    Op(double usual, double wide) {
      this.usual = usual;
      this.wide = wide;
    }

    static Op any(Rng rng) {
      return ALL[rng.nextInt(ALL.length)];
    }

    /// @param magnitude in [0, 1]
    void draw(Plan plan, double magnitude, boolean trivial, Rng rng) {
      double amount = magnitude * (trivial ? wide : usual);
      double signed = rng.nextBits() < 0 ? -amount : amount;
      switch (this) {
        case IDENTITY -> {}
        case SHEAR_X -> Geometric.about(plan, Homography.affine(1, signed, 0, 0, 1, 0));
        case SHEAR_Y -> Geometric.about(plan, Homography.affine(1, 0, 0, signed, 1, 0));
        case TRANSLATE_X -> {
          double x = trivial ? signed : signed * plan.width();
          plan.move(Homography.translation(Math.rint(x), 0));
        }
        case TRANSLATE_Y -> {
          double y = trivial ? signed : signed * plan.height();
          plan.move(Homography.translation(0, Math.rint(y)));
        }
        case ROTATE -> Geometric.about(plan, Homography.rotation(signed));
        case BRIGHTNESS -> plan.retouch(image -> Colours.brightness(image, 1 + signed));
        case SATURATION -> plan.retouch(image -> Colours.saturation(image, 1 + signed));
        case CONTRAST -> plan.retouch(image -> Colours.contrast(image, 1 + signed));
        case SHARPNESS -> plan.retouch(image -> Colours.sharpness(image, 1 + signed));
        case POSTERIZE -> {
          int bits = 8 - (int) Math.rint(amount);
          plan.retouch(image -> Colours.posterize(image, bits));
        }
        case SOLARIZE -> plan.retouch(image -> Colours.solarize(image, 255 * (1 - amount)));
        case AUTO_CONTRAST -> plan.retouch(Colours::autoContrast);
        case EQUALIZE -> plan.retouch(Colours::equalize);
      }
    }
  }

  /// Some operations of one strength: Cubuk et al., "RandAugment: practical automated data
  /// augmentation with a reduced search space", 2019.
  ///
  /// **Differs** from torchvision: what moves pixels is done first and in one resampling, colours
  /// after it.
  ///
  /// @param n how many operations
  /// @param magnitude how strong they are, in [0, 30]
  public record RandAugment(int n, double magnitude) implements Augmentation {
    public RandAugment {
      Ranges.between("randaugment", "n", n, 0, 100);
      Ranges.between("randaugment", "magnitude", magnitude, 0, MOST_MAGNITUDE);
    }

    @Override
    public void draw(Plan plan, Rng rng) {
      for (int i = 0; i < n; i++) {
        Op.any(rng).draw(plan, magnitude / MOST_MAGNITUDE, false, rng);
      }
    }
  }

  /// One operation of random strength, with wide ranges: Müller and Hutter, "TrivialAugment:
  /// tuning-free yet state-of-the-art data augmentation", 2021.
  public record TrivialAugment() implements Augmentation {
    @Override
    public void draw(Plan plan, Rng rng) {
      Op.any(rng).draw(plan, rng.nextInt((int) MOST_MAGNITUDE + 1) / MOST_MAGNITUDE, true, rng);
    }
  }
}
