package fovea.vision.image;

import fovea.core.FoveaException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HexFormat;

/// Reads PNG and JPEG files and writes PNG.
///
/// What comes out is always an 8-bit [Image], grey if the file is grey and RGB otherwise:
///
/// - 16-bit samples are scaled to 8 bits, palettes are looked up;
/// - **transparency is composited on white**, as on paper, because networks see no fourth channel;
/// - the sample values are taken as they stand: colour profiles, gamma and EXIF orientation are not
///   applied, as PIL and torchvision do it.
///
/// A file is recognised by its first bytes, not by its name. Everything in it is checked against
/// what the file can hold before memory is asked for. Images above a number of pixels (100 million;
/// the system property `fovea.maxImagePixels` changes it, up to 715 million) are refused by their
/// header alone.
///
/// All errors about contents are [FoveaException]s that start with the name of the file.
public final class Images {
  private Images() {}

  /// How many of a file's first bytes [#requireImage] can use.
  public static final int START = 16;

  private static final int MAX_BYTES = 1 << 30;
  private static final byte[] PNG_START = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

  /// Reads a PNG or JPEG file.
  ///
  /// @throws FoveaException if it is missing, unreadable, of another kind, damaged or too large
  public static Image read(Path file) {
    try (var in = Files.newInputStream(file)) {
      return read(in, file.toString());
    } catch (IOException e) {
      throw failed("read", file, e);
    }
  }

  /// Reads a PNG or JPEG image to the end of a stream, which stays open.
  ///
  /// @param name what error messages call it
  /// @throws FoveaException if it is of another kind, damaged or too large
  /// @throws IOException if the stream fails
  public static Image read(InputStream in, String name) throws IOException {
    // The first bytes decide alone: nobody reads a gigabyte of something else.
    var start = in.readNBytes(START);
    requireImage(start, name);
    var rest = in.readNBytes(MAX_BYTES - START);
    if (rest.length == MAX_BYTES - START && in.read() >= 0) {
      throw new FoveaException(name + " is larger than 1 GiB, which no image here may be");
    }
    var bytes = new byte[start.length + rest.length];
    System.arraycopy(start, 0, bytes, 0, start.length);
    System.arraycopy(rest, 0, bytes, start.length, rest.length);
    return read(bytes, name);
  }

  /// Reads a PNG or JPEG image from the whole bytes of its file.
  ///
  /// @param name what error messages call it
  /// @throws FoveaException if it is of another kind, damaged or too large
  public static Image read(byte[] bytes, String name) {
    requireImage(bytes, name);
    return isPng(bytes) ? Png.read(bytes, name) : Jpeg.read(bytes, name);
  }

  /// Checks that these are the first bytes of a PNG or JPEG file: at least [#START] of them, or all
  /// there are.
  ///
  /// @param name what the error message calls the file
  /// @throws FoveaException if not, saying what they look like instead
  public static void requireImage(byte[] start, String name) {
    if (!isPng(start) && !isJpeg(start)) {
      throw new FoveaException(name + " is not a PNG or JPEG image (" + describe(start) + ")");
    }
  }

  /// Writes a PNG file, replacing what lies there.
  ///
  /// @throws FoveaException if it cannot be written
  public static void writePng(Image image, Path file) {
    try {
      Files.write(file, png(image));
    } catch (IOException e) {
      throw failed("write", file, e);
    }
  }

  /// The bytes of a PNG file with this image.
  public static byte[] png(Image image) {
    return Png.write(image);
  }

  private static boolean isPng(byte[] start) {
    return startsWith(start, PNG_START);
  }

  private static boolean isJpeg(byte[] start) {
    return startsWith(start, new byte[] {(byte) 0xFF, (byte) 0xD8, (byte) 0xFF});
  }

  private static boolean startsWith(byte[] bytes, byte[] start) {
    for (int i = 0; i < start.length; i++) {
      if (i >= bytes.length || bytes[i] != start[i]) {
        return false;
      }
    }
    return true;
  }

  /// In words what a file that starts so seems to be.
  private static String describe(byte[] start) {
    if (start.length == 0) {
      return "it is empty";
    }
    var text = new String(start, 0, Math.min(start.length, START), StandardCharsets.ISO_8859_1);
    var kind =
        switch (text) {
          case String t when t.startsWith("GIF8") -> "GIF";
          case String t when t.startsWith("BM") && t.indexOf('\0') >= 0 -> "BMP";
          case String t when t.startsWith("RIFF") && t.startsWith("WEBP", 8) -> "WebP";
          case String t when t.startsWith("II*\0") || t.startsWith("MM\0*") -> "TIFF";
          case String t when t.startsWith("ftyphei", 4) -> "HEIF";
          case String t when t.startsWith("ftypavif", 4) -> "AVIF";
          default -> "";
        };
    if (!kind.isEmpty()) {
      return "it looks like " + kind + ": convert it to PNG";
    }
    if (text.chars().allMatch(c -> (c >= ' ' && c < 0x7F) || "\n\r\t".indexOf(c) >= 0)) {
      var shown = text.replaceAll("[\r\n\t]", " ");
      return "it starts with \"%s\""
          .formatted(shown.length() > 9 ? shown.substring(0, 9) + "…" : shown);
    }
    return "it starts with the bytes "
        + HexFormat.ofDelimiter(" ").formatHex(start, 0, Math.min(start.length, 4));
  }

  /// Refuses what a header declares, before anything of that size is allocated.
  static void checkSize(long width, long height, String name) {
    // An array holds three channels of no more.
    long most = (Integer.MAX_VALUE - 8) / 3;
    long limit = Math.min(Long.getLong("fovea.maxImagePixels", 100_000_000L), most);
    if (width * height > limit) {
      throw new FoveaException(
          "%s declares %d×%d pixels, more than the %d allowed; if that is meant, set -Dfovea.maxImagePixels"
              .formatted(name, height, width, limit));
    }
  }

  private static FoveaException failed(String verb, Path file, IOException e) {
    var why =
        switch (e) {
          case NoSuchFileException n when verb.equals("read") -> "there is no such file";
          case NoSuchFileException n -> "its folder does not exist";
          case AccessDeniedException a -> "permission denied";
          default -> e.getMessage();
        };
    return new FoveaException("cannot " + verb + " " + file + ": " + why, e);
  }
}
