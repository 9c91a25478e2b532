package fovea.vision.augment;

import fovea.core.array.Rng;
import fovea.vision.annotation.Annotations;
import fovea.vision.annotation.Box;
import fovea.vision.annotation.Instance;
import fovea.vision.annotation.Keypoint;
import fovea.vision.annotation.LabelMap;
import fovea.vision.annotation.Mask;
import fovea.vision.annotation.Visibility;
import fovea.vision.augment.Sample.Share;
import fovea.vision.image.Image;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What mixes an image with others of the set. With whom depends on the sample's own chance alone,
/// not on who is in its batch.
///
/// **Differs** from the papers' programs, which mix within a batch by one share for all.
public final class Mixing {
  private Mixing() {}

  /// Images laid over each other: Zhang et al., "mixup: beyond empirical risk minimization", 2017.
  /// The share of the first is drawn from Beta(alpha, alpha). What is said of parts of the image is
  /// that of both; the label map is that of the image with the greater share.
  ///
  /// @param alpha above 0; at 1 all shares are equally likely, below it one image dominates
  /// @param p how often
  public record Mixup(double alpha, double p) implements Augmentation {
    public Mixup {
      requireAlpha("mixup", alpha, p);
    }

    @Override
    public void draw(Plan plan, Rng rng) {
      if (rng.nextDouble() < p) {
        plan.mix(this::mix, rng.split("mixup"));
      }
    }

    private Sample mix(Sample a, Function<Rng, Sample> another, Rng rng) {
      double share = beta(alpha, rng.split("share"));
      var b = another.apply(rng.split("other"));
      var in = b.image().pixels();
      var out = a.image().pixels().clone();
      for (int i = 0; i < out.length; i++) {
        out[i] = (byte) (int) (share * (out[i] & 0xFF) + (1 - share) * (in[i] & 0xFF) + 0.5);
      }
      var said = share >= 0.5 ? a.annotations() : b.annotations();
      return new Sample(
          like(a.image(), out),
          said.instances(both(a.annotations().instances(), b.annotations().instances())),
          shares(a.labels(), share, b.labels()));
    }
  }

  /// A rectangle of another image laid over: Yun et al., "CutMix: regularization strategy to train
  /// strong classifiers with localizable features", 2019. Its area is drawn as 1 − Beta(alpha,
  /// alpha); labels count by the area that is seen.
  ///
  /// @param alpha above 0; at 1 all areas are equally likely
  /// @param p how often
  public record CutMix(double alpha, double p) implements Augmentation {
    public CutMix {
      requireAlpha("cutmix", alpha, p);
    }

    @Override
    public void draw(Plan plan, Rng rng) {
      if (rng.nextDouble() < p) {
        plan.mix(this::mix, rng.split("cutmix"));
      }
    }

    private Sample mix(Sample a, Function<Rng, Sample> another, Rng rng) {
      double side = Math.sqrt(1 - beta(alpha, rng.split("share")));
      int height = a.image().height();
      int width = a.image().width();
      double y = rng.nextDouble() * height;
      double x = rng.nextDouble() * width;
      int top = (int) Math.clamp(Math.rint(y - side * height / 2), 0, height);
      int bottom = (int) Math.clamp(Math.rint(y + side * height / 2), 0, height);
      int left = (int) Math.clamp(Math.rint(x - side * width / 2), 0, width);
      int right = (int) Math.clamp(Math.rint(x + side * width / 2), 0, width);
      if (top >= bottom || left >= right) {
        return a;
      }
      var region = new Region(top, left, bottom, right);
      var b = another.apply(rng.split("other"));
      return new Sample(
          region.pasted(a.image(), b.image()),
          region.pasted(a.annotations(), b.annotations()),
          shares(a.labels(), 1 - region.area() / ((double) height * width), b.labels()));
    }
  }

  /// Four images, each shrunk to half, around a point: Bochkovskiy et al., "YOLOv4", 2020, section
  /// 3.4. The point lies in the middle half of the image; what reaches beyond is cut off, what
  /// stays free is grey.
  ///
  /// @param p how often
  public record Mosaic(double p) implements Augmentation {
    private static final int GREY = 114;

    public Mosaic {
      Ranges.chance("mosaic", p);
    }

    @Override
    public void draw(Plan plan, Rng rng) {
      if (rng.nextDouble() < p) {
        plan.mix(this::mix, rng.split("mosaic"));
      }
    }

    private Sample mix(Sample first, Function<Rng, Sample> another, Rng rng) {
      int height = first.image().height();
      int width = first.image().width();
      int y = (int) Math.rint(rng.uniform(0.25, 0.75) * height);
      int x = (int) Math.rint(rng.uniform(0.25, 0.75) * width);
      var blank = new byte[first.image().pixels().length];
      Arrays.fill(blank, (byte) GREY);
      var image = like(first.image(), blank);
      var said = empty(first.annotations(), height, width);
      var labels = new ArrayList<Share>();
      int tileHeight = Math.max(1, height / 2);
      int tileWidth = Math.max(1, width / 2);
      double all = 0;
      for (int i = 0; i < 4; i++) {
        var sample = i == 0 ? first : another.apply(rng.split(i));
        int top = i < 2 ? y - tileHeight : y;
        int left = i % 2 == 0 ? x - tileWidth : x;
        var warp =
            Warp.identity(height, width)
                .resized(tileHeight, tileWidth)
                .then(Homography.translation(left, top), height, width);
        var tile =
            new Region(
                Math.max(top, 0),
                Math.max(left, 0),
                Math.min(top + tileHeight, height),
                Math.min(left + tileWidth, width));
        if (tile.bottom <= tile.top || tile.right <= tile.left) {
          continue;
        }
        image = tile.pasted(image, warp.apply(sample.image(), Border.ZERO));
        said = tile.pasted(said, new Following(warp, List.of()).of(sample.annotations()));
        for (var share : sample.labels()) {
          labels.add(new Share(share.label(), share.share() * tile.area()));
        }
        all += tile.area();
      }
      double whole = all;
      return new Sample(
          image,
          said,
          merged(labels.stream().map(s -> new Share(s.label(), s.share() / whole)).toList()));
    }

    private static Annotations empty(Annotations like, int height, int width) {
      if (like.labelMap() == null) {
        return like.instances(List.of());
      }
      var labels = new byte[height * width];
      Arrays.fill(labels, (byte) LabelMap.IGNORE);
      return like.instances(List.of()).labelMap(new LabelMap(height, width, labels));
    }
  }

  /// A rectangle of whole pixels that another image is laid into.
  private record Region(int top, int left, int bottom, int right) {
    double area() {
      return (double) (bottom - top) * (right - left);
    }

    private boolean has(double x, double y) {
      return x >= left && x < right && y >= top && y < bottom;
    }

    private boolean hasPixel(int row, int column) {
      return row >= top && row < bottom && column >= left && column < right;
    }

    Image pasted(Image under, Image over) {
      var out = under.pixels().clone();
      int step = under.channels();
      for (int row = top; row < bottom; row++) {
        int at = (row * under.width() + left) * step;
        System.arraycopy(over.pixels(), at, out, at, (right - left) * step);
      }
      return like(under, out);
    }

    Annotations pasted(Annotations under, Annotations over) {
      var instances =
          both(
              under.instances().stream().map(this::outside).filter(Objects::nonNull).toList(),
              over.instances().stream().map(this::inside).filter(Objects::nonNull).toList());
      var a = under.labelMap();
      var b = over.labelMap();
      if (a == null || b == null) {
        return under.instances(instances);
      }
      var labels = a.labels().clone();
      for (int row = top; row < bottom; row++) {
        int at = row * a.width() + left;
        System.arraycopy(b.labels(), at, labels, at, right - left);
      }
      return under.instances(instances).labelMap(new LabelMap(a.height(), a.width(), labels));
    }

    /// What is left of a thing below.
    private @Nullable Instance outside(Instance instance) {
      return cut(instance, false, instance.box() == null ? null : around(instance.box()));
    }

    /// What is seen of a thing of the image above.
    private @Nullable Instance inside(Instance instance) {
      var box = instance.box();
      if (box == null) {
        return cut(instance, true, null);
      }
      var seen =
          new Box(
              Math.clamp(box.left(), left, right),
              Math.clamp(box.top(), top, bottom),
              Math.clamp(box.right(), left, right),
              Math.clamp(box.bottom(), top, bottom));
      return cut(instance, true, seen);
    }

    /// The smallest box around what of a box lies outside.
    private Box around(Box b) {
      boolean wide = left <= b.left() && right >= b.right();
      boolean high = top <= b.top() && bottom >= b.bottom();
      double newLeft = high && left <= b.left() ? Math.clamp(right, b.left(), b.right()) : b.left();
      double newRight =
          high && right >= b.right() ? Math.clamp(left, newLeft, b.right()) : b.right();
      double newTop = wide && top <= b.top() ? Math.clamp(bottom, b.top(), b.bottom()) : b.top();
      double newBottom =
          wide && bottom >= b.bottom() ? Math.clamp(top, newTop, b.bottom()) : b.bottom();
      return new Box(newLeft, newTop, newRight, newBottom);
    }

    private @Nullable Instance cut(Instance instance, boolean inside, @Nullable Box box) {
      var mask = instance.mask();
      if (mask != null) {
        var bits = mask.bits();
        for (int i = bits.nextSetBit(0); i >= 0; i = bits.nextSetBit(i + 1)) {
          if (hasPixel(i / mask.width(), i % mask.width()) != inside) {
            bits.clear(i);
          }
        }
        var left = Mask.of(mask.height(), mask.width(), bits);
        boolean whole = left.equals(mask);
        mask = left;
        box = whole ? instance.box() : box == null ? null : left.box();
      }
      var points =
          instance.keypoints().stream()
              .map(p -> has(p.x(), p.y()) == inside ? p : Mixing.hidden(p, inside))
              .toList();
      boolean seen =
          mask != null
              ? !mask.isEmpty()
              : box != null
                  ? !box.isEmpty()
                  : points.stream().anyMatch(p -> p.visibility() != Visibility.ABSENT);
      return seen ? instance.mask(mask).box(box).keypoints(points) : null;
    }
  }

  /// A keypoint below another image is hidden; one of the other image, outside its part, is not
  /// there.
  private static Keypoint hidden(Keypoint point, boolean cutOff) {
    return point.visibility() == Visibility.ABSENT || cutOff
        ? Keypoint.NONE
        : new Keypoint(point.x(), point.y(), Visibility.HIDDEN);
  }

  private static void requireAlpha(String name, double alpha, double p) {
    if (!(alpha > 0 && alpha <= 100)) {
      throw new IllegalArgumentException(
          "%s: alpha lies above 0 and at most at 100, not at %s"
              .formatted(name, Ranges.plain(alpha)));
    }
    Ranges.chance(name, p);
  }

  private static Image like(Image image, byte[] pixels) {
    return new Image(image.height(), image.width(), image.channels(), pixels);
  }

  private static List<Instance> both(List<Instance> a, List<Instance> b) {
    var all = new ArrayList<>(a);
    all.addAll(b);
    return all;
  }

  private static List<Share> shares(List<Share> a, double shareOfA, List<Share> b) {
    var all = new ArrayList<Share>();
    a.forEach(s -> all.add(new Share(s.label(), s.share() * shareOfA)));
    b.forEach(s -> all.add(new Share(s.label(), s.share() * (1 - shareOfA))));
    return merged(all);
  }

  /// One share for each class, in the order of their first.
  private static List<Share> merged(List<Share> shares) {
    var merged = new ArrayList<Share>();
    for (var share : shares) {
      int at = 0;
      while (at < merged.size() && merged.get(at).label() != share.label()) {
        at++;
      }
      if (at == merged.size()) {
        merged.add(share);
      } else {
        merged.set(at, new Share(share.label(), merged.get(at).share() + share.share()));
      }
    }
    return merged;
  }

  /// A value of the distribution Beta(a, a).
  private static double beta(double a, Rng rng) {
    double x = gamma(a, rng);
    double y = gamma(a, rng);
    return x + y == 0 ? 0.5 : x / (x + y);
  }

  /// A value of the distribution Gamma(a, 1): Marsaglia and Tsang, "A simple method for generating
  /// gamma variables", 2000.
  private static double gamma(double a, Rng rng) {
    if (a < 1) {
      return gamma(a + 1, rng) * StrictMath.pow(1 - rng.nextDouble(), 1 / a);
    }
    double d = a - 1.0 / 3;
    double c = 1 / Math.sqrt(9 * d);
    while (true) {
      double x = rng.nextGaussian();
      double v = 1 + c * x;
      v = v * v * v;
      double u = 1 - rng.nextDouble();
      if (v > 0 && StrictMath.log(u) < 0.5 * x * x + d - d * v + d * StrictMath.log(v)) {
        return d * v;
      }
    }
  }
}
