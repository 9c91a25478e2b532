package fovea.vision.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.FoveaException;
import fovea.core.array.Rng;
import fovea.vision.image.Image;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WhiteningTest {
  private static final int VALUES = 3 * 3 * 2;

  @TempDir private Path folder;

  /// Colour images of 3×2 whose values depend on each other: a common brightness, and noise.
  private static Dataset images(int n) {
    var images = new ArrayList<Image>();
    for (int i = 0; i < n; i++) {
      var rng = Rng.of(5).split(i);
      int brightness = rng.nextInt(150);
      var pixels = new byte[VALUES];
      for (int p = 0; p < VALUES; p++) {
        pixels[p] = (byte) (brightness + rng.nextInt(90) + (p % 3 == 1 ? 10 : 0));
      }
      images.add(new Image(3, 2, 3, pixels));
    }
    return Dataset.of("noise", List.of("one"), images, new int[n]);
  }

  private static double[][] values(Preprocessing p, Dataset data) {
    var all = new double[data.size()][];
    for (int i = 0; i < all.length; i++) {
      all[i] = p.tensor(data.image(i)).toDoubles();
    }
    return all;
  }

  @ParameterizedTest
  @EnumSource(
      value = Scaling.class,
      names = {"PCA", "ZCA"})
  void valuesAreUncorrelated(Scaling scaling) {
    var data = images(1200);
    var x = values(Preprocessing.of(data, 3, 3, 2, scaling), data);
    for (int a = 0; a < VALUES; a++) {
      for (int b = 0; b <= a; b++) {
        double mean = 0;
        double product = 0;
        for (var image : x) {
          mean += image[a] / x.length;
          product += image[a] * image[b] / x.length;
        }
        assertEquals(0, mean, 1e-4);
        if (a == b) {
          // λ/(λ + ε): the least of the eigenvalues is about a tenth of the mean.
          assertTrue(product > 0.85 && product <= 1, "variance " + product);
        } else {
          assertEquals(0, product, scaling == Scaling.PCA ? 1e-4 : 0.05);
        }
      }
    }
  }

  @Test
  void zcaStaysNearTheImageAndPcaDoesNot() {
    var data = images(600);
    var plain = values(Preprocessing.of(data, 3, 3, 2, Scaling.STANDARDIZE), data);
    assertTrue(
        likeness(plain, values(Preprocessing.of(data, 3, 3, 2, Scaling.ZCA), data)) > 0.5, "ZCA");
    assertTrue(
        likeness(plain, values(Preprocessing.of(data, 3, 3, 2, Scaling.PCA), data)) < 0.4, "PCA");
  }

  private static double likeness(double[][] a, double[][] b) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      for (int v = 0; v < VALUES; v++) {
        ab += a[i][v] * b[i][v];
        aa += a[i][v] * a[i][v];
        bb += b[i][v] * b[i][v];
      }
    }
    return Math.abs(ab) / Math.sqrt(aa * bb);
  }

  @Test
  void isKeptInAFile() {
    var data = images(100);
    var p = Preprocessing.of(data, 3, 3, 2, Scaling.ZCA);
    p.whitening().write(folder);
    var again = p.whitening(Whitening.read(folder, VALUES));
    assertArrayEquals(p.tensor(data.image(3)).toFloats(), again.tensor(data.image(3)).toFloats());
    var e = assertThrows(FoveaException.class, () -> Whitening.read(folder, 12));
    assertTrue(e.getMessage().contains("is not the whitening of images of 12"), e.getMessage());
    assertThrows(FoveaException.class, () -> Whitening.read(folder.resolve("none"), 12));
  }

  @Test
  void largeImagesAreRefusedAtOnce() {
    var e =
        assertThrows(
            FoveaException.class, () -> Preprocessing.of(images(2), 3, 64, 64, Scaling.ZCA));
    assertTrue(e.getMessage().contains("12,288 × 12,288"), e.getMessage());
    assertThrows(FoveaException.class, () -> Preprocessing.of(images(1), 3, 3, 2, Scaling.PCA));
  }

  @Test
  void whatElseIsDoneToValues() {
    var data = images(50);
    assertEquals(Preprocessing.plain(3, 3, 2), Preprocessing.of(data, 3, 3, 2, Scaling.SCALE));
    var centred = Preprocessing.of(data, 3, 3, 2, Scaling.CENTER);
    var standardised = Preprocessing.of(data, 3, 3, 2);
    assertEquals(List.of(1f, 1f, 1f), centred.deviation());
    assertEquals(standardised.mean(), centred.mean());
    assertNull(standardised.whitening());
    assertEquals(Scaling.STANDARDIZE, standardised.scaling());
    assertEquals("zca", Scaling.ZCA.toString());
  }

  @Test
  void imagesThatAreAllAlikeStayZeros() {
    var one = new Image(3, 2, 3, new byte[VALUES]);
    var data = Dataset.of("same", List.of("one"), List.of(one, one, one), 0, 0, 0);
    for (double v : Preprocessing.of(data, 3, 3, 2, Scaling.ZCA).tensor(one).toDoubles()) {
      assertEquals(0, v);
    }
  }
}
