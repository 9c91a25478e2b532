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
import org.jspecify.annotations.Nullable;

/// Reads PNG, JPEG, WebP, GIF, BMP and TIFF files and writes PNG.
///
/// What comes out is always an 8-bit [Image], grey if the file is grey and RGB otherwise:
///
/// - 16-bit samples are scaled to 8 bits, palettes are looked up;
/// - **transparency is composited on white**, as on paper, because networks see no fourth channel;
/// - the four inks of a JPEG made for print (CMYK, YCCK) become RGB as in PIL;
/// - a JPEG image is turned upright as its EXIF orientation says;
/// - else the sample values are taken as they stand: colour profiles and gamma are not applied, as
///   in PIL and torchvision;
/// - of several pictures in a file (GIF, TIFF) the first is taken.
///
/// **Differs**: PIL and torchvision leave EXIF orientation to the caller.
///
/// A file is recognised by its first bytes, not by its name. Everything in a PNG or JPEG file is
/// checked against what the file can hold before memory is asked for; of the others, the declared
/// size. Images above a number of pixels (100 million; the system property `fovea.maxImagePixels`
/// changes it, up to 715 million) are refused by their header alone.
///
/// All errors about contents are [FoveaException]s that start with the name of the file.
public final class Images {
  private Images() {}

  /// How many of a file's first bytes [#requireImage] can use.
  public static final int START = 16;

  private static final int MAX_BYTES = 1 << 30;
  private static final byte[] PNG_START = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

  /// Reads an image file.
  ///
  /// @throws FoveaException if it is missing, unreadable, of another kind, damaged or too large
  public static Image read(Path file) {
    try (var in = Files.newInputStream(file)) {
      return read(in, file.toString());
    } catch (IOException e) {
      throw failed("read", file, e);
    }
  }

  /// Reads an image to the end of a stream, which stays open.
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

  /// Reads an image from the whole bytes of its file.
  ///
  /// @param name what error messages call it
  /// @throws FoveaException if it is of another kind, damaged or too large
  public static Image read(byte[] bytes, String name) {
    requireImage(bytes, name);
    var other = OtherFormat.of(text(bytes));
    return isPng(bytes)
        ? Png.read(bytes, name)
        : other == null ? Jpeg.read(bytes, name) : other.read(bytes, name);
  }

  /// Reads the numbers of a file of labels from the whole bytes of its file: PNG, with a palette or
  /// grey, in any depth.
  ///
  /// @param name what error messages call it
  /// @return null for an image in colour, or of another format: its pixels are no numbers
  /// @throws FoveaException if it is damaged or too large
  public static @Nullable Indices readIndices(byte[] bytes, String name) {
    return isPng(bytes) ? Png.readIndices(bytes, name) : null;
  }

  /// Checks that these are the first bytes of an image file: at least [#START] of them, or all
  /// there are.
  ///
  /// @param name what the error message calls the file
  /// @throws FoveaException if not, saying what they look like instead
  public static void requireImage(byte[] start, String name) {
    if (!isPng(start) && !isJpeg(start) && OtherFormat.of(text(start)) == null) {
      throw new FoveaException(
          name + " is not an image of a known format (" + describe(start) + ")");
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

  /// The bytes of a PNG file with these numbers as indices, 0 to 255, into this palette.
  public static byte[] png(Indices indices) {
    return Png.write(indices);
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

  /// The first bytes as characters.
  private static String text(byte[] start) {
    return new String(start, 0, Math.min(start.length, START), StandardCharsets.ISO_8859_1);
  }

  /// In words what a file that starts so seems to be.
  private static String describe(byte[] start) {
    if (start.length == 0) {
      return "it is empty";
    }
    var text = text(start);
    var kind =
        switch (text) {
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
