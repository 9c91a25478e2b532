package fovea.vision.image;

import fovea.core.UnknownNameException;
import java.util.Arrays;
import java.util.Locale;

/// A way to bring an image to another size, named by whom it matches: a network sees what it was
/// trained on only if its images are resized as they were then, and libraries differ by more than
/// their names say.
///
/// PIL smooths where it shrinks; OpenCV's bilinear does not, nor does PyTorch's `interpolate`
/// unless it is told to (`antialias`). What matches PIL has the same bits as PIL's result. What
/// matches OpenCV or PyTorch is within one grey level of theirs; PyTorch's is that for float32,
/// rounded.
public enum Resampling {
  /// The nearest pixel: `Image.NEAREST` of PIL.
  PIL_NEAREST(Passes::fixedPoint, Taps::nearest),

  /// The mean of the pixels that a new one covers: `Image.BOX` of PIL.
  PIL_BOX(Passes::fixedPoint, Taps.Filter.BOX),

  /// A triangle, widened where the image shrinks: `Image.BILINEAR` of PIL, and what torchvision's
  /// `Resize` does with PIL's images.
  PIL_BILINEAR(Passes::fixedPoint, Taps.Filter.TRIANGLE),

  /// Keys' cubic with a = −½, widened where the image shrinks: `Image.BICUBIC` of PIL.
  PIL_BICUBIC(Passes::fixedPoint, Taps.Filter.CUBIC),

  /// A windowed sinc of three lobes, widened where the image shrinks: `Image.LANCZOS` of PIL.
  PIL_LANCZOS(Passes::fixedPoint, Taps.Filter.LANCZOS),

  /// Between the two nearest rows and columns: `INTER_LINEAR` of `cv2.resize`.
  OPENCV_BILINEAR(Passes::openCv, Taps::linear),

  /// `interpolate(…, mode="bilinear")` of PyTorch.
  TORCH_BILINEAR(Passes::floats, Taps::linear),

  /// `interpolate(…, mode="bilinear", align_corners=True)` of PyTorch.
  TORCH_BILINEAR_ALIGN_CORNERS(Passes::floats, Taps::linearOnCorners),

  /// `interpolate(…, mode="bilinear", antialias=True)` of PyTorch, and what torchvision's `Resize`
  /// does with tensors.
  TORCH_BILINEAR_ANTIALIAS(Passes::floats, Taps.Filter.TRIANGLE),

  /// `interpolate(…, mode="bicubic")` of PyTorch: Keys' cubic with a = −¾.
  TORCH_BICUBIC(Passes::floats, Taps::cubic),

  /// `interpolate(…, mode="bicubic", align_corners=True)` of PyTorch.
  TORCH_BICUBIC_ALIGN_CORNERS(Passes::floats, Taps::cubicOnCorners),

  /// `interpolate(…, mode="bicubic", antialias=True)` of PyTorch: with a = −½, as PIL.
  TORCH_BICUBIC_ANTIALIAS(Passes::floats, Taps.Filter.CUBIC);

  /// How to sum up.
  private interface Arithmetic {
    Image resize(Image image, Taps rows, Taps columns);
  }

  /// What to sum up.
  interface Weighting {
    /// The weights that bring a line from one length to another.
    Taps taps(int from, int to);
  }

  @SuppressWarnings("ImmutableEnumChecker") // a method, which has no state
  private final Arithmetic arithmetic;

  @SuppressWarnings("ImmutableEnumChecker") // a method, or a record of a number and a function
  private final Weighting weighting;

  Resampling(Arithmetic arithmetic, Weighting weighting) {
    this.arithmetic = arithmetic;
    this.weighting = weighting;
  }

  /// An image at another size; itself where it has that size. The proportions change if the new
  /// ones differ.
  ///
  /// @param height rows, at least 1
  /// @param width columns, at least 1
  /// @throws IllegalArgumentException if there would be no pixel
  public Image resize(Image image, int height, int width) {
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "cannot resize to " + height + "×" + width + ": both must be at least 1");
    }
    if (height == image.height() && width == image.width()) {
      return image;
    }
    return arithmetic.resize(
        image, weighting.taps(image.height(), height), weighting.taps(image.width(), width));
  }

  /// The one of this name, as [#toString] gives it.
  ///
  /// @throws UnknownNameException if there is none
  public static Resampling of(String name) {
    var all = values();
    return Arrays.stream(all)
        .filter(r -> r.toString().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new UnknownNameException(
                    "resampling", name, Arrays.stream(all).map(Resampling::toString).toList()));
  }

  /// The name in lower case, `"pil-bilinear"`.
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
