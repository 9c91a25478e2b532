package fovea.vision.image;

import fovea.core.FoveaException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/// The checks of a PNG file (W3C, "Portable Network Graphics", third edition) that `javax.imageio`
/// does not make: that the chunks fit, follow each other and have the right checksums, and that the
/// size in the header is allowed and not more than the pixel data can unpack to.
///
/// [#kept] is the file without what its pixels do not depend on, because the reader fails on some
/// damaged chunks of that kind.
final class PngCheck {
  /// Deflate can shrink nothing by more than this factor (zlib's technical notes).
  private static final long MAX_DEFLATE = 1032;

  /// Samples of a pixel for each colour type.
  private static final int[] BANDS = {1, 0, 3, 1, 2, 0, 4};

  private final byte[] bytes;
  private final String name;

  final byte[] kept;
  int keptLength;

  /// Bits of a sample.
  int depth;

  /// Colours of the palette, 0 if the samples are no indices.
  int palette;

  /// The one transparent colour, if there is one. The reader is not asked for it: it compares grey
  /// samples of 1, 2 and 4 bits with it after scaling them to 8.
  int @Nullable [] key;

  int height;
  private int width;
  private int colour;

  /// Samples of a pixel.
  int bands;

  private long packed;

  /// @param bytes the whole file, known to start as a PNG does
  /// @throws FoveaException if a check fails
  PngCheck(byte[] bytes, String name) {
    this.bytes = bytes;
    this.name = name;
    kept = new byte[bytes.length];
    keep(0, 8);
    walk();
    if ((long) width * height > packed * 8 * MAX_DEFLATE / bands / depth) {
      throw damaged(
          "%d bytes of pixel data are too few for %d×%d pixels".formatted(packed, height, width));
    }
  }

  FoveaException damaged(String why) {
    return new FoveaException(name + " is a damaged PNG image: " + why);
  }

  private void walk() {
    var in = ByteBuffer.wrap(bytes); // big-endian, as the format is
    var type = "";
    for (int start = 8, length; !type.equals("IEND"); start += length + 12) {
      int left = bytes.length - start;
      if (left < 12) {
        throw damaged("it is cut short after " + bytes.length + " bytes");
      }
      length = in.getInt(start);
      type = new String(bytes, start + 4, 4, StandardCharsets.ISO_8859_1);
      if (!type.chars().allMatch(c -> (c | 32) >= 'a' && (c | 32) <= 'z')) {
        throw damaged("there is no chunk at byte " + start);
      }
      if (length < 0 || length > left - 12) {
        throw damaged(
            "it is cut short: chunk %s at byte %d should have %d bytes and the file ends after %d"
                .formatted(type, start, length & 0xFFFFFFFFL, left - 8));
      }
      boolean critical = Character.isUpperCase(type.charAt(0));
      if (critical || type.equals("tRNS")) {
        var crc = new CRC32();
        crc.update(bytes, start + 4, length + 4);
        if ((int) crc.getValue() != in.getInt(start + 8 + length)) {
          throw damaged("the checksum of chunk " + type + " at byte " + start + " is wrong");
        }
      }
      boolean second = type.equals("PLTE") && palette > 0;
      if (start == 8 != type.equals("IHDR") || second) {
        throw damaged("chunk " + type + " at byte " + start + " is out of place");
      }
      if (take(type, in.position(start + 8).slice().limit(length))) {
        keep(start, length + 12);
      } else if (critical && !type.equals("PLTE")) {
        throw damaged("chunk " + type + " at byte " + start + " is of no known kind");
      }
    }
  }

  /// Whether the reader needs this chunk.
  private boolean take(String type, ByteBuffer body) {
    boolean indexed = colour == 3;
    switch (type) {
      case "IHDR" -> readHeader(body);
      case "PLTE" -> {
        palette = indexed && body.limit() % 3 == 0 ? body.limit() / 3 : 0;
        return palette > 0;
      }
      case "tRNS" -> {
        if ((colour == 0 || colour == 2) && body.limit() == 2 * bands) {
          key = new int[bands];
          for (int c = 0; c < bands; c++) {
            key[c] = body.getChar(2 * c);
          }
        }
        return indexed && packed == 0;
      }
      case "IDAT" -> {
        if (indexed && palette == 0) {
          throw damaged("it needs a palette, whole and before its pixels");
        }
        packed += body.limit();
      }
      case "IEND" -> {}
      default -> {
        return false;
      }
    }
    return true;
  }

  private void readHeader(ByteBuffer body) {
    if (body.limit() != 13) {
      throw damaged("its header has " + body.limit() + " bytes instead of 13");
    }
    width = body.getInt(0);
    height = body.getInt(4);
    if (width <= 0 || height <= 0) {
      throw damaged(
          "its header declares %d×%d pixels".formatted(height & 0xFFFFFFFFL, width & 0xFFFFFFFFL));
    }
    Images.checkSize(width, height, name);
    depth = body.get(8);
    colour = body.get(9);
    bands = colour >= 0 && colour < BANDS.length ? BANDS[colour] : 0;
    int least = bands == 1 ? 1 : 8;
    int most = colour == 3 ? 8 : 16;
    if (bands == 0 || depth < least || depth > most || Integer.bitCount(depth) != 1) {
      throw damaged("colour type " + colour + " with depth " + depth + " does not exist");
    }
  }

  private void keep(int start, int length) {
    System.arraycopy(bytes, start, kept, keptLength, length);
    keptLength += length;
  }
}
