package fovea.vision.augment;

import fovea.core.array.Rng;
import fovea.vision.image.Image;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What changes colours and leaves pixels where they are. Chances `p` lie in [0, 1]; factors are
/// drawn uniformly from [1 − strength, 1 + strength], and are at least 0.
public final class Photometric {
  private Photometric() {}

  /// Brighter or darker: all samples multiplied.
  ///
  /// @param strength how far the factor lies from 1 at most
  /// @param p how often
  public record Brightness(double strength, double p) implements Augmentation {
    public Brightness {
      requireStrength("brightness", strength, p);
    }

    @Override
    public void draw(Plan plan, Rng rng) {
      if (rng.nextDouble() < p) {
        double factor = factor(strength, rng);
        plan.retouch(image -> Colours.brightness(image, factor));
      }
    }
  }

  /// More or less contrast: distances from the mean brightness multiplied.
  ///
  /// @param strength how far the factor lies from 1 at most
  /// @param p how often
  public record Contrast(double strength, double p) implements Augmentation {
    public Contrast {
      requireStrength("contrast", strength, p);
    }

    @Override
    public void draw(Plan plan, Rng rng) {
      if (rng.nextDouble() < p) {
        double factor = factor(strength, rng);
        plan.retouch(image -> Colours.contrast(image, factor));
      }
    }
  }

  /// More or less colourful: distances from grey multiplied.
  ///
  /// @param strength how far the factor lies from 1 at most
  /// @param p how often
  public record Saturation(double strength, double p) implements Augmentation {
    public Saturation {
      requireStrength("saturation", strength, p);
    }

    @Override
    public void draw(Plan plan, Rng rng) {
      if (rng.nextDouble() < p) {
        double factor = factor(strength, rng);
        plan.retouch(image -> Colours.saturation(image, factor));
      }
    }
  }

  /// Other hues: colours turned round the circle of hues.
  ///
  /// @param turn at most, in either direction, as a share of the circle: at most ½
  /// @param p how often
  public record Hue(double turn, double p) implements Augmentation {
    public Hue {
      Ranges.between("hue", "turn", turn, 0, 0.5);
      Ranges.chance("hue", p);
    }

    @Override
    public void draw(Plan plan, Rng rng) {
      if (rng.nextDouble() < p) {
        double by = rng.uniform(-turn, turn);
        plan.retouch(image -> Colours.hue(image, by));
      }
    }
  }

  /// Without colour.
  ///
  /// @param p how often
  public record Grey(double p) implements Augmentation {
    public Grey {
      Ranges.chance("grey", p);
    }

    @Override
    public void draw(Plan plan, Rng rng) {
      if (rng.nextDouble() < p) {
        plan.retouch(image -> image.channels() == 1 ? image : image.toGrey().toRgb());
      }
    }
  }

  /// Bright becomes dark.
  ///
  /// @param p how often
  public record Invert(double p) implements Augmentation {
    public Invert {
      Ranges.chance("invert", p);
    }

    @Override
    public void draw(Plan plan, Rng rng) {
      if (rng.nextDouble() < p) {
        plan.retouch(Colours::invert);
      }
    }
  }

  /// Blurred by a Gaussian.
  ///
  /// @param least deviation, in pixels
  /// @param most deviation, in pixels
  /// @param p how often
  public record Blur(double least, double most, double p) implements Augmentation {
    public Blur {
      Ranges.factors("blur", least, most);
      Ranges.chance("blur", p);
    }

    @Override
    public void draw(Plan plan, Rng rng) {
      if (rng.nextDouble() < p) {
        double deviation = rng.uniform(least, most);
        plan.retouch(image -> Colours.blur(image, deviation));
      }
    }
  }

  /// With noise: a normal value added to each sample.
  ///
  /// @param deviation of the noise, on the scale 0–1
  /// @param p how often
  public record Noise(double deviation, double p) implements Augmentation {
    public Noise {
      Ranges.between("noise", "deviation", deviation, 0, 1);
      Ranges.chance("noise", p);
    }

    @Override
    public void draw(Plan plan, Rng rng) {
      if (rng.nextDouble() < p) {
        var noise = rng.split("noise");
        plan.retouch(image -> noisy(image, noise));
      }
    }

    private Image noisy(Image image, Rng rng) {
      var out = image.pixels().clone();
      for (int i = 0; i < out.length; i++) {
        long value = Math.round((out[i] & 0xFF) + 255 * deviation * rng.nextGaussian());
        out[i] = (byte) Math.clamp(value, 0, 255);
      }
      return new Image(image.height(), image.width(), image.channels(), out);
    }
  }

  /// A grey square laid over: DeVries and Taylor, "Improved regularization of convolutional neural
  /// networks with cutout", 2017. Its middle lies anywhere in the image, so that parts of it may
  /// lie outside.
  ///
  /// @param size of a side, in pixels
  /// @param p how often
  public record Cutout(int size, double p) implements Augmentation {
    private static final int GREY = 128;

    public Cutout {
      Ranges.between("cutout", "size", size, 1, 10_000);
      Ranges.chance("cutout", p);
    }

    @Override
    public void draw(Plan plan, Rng rng) {
      if (rng.nextDouble() < p) {
        double y = rng.nextDouble();
        double x = rng.nextDouble();
        plan.retouch(
            image -> {
              int top = (int) (y * image.height()) - size / 2;
              int left = (int) (x * image.width()) - size / 2;
              return covered(image, top, left, size, size, null);
            });
      }
    }
  }

  /// A rectangle of noise laid over: Zhong et al., "Random erasing data augmentation", 2017.
  ///
  /// @param least share of the image's area
  /// @param most share of the image's area
  /// @param narrow the least width over height
  /// @param wide the greatest width over height
  /// @param p how often
  public record Erase(double least, double most, double narrow, double wide, double p)
      implements Augmentation {
    private static final int TRIES = 10;

    public Erase {
      Ranges.shares("erase", least, most);
      Ranges.factors("erase", narrow, wide);
      Ranges.chance("erase", p);
    }

    @Override
    public void draw(Plan plan, Rng rng) {
      if (rng.nextDouble() < p) {
        var own = rng.split("erase");
        plan.retouch(image -> erased(image, own));
      }
    }

    private Image erased(Image image, Rng rng) {
      for (int i = 0; i < TRIES; i++) {
        double area = (double) image.height() * image.width() * rng.uniform(least, most);
        double ratio = Ranges.logUniform(narrow, wide, rng);
        long rows = Math.round(Math.sqrt(area / ratio));
        long columns = Math.round(Math.sqrt(area * ratio));
        if (rows >= 1 && columns >= 1 && rows < image.height() && columns < image.width()) {
          int top = rng.nextInt(image.height() - (int) rows + 1);
          int left = rng.nextInt(image.width() - (int) columns + 1);
          return covered(image, top, left, (int) rows, (int) columns, rng);
        }
      }
      return image;
    }
  }

  /// A rectangle, as far as it lies in the image, covered with noise, or with grey without a source
  /// of it.
  private static Image covered(
      Image image, int top, int left, int rows, int columns, @Nullable Rng noise) {
    var out = image.pixels().clone();
    int channels = image.channels();
    int first = Math.max(left, 0) * channels;
    int end = Math.clamp((long) left + columns, 0, image.width()) * channels;
    for (int y = Math.max(top, 0); y < Math.min((long) top + rows, image.height()); y++) {
      int row = y * image.width() * channels;
      if (noise == null && first < end) {
        Arrays.fill(out, row + first, row + end, (byte) Cutout.GREY);
      }
      for (int i = row + first; noise != null && i < row + end; i++) {
        out[i] = (byte) noise.nextInt(256);
      }
    }
    return new Image(image.height(), image.width(), channels, out);
  }

  private static void requireStrength(String name, double strength, double p) {
    Ranges.between(name, "strength", strength, 0, 10);
    Ranges.chance(name, p);
  }

  private static double factor(double strength, Rng rng) {
    return rng.uniform(Math.max(0, 1 - strength), 1 + strength);
  }
}
