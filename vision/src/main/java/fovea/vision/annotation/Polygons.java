package fovea.vision.annotation;

import java.util.BitSet;
import java.util.List;

/// Fills polygons.
final class Polygons {
  private Polygons() {}

  static BitSet fill(int height, int width, List<double[]> polygons) {
    var all = new BitSet(height * width);
    for (var polygon : polygons) {
      check(polygon);
      all.or(fill(height, width, polygon));
    }
    return all;
  }

  private static void check(double[] polygon) {
    if (polygon.length < 6 || polygon.length % 2 != 0) {
      throw new IllegalArgumentException(
          "a polygon needs two coordinates for each of at least three corners, not "
              + polygon.length
              + " numbers");
    }
    for (int i = 0; i < polygon.length; i++) {
      if (!Double.isFinite(polygon[i])) {
        throw new IllegalArgumentException(
            "corner %d of a polygon has the coordinate %s".formatted(i / 2, polygon[i]));
      }
    }
  }

  private static BitSet fill(int height, int width, double[] p) {
    // Each edge turns over all pixels on its right, in the rows whose centres it passes: first
    // noted
    // where that begins, then carried along the rows.
    var turns = new BitSet(height * width);
    int top = height;
    int bottom = 0;
    for (int i = 0; i < p.length; i += 2) {
      int next = (i + 2) % p.length;
      boolean down = p[i + 1] <= p[next + 1];
      int upper = down ? i : next;
      int lower = down ? next : i;
      int first = firstCentre(p[upper + 1], height);
      int end = firstCentre(p[lower + 1], height);
      double slope = (p[lower] - p[upper]) / (p[lower + 1] - p[upper + 1]);
      for (int row = first; row < end; row++) {
        double x = p[upper] + (row + 0.5 - p[upper + 1]) * slope;
        int column = firstCentre(x, width);
        if (column < width) {
          turns.flip(row * width + column);
        }
      }
      top = Math.min(top, first);
      bottom = Math.max(bottom, end);
    }
    var inside = new BitSet(height * width);
    for (int row = top; row < bottom; row++) {
      int end = (row + 1) * width;
      for (int from = turns.nextSetBit(row * width); from >= 0 && from < end; ) {
        int to = turns.nextSetBit(from + 1);
        boolean open = to < 0 || to >= end;
        inside.set(from, open ? end : to);
        from = open ? -1 : turns.nextSetBit(to + 1);
      }
    }
    return inside;
  }

  /// The first of `n` pixels whose centre does not lie before a place; `n` if none.
  private static int firstCentre(double place, int n) {
    return (int) Math.clamp(Math.ceil(place - 0.5), 0, n);
  }
}
