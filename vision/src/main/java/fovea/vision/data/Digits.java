package fovea.vision.data;

import fovea.core.array.Rng;
import fovea.vision.image.Image;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// The built-in data set `digits`: handwritten-looking digits, drawn by this class.
///
/// 28×28 grey, light strokes on black as in MNIST; 12,000 training and 2,000 test images, the ten
/// classes equally often. Each is drawn from strokes of a pen: one of several ways to write the
/// digit, its control points shaken, then slanted, stretched, turned, shifted and bent, with a pen
/// of varying width, sometimes with stray marks around it, in varying contrast and with noise.
///
/// An image depends on its part (`"train"`, `"test"`) and index alone, in strict arithmetic: every
/// machine draws the same bits.
///
/// Made so that position and shape must be told apart. Measured in PyTorch 2.13 (Adam, rate 0.001,
/// batches of 64, pixels standardised) on the test images, up to three seeds:
///
/// | model | epochs | accuracy in % |
/// |---|---|---|
/// | linear (softmax regression) | 20 | 87.6, 87.9, 87.5 |
/// | LeNet-5 (ReLU, max-pooling) | 8 | 99.3, 98.4, 99.3 |
/// | LeNet-5 on nine tenths of the training images | 12 | 99.4 |
public final class Digits {
  private Digits() {}

  static final String DESCRIPTION =
      "ten classes of drawn digits, 28×28 grey, 12000 training and 2000 test images; built in";

  private static final List<String> CLASSES =
      IntStream.range(0, 10).mapToObj(String::valueOf).toList();

  private static final int SIZE = 28;
  private static final double CENTRE = (SIZE - 1) / 2.0;

  // How far images vary. Those marked σ are standard deviations of normal values cut off at 2.2 σ.
  private static final double SHAKE = 2.2; // of control points, hundredths of the height; σ
  private static final double SLANT = 0.12; // to the right, as people write
  private static final double SLANT_SPREAD = 0.12; // σ
  private static final double TURN = 11; // degrees; σ
  private static final double STRETCH = 0.12; // of width against height, logarithm; σ
  private static final double MIN_HEIGHT = 17.5; // pixels
  private static final double MAX_HEIGHT = 21;
  private static final double HIGHEST = 23; // what stretching is limited to
  private static final double SHIFT = 2.4; // pixels either way
  private static final double BEND = 0.8; // pixels; σ
  private static final double MIN_PEN = 0.9; // half the width of a stroke, pixels
  private static final double MAX_PEN = 1.7;
  private static final double STRAY = 0.25; // probability of stray marks
  private static final double MIN_CONTRAST = 0.65;
  private static final double NOISE = 12; // grey levels; σ

  /// The ways to write each digit, as SVG paths of M (move), L (line) and C (cubic Bézier curve),
  /// in hundredths of the digit's height: x from about 20 to 80, y from 0 at the top to 100.
  private static final Stroke[][][] FORMS =
      parse(
          new String[][] {
            {
              "M50 0 C25 0 20 30 20 50 C20 80 30 100 50 100 C70 100 80 80 80 50 C80 20 72 0 50 0",
              "M58 2 C34 -4 22 28 22 54 C22 84 34 100 50 100 C68 100 78 78 78 50 C78 22 66 0 46 4",
              "M70 14 C50 -12 24 20 24 58 C24 92 40 102 54 99 C76 94 82 46 64 6"
            },
            {
              "M50 0 L50 100",
              "M36 18 L52 0 L52 100",
              "M36 18 L52 0 L52 100 M30 100 L74 100",
              "M52 0 C50 30 50 70 48 100"
            },
            {
              "M24 25 C26 5 42 0 52 0 C70 0 78 14 76 28 C74 45 45 70 22 100 L80 100",
              "M24 22 C30 -4 68 -6 74 22 C78 45 45 75 26 96 C16 84 30 76 44 90 C56 100 70 102 82 92",
              "M24 12 C40 -4 74 -4 74 22 C74 50 40 70 22 98 C40 94 60 98 80 100"
            },
            {
              "M25 12 C35 -4 74 -4 73 24 C72 42 55 47 44 47 C60 47 78 54 77 74 C76 104 36 106 22 86",
              "M26 2 L74 2 L46 40 C66 38 80 52 78 72 C76 102 38 106 22 88",
              "M28 6 C46 -4 72 0 70 22 C68 38 52 44 40 46 C62 44 82 56 76 78 C70 100 42 102 24 96"
            },
            {
              "M32 2 C28 25 24 40 22 58 L80 56 M66 22 L64 100",
              "M62 100 L62 0 L20 66 L82 66",
              "M32 0 L22 54 L76 50 M68 6 L60 100",
              "M26 2 C20 30 20 54 34 56 C50 58 66 52 82 48 M72 4 C68 36 66 70 62 100"
            },
            {
              "M74 2 L32 2 L28 44 C50 34 78 42 78 70 C78 102 40 106 22 88",
              "M34 4 L30 44 C56 32 80 46 76 74 C72 100 40 106 20 92 M34 4 L76 0",
              "M76 4 C60 6 46 4 36 4 C34 18 32 30 30 42 C44 38 74 44 74 68 C74 94 44 104 24 96"
            },
            {
              "M68 2 C40 14 22 44 22 70 C22 92 36 100 50 100 C66 100 78 88 78 72 C78 56 64 48 52 48"
                  + " C36 48 24 60 23 74",
              "M60 0 C36 30 24 52 24 74 C26 106 74 106 76 74 C76 50 36 46 26 72",
              "M46 0 C28 30 20 58 24 80 C30 104 62 104 72 84 C80 62 50 50 28 72"
            },
            {
              "M22 4 L78 4 C66 36 50 66 42 100",
              "M22 4 L78 4 C66 36 50 66 44 100 M34 52 L70 50",
              "M22 18 L24 4 L78 4 L44 100",
              "M22 10 C40 4 60 6 76 4 C70 34 58 64 54 100"
            },
            {
              "M72 16 C62 -6 28 -2 28 22 C28 46 76 50 76 76 C76 106 24 106 24 76 C24 50 72 46 72 18",
              "M50 46 C24 46 24 0 50 0 C76 0 76 46 50 46 C16 46 16 100 50 100 C84 100 84 46 50 46",
              "M66 6 C44 -6 26 8 30 24 C36 46 74 52 74 78 C72 104 28 106 28 78 C28 56 60 44 68 12"
            },
            {
              "M74 26 C70 4 56 0 48 0 C32 0 24 14 24 28 C24 44 36 52 48 52 C62 52 72 42 74 24"
                  + " C76 50 70 80 62 100",
              "M74 24 C72 -8 24 -8 24 26 C24 58 68 58 74 24 L70 100",
              "M74 24 C70 -8 24 -6 24 26 C24 58 70 56 74 24 C78 60 76 102 50 100 C40 100 32 96 28 90"
            }
          });

  private record Point(double x, double y) {}

  /// One line or curve of a path: its kind and the points after the current one.
  private record Step(char kind, List<Point> to) {}

  /// What is drawn without lifting the pen.
  private record Stroke(List<Step> steps) {}

  /// The data set. Images of a part are drawn when its first image is asked for.
  public static DataSplits open() {
    return new DataSplits("digits", part("train", 12_000), null, part("test", 2_000), List.of());
  }

  private static Dataset part(String part, int size) {
    var labels = IntStream.range(0, size).map(Digits::label).toArray();
    Supplier<List<Image>> images =
        () -> IntStream.range(0, size).parallel().mapToObj(i -> draw(part, i)).toList();
    return new InMemory("digits " + part, "digits " + part, CLASSES, labels, images);
  }

  /// The digit at an index: its last decimal place.
  private static int label(int index) {
    return index % 10;
  }

  /// Draws the image at an index of a part.
  ///
  /// @param part `"train"` or `"test"`; any other name gives images that are in neither
  /// @param index 0 or more; also beyond the size of the part
  public static Image draw(String part, int index) {
    var rng = Rng.of(SIZE).split(part).split(index);
    var forms = FORMS[label(index)];
    var ink = new Canvas();
    var place = new Placement(rng);
    var form = forms[rng.nextInt(forms.length)];
    double pen = rng.uniform(MIN_PEN, MAX_PEN);
    for (var stroke : form) {
      var line = trace(stroke, rng);
      place.move(line);
      ink.draw(line, pen * rng.uniform(0.85, 1.15), pen * rng.uniform(0.85, 1.15));
    }
    if (rng.nextDouble() < STRAY) {
      for (int marks = 1 + rng.nextInt(2); marks > 0; marks--) {
        stray(ink, pen, rng);
      }
    }
    return new Image(SIZE, SIZE, 1, ink.develop(rng.uniform(MIN_CONTRAST, 1), rng));
  }

  /// A short line somewhere around the digit.
  private static void stray(Canvas ink, double pen, Rng rng) {
    double angle = rng.uniform(0, 2 * Math.PI);
    double distance = rng.uniform(10, 15);
    double x = CENTRE + distance * StrictMath.cos(angle);
    double y = CENTRE + distance * StrictMath.sin(angle);
    double direction = rng.uniform(0, 2 * Math.PI);
    double length = rng.uniform(1, 4);
    double toX = x + length * StrictMath.cos(direction);
    double toY = y + length * StrictMath.sin(direction);
    ink.draw(new double[] {x, y, toX, toY}, 0.9 * pen, 0.7 * pen);
  }

  /// A normal value without the tails that would make a digit unreadable.
  private static double normal(Rng rng) {
    return Math.clamp(rng.nextGaussian(), -2.2, 2.2);
  }

  /// A stroke as a line through many points, x and y in turn, relative to the digit's middle; every
  /// control point is shaken first.
  private static double[] trace(Stroke stroke, Rng rng) {
    var line = new ArrayList<Double>();
    var from = new Point(0, 0);
    for (var step : stroke.steps) {
      var p = step.to.stream().map(point -> shake(point, rng)).toList();
      int pieces =
          switch (step.kind) {
            case 'M' -> 1;
            case 'L' -> 6;
            default -> 10;
          };
      for (int k = 1; k <= pieces; k++) {
        double t = (double) k / pieces;
        double u = 1 - t;
        if (step.kind == 'C') {
          double a = u * u * u;
          double b = 3 * u * u * t;
          double c = 3 * u * t * t;
          double d = t * t * t;
          line.add(a * from.x + b * p.get(0).x + c * p.get(1).x + d * p.get(2).x);
          line.add(a * from.y + b * p.get(0).y + c * p.get(1).y + d * p.get(2).y);
        } else {
          line.add(u * from.x + t * p.getFirst().x);
          line.add(u * from.y + t * p.getFirst().y);
        }
      }
      from = p.getLast();
    }
    return line.stream().mapToDouble(v -> v).toArray();
  }

  private static Point shake(Point point, Rng rng) {
    double x = point.x - 50 + SHAKE * normal(rng);
    return new Point(x, point.y - 50 + SHAKE * normal(rng));
  }

  /// Where and how one digit stands: from hundredths of its height to pixels.
  private static final class Placement {
    private final double slant;
    private final double width;
    private final double height;
    private final double cos;
    private final double sin;
    private final double x;
    private final double y;
    private final double[][] bendX;
    private final double[][] bendY;

    Placement(Rng rng) {
      double turn = StrictMath.toRadians(TURN * normal(rng));
      cos = StrictMath.cos(turn);
      sin = StrictMath.sin(turn);
      slant = SLANT + SLANT_SPREAD * normal(rng);
      double size = rng.uniform(MIN_HEIGHT, MAX_HEIGHT);
      double stretch = StrictMath.exp(STRETCH * normal(rng));
      width = size * stretch / 100;
      height = Math.min(size / stretch, HIGHEST) / 100;
      x = CENTRE + rng.uniform(-SHIFT, SHIFT);
      y = CENTRE + rng.uniform(-SHIFT, SHIFT);
      bendX = bend(rng);
      bendY = bend(rng);
    }

    void move(double[] line) {
      for (int i = 0; i < line.length; i += 2) {
        double a = width * (line[i] - slant * line[i + 1]);
        double b = height * line[i + 1];
        double u = x + cos * a - sin * b;
        double v = y + sin * a + cos * b;
        line[i] = u + at(bendX, u, v);
        line[i + 1] = v + at(bendY, u, v);
      }
    }

    /// Displacements at the knots of a 4×4 grid over the image: an elastic warp.
    private static double[][] bend(Rng rng) {
      var knots = new double[4][4];
      for (var row : knots) {
        Arrays.setAll(row, i -> BEND * normal(rng));
      }
      return knots;
    }

    /// A displacement between the knots, by smoothstep interpolation.
    private static double at(double[][] knots, double u, double v) {
      double x = Math.clamp(u * 3 / (SIZE - 1), 0, 2.999);
      double y = Math.clamp(v * 3 / (SIZE - 1), 0, 2.999);
      int i = (int) x;
      int j = (int) y;
      double s = smooth(x - i);
      double t = smooth(y - j);
      return (1 - t) * ((1 - s) * knots[j][i] + s * knots[j][i + 1])
          + t * ((1 - s) * knots[j + 1][i] + s * knots[j + 1][i + 1]);
    }

    private static double smooth(double t) {
      return t * t * (3 - 2 * t);
    }
  }

  /// How much of each pixel is covered with ink, 0 to 1.
  private static final class Canvas {
    private final double[] cover = new double[SIZE * SIZE];

    /// Draws a line with a round pen whose radius goes from `from` to `to` pixels.
    void draw(double[] line, double from, double to) {
      int pieces = line.length / 2 - 1;
      for (int k = 0; k < pieces; k++) {
        double x = line[2 * k];
        double y = line[2 * k + 1];
        double dx = line[2 * k + 2] - x;
        double dy = line[2 * k + 3] - y;
        // Half a pixel more than the pen: the edge fades over one pixel.
        double reach = from + (to - from) * k / pieces + 0.5;
        int bottom = last(Math.max(y, y + dy) + reach);
        int right = last(Math.max(x, x + dx) + reach);
        for (int row = first(Math.min(y, y + dy) - reach); row <= bottom; row++) {
          for (int column = first(Math.min(x, x + dx) - reach); column <= right; column++) {
            double square = dx * dx + dy * dy;
            double along =
                square == 0 ? 0 : Math.clamp(((column - x) * dx + (row - y) * dy) / square, 0, 1);
            double ex = x + along * dx - column;
            double ey = y + along * dy - row;
            int pixel = row * SIZE + column;
            double covered = Math.clamp(reach - Math.sqrt(ex * ex + ey * ey), 0, 1);
            cover[pixel] = Math.max(cover[pixel], covered);
          }
        }
      }
    }

    private static int first(double position) {
      return Math.max(0, (int) Math.ceil(position));
    }

    private static int last(double position) {
      return Math.min(SIZE - 1, (int) Math.floor(position));
    }

    /// The pixels, with noise.
    byte[] develop(double contrast, Rng rng) {
      // The sum of four uniform bytes is nearly normal, and costs a tenth of a normal value.
      double spread = NOISE / Math.sqrt(4 * (256 * 256 - 1) / 12.0);
      var pixels = new byte[cover.length];
      for (int i = 0; i < pixels.length; i++) {
        int bits = rng.nextBits();
        int sum = (bits & 0xFF) + (bits >>> 8 & 0xFF) + (bits >>> 16 & 0xFF) + (bits >>> 24);
        double value = 255 * contrast * cover[i] + spread * (sum - 510);
        pixels[i] = (byte) Math.clamp((int) Math.floor(value + 0.5), 0, 255);
      }
      return pixels;
    }
  }

  private static Stroke[][][] parse(String[][] digits) {
    return Arrays.stream(digits)
        .map(forms -> Arrays.stream(forms).map(Digits::parse).toArray(Stroke[][]::new))
        .toArray(Stroke[][][]::new);
  }

  private static Stroke[] parse(String path) {
    return Pattern.compile("(?=M)")
        .splitAsStream(path)
        .map(
            stroke ->
                new Stroke(
                    Pattern.compile("(?=[MLC])").splitAsStream(stroke).map(Digits::step).toList()))
        .toArray(Stroke[]::new);
  }

  /// A letter and its points: `"C25 0 20 30 20 50"`.
  private static Step step(String text) {
    var numbers = text.substring(1).strip().split(" ", -1);
    var points = new ArrayList<Point>();
    for (int i = 0; i < numbers.length; i += 2) {
      points.add(new Point(Double.parseDouble(numbers[i]), Double.parseDouble(numbers[i + 1])));
    }
    return new Step(text.charAt(0), List.copyOf(points));
  }
}
