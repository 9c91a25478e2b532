package fovea.vision.image;

import static fovea.vision.image.ImageTest.pattern;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.FoveaException;
import fovea.core.array.Rng;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ImagesTest {

  @TempDir Path dir;

  // ---- what is read ----

  @Test
  void pngComesBackAsWritten() {
    for (int channels : new int[] {1, 3}) {
      for (var size : new int[][] {{1, 1}, {1, 9}, {9, 1}, {28, 28}, {300, 211}}) {
        var image = pattern(size[0], size[1], channels);
        assertEquals(image, Images.read(Images.png(image), "x.png"));
        var file = dir.resolve("x.png");
        Images.writePng(image, file);
        assertEquals(image, Images.read(file));
      }
    }
  }

  @Test
  void platformReadsWhatWeWrite() throws IOException {
    var image = pattern(13, 17, 3);
    var read = ImageIO.read(new ByteArrayInputStream(Images.png(image)));
    assertEquals(image, rgb(read));
  }

  /// The pixels of an RGB image of the platform.
  private static Image rgb(BufferedImage image) {
    var pixels = new byte[image.getHeight() * image.getWidth() * 3];
    for (int y = 0, i = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        int rgb = image.getRGB(x, y);
        pixels[i++] = (byte) (rgb >> 16);
        pixels[i++] = (byte) (rgb >> 8);
        pixels[i++] = (byte) rgb;
      }
    }
    return new Image(image.getHeight(), image.getWidth(), 3, pixels);
  }

  private static BufferedImage buffered(Image image) {
    var out = new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
    var pixels = image.pixels();
    for (int i = 0; i < pixels.length / 3; i++) {
      int rgb =
          (pixels[3 * i] & 0xFF) << 16
              | (pixels[3 * i + 1] & 0xFF) << 8
              | (pixels[3 * i + 2] & 0xFF);
      out.setRGB(i % image.width(), i / image.width(), rgb);
    }
    return out;
  }

  /// An image written by the platform, progressive (JPEG) or interlaced (PNG) if asked to be.
  private static byte[] encoded(Image image, String format, boolean progressive)
      throws IOException {
    var writer = ImageIO.getImageWritersByFormatName(format).next();
    var out = new ByteArrayOutputStream();
    try (var stream = ImageIO.createImageOutputStream(out)) {
      writer.setOutput(stream);
      var param = writer.getDefaultWriteParam();
      if (progressive) {
        param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
      }
      writer.write(null, new IIOImage(buffered(image), null, null), param);
    } finally {
      writer.dispose();
    }
    return out.toByteArray();
  }

  @Test
  void interlacedPng() throws IOException {
    for (var size : new int[][] {{1, 1}, {2, 3}, {5, 4}, {8, 8}, {13, 31}}) {
      var image = pattern(size[0], size[1], 3);
      assertEquals(image, Images.read(encoded(image, "png", true), "x.png"));
    }
  }

  /// All from PIL 12.3, 3×5 pixels; where there is transparency, the pixels are PIL's composition
  /// on white.
  @Test
  void kindsOfPng() {
    checkPng(
        1,
        "iVBORw0KGgoAAAANSUhEUgAAAAUAAAADAQAAAABzTfhVAAAADklEQVR4nGOQYJJgMgAAAQIAZQJhh/wAAAAASUVORK5CYII=",
        "000000ffff0000ffff0000ffff0000");
    checkPng(
        3,
        "iVBORw0KGgoAAAANSUhEUgAAAAUAAAADAgMAAAAmWC1rAAAADFBMVEV/2jU5lJlMZ8LII35KcYRYAAAAEUlEQVR4nGNcoMDy"
            + "/gEDHwMADlECo1Jx0I4AAAAASUVORK5CYII=",
        "4c67c24c67c27fda357fda35c8237e4c67c27fda35c8237ec8237e4c67c27fda357fda35c8237e4c67c27fda35");
    checkPng(
        3,
        "iVBORw0KGgoAAAANSUhEUgAAAAUAAAADBAMAAACpGNjLAAAAMFBMVEV/2jU5lJlMZ8LII34AAAAAAAAAAAAAAAAAAAAAAAAA"
            + "AAAAAAAAAAAAAAAAAAAAAABeJSBGAAAABHRSTlMAgP//7IBv5QAAABRJREFUeJxjUGIwYPpn/IGBwYgBABB6AqiDrSZsAAAA"
            + "AElFTkSuQmCC",
        "4c67c24c67c2ffffffffffffc8237e4c67c2ffffffc8237ec8237e4c67c2ffffffffffffc8237e4c67c2ffffff");
    checkPng(
        3,
        "iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAYAAABbNsX4AAAAMUlEQVR4nGNkiN4maIoGWFRVVVUNDAwMrK0drB0cHBwcAh0c"
            + "mBCC1tZubm5ugYGBgQCaIg1swC6sCgAAAABJRU5ErkJggg==",
        "eef4fac8e1fab7e393bdfc8ad84496d1e4f7b8e295bf498ae6479fd1e4f7bedfa4baf58ae2469ccde3f8b6e78f");
    checkPng(
        1,
        "iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAQAAADxPw1zAAAAHklEQVR4nGNkiDaFAhZVVQMDa2sHB4dAKNPNLdAbAGViBoYN"
            + "+7NkAAAAAElFTkSuQmCC",
        "a48d8ca1f7928bfff8928a9bf8908f");
    checkPng( // grey 53, declared transparent, becomes white
        1,
        "iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAAAAAB+XZokAAAAAnRSTlMANSAgCRsAAAAaSURBVHicY2QwNTU1ZVE1sHZwYFI1"
            + "sHYLBAAYswMT2Fq98AAAAABJRU5ErkJggg==",
        "00ff6a9fd42565a5e5254a95e02b76");
    checkPng(
        1,
        "iVBORw0KGgoAAAANSUhEUgAAAAUAAAADEAAAAAAuzUZnAAAAJUlEQVR4nGNkYBDyFPIU8hT2ZIzOhTCEPBm23TqpfDvn7db/"
            + "/wBxZgsHcT/0NAAAAABJRU5ErkJggg==",
        "00122437495b6d7f92a4b6c8dbedff");
  }

  /// Against the specification: grey of 2 and 4 bits, 16-bit colour, and the transparent colour of
  /// each.
  @Test
  void depthsAndTransparentColours() {
    checkRow(1, "0055aaff", header(4, 1, 2, 0), null, 0, 0x1B);
    checkRow(1, "0055ffff", header(4, 1, 2, 0), new byte[] {0, 2}, 0, 0x1B);
    checkRow(1, "0011ffff", header(4, 1, 4, 0), new byte[] {0, 14}, 0, 0x01, 0xEF);
    checkRow(1, "00ff", header(2, 1, 16, 0), new byte[] {1, 3}, 0, 0, 128, 1, 3);
    checkRow(3, "010203", header(1, 1, 16, 2), null, 0, 1, 0, 2, 0, 2, 131);
    checkRow(3, "ffffff", header(1, 1, 16, 2), new byte[] {1, 0, 2, 0, 3, 1}, 0, 1, 0, 2, 0, 3, 1);
    checkRow(
        3,
        "fffffff8f9fa",
        header(2, 1, 8, 2),
        new byte[] {0, 1, 0, 2, 0, 3},
        0,
        1,
        2,
        3,
        248,
        249,
        250);
    checkRow(
        1, "ff80fe", header(3, 1, 16, 4), null, 0, 9, 9, 0, 0, 0, 0, 127, 127, 255, 0, 255, 255);
    checkRow(3, "0a141e", header(1, 1, 16, 6), null, 0, 10, 10, 20, 20, 30, 30, 255, 255);
  }

  private static void checkRow(
      int channels, String hex, byte[] header, byte[] transparent, int... row) {
    var none = new byte[0];
    var file =
        transparent == null
            ? png("IHDR", header, "IDAT", deflated(row), "IEND", none)
            : png("IHDR", header, "tRNS", transparent, "IDAT", deflated(row), "IEND", none);
    var pixels = HexFormat.of().parseHex(hex);
    assertEquals(
        new Image(1, pixels.length / channels, channels, pixels), Images.read(file, "x.png"));
  }

  /// The platform's reader fails on each of these, or lets it change the pixels.
  @Test
  void whatIsNotPixelsIsSkipped() {
    var none = new byte[0];
    assertEquals(
        new Image(1, 1, 3, new byte[] {1, 2, 3}),
        Images.read(
            png(
                "IHDR",
                header(1, 1, 8, 3),
                "hIST",
                none,
                "iCCP",
                new byte[] {'a', 0},
                "PLTE",
                new byte[] {1, 2, 3},
                "IDAT",
                none,
                "pHYs",
                none,
                "IDAT",
                deflated(0, 0),
                "tRNS",
                new byte[] {0},
                "IEND",
                none),
            "x.png"));
    // A suggested palette of more colours than it may have.
    assertEquals(
        new Image(1, 1, 3, new byte[] {1, 2, 3}),
        Images.read(
            png(
                "IHDR",
                header(1, 1, 8, 2),
                "PLTE",
                new byte[3 * 300],
                "IDAT",
                deflated(0, 1, 2, 3),
                "IEND",
                none),
            "x.png"));
  }

  private static void checkPng(int channels, String base64, String hex) {
    var image = Images.read(Base64.getDecoder().decode(base64), "x.png");
    assertEquals(new Image(3, 5, channels, HexFormat.of().parseHex(hex)), image);
  }

  /// From PIL 12.3: 9×10 pixels, and the CRC-32 of what PIL decodes it to.
  private static final byte[] JPEG =
      Base64.getDecoder()
          .decode(
              "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwz"
                  + "Oko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09P"
                  + "T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wAARCAAJAAoDASIAAhEBAxEB/8QA"
                  + "FgABAQEAAAAAAAAAAAAAAAAAAgQF/8QAJhAAAQMDAgUFAAAAAAAAAAAAAQIDEQASIQQxEyIyNHNhcYGx"
                  + "wv/EABUBAQEAAAAAAAAAAAAAAAAAAAME/8QAHREAAQQCAwAAAAAAAAAAAAAAAQACAwQR8DHR4f/aAAwD"
                  + "AQACEQMRAD8AC+lHCvtBBbSkGQeUARsJlMwcyNs1alhm0WNLtjFrKiI9CAcfJ9zWcz2r3jc/dHW99qPK"
                  + "r7pm1RK8xE8edqeew6u4Bu7hf//Z");

  @Test
  void jpegAsLibjpegDecodesIt() {
    var image = Images.read(JPEG, "x.jpg");
    assertEquals("9×10 RGB", image.toString());
    var crc = new CRC32();
    crc.update(image.pixels());
    assertEquals(0x9453c1ea, (int) crc.getValue());
  }

  @Test
  void progressiveJpeg() throws IOException {
    var image = pattern(40, 30, 3).resize(20, 20);
    var plain = Images.read(encoded(image, "jpeg", false), "x.jpg");
    assertEquals(plain, Images.read(encoded(image, "jpeg", true), "x.jpg"));
  }

  @Test
  void greyJpegKeepsItsValues() throws IOException {
    // Read through getRGB, 100 would come out as another grey.
    var flat = new BufferedImage(16, 16, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < 256; i++) {
      flat.getRaster().setSample(i % 16, i / 16, 0, 100);
    }
    var out = new ByteArrayOutputStream();
    ImageIO.write(flat, "jpeg", out);
    var pixels = new byte[256];
    Arrays.fill(pixels, (byte) 100);
    assertEquals(new Image(16, 16, 1, pixels), Images.read(out.toByteArray(), "grey.jpg"));
  }

  @Test
  void theNameOfTheFileDoesNotMatter() throws IOException {
    var file = dir.resolve("really-png.jpg");
    Images.writePng(pattern(2, 2, 1), file);
    assertEquals(pattern(2, 2, 1), Images.read(file));
  }

  // ---- what is not ----

  private static String error(byte[] bytes, String name) {
    return assertThrows(FoveaException.class, () -> Images.read(bytes, name)).getMessage();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void otherFilesAreNamedForWhatTheyAre() throws IOException {
    assertEquals(
        "cat.png is not an image of a known format (it starts with \"hello wor…\")",
        error(ascii("hello world\n"), "cat.png"));
    assertEquals(
        "cat.png is not an image of a known format (it is empty)", error(new byte[0], "cat.png"));
    assertEquals(
        "cat.png is not an image of a known format (it looks like AVIF: convert it to PNG)",
        error(ascii("1234ftypavif"), "cat.png"));
    assertEquals(
        "cat.png is not an image of a known format (it starts with the bytes 00 01 02 03)",
        error(new byte[] {0, 1, 2, 3, 4}, "cat.png"));
    var missing = dir.resolve("missing.png");
    assertEquals(
        "cannot read " + missing + ": there is no such file",
        assertThrows(FoveaException.class, () -> Images.read(missing)).getMessage());
    var text = Files.writeString(dir.resolve("text.png"), "hello world");
    assertTrue(
        assertThrows(FoveaException.class, () -> Images.read(text))
            .getMessage()
            .startsWith(text + " is not an image of a known format"));
  }

  @Test
  void writingNeedsAFolder() {
    var file = dir.resolve("none").resolve("x.png");
    assertEquals(
        "cannot write " + file + ": its folder does not exist",
        assertThrows(FoveaException.class, () -> Images.writePng(pattern(1, 1, 1), file))
            .getMessage());
  }

  @Test
  void everyTruncationIsNoticed() throws IOException {
    var image = pattern(12, 12, 3);
    for (var whole :
        List.of(
            Images.png(image),
            encoded(image, "png", true),
            encoded(image, "jpeg", false),
            encoded(image, "jpeg", true))) {
      for (int length = 0; length < whole.length; length++) {
        var message = error(Arrays.copyOf(whole, length), "cut.img");
        assertTrue(message.startsWith("cut.img is "), message);
      }
    }
    assertTrue(error(Arrays.copyOf(JPEG, JPEG.length - 20), "cut.jpg").contains("cut short"));
  }

  /// A PNG file of these chunks: type, body, type, body…
  private static byte[] png(Object... chunks) {
    var out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'});
    for (int i = 0; i < chunks.length; i += 2) {
      var body = (byte[]) chunks[i + 1];
      var type = ascii((String) chunks[i]);
      var crc = new CRC32();
      crc.update(type);
      crc.update(body);
      out.writeBytes(ByteBuffer.allocate(4).putInt(body.length).array());
      out.writeBytes(type);
      out.writeBytes(body);
      out.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }
    return out.toByteArray();
  }

  private static byte[] header(int width, int height, int depth, int colour) {
    var header = ByteBuffer.allocate(13).putInt(width).putInt(height);
    return header.put((byte) depth).put((byte) colour).array();
  }

  private static byte[] deflated(int... bytes) {
    var plain = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      plain[i] = (byte) bytes[i];
    }
    var packed = new byte[100 + 2 * plain.length];
    try (var deflater = new Deflater()) {
      deflater.setInput(plain);
      deflater.finish();
      return Arrays.copyOf(packed, deflater.deflate(packed));
    }
  }

  @Test
  void brokenPngs() {
    var none = new byte[0];
    var pixel = deflated(0, 7);
    assertEquals(
        new Image(1, 1, 1, new byte[] {7}),
        Images.read(png("IHDR", header(1, 1, 8, 0), "IDAT", pixel, "IEND", none), "x"));
    checkBroken("pixel data ends in row 0", "IHDR", header(1, 2, 8, 0), "IDAT", deflated(0));
    checkBroken("pixel data breaks off", "IHDR", header(1, 1, 8, 0), "IDAT", new byte[] {9, 9, 9});
    checkBroken("are too few for 1×1", "IHDR", header(1, 1, 8, 0));
    checkBroken("unknown filter 9", "IHDR", header(1, 1, 8, 0), "IDAT", deflated(9, 7));
    checkBroken("needs a palette", "IHDR", header(1, 1, 8, 3), "IDAT", pixel);
    checkBroken(
        "colour 7 of a palette of 2",
        "IHDR",
        header(1, 1, 8, 3),
        "PLTE",
        new byte[6],
        "IDAT",
        pixel);
    checkBroken("declares 0×1", "IHDR", header(1, 0, 8, 0), "IDAT", pixel);
    checkBroken("depth 3 does not exist", "IHDR", header(1, 1, 3, 0), "IDAT", pixel);
    checkBroken("colour type 5", "IHDR", header(1, 1, 8, 5), "IDAT", pixel);
    checkBroken("12 bytes instead of 13", "IHDR", new byte[12]);
    checkBroken("out of place", "IDAT", pixel, "IHDR", header(1, 1, 8, 0));
    checkBroken("no known kind", "IHDR", header(1, 1, 8, 0), "ABCD", none);
    var flipped = png("IHDR", header(1, 1, 8, 0), "IDAT", pixel, "IEND", none);
    flipped[41] ^= 1;
    assertTrue(error(flipped, "x.png").contains("checksum of chunk IDAT at byte 33 is wrong"));
  }

  private static void checkBroken(String expected, Object... chunks) {
    var all = Arrays.copyOf(chunks, chunks.length + 2);
    all[chunks.length] = "IEND";
    all[chunks.length + 1] = new byte[0];
    var message = error(png(all), "x.png");
    assertTrue(message.startsWith("x.png is a damaged PNG image: "), message);
    assertTrue(message.contains(expected), message);
  }

  @Test
  @Timeout(5)
  void hugeHeadersAllocateNothing() {
    var idat = deflated(0, 7);
    assertEquals(
        "huge.png declares 50000×50000 pixels, more than the 100000000 allowed;"
            + " if that is meant, set -Dfovea.maxImagePixels",
        error(png("IHDR", header(50000, 50000, 8, 2), "IDAT", idat), "huge.png"));
    // Within the limit, but not within what so few bytes can unpack to.
    assertTrue(
        error(png("IHDR", header(9999, 9999, 16, 6), "IDAT", idat, "IEND", new byte[0]), "huge.png")
            .contains("are too few for 9999×9999 pixels"));
    var jpeg = JPEG.clone();
    int sof = 0;
    while ((jpeg[sof] & 0xFF) != 0xFF || (jpeg[sof + 1] & 0xFF) != 0xC0) {
      sof++;
    }
    jpeg[sof + 5] = (byte) 0xFF;
    jpeg[sof + 7] = (byte) 0xFF;
    assertTrue(error(jpeg, "huge.jpg").contains("declares 65289×65290 pixels"));
    jpeg[sof + 7] = 0;
    assertTrue(error(jpeg, "huge.jpg").contains("381 bytes are too few for 65289×10 pixels"));
    jpeg[sof + 9] = 4;
    assertTrue(error(jpeg, "huge.jpg").contains("381 bytes are too few for 65289×10 pixels"));
  }

  @Test
  @Timeout(60)
  void damagedFilesNeverSurprise() throws IOException {
    long seed = 20;
    var rng = Rng.of(seed);
    var image = pattern(9, 11, 3);
    var originals =
        List.of(
            Images.png(image),
            encoded(image, "png", true),
            png(
                "IHDR",
                header(3, 2, 2, 3),
                "PLTE",
                new byte[9],
                "tRNS",
                new byte[2],
                "IDAT",
                deflated(1, 0x24, 2, 0x18),
                "IEND",
                new byte[0]),
            encoded(image, "jpeg", false),
            encoded(image, "jpeg", true));
    int read = 0;
    for (int round = 0; round < 8000; round++) {
      var bytes = mutated(originals.get(round % originals.size()), rng);
      try {
        Images.read(bytes, "fuzz");
        read++;
      } catch (FoveaException e) {
        assertTrue(e.getMessage().startsWith("fuzz "), e.getMessage());
      } catch (Throwable e) {
        throw new AssertionError("seed " + seed + ", round " + round, e);
      }
    }
    assertTrue(read > 0, "some mutations are harmless");
  }

  /// A few bytes changed, and at times the end cut off. A PNG file gets its checksums right again
  /// half of the time, or nothing behind them would ever be reached.
  private static byte[] mutated(byte[] original, Rng rng) {
    var bytes = original.clone();
    for (int n = 1 + rng.nextInt(4); n > 0; n--) {
      bytes[rng.nextInt(bytes.length)] = (byte) rng.nextInt(256);
    }
    if (bytes[1] == 'P' && rng.nextInt(2) == 0) {
      var in = ByteBuffer.wrap(bytes);
      for (int at = 8; at + 12 <= bytes.length; ) {
        int length = in.getInt(at);
        if (length < 0 || length > bytes.length - at - 12) {
          break;
        }
        var crc = new CRC32();
        crc.update(bytes, at + 4, length + 4);
        in.putInt(at + 8 + length, (int) crc.getValue());
        at += length + 12;
      }
    }
    return rng.nextInt(4) == 0 ? Arrays.copyOf(bytes, rng.nextInt(bytes.length)) : bytes;
  }

  @Test
  void streamsAreReadToTheirEnd() throws IOException {
    var image = pattern(4, 4, 1);
    assertEquals(image, Images.read(new ByteArrayInputStream(Images.png(image)), "s"));
    assertArrayEquals(Images.png(image), Images.png(image));
  }
}
