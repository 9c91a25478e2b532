package fovea.vision.augment;

import fovea.core.array.Rng;
import fovea.vision.image.Image;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// What is to happen to one image. All that moves pixels is composed into one [Warp] and done
/// first, by one resampling; then its colours are changed, at the size that the network takes, and
/// at last it is mixed with others.
public final class Plan {

  /// Makes one sample of several.
  @FunctionalInterface
  public interface Mixture {
    /// One sample of a sample and others.
    ///
    /// @param sample the sample as it is so far
    /// @param another draws another sample of the set, of the same size, changed in its own way
    /// @param rng the only source of chance
    Sample mix(Sample sample, Function<Rng, Sample> another, Rng rng);
  }

  /// A mixture with the stream that was split off for it.
  record Mixing(Mixture mixture, Rng rng) {}

  private Warp warp;
  private final List<UnaryOperator<Image>> retouches = new ArrayList<>();
  private final List<Mixing> mixings = new ArrayList<>();

  Plan(int height, int width) {
    warp = Warp.identity(height, width);
  }

  /// Rows of the image after what has been planned so far.
  public int height() {
    return warp.height();
  }

  /// Columns of the image after what has been planned so far.
  public int width() {
    return warp.width();
  }

  /// Moves what is at (x, y) to where a homography takes it, and keeps the size.
  public void move(Homography to) {
    move(to, height(), width());
  }

  /// Moves what is at (x, y) to where a homography takes it, in an image of another size.
  public void move(Homography to, int newHeight, int newWidth) {
    warp = warp.then(to, newHeight, newWidth);
  }

  /// Bends the image.
  public void bend(Displacement displacement) {
    warp = warp.then(displacement);
  }

  /// Changes the colours; what comes out has the same size and number of channels.
  public void retouch(UnaryOperator<Image> change) {
    retouches.add(change);
  }

  /// Mixes the finished image with others.
  public void mix(Mixture mixture, Rng rng) {
    mixings.add(new Mixing(mixture, rng));
  }

  Warp warp() {
    return warp;
  }

  Image retouched(Image image) {
    var result = image;
    for (var retouch : retouches) {
      result = retouch.apply(result);
    }
    return result;
  }

  List<Mixing> mixings() {
    return mixings;
  }
}
