package fovea.vision.augment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.array.Rng;
import fovea.vision.image.Image;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WarpTest {

  @Test
  void mapsComposeAndInvert() {
    var h =
        Homography.rotation(30)
            .about(5, 7)
            .then(Homography.scaling(2, 0.5))
            .then(Homography.ofCorners(10, 20, 1, 2, 9, 1, 8, 19, -1, 18));
    var back = h.then(h.inverse());
    assertEquals(3, back.x(3, 4), 1e-9);
    assertEquals(4, back.y(3, 4), 1e-9);
    var corners = Homography.ofCorners(10, 20, 1, 2, 9, 1, 8, 19, -1, 18);
    assertEquals(8, corners.x(10, 20), 1e-9);
    assertEquals(19, corners.y(10, 20), 1e-9);
    assertEquals(-1, corners.x(0, 20), 1e-9);
    assertTrue(Homography.affine(-1, 0, 3, 0, 1, 0).mirrors());
    assertThrows(IllegalArgumentException.class, () -> Homography.scaling(1, 0).inverse());
  }

  @Test
  void wholePixelsKeepTheirValues() {
    var image = ColoursTest.pattern(4, 5);
    var quarter = Warp.identity(4, 5).then(Homography.translation(2, -1), 4, 5);
    var moved = quarter.apply(image, Border.ZERO);
    assertEquals(at(image, 2, 0, 1), at(moved, 1, 2, 1));
    assertEquals(0, at(moved, 3, 4, 0));
    assertEquals(0, at(moved, 0, 1, 2));
    var flipped = Warp.identity(4, 5).then(Homography.affine(-1, 0, 5, 0, -1, 4), 4, 5);
    assertEquals(at(image, 0, 0, 2), at(flipped.apply(image, Border.ZERO), 3, 4, 2));
    assertThrows(
        IllegalArgumentException.class,
        () -> quarter.apply(ColoursTest.pattern(5, 4), Border.ZERO));
  }

  private static int at(Image image, int row, int column, int channel) {
    return image.pixels()[(row * image.width() + column) * image.channels() + channel] & 0xFF;
  }

  @ParameterizedTest
  @EnumSource
  void movingByWholePixelsIsWhatSamplingGives(Border border) {
    var image = ColoursTest.pattern(6, 5);
    for (int dx = -7; dx <= 7; dx += 2) {
      for (var mirror : new int[] {1, -1}) {
        var h = Homography.affine(mirror, 0, mirror > 0 ? dx : 5 + dx, 0, 1, 3);
        var exact = Warp.identity(6, 5).then(h, 9, 8).apply(image, border);
        // A trifle beside, so that the general way is taken.
        var slant = h.then(Homography.affine(1, 1e-7, 0, 1e-7, 1, 0));
        var sampled = Warp.identity(6, 5).then(slant, 9, 8).apply(image, border);
        for (int i = 0; i < exact.pixels().length; i++) {
          assertEquals(exact.pixels()[i] & 0xFF, sampled.pixels()[i] & 0xFF, 1, border + " " + i);
        }
      }
    }
  }

  @Test
  void bordersAreThoseOfNumPy() {
    // np.pad(range(4), 6, mode="reflect") and "edge"
    int[] reflected = {0, 1, 2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1, 2, 3};
    for (int i = 0; i < 16; i++) {
      assertEquals(reflected[i], Border.REFLECT.index(i - 6, 4));
      assertEquals(Math.clamp(i - 6, 0, 3), Border.EDGE.index(i - 6, 4));
    }
    assertEquals(0, Border.REFLECT.index(-9, 1));
    assertEquals(-1, Border.ZERO.index(4, 4));
  }

  @Test
  void aPartIsPilsResizeOfIt() {
    var image = ColoursTest.pattern(20, 30);
    var cut = Warp.identity(20, 30).then(Homography.translation(-3, -5), 12, 16).resized(8, 8);
    assertEquals(image.resize(3, 5, 19, 17, 8, 8), cut.apply(image, Border.ZERO));
    var mirrored =
        Warp.identity(20, 30).then(Homography.affine(-1, 0, 30, 0, 1, 0), 20, 30).resized(7, 9);
    var expected = image.resize(7, 9);
    var actual = mirrored.apply(image, Border.ZERO);
    for (int x = 0; x < 9; x++) {
      assertEquals(at(expected, 3, x, 1), at(actual, 3, 8 - x, 1));
    }
  }

  /// PIL 12.3: `Image.transform((6, 5), AFFINE, …, BILINEAR)` of the inverse of this map, for
  /// pixels whose neighbours all lie in the image. PIL and this round differently: within one grey
  /// level.
  @Test
  void turnsAsPil() {
    var image = ColoursTest.pattern(12, 14);
    var h = Homography.rotation(20).about(7, 6).then(Homography.translation(-4, -3));
    var actual = Warp.identity(12, 14).then(h, 5, 6).apply(image, Border.ZERO);
    var expected =
        HexFormat.of()
            .parseHex(
                "882f89546da04a968f7ab8359b5b5a7bd57c9a9859848665a27a7a9263b3708aaa5aa092ae2b697d62b36374cf"
                    + "8e328d609898c8938c4481985d95957e297d4473b151ac9179cf4ca47d6f6a9a7953ae7f55b08954af863a9590");
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i] & 0xFF, actual.pixels()[i] & 0xFF, 1, "sample " + i);
    }
  }

  @Test
  void shrinkingSmooths() {
    // A chess board of single pixels, turned a little and shrunk to a quarter, is grey.
    var pixels = new byte[64 * 64];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) ((i + i / 64) % 2 == 0 ? 255 : 0);
    }
    var warp =
        Warp.identity(64, 64).then(Homography.rotation(10).about(32, 32), 64, 64).resized(16, 16);
    var small = warp.apply(new Image(64, 64, 1, pixels), Border.REFLECT);
    for (int i = 5; i < 11; i++) {
      assertEquals(127.5, small.pixels()[i * 16 + i] & 0xFF, 40);
    }
  }

  @Test
  void bendsHaveAWayBack() {
    var bend = Displacement.random(40, 50, 60, 4, Rng.of(5));
    double far = 0;
    for (double y = 3; y < 40; y += 5) {
      for (double x = 2; x < 50; x += 7) {
        var there = bend.forward(x, y);
        double[] xs = {there[0]};
        double[] ys = {there[1]};
        bend.back(xs, ys);
        assertArrayEquals(new double[] {x, y}, new double[] {xs[0], ys[0]}, 1e-3);
        far = Math.max(far, Math.hypot(there[0] - x, there[1] - y));
      }
    }
    assertTrue(far > 1, "it moves at most " + far);
  }
}
