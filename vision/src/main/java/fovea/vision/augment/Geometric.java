package fovea.vision.augment;

import fovea.core.array.Rng;

/// What moves pixels. Chances `p` and shares lie in [0, 1], angles are in degrees, and what is
/// drawn is uniform in its range.
public final class Geometric {
  private Geometric() {}

  /// Left becomes right.
  ///
  /// @param p how often
  public record Flip(double p) implements Augmentation {
    public Flip {
      Ranges.chance("flip", p);
    }

    @Override
    public void draw(Plan plan, Rng rng) {
      if (rng.nextDouble() < p) {
        plan.move(Homography.affine(-1, 0, plan.width(), 0, 1, 0));
      }
    }
  }

  /// Top becomes bottom.
  ///
  /// @param p how often
  public record VerticalFlip(double p) implements Augmentation {
    public VerticalFlip {
      Ranges.chance("vertical-flip", p);
    }

    @Override
    public void draw(Plan plan, Rng rng) {
      if (rng.nextDouble() < p) {
        plan.move(Homography.affine(1, 0, 0, 0, -1, plan.height()));
      }
    }
  }

  /// A part of the image, anywhere in it or in its border.
  ///
  /// @param height rows of the part; 0 for as many as the image has
  /// @param width columns of the part; 0 for as many as the image has
  /// @param pad pixels of border added on each side before
  public record Crop(int height, int width, int pad) implements Augmentation {
    public Crop {
      if (height < 0 || width < 0 || pad < 0) {
        throw new IllegalArgumentException(
            "crop: height, width and pad are 0 or more, not %d, %d and %d"
                .formatted(height, width, pad));
      }
    }

    @Override
    public void draw(Plan plan, Rng rng) {
      int rows = height == 0 ? plan.height() : height;
      int columns = width == 0 ? plan.width() : width;
      int top = start(plan.height() + 2 * pad - rows, rng);
      int left = start(plan.width() + 2 * pad - columns, rng);
      plan.move(Homography.translation(pad - left, pad - top), rows, columns);
    }

    /// Anywhere; in the middle where the part is larger than the image.
    private static int start(int room, Rng rng) {
      return room < 0 ? Math.floorDiv(room, 2) : rng.nextInt(room + 1);
    }
  }

  /// A part of random size and proportions, which is then stretched to the size that the network
  /// takes: Szegedy et al., "Going deeper with convolutions", 2015, section 6, as torchvision's
  /// `RandomResizedCrop`.
  ///
  /// @param least share of the image's area
  /// @param most share of the image's area
  /// @param narrow the least width over height
  /// @param wide the greatest width over height
  public record ResizedCrop(double least, double most, double narrow, double wide)
      implements Augmentation {
    private static final int TRIES = 10;

    public ResizedCrop {
      Ranges.shares("resized-crop", least, most);
      Ranges.factors("resized-crop", narrow, wide);
    }

    @Override
    public void draw(Plan plan, Rng rng) {
      int height = plan.height();
      int width = plan.width();
      for (int i = 0; i < TRIES; i++) {
        double area = (double) height * width * rng.uniform(least, most);
        double ratio = Ranges.logUniform(narrow, wide, rng);
        long rows = Math.round(Math.sqrt(area / ratio));
        long columns = Math.round(Math.sqrt(area * ratio));
        if (rows >= 1 && columns >= 1 && rows <= height && columns <= width) {
          int top = rng.nextInt(height - (int) rows + 1);
          int left = rng.nextInt(width - (int) columns + 1);
          plan.move(Homography.translation(-left, -top), (int) rows, (int) columns);
          return;
        }
      }
      // None fitted: the largest part in the middle that has allowed proportions.
      double ratio = Math.clamp((double) width / height, narrow, wide);
      int columns = Math.clamp(Math.round(height * ratio), 1, width);
      int rows = Math.clamp(Math.round(width / ratio), 1, height);
      int left = (width - columns) / 2;
      int top = (height - rows) / 2;
      plan.move(Homography.translation(-left, -top), rows, columns);
    }
  }

  /// Turned about the middle.
  ///
  /// @param degrees at most, in either direction
  /// @param p how often
  public record Rotate(double degrees, double p) implements Augmentation {
    public Rotate {
      Ranges.between("rotate", "degrees", degrees, 0, 180);
      Ranges.chance("rotate", p);
    }

    @Override
    public void draw(Plan plan, Rng rng) {
      if (rng.nextDouble() < p) {
        about(plan, Homography.rotation(rng.uniform(-degrees, degrees)));
      }
    }
  }

  /// Larger or smaller about the middle, in an image of the same size.
  ///
  /// @param least factor
  /// @param most factor
  /// @param p how often
  public record Scale(double least, double most, double p) implements Augmentation {
    public Scale {
      Ranges.factors("scale", least, most);
      Ranges.chance("scale", p);
    }

    @Override
    public void draw(Plan plan, Rng rng) {
      if (rng.nextDouble() < p) {
        double factor = Ranges.logUniform(least, most, rng);
        about(plan, Homography.scaling(factor, factor));
      }
    }
  }

  /// Moved, by whole pixels.
  ///
  /// @param x the greatest shift to either side, as a share of the width
  /// @param y the greatest shift up or down, as a share of the height
  /// @param p how often
  public record Translate(double x, double y, double p) implements Augmentation {
    public Translate {
      Ranges.between("translate", "x", x, 0, 1);
      Ranges.between("translate", "y", y, 0, 1);
      Ranges.chance("translate", p);
    }

    @Override
    public void draw(Plan plan, Rng rng) {
      if (rng.nextDouble() < p) {
        plan.move(
            Homography.translation(
                Math.rint(rng.uniform(-x, x) * plan.width()),
                Math.rint(rng.uniform(-y, y) * plan.height())));
      }
    }
  }

  /// Slanted about the middle.
  ///
  /// @param x at most so many degrees, rows against each other
  /// @param y at most so many degrees, columns against each other
  /// @param p how often
  public record Shear(double x, double y, double p) implements Augmentation {
    public Shear {
      Ranges.between("shear", "x", x, 0, 80);
      Ranges.between("shear", "y", y, 0, 80);
      Ranges.chance("shear", p);
    }

    @Override
    public void draw(Plan plan, Rng rng) {
      if (rng.nextDouble() < p) {
        double alongX = StrictMath.tan(StrictMath.toRadians(rng.uniform(-x, x)));
        double alongY = StrictMath.tan(StrictMath.toRadians(rng.uniform(-y, y)));
        about(
            plan,
            Homography.affine(1, alongX, 0, 0, 1, 0)
                .then(Homography.affine(1, 0, 0, alongY, 1, 0)));
      }
    }
  }

  /// Seen from aside: each corner moves inwards, as torchvision's `RandomPerspective`.
  ///
  /// @param distortion by at most this share of half the width and height
  /// @param p how often
  public record Perspective(double distortion, double p) implements Augmentation {
    public Perspective {
      // At 1, all corners could meet in the middle.
      Ranges.between("perspective", "distortion", distortion, 0, 0.9);
      Ranges.chance("perspective", p);
    }

    @Override
    public void draw(Plan plan, Rng rng) {
      if (rng.nextDouble() < p) {
        double w = plan.width();
        double h = plan.height();
        var in = new double[8];
        for (int i = 0; i < 8; i++) {
          in[i] = rng.uniform(0, distortion) * (i % 2 == 0 ? w : h) / 2;
        }
        plan.move(
            Homography.ofCorners(
                w, h, in[0], in[1], w - in[2], in[3], w - in[4], h - in[5], in[6], h - in[7]));
      }
    }
  }

  /// Bent like rubber: Simard et al., "Best practices for convolutional neural networks", 2003,
  /// section 2; see [Displacement#random].
  ///
  /// @param strength of the shifts before they are smoothed, in pixels
  /// @param smoothness deviation of the Gaussian that smooths them, in pixels
  /// @param p how often
  public record Elastic(double strength, double smoothness, double p) implements Augmentation {
    public Elastic {
      Ranges.between("elastic", "strength", strength, 0, 10_000);
      Ranges.between("elastic", "smoothness", smoothness, 0.5, 100);
      Ranges.chance("elastic", p);
    }

    @Override
    public void draw(Plan plan, Rng rng) {
      if (rng.nextDouble() < p) {
        plan.bend(Displacement.random(plan.height(), plan.width(), strength, smoothness, rng));
      }
    }
  }

  static void about(Plan plan, Homography h) {
    plan.move(h.about(plan.width() / 2.0, plan.height() / 2.0));
  }
}
