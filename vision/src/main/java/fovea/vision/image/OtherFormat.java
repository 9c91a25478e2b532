package fovea.vision.image;

import fovea.core.FoveaException;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.jspecify.annotations.Nullable;

/// Formats that are read through `javax.imageio` and checked by their declared size alone: BMP, GIF
/// and TIFF, which the platform reads, and WebP, which TwelveMonkeys' reader does. Of several
/// pictures in a file the first is taken.
enum OtherFormat {
  BMP,
  GIF,
  TIFF,
  WEBP;

  /// The format of a file by its first bytes; null if it is none of these.
  static @Nullable OtherFormat of(String start) {
    if (start.startsWith("GIF87a") || start.startsWith("GIF89a")) {
      return GIF;
    }
    if (start.startsWith("BM") && start.indexOf('\0') >= 0) {
      return BMP;
    }
    if (start.startsWith("II*\0") || start.startsWith("MM\0*")) {
      return TIFF;
    }
    return start.startsWith("RIFF") && start.startsWith("WEBP", 8) ? WEBP : null;
  }

  Image read(byte[] bytes, String name) {
    var readers = ImageIO.getImageReadersByFormatName(name());
    if (!readers.hasNext()) {
      throw new FoveaException(
          "%s is a %s image, and this program was started without the reader of such images"
              .formatted(name, this));
    }
    var reader = readers.next();
    try (var in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      reader.setInput(in, true, true);
      Images.checkSize(reader.getWidth(0), reader.getHeight(0), name);
      return convert(decode(reader, name), name);
    } catch (FoveaException e) {
      throw e;
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      if (ImageIo.cause(e) instanceof OutOfMemoryError) {
        throw new FoveaException(name + " needs more memory to decode than there is", e);
      }
      // The readers answer some damaged files with unchecked exceptions of every kind.
      var why = ImageIo.cause(e).getMessage();
      throw new FoveaException(
          "%s is a damaged %s image%s".formatted(name, this, why == null ? "" : ": " + why), e);
    } finally {
      reader.dispose();
    }
  }

  private BufferedImage decode(ImageReader reader, String name) throws IOException {
    var cut = new boolean[1];
    reader.addIIOReadWarningListener((_, warning) -> cut[0] |= warning.contains("EOF"));
    var image = reader.read(0);
    if (cut[0]) {
      throw new FoveaException(name + " is a damaged " + this + " image: it is cut short");
    }
    return image;
  }

  /// As 8-bit grey or RGB on white.
  private static Image convert(BufferedImage decoded, String name) {
    int height = decoded.getHeight();
    int width = decoded.getWidth();
    var colours = decoded.getColorModel();
    var raster = decoded.getRaster();
    int bits = raster.getSampleModel().getSampleSize(0);
    boolean whole = raster.getTransferType() <= DataBuffer.TYPE_INT;
    if (raster.getNumBands() == 1 && colours.getNumColorComponents() == 1 && whole && bits <= 16) {
      var grey = raster.getSamples(0, 0, width, height, 0, (int[]) null);
      int max = (1 << bits) - 1;
      var pixels = new byte[grey.length];
      for (int i = 0; i < grey.length; i++) {
        pixels[i] = (byte) Png.to8(grey[i], max);
      }
      return new Image(height, width, 1, pixels);
    }
    if (!whole) {
      throw new FoveaException(
          name + " has samples that are no whole numbers, which no picture here has");
    }
    var row = new int[width];
    var pixels = new byte[3 * height * width];
    for (int y = 0, at = 0; y < height; y++) {
      decoded.getRGB(0, y, width, 1, row, 0, width);
      for (int argb : row) {
        for (int c = 0; c < 3; c++) {
          pixels[at++] = Png.onWhite((argb >> (16 - 8 * c)) & 0xFF, argb >>> 24);
        }
      }
    }
    return new Image(height, width, 3, pixels);
  }
}
