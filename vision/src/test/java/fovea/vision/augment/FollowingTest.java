package fovea.vision.augment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.array.Rng;
import fovea.vision.annotation.Annotations;
import fovea.vision.annotation.Box;
import fovea.vision.annotation.Instance;
import fovea.vision.annotation.Keypoint;
import fovea.vision.annotation.LabelMap;
import fovea.vision.annotation.Mask;
import fovea.vision.annotation.Visibility;
import fovea.vision.image.Image;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is said of an image must be what one would say of the changed image: it is drawn into the
/// image, the image is changed, and both are compared.
class FollowingTest {
  private static final int HEIGHT = 60;
  private static final int WIDTH = 80;

  private static final List<String> STEPS =
      List.of(
          "flip:1",
          "vertical-flip:1",
          "crop:40,50",
          "crop:pad=9",
          "resized-crop",
          "rotate:60",
          "scale:0.6,1.6",
          "translate:0.3,0.3",
          "shear:25,20",
          "perspective:0.5,1",
          "elastic:80,6,1",
          "rotate:30+flip+scale:0.8,1.2+crop:pad=5",
          "elastic:40,6,1+rotate:20+perspective:0.3,1",
          "trivialaugment",
          "randaugment:3,20");

  static List<String> steps() {
    return STEPS;
  }

  private static Mask disc(double x, double y, double radius) {
    var bits = new BitSet();
    for (int row = 0; row < HEIGHT; row++) {
      for (int column = 0; column < WIDTH; column++) {
        if (Math.hypot(column + 0.5 - x, row + 0.5 - y) < radius) {
          bits.set(row * WIDTH + column);
        }
      }
    }
    return Mask.of(HEIGHT, WIDTH, bits);
  }

  private static Image drawn(Mask mask) {
    var pixels = new byte[HEIGHT * WIDTH];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (mask.get(i / WIDTH, i % WIDTH) ? 255 : 0);
    }
    return new Image(HEIGHT, WIDTH, 1, pixels);
  }

  private static Sample apply(String steps, Sample sample, int height, int width, int seed) {
    return Augmentations.parse(steps)
        .apply(sample, height, width, List.of(), Rng.of(seed), _ -> sample);
  }

  @ParameterizedTest
  @MethodSource("steps")
  void masksAndBoxesAreThoseOfTheChangedImage(String steps) {
    for (int seed = 0; seed < 10; seed++) {
      var mask = disc(25 + seed * 3, 20 + seed * 2, 12);
      // Colours would change what is drawn; only where it lies is compared.
      var sample = Sample.of(drawn(mask), Annotations.of(List.of(Instance.of(0, mask))));
      var geometry = withoutColours(steps, seed);
      for (var size : new int[][] {{0, 0}, {45, 33}}) {
        var result = geometry.apply(sample, size[0], size[1]);
        var instances = result.annotations().instances();
        int seen = 0;
        for (byte v : result.image().pixels()) {
          seen += (v & 0xFF) > 250 ? 1 : 0;
        }
        if (instances.isEmpty()) {
          assertEquals(0, seen, steps + " " + seed);
          continue;
        }
        var moved = instances.getFirst();
        compare(steps + " " + seed, result.image(), moved.mask());
        assertContains(moved.box(), moved.mask().box());
        assertTrue(
            moved.box().iou(moved.mask().box()) > 0.7,
            () -> moved.box() + " " + moved.mask().box());
      }
    }
  }

  /// Only the warp of what steps draw.
  private record Geometry(Warp warp) {
    Sample apply(Sample sample, int height, int width) {
      var to =
          warp.resized(height == 0 ? warp.height() : height, width == 0 ? warp.width() : width);
      return Sample.of(
          to.apply(sample.image(), Border.ZERO),
          new Following(to, List.of()).of(sample.annotations()));
    }
  }

  private static Geometry withoutColours(String steps, int seed) {
    var plan = new Plan(HEIGHT, WIDTH);
    var all = Augmentations.parse(steps).steps();
    for (int i = 0; i < all.size(); i++) {
      all.get(i).draw(plan, Rng.of(seed).split(i));
    }
    return new Geometry(plan.warp());
  }

  /// Where the drawn thing is surely seen or surely not, the mask must say so; in between lies its
  /// border.
  private static void compare(String what, Image image, Mask mask) {
    int wrong = 0;
    for (int row = 0; row < image.height(); row++) {
      for (int column = 0; column < image.width(); column++) {
        int v = image.pixels()[row * image.width() + column] & 0xFF;
        wrong += (v > 250 && !mask.get(row, column)) || (v < 5 && mask.get(row, column)) ? 1 : 0;
      }
    }
    // Where an image shrinks a mask takes what lies in the middle of a pixel, which may be little
    // of it.
    assertTrue(wrong <= mask.count() / 50, what + ": " + wrong + " of " + mask);
  }

  private static void assertContains(Box outer, Box inner) {
    assertNotNull(outer);
    assertTrue(
        outer.left() <= inner.left() + 1
            && outer.top() <= inner.top() + 1
            && outer.right() >= inner.right() - 1
            && outer.bottom() >= inner.bottom() - 1,
        () -> outer + " does not contain " + inner);
  }

  @ParameterizedTest
  @MethodSource("steps")
  void keypointsAreWhereTheirPlaceIsSeen(String steps) {
    for (int seed = 0; seed < 10; seed++) {
      double x = 20 + 4 * seed;
      double y = 15 + 3 * seed;
      var point = new Keypoint(x, y, Visibility.HIDDEN);
      var instance = new Instance(0, null, null, List.of(point, Keypoint.NONE), false, false);
      var sample = Sample.of(drawn(disc(x, y, 4)), Annotations.of(List.of(instance)));
      var result = withoutColours(steps, seed).apply(sample, 0, 0);
      double sum = 0;
      double sumX = 0;
      double sumY = 0;
      var image = result.image();
      for (int i = 0; i < image.pixels().length; i++) {
        int v = image.pixels()[i] & 0xFF;
        sum += v;
        int row = i / image.width();
        sumX += v * (i % image.width() + 0.5);
        sumY += v * (row + 0.5);
      }
      if (result.annotations().instances().isEmpty()) {
        assertTrue(sum < 255 * 30 * 3, "half of the disc at most is seen");
        continue;
      }
      var moved = result.annotations().instances().getFirst().keypoints();
      assertEquals(Keypoint.NONE, moved.getLast());
      assertEquals(Visibility.HIDDEN, moved.getFirst().visibility());
      boolean whole =
          moved.getFirst().x() > 10
              && moved.getFirst().y() > 10
              && moved.getFirst().x() < image.width() - 10
              && moved.getFirst().y() < image.height() - 10;
      if (whole) {
        assertEquals(sumX / sum, moved.getFirst().x(), 0.6, steps + " " + seed);
        assertEquals(sumY / sum, moved.getFirst().y(), 0.6, steps + " " + seed);
      }
    }
  }

  @Test
  void boxesWithoutMasksAreExactWhereRowsStayRows() {
    var box = new Box(10.25, 5.5, 30.75, 20);
    var said = Annotations.of(List.of(Instance.of(3, box).difficult(true)));
    var sample = Sample.of(new Image(HEIGHT, WIDTH, 1, new byte[HEIGHT * WIDTH]), said);
    var flipped = apply("flip:1", sample, 120, 160, 0).annotations().instances().getFirst();
    assertEquals(new Box(98.5, 11, 139.5, 40), flipped.box());
    assertEquals(3, flipped.label());
    assertTrue(flipped.difficult());
  }

  @Test
  void whatIsCutAwayIsLeftOut() {
    var map = new byte[HEIGHT * WIDTH];
    map[0] = 7;
    var said =
        Annotations.of(
                List.of(Instance.of(0, new Box(0, 0, 5, 5)), Instance.of(1, new Box(0, 0, 80, 60))))
            .labelMap(new LabelMap(HEIGHT, WIDTH, map));
    var sample = Sample.of(new Image(HEIGHT, WIDTH, 1, new byte[HEIGHT * WIDTH]), said);
    var warp = Warp.identity(HEIGHT, WIDTH).then(Homography.translation(-10, 3), HEIGHT, WIDTH);
    var moved = new Following(warp, List.of()).of(sample.annotations());
    assertEquals(1, moved.instances().size());
    assertEquals(new Box(0, 3, 70, 60), moved.instances().getFirst().box());
    assertEquals(LabelMap.IGNORE, moved.labelMap().get(0, 0));
    assertEquals(LabelMap.IGNORE, moved.labelMap().get(30, 75));
    assertEquals(0, moved.labelMap().get(30, 5));
  }

  @Test
  void leftAndRightAreExchangedInAMirror() {
    var points =
        List.of(
            new Keypoint(10, 10, Visibility.VISIBLE),
            new Keypoint(20, 10, Visibility.VISIBLE),
            new Keypoint(30, 10, Visibility.VISIBLE));
    var said = Annotations.of(List.of(new Instance(0, null, null, points, false, false)));
    var warp =
        Warp.identity(HEIGHT, WIDTH).then(Homography.affine(-1, 0, WIDTH, 0, 1, 0), HEIGHT, WIDTH);
    var moved =
        new Following(warp, List.of("left_eye", "nose", "right_eye"))
            .of(said)
            .instances()
            .getFirst()
            .keypoints();
    assertEquals(50, moved.get(0).x());
    assertEquals(60, moved.get(1).x());
    assertEquals(70, moved.get(2).x());
  }

  @ParameterizedTest
  @ValueSource(strings = {"cutmix:1,1", "mosaic:1"})
  void masksOfMixturesAreThoseOfTheMixedImage(String steps) {
    for (int seed = 0; seed < 10; seed++) {
      var a = Instance.of(1, disc(30, 25, 14));
      var b = Instance.of(1, disc(45, 35, 11));
      var own = Sample.of(drawn(a.mask()), Annotations.of(List.of(a)));
      var other = Sample.of(drawn(b.mask()), Annotations.of(List.of(b)));
      var mixed = Augmentations.parse(steps).apply(own, 0, 0, List.of(), Rng.of(seed), _ -> other);
      var all = new BitSet();
      for (var instance : mixed.annotations().instances()) {
        all.or(instance.mask().bits());
        assertContains(instance.box(), instance.mask().box());
      }
      if (!all.isEmpty()) {
        compare(steps + " " + seed, mixed.image(), Mask.of(HEIGHT, WIDTH, all));
      }
    }
  }
}
