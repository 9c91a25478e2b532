package fovea.vision.annotation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/// Follows the borders of a mask's pixels.
///
/// Each border between a pixel of the mask and one outside is a step from corner to corner, with
/// the pixel on its right: a thing's surroundings are walked clockwise (as seen, y down), its holes
/// the other way. Where two pixels touch at a corner only, the walk stays with its pixel.
final class Outlines {
  /// The ways from a corner, each to the right of the one before.
  private static final int EAST = 0;

  private static final int SOUTH = 1;
  private static final int WEST = 2;
  private static final int NORTH = 3;

  private final BitSet bits;
  private final int imageWidth;

  /// What part of the image is looked at.
  private final int left;

  private final int top;
  private final int width;
  private final int height;

  /// The step that leaves a corner in a direction, by both; −1 where nobody has gone.
  private final int[] taken;

  /// The corner that a step leaves, and the step that follows it.
  private int[] corners = new int[64];

  private int[] next = new int[64];
  private int steps;

  Outlines(Mask mask, BitSet bits) {
    this.bits = bits;
    var box = mask.box();
    imageWidth = mask.width();
    left = (int) box.left();
    top = (int) box.top();
    width = (int) box.width();
    height = (int) box.height();
    taken = new int[Math.multiplyExact(4, Math.multiplyExact(width + 1, height + 1))];
    Arrays.fill(taken, -1);
  }

  List<double[]> polygons() {
    var outer = new ArrayList<Integer>();
    for (int x = 0; x <= width; x++) {
      for (int y = 0; y <= height; y++) {
        // From the left, a thing's surroundings are first met going up, and a hole's going down.
        if (isUntaken(x, y, NORTH)) {
          outer.add(walk(x, y, NORTH));
        }
        if (isUntaken(x, y, SOUTH)) {
          joinToTheLeft(x, y, walk(x, y, SOUTH));
        }
      }
    }
    return outer.stream().map(this::polygon).toList();
  }

  private boolean isUntaken(int x, int y, int way) {
    return isBorder(x, y, way) && taken[key(x, y, way)] < 0;
  }

  /// Whether the step from a corner has a pixel of the mask on its right and none on its left.
  private boolean isBorder(int x, int y, int way) {
    return switch (way) {
      case EAST -> in(x, y) && !in(x, y - 1);
      case SOUTH -> in(x - 1, y) && !in(x, y);
      case WEST -> in(x - 1, y - 1) && !in(x - 1, y);
      default -> in(x, y - 1) && !in(x - 1, y - 1);
    };
  }

  private boolean in(int x, int y) {
    return x >= 0
        && y >= 0
        && x < width
        && y < height
        && bits.get((top + y) * imageWidth + left + x);
  }

  private int key(int x, int y, int way) {
    return 4 * corner(x, y) + way;
  }

  private int corner(int x, int y) {
    return y * (width + 1) + x;
  }

  /// Goes round once, to the right wherever it can.
  ///
  /// @return the first step
  private int walk(int startX, int startY, int startWay) {
    int x = startX;
    int y = startY;
    int way = startWay;
    int first = steps;
    while (true) {
      int step = add(corner(x, y));
      next[step] = step + 1;
      taken[key(x, y, way)] = step;
      x += way == EAST ? 1 : way == WEST ? -1 : 0;
      y += way == SOUTH ? 1 : way == NORTH ? -1 : 0;
      if (x == startX && y == startY && turn(x, y, way) == startWay) {
        next[step] = first;
        return first;
      }
      way = turn(x, y, way);
    }
  }

  private int turn(int x, int y, int way) {
    for (int turn : new int[] {1, 0, 3}) {
      int after = (way + turn) % 4;
      if (isBorder(x, y, after)) {
        return after;
      }
    }
    throw new AssertionError("a border ends at " + x + ", " + y);
  }

  private int add(int corner) {
    if (steps == corners.length) {
      corners = Arrays.copyOf(corners, 2 * steps);
      next = Arrays.copyOf(next, 2 * steps);
    }
    corners[steps] = corner;
    return steps++;
  }

  /// Makes a hole part of the walk that comes up first on its left: there along the pixels, round
  /// the hole, and back.
  ///
  /// @param step the first of the hole, which goes down from this corner
  private void joinToTheLeft(int x, int y, int step) {
    int border = x - 1;
    while (in(border - 1, y)) {
      border--;
    }
    int arrival = next[taken[key(border, y + 1, NORTH)]];
    int back = add(corners[arrival]);
    next[back] = next[arrival];
    int round = add(corners[step]);
    next[round] = next[step];
    next[arrival] = round;
    next[step] = back;
  }

  /// The corners of a walk where it turns.
  private double[] polygon(int first) {
    var polygon = new double[16];
    int n = 0;
    int step = first;
    do {
      int before = corners[step];
      int here = corners[next[step]];
      int after = corners[next[next[step]]];
      if (Integer.signum(x(here) - x(before)) != Integer.signum(x(after) - x(here))
          || Integer.signum(y(here) - y(before)) != Integer.signum(y(after) - y(here))) {
        if (n == polygon.length) {
          polygon = Arrays.copyOf(polygon, 2 * n);
        }
        polygon[n++] = left + x(here);
        polygon[n++] = top + y(here);
      }
      step = next[step];
    } while (step != first);
    return Arrays.copyOf(polygon, n);
  }

  private int x(int corner) {
    return corner % (width + 1);
  }

  private int y(int corner) {
    return corner / (width + 1);
  }
}
