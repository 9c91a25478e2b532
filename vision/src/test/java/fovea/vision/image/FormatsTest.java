package fovea.vision.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.FoveaException;
import fovea.core.array.Rng;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Formats and forms of files that are rarer than plain PNG and JPEG.
class FormatsTest {
  /// 8×8 pixels of four inks, written by PIL 12.3.
  private static final byte[] CMYK =
      Base64.getDecoder()
          .decode(
              "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwACAQEBAQECAQEBAgICAgIEAwICAgIFBAQDBAYFBgYGBQYGBgcJCAYHCQcGBggLCAkKCgoKCgYICwwLCgwJCgoK/8AAFAgACAAIBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBNAFkASwAAPwDvP+Dkf/mP/wDbX+td5/xEj/8AU+/+TP8A9eo6/Rz9pL9pL/j4/wBP9f4q/9k=");

  /// 8×8 and 16×16 pixels of colour, lossless and lossy, written by PIL 12.3.
  private static final byte[] WEBP_LOSSLESS =
      Base64.getDecoder()
          .decode("UklGRi4AAABXRUJQVlA4TCIAAAAvB8ABALkyRPQ/dhHR/wBhtlFRzp9zryMYkAGMCaB6oP8A");

  private static final byte[] WEBP =
      Base64.getDecoder()
          .decode(
              "UklGRm4AAABXRUJQVlA4IGIAAADQAgCdASoQABAAAMASJbACdLcApQHyAbwAMQAiL7xQAP7/zaOlhe+o/2HKEANwyrcb/8x7QFDoYBevfuDcpjqVHRWZ/9wx2Bxv1yomn1NQX3WuKf/y4zi1P/NvuLImZ/gAAA==");

  private static void assertPixel(Image image, int row, int column, int... rgb) {
    for (int c = 0; c < 3; c++) {
      int value = image.pixels()[(row * image.width() + column) * 3 + c] & 0xFF;
      assertEquals(rgb[c], value, 1, () -> image + " at " + row + ", " + column);
    }
  }

  /// The values are those of PIL's `convert("RGB")`.
  @Test
  void inks() {
    var image = Images.read(CMYK, "cmyk");
    assertEquals("8×8 RGB", image.toString());
    assertPixel(image, 0, 0, 255, 255, 127);
    assertPixel(image, 0, 7, 24, 199, 99);
    assertPixel(image, 7, 0, 199, 24, 99);
    assertPixel(image, 7, 7, 17, 17, 71);
    assertPixel(image, 3, 4, 99, 124, 99);
  }

  /// The same file, said to be YCCK by Adobe's marker; the values are PIL's.
  @Test
  void lumaChromaAndBlack() {
    var file = CMYK.clone();
    file[17] = 2;
    var image = Images.read(file, "ycck");
    assertPixel(image, 0, 0, 1, 43, 0);
    assertPixel(image, 0, 7, 176, 199, 0);
    assertPixel(image, 7, 0, 1, 0, 134);
    assertPixel(image, 7, 7, 126, 107, 143);
    assertPixel(image, 3, 4, 101, 108, 57);
  }

  @Test
  void webp() {
    var image = Images.read(WEBP_LOSSLESS, "webp");
    assertEquals("8×8 RGB", image.toString());
    assertPixel(image, 0, 7, 224, 0, 128);
    assertPixel(image, 7, 0, 0, 224, 128);
    assertPixel(image, 3, 4, 128, 96, 128);
    // Decoders of the lossy form may differ in how they enlarge chroma: within a few levels of PIL.
    var lossy = Images.read(WEBP, "webp");
    assertEquals("16×16 RGB", lossy.toString());
    assertEquals(97, lossy.pixels()[(7 * 16 + 7) * 3] & 0xFF, 8);
    assertEquals(97, lossy.pixels()[(7 * 16 + 7) * 3 + 1] & 0xFF, 8);
  }

  private static byte[] encoded(BufferedImage image, String format) {
    try {
      var out = new ByteArrayOutputStream();
      assertTrue(ImageIO.write(image, format, out));
      return out.toByteArray();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static BufferedImage colours(int type) {
    var image = new BufferedImage(5, 3, type);
    for (int y = 0; y < 3; y++) {
      for (int x = 0; x < 5; x++) {
        image.setRGB(x, y, 0xFF000000 | (x * 60) << 16 | (y * 100) << 8 | 7);
      }
    }
    return image;
  }

  @ParameterizedTest
  @ValueSource(strings = {"bmp", "tiff"})
  void losslessFormats(String format) {
    var image = Images.read(encoded(colours(BufferedImage.TYPE_INT_RGB), format), format);
    assertEquals("3×5 RGB", image.toString());
    assertPixel(image, 2, 4, 240, 200, 7);
    var grey = new BufferedImage(5, 3, BufferedImage.TYPE_BYTE_GRAY);
    grey.getRaster().setSample(4, 2, 0, 77);
    var read = Images.read(encoded(grey, format), format);
    assertEquals(77, read.pixels()[read.pixels().length - 1]);
  }

  @Test
  void gif() {
    var image = Images.read(encoded(colours(BufferedImage.TYPE_BYTE_INDEXED), "gif"), "gif");
    assertEquals("3×5 RGB", image.toString());
  }

  @Test
  void tiffOf16Bits() {
    var deep = new BufferedImage(2, 1, BufferedImage.TYPE_USHORT_GRAY);
    deep.getRaster().setSample(0, 0, 0, 65535);
    deep.getRaster().setSample(1, 0, 0, 0x8080);
    var image = Images.read(encoded(deep, "tiff"), "tiff");
    assertEquals(new Image(1, 2, 1, new byte[] {(byte) 255, (byte) 128}), image);
  }

  private static byte[] exif(ByteOrder order, int orientation) {
    var block = ByteBuffer.allocate(26).order(order);
    block.putShort((short) (order == ByteOrder.BIG_ENDIAN ? 0x4D4D : 0x4949)).putShort((short) 42);
    block.putInt(8).putShort((short) 1);
    block.putShort((short) 0x0112).putShort((short) 3).putInt(1).putShort((short) orientation);
    return block.array();
  }

  private static byte[] withExif(byte[] jpeg, byte[] exif) {
    var out = ByteBuffer.allocate(jpeg.length + 10 + exif.length);
    out.put(jpeg, 0, 2).putShort((short) 0xFFE1).putShort((short) (8 + exif.length));
    out.put("Exif\0\0".getBytes(StandardCharsets.US_ASCII)).put(exif);
    return out.put(jpeg, 2, jpeg.length - 2).array();
  }

  /// Where the corner of a 16×24 image goes that was dark at the top left.
  @Test
  void orientation() {
    var upright = new BufferedImage(24, 16, BufferedImage.TYPE_BYTE_GRAY);
    for (int y = 0; y < 16; y++) {
      for (int x = 0; x < 24; x++) {
        // Top left black, top right 80, bottom left 160, bottom right 240.
        upright.getRaster().setSample(x, y, 0, (x < 8 ? 0 : 80) + (y < 8 ? 0 : 160));
      }
    }
    var jpeg = encoded(upright, "jpeg");
    // Top left, top right, bottom left, bottom right as shown; Exif 2.32, §4.6.4.
    var corners =
        List.of(
            new int[] {0, 80, 160, 240},
            new int[] {80, 0, 240, 160},
            new int[] {240, 160, 80, 0},
            new int[] {160, 240, 0, 80},
            new int[] {0, 160, 80, 240},
            new int[] {160, 0, 240, 80},
            new int[] {240, 80, 160, 0},
            new int[] {80, 240, 0, 160});
    for (int o = 1; o <= 8; o++) {
      for (var order : List.of(ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN)) {
        var image = Images.read(withExif(jpeg, exif(order, o)), "turned");
        assertEquals(o <= 4 ? "16×24 grey" : "24×16 grey", image.toString());
        var p = image.pixels();
        int last = image.width() - 1;
        var seen = new int[] {p[0], p[last], p[p.length - 1 - last], p[p.length - 1]};
        for (int i = 0; i < 4; i++) {
          assertEquals(corners.get(o - 1)[i], seen[i] & 0xFF, 3, "orientation " + o);
        }
      }
    }
    var plain = Images.read(jpeg, "plain");
    assertEquals(plain, Images.read(withExif(jpeg, exif(ByteOrder.BIG_ENDIAN, 9)), "9"));
    assertEquals(plain, Images.read(withExif(jpeg, new byte[3]), "short"));
    var damaged = exif(ByteOrder.BIG_ENDIAN, 6);
    damaged[4] = 0x7F; // the first directory lies beyond the end
    assertEquals(plain, Images.read(withExif(jpeg, damaged), "damaged"));
  }

  @Test
  void labelsKeepTheirNumbers() {
    var indices = new Indices(1, 3, new int[] {2, 0, 1}, List.of(0xFF0000, 0x00FF00, 0x0000FF));
    var file = Images.png(indices);
    var read = Images.readIndices(file, "labels");
    assertNotNull(read);
    assertArrayEquals(indices.values(), read.values());
    assertEquals(indices.palette(), read.palette());
    assertPixel(Images.read(file, "labels"), 0, 0, 0, 0, 255);
    var grey = Images.readIndices(Images.png(new Image(1, 2, 1, new byte[] {3, -1})), "grey");
    assertNotNull(grey);
    assertArrayEquals(new int[] {3, 255}, grey.values());
    assertEquals(List.of(), grey.palette());
    var deep = new BufferedImage(2, 1, BufferedImage.TYPE_USHORT_GRAY);
    deep.getRaster().setSample(1, 0, 0, 1000);
    var numbers = Images.readIndices(encoded(deep, "png"), "deep");
    assertNotNull(numbers);
    assertArrayEquals(new int[] {0, 1000}, numbers.values());
    assertNull(Images.readIndices(Images.png(new Image(1, 1, 3, new byte[3])), "colour"));
    assertNull(Images.readIndices(CMYK, "jpeg"));
    assertThrows(
        IllegalArgumentException.class,
        () -> Images.png(new Indices(1, 1, new int[] {3}, indices.palette())));
  }

  @Test
  @Timeout(120)
  void damagedFilesNeverSurprise() {
    var rng = Rng.of(3);
    var originals =
        List.of(
            encoded(colours(BufferedImage.TYPE_INT_RGB), "bmp"),
            encoded(colours(BufferedImage.TYPE_BYTE_INDEXED), "gif"),
            encoded(colours(BufferedImage.TYPE_INT_RGB), "tiff"),
            WEBP,
            WEBP_LOSSLESS,
            CMYK);
    int read = 0;
    for (int round = 0; round < 3000; round++) {
      var bytes = originals.get(round % originals.size()).clone();
      for (int n = rng.nextInt(4); n > 0; n--) {
        bytes[rng.nextInt(bytes.length)] = (byte) rng.nextInt(256);
      }
      if (rng.nextInt(3) == 0) {
        bytes = Arrays.copyOf(bytes, rng.nextInt(bytes.length));
      }
      try {
        Images.read(bytes, "fuzz");
        read++;
      } catch (FoveaException e) {
        assertTrue(e.getMessage().startsWith("fuzz "), e.getMessage());
      } catch (Throwable e) {
        throw new AssertionError("round " + round, e);
      }
    }
    assertTrue(read > 0);
  }

  @Test
  void hugeSizesAreRefusedByTheirHeader() {
    var webp = WEBP_LOSSLESS.clone();
    Arrays.fill(webp, 21, 24, (byte) 0xFF); // width and height in 14 bits each
    webp[24] |= 0x0F;
    var e = assertThrows(FoveaException.class, () -> Images.read(webp, "huge"));
    assertTrue(e.getMessage().contains("16384×16384 pixels, more than"), e.getMessage());
  }
}
