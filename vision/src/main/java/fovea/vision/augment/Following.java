package fovea.vision.augment;

import fovea.vision.annotation.Annotations;
import fovea.vision.annotation.Box;
import fovea.vision.annotation.Instance;
import fovea.vision.annotation.Keypoint;
import fovea.vision.annotation.LabelMap;
import fovea.vision.annotation.Mask;
import fovea.vision.annotation.Visibility;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What is said of an image, said of what a warp makes of it.
///
/// - A **mask** or **label map** has at each pixel what the source has where that pixel's centre
///   comes from; outside the source there is nothing, or [LabelMap#IGNORE].
/// - A **keypoint** goes where its place goes; outside the image it is [Visibility#ABSENT]. Where
///   left and right are exchanged, so are the keypoints called so.
/// - A **box** becomes the smallest one around where it goes, as far as that lies in the image.
///   Where a thing has a mask and its box is turned or cut, it is the smallest one around the mask.
/// - A thing of which nothing is left is left out.
final class Following {
  private static final int STEPS_ALONG_A_SIDE = 32;

  private final Warp warp;
  private final List<String> keypointNames;
  private int @Nullable [] sources;

  Following(Warp warp, List<String> keypointNames) {
    this.warp = warp;
    this.keypointNames = keypointNames;
  }

  Annotations of(Annotations before) {
    var map = before.labelMap();
    var instances = before.instances().stream().map(this::of).filter(Objects::nonNull).toList();
    return before.instances(instances).labelMap(map == null ? null : of(map));
  }

  private LabelMap of(LabelMap map) {
    var from = sources();
    var labels = new byte[from.length];
    for (int i = 0; i < from.length; i++) {
      labels[i] = from[i] < 0 ? (byte) LabelMap.IGNORE : map.labels()[from[i]];
    }
    return new LabelMap(warp.height(), warp.width(), labels);
  }

  private @Nullable Instance of(Instance instance) {
    var mask = instance.mask() == null ? null : of(instance.mask());
    var box = instance.box() == null ? null : of(instance.box(), mask);
    var points = of(instance.keypoints());
    boolean left =
        mask != null
            ? !mask.isEmpty()
            : box != null
                ? !box.isEmpty()
                : points.stream().anyMatch(p -> p.visibility() != Visibility.ABSENT);
    return left ? instance.mask(mask).box(box).keypoints(points) : null;
  }

  private Mask of(Mask mask) {
    var from = sources();
    var before = mask.bits();
    var bits = new BitSet(from.length);
    for (int i = 0; i < from.length; i++) {
      if (from[i] >= 0 && before.get(from[i])) {
        bits.set(i);
      }
    }
    return Mask.of(warp.height(), warp.width(), bits);
  }

  private Box of(Box box, @Nullable Mask mask) {
    var h = warp.homography();
    var around = h == null ? aroundBent(box) : aroundCorners(box);
    var seen = around.clip(warp.width(), warp.height());
    boolean exact = h != null && h.isAxisAligned() && seen.equals(around);
    return exact || mask == null ? seen : mask.box();
  }

  /// A homography takes straight lines to straight lines, so its corners are the outermost.
  private Box aroundCorners(Box b) {
    return around(
        warp.forward(b.left(), b.top()),
        warp.forward(b.right(), b.top()),
        warp.forward(b.right(), b.bottom()),
        warp.forward(b.left(), b.bottom()));
  }

  private Box aroundBent(Box b) {
    var points = new ArrayList<double[]>();
    for (int i = 0; i <= STEPS_ALONG_A_SIDE; i++) {
      double x = b.left() + b.width() * i / STEPS_ALONG_A_SIDE;
      double y = b.top() + b.height() * i / STEPS_ALONG_A_SIDE;
      points.add(warp.forward(x, b.top()));
      points.add(warp.forward(x, b.bottom()));
      points.add(warp.forward(b.left(), y));
      points.add(warp.forward(b.right(), y));
    }
    return around(points.toArray(double[][]::new));
  }

  private static Box around(double[]... points) {
    return new Box(
        Arrays.stream(points).mapToDouble(p -> p[0]).min().orElseThrow(),
        Arrays.stream(points).mapToDouble(p -> p[1]).min().orElseThrow(),
        Arrays.stream(points).mapToDouble(p -> p[0]).max().orElseThrow(),
        Arrays.stream(points).mapToDouble(p -> p[1]).max().orElseThrow());
  }

  private List<Keypoint> of(List<Keypoint> points) {
    var moved = new ArrayList<>(points.stream().map(this::of).toList());
    if (warp.mirrors() && points.size() == keypointNames.size()) {
      for (int i = 0; i < moved.size(); i++) {
        int other = keypointNames.indexOf(mirrored(keypointNames.get(i)));
        if (other > i) {
          Collections.swap(moved, i, other);
        }
      }
    }
    return moved;
  }

  /// `left_eye` for `right_eye`, and the other way round.
  private static String mirrored(String name) {
    return name.contains("left") ? name.replace("left", "right") : name.replace("right", "left");
  }

  private Keypoint of(Keypoint point) {
    if (point.visibility() == Visibility.ABSENT) {
      return point;
    }
    var at = warp.forward(point.x(), point.y());
    boolean seen = at[0] >= 0 && at[1] >= 0 && at[0] < warp.width() && at[1] < warp.height();
    return seen ? new Keypoint(at[0], at[1], point.visibility()) : Keypoint.NONE;
  }

  private int[] sources() {
    if (sources == null) {
      sources = warp.sources();
    }
    return sources;
  }
}
