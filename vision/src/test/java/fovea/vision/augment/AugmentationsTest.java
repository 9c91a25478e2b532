package fovea.vision.augment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.FoveaException;
import fovea.core.array.Rng;
import fovea.vision.annotation.Annotations;
import fovea.vision.augment.Sample.Share;
import fovea.vision.image.Image;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AugmentationsTest {
  private static Sample nobody(Rng rng) {
    throw new AssertionError("nothing is mixed, but " + rng.nextBits() + " was drawn");
  }

  private static Sample sample(int seed, int label) {
    var pixels = new byte[24 * 20 * 3];
    var rng = Rng.of(seed);
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) rng.nextInt(256);
    }
    return Sample.of(new Image(24, 20, 3, pixels), Annotations.NONE, label);
  }

  private static Sample apply(String text, long seed) {
    return Augmentations.parse(text)
        .apply(sample(1, 0), 16, 12, List.of(), Rng.of(seed), rng -> sample(2 + rng.nextInt(5), 1));
  }

  static List<String> names() {
    return Augmentations.names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyStepKeepsSizeAndRepeatsItself(String text) {
    var seen = new HashSet<Image>();
    for (int seed = 0; seed < 40; seed++) {
      var result = apply(text, seed);
      assertEquals("16×12 RGB", result.image().toString());
      assertEquals(result, apply(text, seed), "the same seed");
      assertEquals(1, result.labels().stream().mapToDouble(Share::share).sum(), 1e-9);
      seen.add(result.image());
    }
    assertTrue(text.startsWith("crop") || seen.size() > 1, "always the same");
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyStepTakesGreyAndTinyImages(String text) {
    var grey = Sample.of(new Image(1, 1, 1, new byte[] {77}), Annotations.NONE, 0);
    for (int seed = 0; seed < 4; seed++) {
      var result = Augmentations.parse(text).apply(grey, 0, 0, List.of(), Rng.of(seed), _ -> grey);
      assertEquals("1×1 grey", result.image().toString());
    }
  }

  @Test
  void textIsReadBack() {
    for (var name : Augmentations.names()) {
      var one = Augmentations.parse(name);
      assertEquals(one, Augmentations.parse(one.toString()));
    }
    var all = Augmentations.parse("crop:pad=4+flip+rotate:15+rotate:20,p=0.25+border:reflect");
    assertEquals("border:reflect+crop:pad=4+flip+rotate+rotate:degrees=20,p=0.25", all.toString());
    assertEquals(all, Augmentations.parse(all.toString()));
    assertEquals(new Geometric.Rotate(20, 0.25), all.steps().get(3));
    assertEquals(Augmentations.NONE, Augmentations.parse("none"));
    assertEquals("none", Augmentations.NONE.toString());
    assertEquals("crop:pad=4+flip+cutout", Augmentations.parse("cifar+cutout").toString());
  }

  @Test
  void wrongTextIsExplained() {
    checkError("flipp", "no augmentation is called \"flipp\"; did you mean flip?");
    checkError(
        "flip++grey", "a step is missing in \"flip++grey\"; write them as in crop:pad=4+flip");
    checkError("rotate:angle=3", "rotate has no option \"angle\", but degrees, p");
    checkError("rotate:much", "rotate: degrees is a number, not \"much\"");
    checkError("crop:1.5", "crop: height is a whole number, not \"1.5\"");
    checkError("flip:0.5,1", "flip has p, so \"1\" is one too many");
    checkError(
        "rotate:degrees=3,4",
        "rotate: \"4\" needs a name, as do all options after one with a name; there is degrees, p");
    checkError("flip:2", "flip: p lies in [0, 1], not at 2");
    checkError("scale:2,1", "scale: factors go from above 0 to at most 100, not from 2 to 1");
    checkError(
        "erase:0", "erase: shares of the area go from above 0 to at most 1, not from 0 to 0.33");
    checkError("mixup:0", "mixup: alpha lies above 0 and at most at 100, not at 0");
    checkError("cifar:3", "cifar has no options, but \"cifar:3\" gives it some");
    checkError("border:mirror", "no border is called \"mirror\"; known: zero, edge, reflect");
    checkError("rotate:NaN", "rotate: degrees lies in [0, 180], not at NaN");
    Augmentation own = (plan, rng) -> {};
    var e = assertThrows(FoveaException.class, () -> Augmentations.of(own).toString());
    assertTrue(e.getMessage().contains("has no name as text"), e.getMessage());
  }

  private static void checkError(String text, String message) {
    var e = assertThrows(FoveaException.class, () -> Augmentations.parse(text));
    assertEquals(message, e.getMessage());
  }

  @Test
  void theCifarRecipeIsAPartOfThePaddedImagePerhapsMirrored() {
    var image = sample(3, 0).image();
    var places = new HashSet<Integer>();
    for (int seed = 0; seed < 200; seed++) {
      var result =
          Augmentations.parse("cifar")
              .apply(
                  Sample.of(image, Annotations.NONE),
                  24,
                  20,
                  List.of(),
                  Rng.of(seed),
                  AugmentationsTest::nobody)
              .image();
      places.add(place(image, result));
    }
    assertTrue(places.size() > 100, places.size() + " of 162 places in 200 draws");
  }

  /// Where in the padded image a part comes from; fails if it does not.
  private static int place(Image image, Image part) {
    for (int place = 0; place < 2 * 81; place++) {
      var expected = new byte[part.pixels().length];
      for (int y = 0; y < 24; y++) {
        for (int x = 0; x < 20; x++) {
          int row = y + place / 9 % 9 - 4;
          int column = (place < 81 ? x : 19 - x) + place % 9 - 4;
          for (int c = 0; c < 3 && row >= 0 && row < 24 && column >= 0 && column < 20; c++) {
            expected[(y * 20 + x) * 3 + c] = image.pixels()[(row * 20 + column) * 3 + c];
          }
        }
      }
      if (Arrays.equals(expected, part.pixels())) {
        return place;
      }
    }
    throw new AssertionError("it is no part of the padded image");
  }

  @Test
  void aStepsOptionsChangeNothingInTheOthers() {
    var once = apply("noise:0.1,p=1+cutout:5", 7).image();
    var other = apply("noise:0,p=1+cutout:5", 7).image();
    for (int i = 0; i < once.pixels().length; i++) {
      boolean covered = other.pixels()[i] == (byte) 128 && once.pixels()[i] == (byte) 128;
      assertTrue(covered || other.pixels()[i] == apply("none", 7).image().pixels()[i]);
    }
  }

  @Test
  void withoutStepsAnImageIsOnlyResized() {
    var image = sample(4, 0).image();
    assertEquals(
        image.resize(16, 12),
        Augmentations.NONE
            .apply(
                Sample.of(image, Annotations.NONE),
                16,
                12,
                List.of(),
                Rng.of(0),
                AugmentationsTest::nobody)
            .image());
  }

  @Test
  void mixupAddsImagesAndLabelsByTheSameShare() {
    var black = Sample.of(flat(0), Annotations.NONE, 0);
    var white = Sample.of(flat(255), Annotations.NONE, 1);
    double sum = 0;
    for (int seed = 0; seed < 400; seed++) {
      var mixed =
          Augmentations.parse("mixup:1").apply(black, 0, 0, List.of(), Rng.of(seed), _ -> white);
      double share = mixed.labels().get(1).share();
      assertEquals(255 * share, mixed.image().pixels()[0] & 0xFF, 0.51);
      sum += share;
    }
    assertEquals(0.5, sum / 400, 0.05); // of a uniform share: deviation 0.29/20
  }

  @Test
  void cutmixCountsLabelsByTheAreaThatIsSeen() {
    var black = Sample.of(flat(0), Annotations.NONE, 0);
    var white = Sample.of(flat(255), Annotations.NONE, 1);
    int both = 0;
    for (int seed = 0; seed < 100; seed++) {
      var mixed =
          Augmentations.parse("cutmix").apply(black, 0, 0, List.of(), Rng.of(seed), _ -> white);
      int seen = 0;
      for (byte sample : mixed.image().pixels()) {
        seen += sample == 0 ? 0 : 1;
      }
      double share =
          mixed.labels().stream().filter(s -> s.label() == 1).mapToDouble(Share::share).sum();
      assertEquals(seen / 64.0, share, 1e-9);
      both += seen > 0 && seen < 64 ? 1 : 0;
    }
    assertTrue(both > 60, "mixed " + both + " of 100");
  }

  @Test
  void mosaicShowsFourImages() {
    int[] turn = {0};
    var mixed =
        Augmentations.parse("mosaic:1")
            .apply(
                Sample.of(flat(10), Annotations.NONE, 0),
                0,
                0,
                List.of(),
                Rng.of(3),
                _ -> Sample.of(flat(20 * ++turn[0]), Annotations.NONE, turn[0]));
    assertEquals(4, mixed.labels().size());
    assertEquals(3, turn[0]);
    var seen = new HashSet<Integer>();
    for (byte sample : mixed.image().pixels()) {
      seen.add(sample & 0xFF);
    }
    assertTrue(seen.containsAll(List.of(10, 20, 40, 60)), seen.toString());
  }

  private static Image flat(int value) {
    var pixels = new byte[8 * 8];
    Arrays.fill(pixels, (byte) value);
    return new Image(8, 8, 1, pixels);
  }

  @Test
  void sharesOfBetaHaveItsSpread() {
    // Beta(0.2, 0.2) has the variance 1/(4·1.4), Beta(8, 8) 1/(4·17).
    for (double alpha : new double[] {0.2, 8}) {
      double squares = 0;
      int n = 2000;
      for (int seed = 0; seed < n; seed++) {
        var mixed =
            Augmentations.of(new Mixing.Mixup(alpha, 1))
                .apply(
                    Sample.of(flat(0), Annotations.NONE, 0),
                    0,
                    0,
                    List.of(),
                    Rng.of(seed),
                    _ -> Sample.of(flat(255), Annotations.NONE, 1));
        squares += Math.pow(mixed.labels().getFirst().share() - 0.5, 2);
      }
      double expected = 1 / (4 * (2 * alpha + 1));
      assertEquals(expected, squares / n, 0.1 * expected);
    }
  }

  @Test
  void differentSeedsDifferAndDifferentSamplesOfOneSeedDoToo() {
    assertNotEquals(apply("rotate", 1), apply("rotate", 2));
    var rng = Rng.of(1);
    var a = Augmentations.parse("rotate");
    assertNotEquals(
        a.apply(sample(1, 0), 0, 0, List.of(), rng.split(0), AugmentationsTest::nobody),
        a.apply(sample(1, 0), 0, 0, List.of(), rng.split(1), AugmentationsTest::nobody));
  }
}
