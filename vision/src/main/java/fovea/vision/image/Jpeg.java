package fovea.vision.image;

import fovea.core.FoveaException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Decodes JPEG files through `javax.imageio` (libjpeg), after checking their frame header
/// ourselves.
final class Jpeg {
  private Jpeg() {}

  /// What the frame header (SOF) declares.
  private record Frame(int precision, int height, int width, int components) {}

  static Image read(byte[] bytes, String name) {
    var frame = frame(bytes, name);
    if (frame.components == 4) {
      throw new FoveaException(name + " is a CMYK JPEG image, made for print; convert it to RGB");
    }
    if (frame.precision != 8 || (frame.components != 1 && frame.components != 3)) {
      throw new FoveaException(
          "%s is a JPEG image of %d channels with %d bits each; only 1 or 3 channels with 8 bits are read"
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
    var pixels = decode(bytes, name);
    int channels = pixels.getRaster().getNumBands();
    if (pixels.getWidth() != frame.width
        || pixels.getHeight() != frame.height
        || channels != frame.components) {
      throw damaged(name, "its headers contradict each other");
    }
    var samples = ImageIo.samples(pixels.getRaster());
    if (samples == null) {
      throw damaged(name, "it does not decode to 8-bit samples");
    }
    return new Image(frame.height, frame.width, channels, samples);
  }

  /// Walks the marker segments to the frame header.
  private static Frame frame(byte[] b, String name) {
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
        return new Frame(b[at + 4] & 0xFF, u16(b, at + 5), u16(b, at + 7), b[at + 9] & 0xFF);
      }
      at += 2 + length;
    }
  }

  private static int u16(byte[] b, int at) {
    return ((b[at] & 0xFF) << 8) | (b[at + 1] & 0xFF);
  }

  private static BufferedImage decode(byte[] bytes, String name) {
    List<String> warnings = new ArrayList<>();
    try {
      var image =
          ImageIo.decode(
              "jpeg",
              bytes,
              bytes.length,
              name,
              reader ->
                  reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning)));
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
