package fovea.vision.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HexFormat;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/// Golden values were made with PIL 12.3 from the same pattern.
class ImageTest {

  /// A pattern that a few lines of any language make alike.
  static Image pattern(int height, int width, int channels) {
    var pixels = new byte[height * width * channels];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        for (int c = 0; c < channels; c++) {
          pixels[(y * width + x) * channels + c] = (byte) (y * 37 + x * 53 + c * 91 + y * x * 11);
        }
      }
    }
    return new Image(height, width, channels, pixels);
  }

  @Test
  void sizesMustFit() {
    for (var bad : new int[][] {{0, 1, 1, 0}, {1, -1, 1, 1}, {1, 1, 2, 2}, {2, 2, 3, 11}}) {
      assertThrows(
          IllegalArgumentException.class,
          () -> new Image(bad[0], bad[1], bad[2], new byte[bad[3]]));
    }
    // 2³² samples: the product must not wrap around to the length of the array.
    assertThrows(IllegalArgumentException.class, () -> new Image(1 << 16, 1 << 16, 1, new byte[0]));
  }

  @Test
  void equalByContent() {
    assertEquals(pattern(2, 3, 3), pattern(2, 3, 3));
    assertEquals(pattern(2, 3, 3).hashCode(), pattern(2, 3, 3).hashCode());
    assertNotEquals(pattern(2, 3, 1), pattern(3, 2, 1));
    assertNotEquals(pattern(2, 3, 1), new Image(2, 3, 1, new byte[6]));
    assertEquals("2×3 RGB", pattern(2, 3, 3).toString());
  }

  @Test
  void greyIsLuma() {
    var grey =
        new int[] {
          74, 127, 151, 204, 107, 83, 136, 111, 146, 60, 124, 111, 146, 60, 119, 194, 119, 117, 163,
          88, 86, 156, 92, 101, 158, 94, 103, 160, 193, 140, 131, 78, 98, 166, 113
        };
    var pixels = pattern(5, 7, 3).toGrey().pixels();
    assertEquals(grey.length, pixels.length);
    for (int i = 0; i < grey.length; i++) {
      assertEquals(grey[i], pixels[i] & 0xFF);
    }
    var already = pattern(2, 2, 1);
    assertSame(already, already.toGrey());
  }

  @Test
  void rgbRepeatsGrey() {
    var rgb = new Image(1, 2, 1, new byte[] {5, (byte) 200}).toRgb();
    assertEquals(new Image(1, 2, 3, new byte[] {5, 5, 5, -56, -56, -56}), rgb);
    assertSame(rgb, rgb.toRgb());
  }

  @Test
  void resizesAsPil() {
    var image = pattern(5, 7, 3);
    checkResize(
        image, 3, 4, "2e84a9888b5b867692526d996fa84590698c75867c646280a996647776666f6887838c6f");
    checkResize(image, 1, 1, "777d7a");
    checkResize(
        image,
        5,
        3,
        "2d88ad90af64476cc75c806d9a4f8c6e6e5b8aae40768696705e82826f6f718172608484b09e667b5d6d878674");
    checkResize(
        image,
        2,
        7,
        "25809565b46c99515b9f918f767495597a6c5f51a16fca31c5667b6176807d7b6d7668896384827f7d6f");
    assertSame(image, image.resize(5, 7));
  }

  private static void checkResize(Image image, int height, int width, String hex) {
    var resized = image.resize(height, width);
    assertEquals(height, resized.height());
    assertEquals(width, resized.width());
    assertArrayEquals(HexFormat.of().parseHex(hex), resized.pixels());
  }

  @Test
  void resizesLargerImagesAsPil() {
    // height, width, channels → height, width: CRC-32 of the samples
    int[][] cases = {
      {64, 48, 3, 20, 31, 0x0cd01a5f},
      {28, 28, 1, 32, 32, 0x0552f97b},
      {33, 57, 3, 100, 200, 0x3ee34f74},
      {480, 320, 3, 224, 224, 0xf053ab18},
      {224, 224, 1, 7, 7, 0xffaf2332},
      {3, 1000, 3, 9, 17, 0x7bdb2872},
      {1, 1, 3, 5, 4, 0x584d356e},
    };
    for (var c : cases) {
      var crc = new CRC32();
      crc.update(pattern(c[0], c[1], c[2]).resize(c[3], c[4]).pixels());
      assertEquals(c[5], (int) crc.getValue(), () -> c[0] + "×" + c[1] + " → " + c[3] + "×" + c[4]);
    }
  }

  @Test
  void resizeNeedsAPixel() {
    assertThrows(IllegalArgumentException.class, () -> pattern(2, 2, 1).resize(0, 5));
  }
}
