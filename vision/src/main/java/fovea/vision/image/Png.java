package fovea.vision.image;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.ZipException;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadUpdateListener;
import org.jspecify.annotations.Nullable;

/// Decodes and encodes PNG files through `javax.imageio`.
final class Png {
  private Png() {}

  static Image read(byte[] bytes, String name) {
    var check = new PngCheck(bytes, name);
    return convert(decode(check, name), check);
  }

  static @Nullable Indices readIndices(byte[] bytes, String name) {
    var check = new PngCheck(bytes, name);
    if (check.bands > 2) {
      return null;
    }
    var decoded = decode(check, name);
    var raster = decoded.getRaster();
    var values = raster.getSamples(0, 0, raster.getWidth(), raster.getHeight(), 0, (int[]) null);
    var palette =
        decoded.getColorModel() instanceof IndexColorModel colours && check.palette > 0
            ? IntStream.range(0, Math.min(check.palette, colours.getMapSize()))
                .mapToObj(i -> colours.getRGB(i) & 0xFFFFFF)
                .toList()
            : List.<Integer>of();
    return new Indices(raster.getHeight(), raster.getWidth(), values, palette);
  }

  private static BufferedImage decode(PngCheck check, String name) {
    var rows = new Rows();
    try {
      return ImageIo.decode(
          "png",
          check.kept,
          check.keptLength,
          name,
          reader -> reader.addIIOReadUpdateListener(rows),
          reader -> reader.read(0));
    } catch (IOException e) {
      var cause = ImageIo.cause(e);
      var row = "row " + rows.next + " of " + check.height;
      throw check.damaged(
          switch (cause) {
            case EOFException _ -> "its pixel data ends in " + row;
            case ZipException zip ->
                "its pixel data breaks off in " + row + ": " + zip.getMessage();
            case IOException io ->
                String.valueOf(io.getMessage())
                    .replaceAll(
                        "Unknown row filter type \\(= (\\d+)\\)!",
                        row + " has the unknown filter $1");
            default -> cause.toString();
          });
    }
  }

  /// The decoded samples as 8-bit grey or RGB on white.
  private static Image convert(BufferedImage decoded, PngCheck check) {
    var raster = decoded.getRaster();
    int height = raster.getHeight();
    int width = raster.getWidth();
    int bands = raster.getNumBands();
    int channels = check.palette > 0 || bands > 2 ? 3 : 1;
    if (check.depth == 8 && check.palette == 0 && check.key == null && bands == channels) {
      var samples = ImageIo.samples(raster);
      if (samples != null) {
        return new Image(height, width, channels, samples);
      }
    }
    int max = (1 << check.depth) - 1;
    var out = new byte[height * width * channels];
    var pixel = new int[bands];
    for (int y = 0, at = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        raster.getPixel(x, y, pixel);
        if (check.palette > 0) {
          if (pixel[0] >= check.palette) {
            throw check.damaged(
                "a pixel has colour %d of a palette of %d".formatted(pixel[0], check.palette));
          }
          int argb = ((IndexColorModel) decoded.getColorModel()).getRGB(pixel[0]);
          for (int c = 0; c < 3; c++) {
            out[at++] = onWhite((argb >> (16 - 8 * c)) & 0xFF, argb >>> 24);
          }
          continue;
        }
        int alpha = bands > channels ? to8(pixel[channels], max) : 255;
        if (Arrays.equals(pixel, check.key)) {
          alpha = 0;
        }
        for (int c = 0; c < channels; c++) {
          out[at++] = onWhite(to8(pixel[c], max), alpha);
        }
      }
    }
    return new Image(height, width, channels, out);
  }

  /// A sample of 0 … max scaled to 0 … 255, rounded to nearest.
  static int to8(int sample, int max) {
    return (sample * 255 + max / 2) / max;
  }

  static byte onWhite(int value, int alpha) {
    return (byte) ((value * alpha + 255 * (255 - alpha) + 127) / 255);
  }

  static byte[] write(Image image) {
    int channels = image.channels();
    var pixels = image.pixels();
    var raster =
        Raster.createInterleavedRaster(
            new DataBufferByte(pixels, pixels.length),
            image.width(),
            image.height(),
            image.width() * channels,
            channels,
            channels == 1 ? new int[] {0} : new int[] {0, 1, 2},
            null);
    var colours =
        new ComponentColorModel(
            ColorSpace.getInstance(channels == 1 ? ColorSpace.CS_GRAY : ColorSpace.CS_sRGB),
            false,
            false,
            Transparency.OPAQUE,
            DataBuffer.TYPE_BYTE);
    return ImageIo.encode("png", new BufferedImage(colours, raster, false, null));
  }

  static byte[] write(Indices indices) {
    var values = indices.values();
    int n = indices.palette().size();
    var pixels = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      if (values[i] < 0 || values[i] >= n) {
        throw new IllegalArgumentException(
            "index %d is not in a palette of %d colours".formatted(values[i], n));
      }
      pixels[i] = (byte) values[i];
    }
    var colours =
        new IndexColorModel(
            8,
            n,
            indices.palette().stream().mapToInt(i -> i).toArray(),
            0,
            false,
            -1,
            DataBuffer.TYPE_BYTE);
    var raster =
        Raster.createInterleavedRaster(
            new DataBufferByte(pixels, pixels.length),
            indices.width(),
            indices.height(),
            indices.width(),
            1,
            new int[] {0},
            null);
    return ImageIo.encode("png", new BufferedImage(colours, raster, false, null));
  }

  /// Follows which row the reader is at.
  private static final class Rows implements IIOReadUpdateListener {
    int next;

    @Override
    public void passStarted(
        ImageReader r, BufferedImage i, int p, int m, int n, int x, int y, int u, int v, int[] b) {
      next = y;
    }

    @Override
    public void imageUpdate(
        ImageReader r, BufferedImage i, int x, int y, int w, int h, int dx, int dy, int[] b) {
      next = y + dy;
    }

    @Override
    public void passComplete(ImageReader reader, BufferedImage image) {}

    @Override
    public void thumbnailPassStarted(
        ImageReader r, BufferedImage i, int p, int m, int n, int x, int y, int u, int v, int[] b) {}

    @Override
    public void thumbnailUpdate(
        ImageReader r, BufferedImage i, int x, int y, int w, int h, int dx, int dy, int[] b) {}

    @Override
    public void thumbnailPassComplete(ImageReader reader, BufferedImage image) {}
  }
}
