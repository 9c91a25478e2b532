package fovea.vision.data;

import fovea.core.array.Rng;
import fovea.vision.annotation.Annotations;
import fovea.vision.annotation.Instance;
import fovea.vision.annotation.Keypoint;
import fovea.vision.annotation.LabelMap;
import fovea.vision.annotation.Mask;
import fovea.vision.annotation.Visibility;
import fovea.vision.image.Image;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;

/// The built-in data set `shapes`: colour scenes with polygons on cluttered ground, drawn by this
/// class.
///
/// Each scene has one to five triangles, squares, pentagons, hexagons and stars of any colour, size
/// and turn, which may cover each other in part, before ellipses, lines and noise. What is said of
/// them is exact: a mask holds the pixels that are seen of a thing, a box the smallest around
/// these, keypoints are its topmost, rightmost, lowest and leftmost corners (hidden where something
/// covers them), the label map says what is seen at each pixel.
///
/// A scene depends on the options, its part (`"train"`, `"test"`) and index alone, in strict
/// arithmetic: every machine draws the same bits.
///
/// @param train how many training images
/// @param test how many test images
/// @param side height and width of the images in pixels, at least 24
/// @param most things in a scene; as many at most, one at least
/// @param difficulty from 0, strong colours on plain ground, to 1, weak ones among clutter and
///   noise
/// @param task [Task#DETECTION] or [Task#KEYPOINTS]: things with boxes, masks and keypoints;
///   [Task#SEGMENTATION]: classes of pixels, the first of which is the ground;
///   [Task#CLASSIFICATION]: one thing in each image, which is its class; [Task#MULTI_LABEL]: which
///   classes there are
public record Shapes(int train, int test, int side, int most, double difficulty, Task task) {
  static final String DESCRIPTION =
      "five classes of polygons in cluttered colour scenes, with boxes, masks and keypoints, 96×96, 2000 training and 500 test images; built in";

  private static final List<String> CLASSES =
      List.of("triangle", "square", "pentagon", "hexagon", "star");
  private static final List<Integer> COLOURS =
      List.of(0xE6194B, 0x3CB44B, 0x4363D8, 0xF58231, 0x911EB4);
  private static final List<String> CORNERS = List.of("top", "right", "bottom", "left");

  private static final double SMALLEST = 0.09; // half the diameter, in sides of the image
  private static final double LARGEST = 0.24;
  private static final double STAR = 0.45; // inner corners of a star, in its outer radius
  private static final double SEEN = 0.4; // of each thing, at least
  private static final int TRIES = 20; // to place a thing where others stay seen

  /// @throws IllegalArgumentException if an option is out of range
  public Shapes {
    if (train < 1 || test < 1 || side < 24 || most < 1 || !(difficulty >= 0 && difficulty <= 1)) {
      throw new IllegalArgumentException(
          "shapes need at least one image of 24×24 pixels in each part, one thing, and a difficulty from 0 to 1, not %d, %d, %d, %d and %s"
              .formatted(train, test, side, most, difficulty));
    }
    if (task == Task.REGRESSION) {
      throw new IllegalArgumentException("shapes have no numbers to be predicted");
    }
  }

  /// 2,000 and 500 images of 96×96 pixels, up to five things, of middling difficulty.
  public static Shapes usual() {
    return new Shapes(2_000, 500, 96, 5, 0.5, Task.DETECTION);
  }

  public Shapes train(int n) {
    return new Shapes(n, test, side, most, difficulty, task);
  }

  public Shapes test(int n) {
    return new Shapes(train, n, side, most, difficulty, task);
  }

  public Shapes side(int pixels) {
    return new Shapes(train, test, pixels, most, difficulty, task);
  }

  public Shapes most(int things) {
    return new Shapes(train, test, side, things, difficulty, task);
  }

  public Shapes difficulty(double d) {
    return new Shapes(train, test, side, most, d, task);
  }

  public Shapes task(Task other) {
    return new Shapes(train, test, side, most, difficulty, other);
  }

  /// The data set. A scene is drawn anew whenever it is asked for.
  public DataSplits open() {
    return new DataSplits(
        "shapes",
        new Scenes(this, "train", train),
        null,
        new Scenes(this, "test", test),
        List.of());
  }

  /// A thing as it is placed.
  private record Thing(int label, double[] corners, Mask mask, int[] colour) {}

  private record Scene(Image image, Annotations annotations) {}

  private Scene draw(String part, int index) {
    var rng = Rng.of(side).split("shapes").split(part).split(index);
    var things = things(rng.split("things"));
    var ground = new double[side * side * 3];
    ground(ground, rng.split("ground"));
    var owner = new int[side * side]; // one more than the number of the thing that is seen
    for (int t = 0; t < things.size(); t++) {
      int number = t + 1;
      things.get(t).mask.bits().stream().forEach(p -> owner[p] = number);
    }
    var noise = rng.split("noise");
    var pixels = new byte[ground.length];
    for (int p = 0; p < owner.length; p++) {
      for (int c = 0; c < 3; c++) {
        double value = owner[p] == 0 ? ground[3 * p + c] : things.get(owner[p] - 1).colour[c];
        value += 24 * difficulty * noise.nextGaussian();
        pixels[3 * p + c] = (byte) Math.clamp(Math.round(value), 0, 255);
      }
    }
    return new Scene(new Image(side, side, 3, pixels), annotations(things, owner));
  }

  private List<Thing> things(Rng rng) {
    int n = task == Task.CLASSIFICATION ? 1 : 1 + rng.nextInt(most);
    var things = new ArrayList<Thing>();
    for (int i = 0; i < n; i++) {
      for (int t = 0; t < TRIES; t++) {
        var thing = thing(rng);
        if (!thing.mask.isEmpty() && leavesSeen(things, thing)) {
          things.add(thing);
          break;
        }
      }
    }
    return things;
  }

  /// Whether enough is seen of each thing with another before them.
  private static boolean leavesSeen(List<Thing> things, Thing last) {
    var covered = last.mask.bits();
    for (var thing : things.reversed()) {
      var seen = thing.mask.bits();
      seen.andNot(covered);
      if (seen.cardinality() < SEEN * thing.mask.count()) {
        return false;
      }
      covered.or(thing.mask.bits());
    }
    return true;
  }

  private Thing thing(Rng rng) {
    int label = rng.nextInt(CLASSES.size());
    double radius = side * rng.uniform(SMALLEST, LARGEST);
    double x = rng.uniform(radius, side - radius);
    double y = rng.uniform(radius, side - radius);
    double turn = rng.uniform(0, 2 * Math.PI);
    boolean star = label == CLASSES.size() - 1;
    int n = star ? 10 : label + 3;
    var corners = new double[2 * n];
    for (int i = 0; i < n; i++) {
      double r = star && i % 2 == 1 ? STAR * radius : radius;
      double angle = turn + 2 * Math.PI * i / n;
      corners[2 * i] = x + r * StrictMath.cos(angle);
      corners[2 * i + 1] = y + r * StrictMath.sin(angle);
    }
    // Grey is the ground's; how far from it a colour is, is what difficulty takes away.
    double strength = 110 - 70 * difficulty;
    double hue = rng.uniform(0, 2 * Math.PI);
    double light = rng.uniform(-0.5, 0.5);
    var colour = new int[3];
    for (int c = 0; c < 3; c++) {
      double wave = StrictMath.cos(hue + 2 * Math.PI * c / 3);
      colour[c] = Math.clamp(Math.round(128 + strength * (wave + light)), 0, 255);
    }
    return new Thing(label, corners, Mask.ofPolygons(side, side, List.of(corners)), colour);
  }

  /// A slope of grey, and on it ellipses and lines.
  private void ground(double[] pixels, Rng rng) {
    double base = rng.uniform(70, 185);
    double right = rng.uniform(-40, 40);
    double down = rng.uniform(-40, 40);
    for (int p = 0; p < side * side; p++) {
      int row = p / side;
      int column = p % side;
      double value =
          base + right * ((double) column / side - 0.5) + down * ((double) row / side - 0.5);
      pixels[3 * p] = pixels[3 * p + 1] = pixels[3 * p + 2] = value;
    }
    int marks = (int) Math.round(24 * difficulty);
    for (int i = 0; i < marks; i++) {
      mark(pixels, rng, i % 3 == 0);
    }
  }

  /// An ellipse, so thin at times that it is a line; half of what is below shines through.
  private void mark(double[] pixels, Rng rng, boolean line) {
    double x = rng.uniform(0, side);
    double y = rng.uniform(0, side);
    double a = side * rng.uniform(0.05, line ? 0.5 : 0.15);
    double b = line ? rng.uniform(0.5, 1.2) : side * rng.uniform(0.03, 0.12);
    double turn = rng.uniform(0, Math.PI);
    double cos = StrictMath.cos(turn);
    double sin = StrictMath.sin(turn);
    double[] colour = {rng.uniform(40, 215), rng.uniform(40, 215), rng.uniform(40, 215)};
    for (int p = 0; p < side * side; p++) {
      int row = p / side;
      int column = p % side;
      double dx = column + 0.5 - x;
      double dy = row + 0.5 - y;
      double u = (dx * cos + dy * sin) / a;
      double v = (dy * cos - dx * sin) / b;
      if (u * u + v * v <= 1) {
        for (int c = 0; c < 3; c++) {
          pixels[3 * p + c] = (pixels[3 * p + c] + colour[c]) / 2;
        }
      }
    }
  }

  private Annotations annotations(List<Thing> things, int[] owner) {
    var instances = new ArrayList<Instance>();
    for (int t = 0; t < things.size(); t++) {
      var seen = new BitSet(owner.length);
      for (int p = 0; p < owner.length; p++) {
        seen.set(p, owner[p] == t + 1);
      }
      var thing = things.get(t);
      instances.add(
          Instance.of(thing.label, Mask.of(side, side, seen))
              .keypoints(keypoints(thing.corners, t + 1, owner)));
    }
    var labels = things.stream().mapToInt(Thing::label).sorted().distinct().toArray();
    var all = Annotations.of(instances).labels(labels);
    return task == Task.SEGMENTATION ? all.labelMap(map(things, owner)).labels(new int[0]) : all;
  }

  /// The ground is 0, classes follow.
  private LabelMap map(List<Thing> things, int[] owner) {
    var map = new byte[owner.length];
    for (int p = 0; p < owner.length; p++) {
      map[p] = (byte) (owner[p] == 0 ? 0 : things.get(owner[p] - 1).label + 1);
    }
    return new LabelMap(side, side, map);
  }

  private List<Keypoint> keypoints(double[] corners, int number, int[] owner) {
    var keypoints = new ArrayList<Keypoint>();
    for (int[] way : new int[][] {{0, -1}, {1, 0}, {0, 1}, {-1, 0}}) {
      int best = 0;
      for (int i = 2; i < corners.length; i += 2) {
        double far = corners[i] * way[0] + corners[i + 1] * way[1];
        if (far > corners[best] * way[0] + corners[best + 1] * way[1]) {
          best = i;
        }
      }
      double x = corners[best];
      double y = corners[best + 1];
      int column = (int) Math.clamp(Math.floor(x), 0, side - 1);
      int row = (int) Math.clamp(Math.floor(y), 0, side - 1);
      boolean covered = owner[row * side + column] > number;
      keypoints.add(new Keypoint(x, y, covered ? Visibility.HIDDEN : Visibility.VISIBLE));
    }
    return keypoints;
  }

  /// One part.
  private static final class Scenes implements Dataset {
    private final Shapes options;
    private final String part;
    private final int size;
    private final Lazy<String> hash = new Lazy<>(this::computeHash);

    Scenes(Shapes options, String part, int size) {
      this.options = options;
      this.part = part;
      this.size = size;
    }

    private Scene scene(int index) {
      return options.draw(part, Objects.checkIndex(index, size));
    }

    private boolean isWhole() {
      return options.task == Task.DETECTION || options.task == Task.KEYPOINTS;
    }

    @Override
    public String name() {
      return "shapes " + part;
    }

    @Override
    public int size() {
      return size;
    }

    @Override
    public List<String> classes() {
      if (options.task != Task.SEGMENTATION) {
        return CLASSES;
      }
      var classes = new ArrayList<>(CLASSES);
      classes.addFirst("ground");
      return List.copyOf(classes);
    }

    @Override
    public Image image(int index) {
      return scene(index).image;
    }

    @Override
    public int label(int index) {
      return options.task == Task.CLASSIFICATION ? scene(index).annotations.labels()[0] : NO_LABEL;
    }

    @Override
    public Task task() {
      return options.task;
    }

    /// Things are of the classes without the ground, so that only what fits the task is said.
    @Override
    public Annotations annotations(int index) {
      var all = scene(index).annotations;
      return isWhole() ? all : all.instances(List.of());
    }

    @Override
    public List<String> keypointNames() {
      return isWhole() ? CORNERS : List.of();
    }

    @Override
    public List<Integer> palette() {
      if (options.task != Task.SEGMENTATION) {
        return COLOURS;
      }
      var colours = new ArrayList<>(COLOURS);
      colours.addFirst(0);
      return List.copyOf(colours);
    }

    @Override
    public String source(int index) {
      return name() + " #" + index;
    }

    @Override
    public String hash() {
      return hash.get();
    }

    /// Over the options alone: with the same, the same is drawn everywhere.
    private String computeHash() {
      return new Fingerprint().add("shapes 1 " + part + " " + size).add(options.toString()).hex();
    }
  }
}
