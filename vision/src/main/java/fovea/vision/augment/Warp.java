package fovea.vision.augment;

import fovea.vision.image.Image;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where the pixels of an image go: homographies and bends, one after the other, between an image
/// of one size and one of another. Immutable.
///
/// Coordinates are in pixels and continuous: the pixel of row `i` and column `j` covers [j, j + 1)
/// × [i, i + 1).
public final class Warp {
  private static final double EXACT = 1e-9;

  private sealed interface Stage {}

  private record Flat(Homography to, Homography back) implements Stage {}

  private record Bent(Displacement displacement) implements Stage {}

  private final int sourceHeight;
  private final int sourceWidth;
  private final int height;
  private final int width;
  private final List<Stage> stages;

  private Warp(int sourceHeight, int sourceWidth, int height, int width, List<Stage> stages) {
    this.sourceHeight = sourceHeight;
    this.sourceWidth = sourceWidth;
    this.height = height;
    this.width = width;
    this.stages = stages;
  }

  /// All stays where it is.
  public static Warp identity(int height, int width) {
    return new Warp(
        height, width, height, width, List.of(new Flat(Homography.IDENTITY, Homography.IDENTITY)));
  }

  /// First this, then a homography, into an image of a given size.
  public Warp then(Homography to, int newHeight, int newWidth) {
    if (newHeight < 1 || newWidth < 1) {
      throw new IllegalArgumentException(
          "an image of %d×%d has no pixel".formatted(newHeight, newWidth));
    }
    var all = new ArrayList<>(stages);
    var whole = all.getLast() instanceof Flat last ? last.to.then(to) : to;
    if (all.getLast() instanceof Flat) {
      all.removeLast();
    }
    all.add(new Flat(whole, whole.inverse()));
    return new Warp(sourceHeight, sourceWidth, newHeight, newWidth, List.copyOf(all));
  }

  /// First this, then a bend.
  public Warp then(Displacement displacement) {
    var all = new ArrayList<>(stages);
    all.add(new Bent(displacement));
    return new Warp(sourceHeight, sourceWidth, height, width, List.copyOf(all));
  }

  /// First this, then stretched to a size.
  public Warp resized(int newHeight, int newWidth) {
    return newHeight == height && newWidth == width
        ? this
        : then(
            Homography.scaling((double) newWidth / width, (double) newHeight / height),
            newHeight,
            newWidth);
  }

  /// Rows of what comes out.
  public int height() {
    return height;
  }

  /// Columns of what comes out.
  public int width() {
    return width;
  }

  /// Where a place goes: x and y.
  public double[] forward(double x, double y) {
    var at = new double[] {x, y};
    for (var stage : stages) {
      at =
          switch (stage) {
            case Flat flat -> new double[] {flat.to.x(at[0], at[1]), flat.to.y(at[0], at[1])};
            case Bent bent -> bent.displacement.forward(at[0], at[1]);
          };
    }
    return at;
  }

  /// Where places come from, in their stead.
  private void back(double[] xs, double[] ys) {
    for (var stage : stages.reversed()) {
      switch (stage) {
        case Flat flat -> {
          var h = flat.back;
          for (int i = 0; i < xs.length; i++) {
            double x = h.x(xs[i], ys[i]);
            ys[i] = h.y(xs[i], ys[i]);
            xs[i] = x;
          }
        }
        case Bent bent -> bent.displacement.back(xs, ys);
      }
    }
  }

  /// The whole of it as one homography; null where something is bent.
  @Nullable Homography homography() {
    return stages.size() == 1 && stages.getFirst() instanceof Flat flat ? flat.to : null;
  }

  /// Whether left and right are exchanged.
  public boolean mirrors() {
    boolean mirrors = false;
    for (var stage : stages) {
      mirrors ^= stage instanceof Flat flat && flat.to.mirrors();
    }
    return mirrors;
  }

  /// For each pixel of what comes out, row by row, the pixel of the source that its centre lies in;
  /// −1 where it lies outside.
  public int[] sources() {
    var sources = new int[height * width];
    var xs = new double[width];
    var ys = new double[width];
    for (int row = 0; row < height; row++) {
      centres(row, 0.5, 0.5, xs, ys);
      for (int column = 0; column < width; column++) {
        double x = Math.floor(xs[column]);
        double y = Math.floor(ys[column]);
        boolean inside = x >= 0 && y >= 0 && x < sourceWidth && y < sourceHeight;
        sources[row * width + column] = inside ? ((int) y) * sourceWidth + (int) x : -1;
      }
    }
    return sources;
  }

  /// Where a row of places comes from.
  private void centres(int row, double offsetX, double offsetY, double[] xs, double[] ys) {
    for (int column = 0; column < width; column++) {
      xs[column] = column + offsetX;
      ys[column] = row + offsetY;
    }
    back(xs, ys);
  }

  /// What becomes of an image: bilinear, and smoothed where it shrinks. Where pixels only change
  /// places, they keep their values; where rows and columns stay such, PIL's bilinear resize
  /// decides.
  ///
  /// @throws IllegalArgumentException if the image has another size than this is for
  public Image apply(Image image, Border border) {
    if (image.height() != sourceHeight || image.width() != sourceWidth) {
      throw new IllegalArgumentException(
          "this moves the pixels of %d×%d, not of %s".formatted(sourceHeight, sourceWidth, image));
    }
    var h = homography();
    if (h != null && h.isAxisAligned()) {
      if (isWhole(h)) {
        return moved(image, h, border);
      }
      var part = part(image, h);
      if (part != null) {
        return part;
      }
    }
    return sampled(image, border);
  }

  /// Whether pixels fall on pixels.
  private static boolean isWhole(Homography h) {
    return Math.abs(Math.abs(h.a()) - 1) < EXACT
        && Math.abs(Math.abs(h.e()) - 1) < EXACT
        && Math.abs(h.c() - Math.rint(h.c())) < EXACT
        && Math.abs(h.f() - Math.rint(h.f())) < EXACT;
  }

  private Image moved(Image image, Homography h, Border border) {
    int channels = image.channels();
    var in = image.pixels();
    var out = new byte[height * width * channels];
    int left = (int) Math.rint(h.c());
    int top = (int) Math.rint(h.f());
    for (int row = 0; row < height; row++) {
      int y = border.index(h.e() > 0 ? row - top : top - 1 - row, sourceHeight);
      if (y < 0) {
        continue;
      }
      int to = row * width * channels;
      int from = y * sourceWidth * channels;
      // Columns whose pixels lie in the image: all at once where they are not mirrored.
      int first = h.a() > 0 ? Math.clamp(left, 0, width) : width;
      int end = h.a() > 0 ? Math.clamp((long) left + sourceWidth, first, width) : width;
      for (int column = 0; column < width; column++) {
        if (column == first && end > first) {
          int length = (end - first) * channels;
          System.arraycopy(
              in, from + (first - left) * channels, out, to + first * channels, length);
          column = end - 1;
          continue;
        }
        int x = border.index(h.a() > 0 ? column - left : left - 1 - column, sourceWidth);
        for (int c = 0; x >= 0 && c < channels; c++) {
          out[to + column * channels + c] = in[from + x * channels + c];
        }
      }
    }
    return new Image(height, width, channels, out);
  }

  /// The image by a resize of a part of it, perhaps mirrored; null if more is seen than there is.
  private @Nullable Image part(Image image, Homography h) {
    double x0 = -h.c() / h.a();
    double x1 = (width - h.c()) / h.a();
    double y0 = -h.f() / h.e();
    double y1 = (height - h.f()) / h.e();
    double left = within(Math.min(x0, x1), sourceWidth);
    double right = within(Math.max(x0, x1), sourceWidth);
    double top = within(Math.min(y0, y1), sourceHeight);
    double bottom = within(Math.max(y0, y1), sourceHeight);
    if (Double.isNaN(left + right + top + bottom)) {
      return null;
    }
    var result = image.resize(left, top, right, bottom, height, width);
    if (h.a() > 0 && h.e() > 0) {
      return result;
    }
    var mirror =
        Homography.affine(
            Math.signum(h.a()),
            0,
            h.a() > 0 ? 0 : width,
            0,
            Math.signum(h.e()),
            h.e() > 0 ? 0 : height);
    return identity(height, width).then(mirror, height, width).apply(result, Border.ZERO);
  }

  /// A place in [0, n], where rounding may have put it outside by a trifle; else NaN.
  private static double within(double place, int n) {
    double near = Math.rint(place);
    double at = Math.abs(place - near) < EXACT * n ? near : place;
    return at >= 0 && at <= n ? at : Double.NaN;
  }

  /// Each pixel by itself: the mean of as many places in it as it covers source pixels, each of
  /// them bilinear.
  private Image sampled(Image image, Border border) {
    int channels = image.channels();
    int ways = channels * width;
    int across = places(1, 0);
    int down = places(0, 1);
    var out = new byte[height * ways];
    var xs = new double[width];
    var ys = new double[width];
    var sums = new float[ways];
    float share = 1f / (across * down);
    for (int row = 0; row < height; row++) {
      Arrays.fill(sums, 0);
      for (int v = 0; v < down; v++) {
        for (int u = 0; u < across; u++) {
          centres(row, (u + 0.5) / across, (v + 0.5) / down, xs, ys);
          add(image, border, xs, ys, sums);
        }
      }
      for (int i = 0; i < ways; i++) {
        out[row * ways + i] = (byte) (int) (sums[i] * share + 0.5f);
      }
    }
    return new Image(height, width, channels, out);
  }

  /// How many source pixels a pixel in the middle covers in a direction.
  private int places(int dx, int dy) {
    var x = new double[] {width / 2.0, width / 2.0 + dx};
    var y = new double[] {height / 2.0, height / 2.0 + dy};
    back(x, y);
    double covered = Math.hypot(x[1] - x[0], y[1] - y[0]);
    // A little more than one is what a rotated pixel covers, too.
    return covered < 1.25 ? 1 : Math.clamp((long) Math.ceil(covered), 1, 16);
  }

  private static void add(Image image, Border border, double[] xs, double[] ys, float[] sums) {
    var in = image.pixels();
    int channels = image.channels();
    int wide = image.width();
    int high = image.height();
    for (int i = 0; i < xs.length; i++) {
      // Far outside, one place is as good as another.
      double x = Math.clamp(xs[i] - 0.5, -4.0 * wide, 5.0 * wide);
      double y = Math.clamp(ys[i] - 0.5, -4.0 * high, 5.0 * high);
      int left = (int) Math.floor(x);
      int top = (int) Math.floor(y);
      float s = (float) (x - left);
      float t = (float) (y - top);
      boolean inside = left >= 0 && top >= 0 && left + 1 < wide && top + 1 < high;
      int l = inside ? left : border.index(left, wide);
      int r = inside ? left + 1 : border.index(left + 1, wide);
      int a = inside ? top : border.index(top, high);
      int b = inside ? top + 1 : border.index(top + 1, high);
      for (int c = 0; c < channels; c++) {
        float upper =
            (1 - s) * at(in, a, l, wide, channels, c) + s * at(in, a, r, wide, channels, c);
        float lower =
            (1 - s) * at(in, b, l, wide, channels, c) + s * at(in, b, r, wide, channels, c);
        sums[i * channels + c] += (1 - t) * upper + t * lower;
      }
    }
  }

  private static float at(byte[] in, int row, int column, int wide, int channels, int c) {
    return row < 0 || column < 0 ? 0 : in[(row * wide + column) * channels + c] & 0xFF;
  }
}
