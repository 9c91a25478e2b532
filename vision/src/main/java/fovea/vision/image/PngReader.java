package fovea.vision.image;

import fovea.core.FoveaException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/// Decodes one PNG file (ISO/IEC 15948; W3C, "Portable Network Graphics", third edition).
///
/// Why not `javax.imageio`: it checks no checksums, unpacks compressed text of any size, and
/// converts some kinds of grey by a gamma curve. All five colour types, all depths and interlacing
/// are read; ancillary chunks other than `tRNS` are skipped.
final class PngReader {
  /// Deflate can shrink nothing by more than this factor (zlib's technical notes).
  private static final long MAX_DEFLATE = 1032;

  private enum Colour {
    GREY(0, 1),
    RGB(2, 3),
    PALETTE(3, 1),
    GREY_ALPHA(4, 2),
    RGB_ALPHA(6, 4);

    final int code;
    final int samples;

    Colour(int code, int samples) {
      this.code = code;
      this.samples = samples;
    }

    static @Nullable Colour of(int code) {
      for (var colour : values()) {
        if (colour.code == code) {
          return colour;
        }
      }
      return null;
    }

    boolean allows(int depth) {
      return switch (this) {
        case GREY -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
        case PALETTE -> depth == 1 || depth == 2 || depth == 4 || depth == 8;
        case RGB, GREY_ALPHA, RGB_ALPHA -> depth == 8 || depth == 16;
      };
    }
  }

  /// Every `dx`-th column from `x`, every `dy`-th row from `y`.
  private record Pass(int x, int y, int dx, int dy) {
    int columns(int width) {
      return (width - x + dx - 1) / dx;
    }

    int rows(int height) {
      return (height - y + dy - 1) / dy;
    }
  }

  private static final Pass[] WHOLE = {new Pass(0, 0, 1, 1)};
  private static final Pass[] ADAM7 = {
    new Pass(0, 0, 8, 8),
    new Pass(4, 0, 8, 8),
    new Pass(0, 4, 4, 8),
    new Pass(2, 0, 4, 4),
    new Pass(0, 2, 2, 4),
    new Pass(1, 0, 2, 2),
    new Pass(0, 1, 1, 2)
  };

  private final byte[] bytes;
  private final ByteBuffer in;
  private final String name;

  private int width;
  private int height;
  private int depth;
  private Colour colour = Colour.GREY;
  private Pass[] passes = WHOLE;
  private byte @Nullable [] palette;
  private byte @Nullable [] transparency;
  private final ByteArrayOutputStream packed = new ByteArrayOutputStream();

  /// @param bytes the whole file, known to start as a PNG does
  PngReader(byte[] bytes, String name) {
    this.bytes = bytes;
    this.in = ByteBuffer.wrap(bytes); // big-endian, as the format is
    this.name = name;
  }

  Image read() {
    readChunks();
    int channels = colour == Colour.GREY || colour == Colour.GREY_ALPHA ? 1 : 3;
    long unpacked = 0;
    for (var pass : passes) {
      if (pass.columns(width) > 0) {
        unpacked += (long) pass.rows(height) * (1 + rowBytes(pass.columns(width)));
      }
    }
    long samples = (long) width * height * channels;
    if (unpacked > MAX_DEFLATE * packed.size() || samples > Integer.MAX_VALUE - 8) {
      throw damaged(
          "%d bytes of pixel data are too few for %d×%d pixels"
              .formatted(packed.size(), height, width));
    }
    return new Image(height, width, channels, unpack(new byte[(int) samples], channels));
  }

  private void readChunks() {
    int start = 8;
    for (int number = 0; ; number++) {
      int left = bytes.length - start;
      if (left < 12) {
        throw damaged("it is cut short after " + bytes.length + " bytes");
      }
      int length = in.getInt(start);
      var type = new String(bytes, start + 4, 4, StandardCharsets.ISO_8859_1);
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
      if (number == 0 != type.equals("IHDR")) {
        throw damaged("chunk " + type + " at byte " + start + " is out of place");
      }
      int body = start + 8;
      switch (type) {
        case "IHDR" -> readHeader(body, length);
        case "PLTE" -> palette = copy(body, length);
        case "tRNS" -> transparency = copy(body, length);
        case "IDAT" -> packed.write(bytes, body, length);
        case "IEND" -> {
          return;
        }
        default -> {
          if (critical) {
            throw damaged("chunk " + type + " at byte " + start + " is of no known kind");
          }
        }
      }
      start = body + length + 4;
    }
  }

  private void readHeader(int body, int length) {
    if (length != 13) {
      throw damaged("its header has " + length + " bytes instead of 13");
    }
    width = in.getInt(body);
    height = in.getInt(body + 4);
    if (width <= 0 || height <= 0) {
      throw damaged(
          "its header declares %d×%d pixels".formatted(height & 0xFFFFFFFFL, width & 0xFFFFFFFFL));
    }
    Images.checkSize(width, height, name);
    depth = bytes[body + 8];
    var found = Colour.of(bytes[body + 9]);
    if (found == null || !found.allows(depth)) {
      throw damaged("colour type " + bytes[body + 9] + " with depth " + depth + " does not exist");
    }
    colour = found;
    if (bytes[body + 10] != 0 || bytes[body + 11] != 0 || (bytes[body + 12] & ~1) != 0) {
      throw damaged("its header asks for an unknown compression, filter or interlacing");
    }
    passes = bytes[body + 12] == 0 ? WHOLE : ADAM7;
  }

  /// Unpacks, unfilters and converts every pass into `out`.
  private byte[] unpack(byte[] out, int channels) {
    var look = colour == Colour.PALETTE ? lookUp() : new byte[0];
    try (var inflater = new Inflater()) {
      inflater.setInput(packed.toByteArray());
      for (var pass : passes) {
        int columns = pass.columns(width);
        if (columns == 0) {
          continue; // such a pass has no bytes at all, not even the filter types of its rows
        }
        var row = new byte[1 + rowBytes(columns)];
        var above = new byte[row.length];
        var samples = new int[columns * colour.samples];
        for (int y = pass.y; y < height; y += pass.dy) {
          inflate(inflater, row, y);
          unfilter(row, above, Math.max(1, colour.samples * depth / 8), y);
          split(row, samples);
          int at = (y * width + pass.x) * channels;
          for (int i = 0; i < columns; i++, at += pass.dx * channels) {
            put(samples, i * colour.samples, look, out, at);
          }
          var swap = row;
          row = above;
          above = swap;
        }
      }
    }
    return out;
  }

  private void inflate(Inflater inflater, byte[] row, int y) {
    try {
      for (int have = 0; have < row.length; ) {
        int n = inflater.inflate(row, have, row.length - have);
        if (n == 0
            && (inflater.finished() || inflater.needsInput() || inflater.needsDictionary())) {
          throw damaged("its pixel data ends in row " + y + " of " + height);
        }
        have += n;
      }
    } catch (DataFormatException e) {
      throw damaged(
          "its pixel data breaks off in row " + y + " of " + height + ": " + e.getMessage());
    }
  }

  /// Undoes the prediction of a row from its left, upper and upper left neighbours; `row[0]` says
  /// which.
  private void unfilter(byte[] row, byte[] above, int pixel, int y) {
    int filter = row[0];
    if (filter < 0 || filter > 4) {
      throw damaged("row " + y + " has the unknown filter " + filter);
    }
    for (int i = 1; filter != 0 && i < row.length; i++) {
      int left = i > pixel ? row[i - pixel] & 0xFF : 0;
      int up = above[i] & 0xFF;
      int corner = i > pixel ? above[i - pixel] & 0xFF : 0;
      row[i] +=
          (byte)
              switch (filter) {
                case 1 -> left;
                case 2 -> up;
                case 3 -> (left + up) / 2;
                default -> paeth(left, up, corner);
              };
    }
  }

  /// Whichever of the three is nearest to `left + up - corner`, in this order at a tie.
  static int paeth(int left, int up, int corner) {
    int dl = Math.abs(up - corner);
    int du = Math.abs(left - corner);
    int dc = Math.abs(left + up - 2 * corner);
    return dl <= du && dl <= dc ? left : du <= dc ? up : corner;
  }

  /// The samples of a row at their own depth.
  private void split(byte[] row, int[] samples) {
    for (int i = 0; i < samples.length; i++) {
      samples[i] =
          switch (depth) {
            case 8 -> row[1 + i] & 0xFF;
            case 16 -> ((row[1 + 2 * i] & 0xFF) << 8) | (row[2 + 2 * i] & 0xFF);
            default -> {
              int bit = i * depth;
              yield (row[1 + bit / 8] >> (8 - depth - bit % 8)) & ((1 << depth) - 1);
            }
          };
    }
  }

  /// Writes the pixel whose samples start at `i` as 8-bit grey or RGB on white to `out[at…]`.
  private void put(int[] samples, int i, byte[] look, byte[] out, int at) {
    switch (colour) {
      case PALETTE -> {
        int entry = 3 * samples[i];
        if (entry >= look.length) {
          throw damaged(
              "a pixel has colour %d of a palette of %d".formatted(samples[i], look.length / 3));
        }
        System.arraycopy(look, entry, out, at, 3);
      }
      case GREY, RGB -> {
        boolean clear = isKey(samples, i);
        for (int c = 0; c < colour.samples; c++) {
          out[at + c] = clear ? (byte) 255 : (byte) to8(samples[i + c]);
        }
      }
      case GREY_ALPHA, RGB_ALPHA -> {
        int colours = colour.samples - 1;
        int alpha = to8(samples[i + colours]);
        for (int c = 0; c < colours; c++) {
          out[at + c] = onWhite(to8(samples[i + c]), alpha);
        }
      }
    }
  }

  /// Whether a pixel has the one colour that `tRNS` declares transparent.
  private boolean isKey(int[] samples, int i) {
    var key = transparency;
    if (key == null || key.length < 2 * colour.samples) {
      return false;
    }
    for (int c = 0; c < colour.samples; c++) {
      if (samples[i + c] != (((key[2 * c] & 0xFF) << 8) | (key[2 * c + 1] & 0xFF))) {
        return false;
      }
    }
    return true;
  }

  /// The palette with its transparency composited on white.
  private byte[] lookUp() {
    var colours = palette;
    if (colours == null || colours.length == 0 || colours.length % 3 != 0) {
      throw damaged("it needs a palette and has " + (colours == null ? "none" : "a broken one"));
    }
    var look = colours.clone();
    for (int i = 0;
        transparency != null && i < Math.min(transparency.length, look.length / 3);
        i++) {
      for (int c = 3 * i; c < 3 * i + 3; c++) {
        look[c] = onWhite(look[c] & 0xFF, transparency[i] & 0xFF);
      }
    }
    return look;
  }

  private static byte onWhite(int value, int alpha) {
    return (byte) ((value * alpha + 255 * (255 - alpha) + 127) / 255);
  }

  /// A sample scaled from its depth to 0 … 255, rounded to nearest.
  private int to8(int sample) {
    return switch (depth) {
      case 8 -> sample;
      case 16 -> (sample + 128) / 257;
      default -> sample * 255 / ((1 << depth) - 1);
    };
  }

  private int rowBytes(int columns) {
    return (int) (((long) columns * colour.samples * depth + 7) / 8);
  }

  private byte[] copy(int from, int length) {
    var copy = new byte[length];
    System.arraycopy(bytes, from, copy, 0, length);
    return copy;
  }

  private FoveaException damaged(String why) {
    return new FoveaException(name + " is a damaged PNG image: " + why);
  }
}
