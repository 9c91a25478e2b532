package fovea.vision.classic;

import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.nn.Layer;
import fovea.core.tensor.Tensor;
import java.util.stream.IntStream;

/// Histograms of oriented gradients (Dalal & Triggs, "Histograms of oriented gradients for human
/// detection", CVPR 2005, section 6): in each cell of an image, how much its brightness changes in
/// which direction; neighbouring cells are normalised together as a block (L2-Hys).
///
/// **Shapes**: `x [N, C, H, W]` → `[N, F]` with F = blocks down × blocks across × block² ×
/// orientations, in this order. A cell holds `cell × cell` pixels; what remains at the right and
/// the bottom is left out. Of several channels the one with the largest gradient counts. Directions
/// are unsigned, from 0° to 180°. No gradient passes through.
///
/// **Differs** from scikit-image's `feature.hog` where votes are `shared`, as the paper has them:
/// with linear interpolation between neighbouring directions and cells. Else the numbers are the
/// same.
public final class Hog extends Layer {
  private static final double EPSILON = 1e-5;
  private static final double MOST = 0.2;

  private final int orientations;
  private final int cell;
  private final int block;
  private final boolean shared;

  /// With votes shared among neighbours.
  ///
  /// @param orientations how many directions to tell apart; 9 in the paper
  /// @param cell pixels on a side; 8 in the paper
  /// @param block cells on a side; 2 in the paper
  public Hog(int orientations, int cell, int block) {
    this(orientations, cell, block, true);
  }

  /// With votes shared or not.
  public Hog(int orientations, int cell, int block, boolean shared) {
    if (orientations < 1 || cell < 1 || block < 1) {
      throw new IllegalArgumentException(
          "histograms of %d directions in cells of %d and blocks of %d"
              .formatted(orientations, cell, block));
    }
    this.orientations = orientations;
    this.cell = cell;
    this.block = block;
    this.shared = shared;
  }

  /// How many numbers an image of a size becomes; 0 where not one block fits in.
  public int width(int height, int width) {
    int down = Math.max(0, height / cell - block + 1);
    int across = Math.max(0, width / cell - block + 1);
    return down * across * block * block * orientations;
  }

  @Override
  protected Tensor compute(Tensor x) {
    var shape = x.shape();
    if (shape.rank() != 4) {
      throw new ShapeException("hog", "x %s is not [N, C, H, W]".formatted(shape));
    }
    int features = width(shape.size(2), shape.size(3));
    if (features == 0) {
      throw new ShapeException(
          "hog",
          "x %s has no room for a block of %d×%d cells of %d×%d pixels"
              .formatted(shape, block, block, cell, cell));
    }
    int n = shape.size(0);
    var values = x.toFloats();
    var y = new float[n * features];
    int size = shape.size(1) * shape.size(2) * shape.size(3);
    IntStream.range(0, n)
        .parallel()
        .forEach(
            i ->
                normalise(
                    histograms(values, i * size, shape.size(1), shape.size(2), shape.size(3)),
                    shape.size(2) / cell,
                    shape.size(3) / cell,
                    y,
                    i * features));
    return Tensor.of(y, Shape.of(n, features));
  }

  /// The histogram of each cell, row by row.
  private double[] histograms(float[] x, int from, int channels, int height, int width) {
    int down = height / cell;
    int across = width / cell;
    var cells = new double[down * across * orientations];
    for (int row = 0; row < height; row++) {
      for (int column = 0; column < width; column++) {
        double dx = 0;
        double dy = 0;
        double most = -1;
        for (int c = 0; c < channels; c++) {
          int at = from + (c * height + row) * width + column;
          boolean inside = column > 0 && column < width - 1;
          double gx = inside ? x[at + 1] - x[at - 1] : 0;
          double gy = row > 0 && row < height - 1 ? x[at + width] - x[at - width] : 0;
          double strength = gx * gx + gy * gy;
          if (strength > most) {
            most = strength;
            dx = gx;
            dy = gy;
          }
        }
        if (most > 0) {
          vote(cells, down, across, row, column, dx, dy);
        }
      }
    }
    return cells;
  }

  private void vote(
      double[] cells, int down, int across, int row, int column, double dx, double dy) {
    double strength = Math.sqrt(dx * dx + dy * dy) / (cell * cell);
    double angle = Math.toDegrees(Math.atan2(dy, dx));
    double turn = (angle < 0 ? angle + 180 : angle) / 180;
    double direction = (turn >= 1 ? turn - 1 : turn) * orientations;
    if (!shared) {
      if (row / cell < down && column / cell < across) {
        add(cells, across, row / cell, column / cell, (int) direction, strength);
      }
      return;
    }
    double y = (row + 0.5) / cell - 0.5;
    double x = (column + 0.5) / cell - 0.5;
    int top = (int) Math.floor(y);
    int left = (int) Math.floor(x);
    int before = (int) Math.floor(direction - 0.5);
    for (int i = 0; i < 8; i++) {
      int r = top + (i & 1);
      int c = left + ((i >> 1) & 1);
      if (r >= 0 && r < down && c >= 0 && c < across) {
        int o = before + (i >> 2);
        double share =
            (1 - Math.abs(y - r)) * (1 - Math.abs(x - c)) * (1 - Math.abs(direction - 0.5 - o));
        add(cells, across, r, c, Math.floorMod(o, orientations), strength * share);
      }
    }
  }

  private void add(
      double[] cells, int across, int row, int column, int orientation, double strength) {
    cells[(row * across + column) * orientations + orientation] += strength;
  }

  /// Block by block, each of length 1, with no value above 0.2, and again of length 1.
  private void normalise(double[] cells, int down, int across, float[] y, int to) {
    var values = new double[block * block * orientations];
    int next = to;
    for (int row = 0; row + block <= down; row++) {
      for (int column = 0; column + block <= across; column++) {
        for (int r = 0; r < block; r++) {
          System.arraycopy(
              cells,
              ((row + r) * across + column) * orientations,
              values,
              r * block * orientations,
              block * orientations);
        }
        scale(values);
        for (int i = 0; i < values.length; i++) {
          values[i] = Math.min(values[i], MOST);
        }
        scale(values);
        for (double value : values) {
          y[next++] = (float) value;
        }
      }
    }
  }

  private static void scale(double[] values) {
    double squares = EPSILON * EPSILON;
    for (double value : values) {
      squares += value * value;
    }
    double length = Math.sqrt(squares);
    for (int i = 0; i < values.length; i++) {
      values[i] /= length;
    }
  }

  @Override
  public String describe() {
    return "Hog(%d directions, cells of %d×%d, blocks of %d×%d)"
        .formatted(orientations, cell, cell, block, block);
  }
}
