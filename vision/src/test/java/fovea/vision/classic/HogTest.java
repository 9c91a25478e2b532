package fovea.vision.classic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Against scikit-image 0.26.0, `feature.hog(…, pixels_per_cell=(4, 4), cells_per_block=(2, 2))`.
class HogTest {
  private static final int HEIGHT = 12;
  private static final int WIDTH = 13;

  private static double value(int row, int column) {
    return (row * 37 + column * 11 + row * column * 5) % 64 / 63.0;
  }

  private static Tensor grey() {
    var values = new float[HEIGHT * WIDTH];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) value(i / WIDTH, i % WIDTH);
    }
    return Tensor.of(values, Shape.of(1, 1, HEIGHT, WIDTH));
  }

  /// The image, it shifted and darker, it upside down and darker still.
  private static Tensor colour() {
    var values = new float[3 * HEIGHT * WIDTH];
    for (int i = 0; i < HEIGHT * WIDTH; i++) {
      int row = i / WIDTH;
      int column = i % WIDTH;
      values[i] = (float) value(row, column);
      values[i + HEIGHT * WIDTH] = (float) (0.8 * value(row, (column + WIDTH - 3) % WIDTH));
      values[i + 2 * HEIGHT * WIDTH] = (float) (0.6 * value(HEIGHT - 1 - row, column));
    }
    return Tensor.of(values, Shape.of(1, 3, HEIGHT, WIDTH));
  }

  private static void check(Tensor x, double sum, double weighted, double... first) {
    var f = new Hog(9, 4, 2, false).forward(x).toDoubles();
    assertEquals(144, f.length);
    assertArrayEquals(first, Arrays.copyOf(f, first.length), 2e-5);
    double s = 0;
    double w = 0;
    for (int i = 0; i < f.length; i++) {
      s += f[i];
      w += i * f[i];
    }
    assertEquals(sum, s, 1e-3);
    assertEquals(weighted, w, 0.1);
  }

  @Test
  void grey12By13() {
    check(
        grey(),
        18.204538886623013,
        1318.9228542996304,
        0.19224099,
        0,
        0,
        0,
        0.08738227,
        0.25460884,
        0.28600512,
        0.28600512,
        0,
        0.28600512,
        0.23512091,
        0.05370831);
  }

  @Test
  void ofColoursTheStrongestGradientCounts() {
    check(
        colour(),
        19.249600724426976,
        1367.3135840317605,
        0.23466877,
        0,
        0,
        0,
        0.15211731,
        0.20269648);
  }

  @Test
  void sharedVotesMoveSmoothly() {
    // A ramp of one direction: turning it a little moves a little of the histogram.
    var before = new Hog(9, 4, 2).forward(ramp(0.60)).toDoubles();
    var after = new Hog(9, 4, 2).forward(ramp(0.61)).toDoubles();
    double most = 0;
    for (int i = 0; i < before.length; i++) {
      most = Math.max(most, Math.abs(after[i] - before[i]));
    }
    assertTrue(most > 0 && most < 0.05, "moved by " + most);
  }

  private static Tensor ramp(double angle) {
    var values = new float[16 * 16];
    for (int i = 0; i < values.length; i++) {
      int row = i / 16;
      int column = i % 16;
      values[i] = (float) ((Math.cos(angle) * column + Math.sin(angle) * row) / 32);
    }
    return Tensor.of(values, Shape.of(1, 1, 16, 16));
  }

  @Test
  void aBlankImageIsZeros() {
    assertTrue(
        Arrays.stream(new Hog(9, 4, 2).forward(Tensor.ones(1, 1, 8, 8)).toDoubles())
            .allMatch(v -> v == 0));
  }

  @Test
  void refusesWhatHasNoRoom() {
    var e =
        assertThrows(ShapeException.class, () -> new Hog(9, 4, 2).forward(Tensor.ones(1, 1, 7, 8)));
    assertTrue(e.getMessage().contains("no room for a block of 2×2 cells of 4×4"), e.getMessage());
    assertThrows(ShapeException.class, () -> new Hog(9, 4, 2).forward(Tensor.ones(1, 8, 8)));
    assertThrows(IllegalArgumentException.class, () -> new Hog(0, 4, 2));
  }
}
