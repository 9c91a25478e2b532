package fovea.vision.data;

import fovea.core.FoveaException;
import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.tensor.Tensor;
import fovea.vision.image.Image;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// How an image becomes a network's numbers: brought to a size and a number of channels, scaled to
/// 0–1, then centred and divided by a deviation, channel by channel: (value/255 − mean)/deviation;
/// and whitened, if that was asked for.
///
/// @param channels 1 for grey, 3 for colour
/// @param height in pixels
/// @param width in pixels
/// @param scaling what `mean`, `deviation` and `whitening` do
/// @param mean of each channel, on the scale 0–1; 0 where nothing is taken off
/// @param deviation of each channel, on the scale 0–1, above 0; 1 where nothing is divided by
/// @param whitening of all values together; null where there is none
public record Preprocessing(
    int channels,
    int height,
    int width,
    Scaling scaling,
    List<Float> mean,
    List<Float> deviation,
    @Nullable Whitening whitening) {
  /// Enough for three digits of any mean; reading them all would double the time of a first epoch
  /// on large sets.
  private static final int SAMPLED = 10_000;

  private static final int AT_ONCE = 500;

  public Preprocessing {
    mean = List.copyOf(mean);
    deviation = List.copyOf(deviation);
    if (mean.size() != channels || deviation.size() != channels) {
      throw new IllegalArgumentException(
          "%d channels have %d means and %d deviations"
              .formatted(channels, mean.size(), deviation.size()));
    }
    if (!deviation.stream().allMatch(d -> d > 0)) {
      throw new IllegalArgumentException("a deviation must be above 0, not " + deviation);
    }
  }

  /// Standardised by given statistics.
  public Preprocessing(
      int channels, int height, int width, List<Float> mean, List<Float> deviation) {
    this(channels, height, width, Scaling.STANDARDIZE, mean, deviation, null);
  }

  /// Brought to 0–1 and left at that.
  public static Preprocessing plain(int channels, int height, int width) {
    return new Preprocessing(
        channels,
        height,
        width,
        Scaling.SCALE,
        Collections.nCopies(channels, 0f),
        Collections.nCopies(channels, 1f),
        null);
  }

  /// Standardised by the statistics of a set's images, see [#of(Dataset, int, int, int, Scaling)].
  public static Preprocessing of(Dataset train, int channels, int height, int width) {
    return of(train, channels, height, width, Scaling.STANDARDIZE);
  }

  /// With the statistics of a set's images, which must be those to be learned from alone: a model
  /// must know nothing of the images that judge it. Of more than 10,000 images that many are looked
  /// at, evenly spread.
  ///
  /// @throws FoveaException for whitening images of too many values, see [Whitening#MOST_VALUES]
  public static Preprocessing of(
      Dataset train, int channels, int height, int width, Scaling scaling) {
    var plain = plain(channels, height, width);
    if (scaling == Scaling.SCALE) {
      return plain;
    }
    if (scaling.isWhitening()) {
      Whitening.requireSize(channels * height * width);
    }
    var counts = plain.histogram(train);
    var mean = new Float[channels];
    var deviation = new Float[channels];
    for (int c = 0; c < channels; c++) {
      double n = 0;
      double sum = 0;
      double squares = 0;
      for (int v = 0; v < 256; v++) {
        double x = v / 255.0;
        n += counts[c][v];
        sum += counts[c][v] * x;
        squares += counts[c][v] * x * x;
      }
      mean[c] = (float) (sum / n);
      double variance = squares / n - (sum / n) * (sum / n);
      // Images of one colour have no spread; they stay zeros then.
      boolean divided = scaling != Scaling.CENTER && variance > 1e-12;
      deviation[c] = divided ? (float) Math.sqrt(variance) : 1f;
    }
    var scaled =
        new Preprocessing(
            channels, height, width, scaling, Arrays.asList(mean), Arrays.asList(deviation), null);
    return scaling.isWhitening()
        ? scaled.whitening(Whitening.of(scaled.portions(train), scaling == Scaling.ZCA))
        : scaled;
  }

  /// The same with a whitening.
  public Preprocessing whitening(@Nullable Whitening newWhitening) {
    return new Preprocessing(channels, height, width, scaling, mean, deviation, newWhitening);
  }

  /// How many images of a set the statistics are taken from.
  private static int sampled(Dataset train) {
    return Math.min(train.size(), SAMPLED);
  }

  private static int sample(Dataset train, int i) {
    return (int) ((long) i * train.size() / sampled(train));
  }

  /// The images that statistics are taken from, as a network takes them.
  private Iterable<Tensor> portions(Dataset train) {
    int n = sampled(train);
    return () ->
        IntStream.iterate(0, from -> from < n, from -> from + AT_ONCE)
            .mapToObj(
                from ->
                    batch(
                        IntStream.range(from, Math.min(n, from + AT_ONCE))
                            .parallel()
                            .mapToObj(i -> pixels(train, sample(train, i)))
                            .toArray(byte[][]::new)))
            .iterator();
  }

  /// How often each value occurs in each channel.
  private long[][] histogram(Dataset train) {
    var counts = new long[channels][256];
    for (int i = 0; i < sampled(train); i++) {
      var pixels = pixels(train, sample(train, i));
      for (int p = 0; p < pixels.length; p++) {
        counts[p % channels][pixels[p] & 0xFF]++;
      }
    }
    return counts;
  }

  /// The image in this size and number of channels; itself where it has them.
  ///
  /// @throws FoveaException for an image so small that enlarging it would invent nearly all of it:
  ///   with a side of less than an eighth of what is wanted
  public Image fit(Image image) {
    return colour(image).resize(height, width);
  }

  /// The image in this number of channels; itself where it has them.
  ///
  /// @throws FoveaException if it is too small, see [#fit]
  private Image colour(Image image) {
    if (image.height() * 8 < height || image.width() * 8 < width) {
      throw new FoveaException(
          "an image of %d×%d pixels is too small to be brought to %d×%d"
              .formatted(image.height(), image.width(), height, width));
    }
    return channels == 1 ? image.toGrey() : image.toRgb();
  }

  /// The pixels of an image of a set, fitted.
  ///
  /// @throws FoveaException naming the image that cannot be decoded or fitted
  byte[] pixels(Dataset data, int index) {
    return fitted(data, index).pixels();
  }

  /// An image of a set, fitted.
  ///
  /// @throws FoveaException naming the image that cannot be decoded or fitted
  Image fitted(Dataset data, int index) {
    return named(data, index, this::fit);
  }

  /// An image of a set in its own size, with the channels that are wanted.
  ///
  /// @throws FoveaException naming the image that cannot be decoded or could not be fitted
  Image coloured(Dataset data, int index) {
    return named(data, index, this::colour);
  }

  private static Image named(Dataset data, int index, UnaryOperator<Image> change) {
    var image = data.image(index);
    try {
      return change.apply(image);
    } catch (FoveaException e) {
      throw new FoveaException(data.source(index) + ": " + e.getMessage(), e);
    }
  }

  /// One image as a network takes it: `[1, C, H, W]`.
  ///
  /// @throws FoveaException for an image that is too small, see [#fit]
  public Tensor tensor(Image image) {
    return batch(fit(image).pixels());
  }

  /// Images as a network takes them: `[N, C, H, W]`.
  ///
  /// @param images the pixels of each, fitted
  Tensor batch(byte[]... images) {
    int size = channels * height * width;
    var tables = new float[channels][];
    Arrays.setAll(tables, this::table);
    // Images have their channels side by side, which is the layout that kernels like.
    var x = NdArray.channelsLast(DType.F32, Shape.of(images.length, channels, height, width));
    var values = new float[size];
    for (int i = 0; i < images.length; i++) {
      var pixels = images[i];
      for (int c = 0; c < channels; c++) {
        var table = tables[c];
        for (int p = c; p < size; p += channels) {
          values[p] = table[pixels[p] & 0xFF];
        }
      }
      MemorySegment.copy(
          values, 0, x.segment(), ValueLayout.JAVA_FLOAT, (long) i * size * Float.BYTES, size);
    }
    return whitening == null ? Tensor.of(x) : whitening.apply(Tensor.of(x));
  }

  /// What each of the 256 values becomes in a channel.
  private float[] table(int channel) {
    var table = new float[256];
    for (int v = 0; v < 256; v++) {
      table[v] = (v / 255f - mean.get(channel)) / deviation.get(channel);
    }
    return table;
  }
}
