package fovea.vision.image;

import fovea.core.FoveaException;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Decodes JPEG files through `javax.imageio` (libjpeg), after checking their frame header
/// ourselves.
final class Jpeg {
  private Jpeg() {}

  /// What the frame header (SOF) and the segments before it declare.
  ///
  /// @param orientation how the camera was held, see [Orientation]
  /// @param ycck whether four components are luma, chroma and black, and not four inks
  private record Frame(
      int precision, int height, int width, int components, int orientation, boolean ycck) {}

  static Image read(byte[] bytes, String name) {
    var frame = frame(bytes, name);
    if (frame.precision != 8
        || (frame.components != 1 && frame.components != 3 && frame.components != 4)) {
      throw new FoveaException(
          "%s is a JPEG image of %d channels with %d bits each; only 1, 3 or 4 channels with 8 bits are read"
              .formatted(name, frame.components, frame.precision));
    }
    if (frame.height == 0 || frame.width == 0) {
      throw damaged(name, "its header declares " + frame.height + "×" + frame.width + " pixels");
    }
    Images.checkSize(frame.width, frame.height, name);
    // Every block of 8×8 pixels takes at least one bit, so a short file cannot make us allocate
    // much.
    if ((long) frame.width * frame.height > 512L * bytes.length) {
      throw damaged(
          name,
          "%d bytes are too few for %d×%d pixels"
              .formatted(bytes.length, frame.height, frame.width));
    }
    var raster = decode(bytes, name, frame.components == 4);
    if (raster.getWidth() != frame.width
        || raster.getHeight() != frame.height
        || raster.getNumBands() != frame.components) {
      throw damaged(name, "its headers contradict each other");
    }
    var samples = ImageIo.samples(raster);
    if (samples == null) {
      throw damaged(name, "it does not decode to 8-bit samples");
    }
    var image =
        frame.components == 4
            ? new Image(frame.height, frame.width, 3, fromInks(samples, frame.ycck))
            : new Image(frame.height, frame.width, frame.components, samples);
    return Orientation.apply(image, frame.orientation);
  }

  /// Four inks, stored the other way round as Adobe's programs do (255 is no ink), on white paper:
  /// the arithmetic of libjpeg for YCCK and of PIL's `convert("RGB")` for CMYK.
  private static byte[] fromInks(byte[] inks, boolean ycck) {
    var rgb = new byte[inks.length / 4 * 3];
    for (int i = 0, at = 0; i < inks.length; i += 4) {
      int c = inks[i] & 0xFF;
      int m = inks[i + 1] & 0xFF;
      int y = inks[i + 2] & 0xFF;
      int k = inks[i + 3] & 0xFF;
      if (ycck) {
        int luma = c;
        double blue = m - 128;
        double red = y - 128;
        c = 255 - to8(luma + 1.402 * red);
        m = 255 - to8(luma - 0.344136 * blue - 0.714136 * red);
        y = 255 - to8(luma + 1.772 * blue);
      }
      rgb[at++] = onPaper(c, k);
      rgb[at++] = onPaper(m, k);
      rgb[at++] = onPaper(y, k);
    }
    return rgb;
  }

  private static int to8(double value) {
    return Math.clamp(Math.round(value), 0, 255);
  }

  private static byte onPaper(int ink, int black) {
    int product = (255 - ink) * black + 128;
    return (byte) (black - (((product >> 8) + product) >> 8));
  }

  /// Walks the marker segments to the frame header.
  private static Frame frame(byte[] b, String name) {
    int orientation = Orientation.NORMAL;
    boolean ycck = false;
    for (int at = 2; ; ) {
      if (at + 4 > b.length) {
        throw damaged(name, "it is cut short after " + b.length + " bytes");
      }
      if ((b[at] & 0xFF) != 0xFF) {
        throw damaged(name, "there is no segment at byte " + at);
      }
      int marker = b[at + 1] & 0xFF;
      if (marker == 0xFF) {
        at++; // padding
        continue;
      }
      int length = u16(b, at + 2);
      if (marker == 0xD9 || marker == 0xDA || length < 2) {
        throw damaged(name, "it has no frame header before byte " + at);
      }
      boolean frame =
          marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
      if (at + 2 + length > b.length || (frame && length < 8)) {
        throw damaged(name, "it is cut short after " + b.length + " bytes");
      }
      if (frame) {
        return new Frame(
            b[at + 4] & 0xFF, u16(b, at + 5), u16(b, at + 7), b[at + 9] & 0xFF, orientation, ycck);
      }
      if (marker == 0xE1 && length > 8 && startsWith(b, at + 4, "Exif\0\0")) {
        orientation = Orientation.of(ByteBuffer.wrap(b, at + 10, length - 8));
      } else if (marker == 0xEE && length >= 14 && startsWith(b, at + 4, "Adobe")) {
        ycck = b[at + 15] == 2;
      }
      at += 2 + length;
    }
  }

  private static boolean startsWith(byte[] b, int at, String text) {
    return new String(b, at, text.length(), StandardCharsets.ISO_8859_1).equals(text);
  }

  private static int u16(byte[] b, int at) {
    return ((b[at] & 0xFF) << 8) | (b[at + 1] & 0xFF);
  }

  /// @param raw whether the samples are wanted as they are stored
  private static Raster decode(byte[] bytes, String name, boolean raw) {
    List<String> warnings = new ArrayList<>();
    try {
      var image =
          ImageIo.decode(
              "jpeg",
              bytes,
              bytes.length,
              name,
              reader ->
                  reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning)),
              reader -> raw ? reader.readRaster(0, null) : reader.read(0).getRaster());
      // libjpeg fills what is missing with grey and only warns.
      for (var warning : warnings) {
        var text = warning.toLowerCase(Locale.ROOT);
        if (text.contains("premature end") || text.contains("truncated")) {
          throw damaged(name, "it is cut short after " + bytes.length + " bytes");
        }
        if (text.contains("bad huffman") || text.contains("found marker")) {
          throw damaged(name, warning);
        }
      }
      return image;
    } catch (IOException e) {
      throw damaged(name, e.getMessage());
    }
  }

  private static FoveaException damaged(String name, @Nullable String why) {
    return new FoveaException(name + " is a damaged JPEG image" + (why == null ? "" : ": " + why));
  }
}
