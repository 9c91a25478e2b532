package fovea.vision.augment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import fovea.vision.image.Image;
import java.util.HexFormat;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/// Golden values were made with PIL 12.3 (`ImageEnhance`, `ImageOps`; checksums of all samples) and
/// torchvision 0.28 (hue, blur) from the same patterns.
class ColoursTest {

  /// A pattern that a few lines of any language make alike.
  static Image pattern(int height, int width) {
    var pixels = new byte[height * width * 3];
    for (int i = 0; i < pixels.length; i++) {
      int y = i / (3 * width);
      int x = i / 3 % width;
      pixels[i] = (byte) (y * 37 + x * 53 + i % 3 * 91 + y * x * 11);
    }
    return new Image(height, width, 3, pixels);
  }

  private static Image dull() {
    var pixels = pattern(33, 57).pixels().clone();
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) ((pixels[i] & 0xFF) / 3 + 40);
    }
    return new Image(33, 57, 3, pixels);
  }

  private static void check(int crc, Image image) {
    var actual = new CRC32();
    actual.update(image.pixels());
    assertEquals(crc, (int) actual.getValue());
  }

  @Test
  void enhancesAsPil() {
    var image = pattern(33, 57);
    check(0x54efad98, Colours.brightness(image, 0.3));
    check(0x65c2f804, Colours.brightness(image, 1.7));
    check(0x27fb7a2e, Colours.contrast(image, 0.3));
    check(0x629786a0, Colours.contrast(image, 1.7));
    check(0x5cb17c00, Colours.saturation(image, 0.3));
    check(0x894b639e, Colours.saturation(image, 1.7));
    check(0x87b7a1ab, Colours.sharpness(image, 0.3));
    check(0x9462c54d, Colours.sharpness(image, 1.7));
  }

  @Test
  void operatesAsPil() {
    check(0x58e1716e, Colours.posterize(pattern(33, 57), 3));
    check(0x55832fb2, Colours.solarize(pattern(33, 57), 100));
    check(0x29ea9f6d, Colours.autoContrast(dull()));
    check(0x75986b79, Colours.equalize(dull()));
    check(0xb5a8e0db, Colours.invert(pattern(33, 57)));
  }

  @Test
  void turnsHuesAsTorchvision() {
    checkNear("1200b64735eb20c53955fa6e3725db1bc034a50800e54840", Colours.hue(pattern(2, 4), 0.1));
    checkNear("36b6006ceb35c52049fa557e5bdb25c01b44003aa5407ae5", Colours.hue(pattern(2, 4), -0.3));
    checkNear("b65b00eb90357b20c5b055fadb8025761bc000a54a40e58a", Colours.hue(pattern(2, 4), 0.5));
    var grey = pattern(3, 3).toGrey();
    assertSame(grey, Colours.hue(grey, 0.2));
    assertEquals(grey.toRgb(), Colours.hue(grey.toRgb(), 0.2));
  }

  @Test
  void blursAsTorchvision() {
    checkNear(
        "478f895d8a7a847e6e917a7d7b7a8a6b79895796746a8c6f8878738c7683797c876e7d82769a5a818c65"
            + "88767b7f7785787b8076797b918d608e836c827a797a787b77757e747480988174928076887f73857776"
            + "7b767c747a7e8d747e8a7d7b8f847a947a8089757e82767c886d7b857a798f837f977a8a8e7184896e81",
        Colours.blur(pattern(7, 6), 1));
  }

  /// Within a grey level.
  private static void checkNear(String hex, Image image) {
    var expected = HexFormat.of().parseHex(hex);
    assertEquals(expected.length, image.pixels().length);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i] & 0xFF, image.pixels()[i] & 0xFF, 1, "sample " + i);
    }
  }
}
