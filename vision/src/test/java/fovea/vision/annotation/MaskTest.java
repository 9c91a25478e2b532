package fovea.vision.annotation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.array.Rng;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MaskTest {

  /// A mask drawn with `#`.
  private static Mask mask(String... rows) {
    var bits = new BitSet();
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < rows[i].length(); j++) {
        bits.set(i * rows[0].length() + j, rows[i].charAt(j) == '#');
      }
    }
    return Mask.of(rows.length, rows[0].length(), bits);
  }

  private static Mask random(int height, int width, double share, Rng rng) {
    var bits = new BitSet();
    for (int i = 0; i < height * width; i++) {
      bits.set(i, rng.nextDouble() < share);
    }
    return Mask.of(height, width, bits);
  }

  @Test
  void pixelsAndBox() {
    var mask = mask("......", "..##..", "...#..", "......");
    assertEquals(3, mask.count());
    assertTrue(mask.get(1, 2));
    assertFalse(mask.get(2, 2));
    assertEquals(new Box(2, 1, 4, 3), mask.box());
    assertEquals("3 of 4×6 pixels", mask.toString());
    assertThrows(IndexOutOfBoundsException.class, () -> mask.get(4, 0));
    assertThrows(IndexOutOfBoundsException.class, () -> mask.get(0, 6));
    var none = mask("..", "..");
    assertTrue(none.isEmpty());
    assertEquals(new Box(0, 0, 0, 0), none.box());
    assertEquals(List.of(), none.polygons());
    assertEquals(new Box(0, 0, 3, 1), mask("###").box());
    assertEquals(new Box(1, 0, 3, 3), mask("..#", "...", ".#.").box());
  }

  @Test
  void bitsAreCopied() {
    var bits = new BitSet();
    var mask = Mask.of(2, 2, bits);
    bits.set(0);
    mask.bits().set(1);
    assertTrue(mask.isEmpty());
    assertThrows(
        IllegalArgumentException.class, () -> Mask.of(1, 1, BitSet.valueOf(new long[] {2})));
    assertThrows(IllegalArgumentException.class, () -> Mask.of(0, 1, new BitSet()));
    assertThrows(IllegalArgumentException.class, () -> Mask.of(50_000, 50_000, new BitSet()));
  }

  @Test
  void equality() {
    assertEquals(mask("#.", ".#"), mask("#.", ".#"));
    assertEquals(mask("#.", ".#").hashCode(), mask("#.", ".#").hashCode());
    assertNotEquals(mask("#.", ".#"), mask("#..#"));
    assertNotEquals(mask("#.", ".#"), mask("##", ".."));
  }

  @Test
  void intersectionOverUnion() {
    assertEquals(0.25, mask("##..").iou(mask(".###")), 1e-12);
    assertEquals(1, mask("##..").iou(mask("##..")));
    assertEquals(0, mask("##..").iou(mask("..##")));
    assertEquals(0, mask("....").iou(mask("....")));
    var e = assertThrows(IllegalArgumentException.class, () -> mask("##").iou(mask("#")));
    assertTrue(e.getMessage().contains("2 of 1×2 pixels"), e.getMessage());
  }

  @Test
  void polygonsHoldThePixelsWhoseCentresTheyHold() {
    // A triangle whose slope runs through no centre.
    assertEquals(
        mask("#...", "##..", "###.", "####"),
        Mask.ofPolygons(4, 4, List.of(new double[] {0, -0.6, 0, 4, 4.6, 4})));
    // A pixel that is touched but not held.
    assertEquals(
        mask("....", ".##.", "...."),
        Mask.ofPolygons(3, 4, List.of(new double[] {0.6, 0.6, 3.4, 0.6, 3.4, 1.9, 0.6, 1.9})));
    // A centre on an edge belongs to the polygon on its right, so that two neighbours share none.
    var left = Mask.ofPolygons(2, 4, List.of(new double[] {0, 0, 1.5, 0, 1.5, 2, 0, 2}));
    var right = Mask.ofPolygons(2, 4, List.of(new double[] {1.5, 0, 4, 0, 4, 2, 1.5, 2}));
    assertEquals(mask("#...", "#..."), left);
    assertEquals(mask(".###", ".###"), right);
    // Several are united; beyond the image nothing is drawn.
    assertEquals(
        mask("##.", "###"),
        Mask.ofPolygons(
            2,
            3,
            List.of(
                new double[] {-1e9, -1e9, 2, -1e9, 2, 2, -1e9, 2},
                new double[] {1, 1, 7, 1, 7, 1e300, 1, 1e300})));
  }

  @Test
  void polygonsAgreeWithTheRuleOfCentres() {
    var rng = Rng.of(5);
    for (int round = 0; round < 200; round++) {
      var corners = new double[2 * (3 + rng.nextInt(6))];
      for (int i = 0; i < corners.length; i++) {
        corners[i] = rng.nextDouble() * 24 - 4;
      }
      var mask = Mask.ofPolygons(13, 17, List.of(corners));
      for (int i = 0; i < 13; i++) {
        for (int j = 0; j < 17; j++) {
          assertEquals(holds(corners, j + 0.5, i + 0.5), mask.get(i, j));
        }
      }
    }
  }

  /// Whether a ray to the right leaves through an odd number of edges.
  private static boolean holds(double[] corners, double x, double y) {
    boolean inside = false;
    for (int i = 0, j = corners.length - 2; i < corners.length; j = i, i += 2) {
      if (corners[i + 1] > y != corners[j + 1] > y
          && x
              < (corners[j] - corners[i]) * (y - corners[i + 1]) / (corners[j + 1] - corners[i + 1])
                  + corners[i]) {
        inside = !inside;
      }
    }
    return inside;
  }

  @Test
  void badPolygons() {
    var e =
        assertThrows(
            IllegalArgumentException.class,
            () -> Mask.ofPolygons(4, 4, List.of(new double[] {0, 0, 1, Double.NaN, 2, 2})));
    assertEquals("corner 1 of a polygon has the coordinate NaN", e.getMessage());
    assertThrows(
        IllegalArgumentException.class,
        () -> Mask.ofPolygons(4, 4, List.of(new double[] {0, 0, 1, 1})));
    assertThrows(
        IllegalArgumentException.class,
        () -> Mask.ofPolygons(4, 4, List.of(new double[] {0, 0, 1, 1, 2, 2, 3})));
    assertTrue(Mask.ofPolygons(4, 4, List.of(new double[] {1, 1, 1, 1, 1, 1})).isEmpty());
  }

  @Test
  void outlines() {
    assertEquals(1, mask("....", ".##.", ".##.").polygons().size());
    assertArrayEquals(
        new double[] {1, 1, 3, 1, 3, 3, 1, 3}, mask("....", ".##.", ".##.").polygons().getFirst());
    // Pixels that touch at a corner are two things.
    assertEquals(2, mask("#.", ".#").polygons().size());
    // A hole is joined to its surroundings, an island within is a thing of its own.
    assertEquals(1, mask("###", "#.#", "###").polygons().size());
    assertEquals(2, mask("#####", "#...#", "#.#.#", "#...#", "#####").polygons().size());
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.02, 0.2, 0.5, 0.8, 0.98, 1})
  void outlinesAndRunLengthsGiveTheMaskBack(double share) {
    var rng = Rng.of(7).split((long) (100 * share));
    for (int round = 0; round < 60; round++) {
      var mask = random(1 + rng.nextInt(30), 1 + rng.nextInt(30), share, rng);
      var polygons = mask.polygons();
      assertEquals(mask, Mask.ofPolygons(mask.height(), mask.width(), polygons));
      var rle = mask.rle();
      assertEquals(mask, Mask.ofRle(mask.height(), mask.width(), rle));
      assertEquals(mask, Mask.ofCompressedRle(mask.height(), mask.width(), mask.compressedRle()));
    }
  }

  @Test
  void runLengthsGoDownTheColumns() {
    var mask = mask(".#.", "..#", "##.");
    assertArrayEquals(new int[] {2, 2, 1, 1, 1, 1, 1}, mask.rle());
    // By hand after `rleToString`: from the fourth on the difference to the length before the last.
    assertEquals("221O000", mask.compressedRle());
    assertArrayEquals(new int[] {0, 1, 1, 1, 2, 1}, mask("##.", "..#").rle());
    assertEquals("011010", mask("##.", "..#").compressedRle());
  }

  /// A blob of 50×69 pixels that pycocotools packed, from the documentation of a port of its
  /// decoder.
  @Test
  void runLengthsThatPycocotoolsPacked() {
    var packed =
        "0g05b08J4M2N2NA^O1`0OCO=0E090H080IO68DH;>@C>a0_O_O`0j0OWOF<:CM72I24NL43JM92FN;1ENKO72L0LO91J0MO92INO0NO122OO0M031O000NO31OO11MO40N011MO41MO21L06OL021L06OL021L06OL021L060J040L060J040L060J040L060J040L060J040L060KO31L060KO31L06OL021L06OL021L06OL021MO41MO21MO40N100NO310O00M0310O00NO1220NO92IONO91KOMO72M0<1EO:2GN63KM34OLM73JF<;=1G_O_Ob0=AC`07EH=1IO71H090F0:1DO>1_O1b0>2N2N3L6H]O";
    var mask = Mask.ofCompressedRle(50, 69, packed);
    assertEquals(packed, mask.compressedRle());
    assertEquals(mask, Mask.ofPolygons(50, 69, mask.polygons()));
  }

  @Test
  void badRunLengths() {
    assertThrows(IllegalArgumentException.class, () -> Mask.ofRle(2, 2, 1, 2));
    assertThrows(IllegalArgumentException.class, () -> Mask.ofRle(2, 2, 5));
    assertThrows(IllegalArgumentException.class, () -> Mask.ofRle(2, 2, 6, -2));
    assertThrows(
        IllegalArgumentException.class,
        () -> Mask.ofRle(2, 2, Integer.MAX_VALUE, Integer.MAX_VALUE, 6));
    for (var packed : List.of("", "\u0001", "P", "PPPPPPPPPPPPPPPPPPPP", "é", "00000O")) {
      assertThrows(
          IllegalArgumentException.class, () -> Mask.ofCompressedRle(3, 3, packed), packed);
    }
  }
}
