package fovea.vision.image;

import fovea.core.FoveaException;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Consumer;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.jspecify.annotations.Nullable;

/// What the formats share: decoding and encoding through `javax.imageio`.
final class ImageIo {
  private ImageIo() {}

  static {
    // No window system is wanted, and asking for one fails on servers.
    if (System.getProperty("java.awt.headless") == null) {
      System.setProperty("java.awt.headless", "true");
    }
    ImageIO.setUseCache(false);
  }

  /// Decodes a file whose header has been checked.
  ///
  /// @param format `"png"` or `"jpeg"`
  /// @param length how many of the bytes to use
  /// @param prepare adds listeners to the reader
  /// @param read asks it for what is wanted
  /// @throws IOException if the reader cannot make sense of the bytes
  static <T> T decode(
      String format,
      byte[] bytes,
      int length,
      String name,
      Consumer<ImageReader> prepare,
      Reading<T> read)
      throws IOException {
    var reader = ImageIO.getImageReadersByFormatName(format).next();
    try (var in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes, 0, length))) {
      prepare.accept(reader);
      reader.setInput(in, true, true);
      return read.from(reader);
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      if (cause(e) instanceof OutOfMemoryError) {
        throw new FoveaException(name + " needs more memory to decode than there is", e);
      }
      // The readers answer some damaged files with unchecked exceptions of every kind.
      throw e instanceof IOException io ? io : new IOException(e.toString(), e);
    } finally {
      reader.dispose();
    }
  }

  /// What is wanted of a reader.
  @FunctionalInterface
  interface Reading<T> {
    T from(ImageReader reader) throws IOException;
  }

  /// The bytes of a file with this image.
  static byte[] encode(String format, BufferedImage image) {
    var out = new ByteArrayOutputStream();
    try {
      if (!ImageIO.write(image, format, out)) {
        throw new IllegalStateException("this Java cannot write " + format);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // writing to memory does not fail
    }
    return out.toByteArray();
  }

  /// What lies at the bottom of an exception: the PNG reader wraps several times.
  static Throwable cause(Throwable e) {
    var cause = e.getCause();
    return cause == null ? e : cause(cause);
  }

  /// The 8-bit samples of a grey or RGB raster as they are: `getRGB` would bend grey values by a
  /// gamma curve.
  static byte @Nullable [] samples(Raster raster) {
    var data = raster.getDataElements(0, 0, raster.getWidth(), raster.getHeight(), null);
    return data instanceof byte[] samples ? samples : null;
  }
}
