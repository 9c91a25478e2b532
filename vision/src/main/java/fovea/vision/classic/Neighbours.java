package fovea.vision.classic;

import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.memory.Scope;
import fovea.core.nn.Init;
import fovea.core.nn.Layer;
import fovea.core.nn.Parameter;
import fovea.core.tensor.Graph;
import fovea.core.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/// The exact k nearest of remembered images, and the votes of their classes.
///
/// **Shapes**: `x [N, …]` with as many values an image as those remembered → `[N, classes]`, the
/// logarithms of (votes + 1/classes)/(k + 1): the share of votes, drawn a little towards no
/// opinion, so that no class is held for impossible. A nearer neighbour's vote weighs a trifle
/// more, which settles ties. State `images [examples, values]`, `squares [examples]`, `labels
/// [examples]`.
///
/// L2 and cosine are found by matrix products: ‖x − m‖² = ‖x‖² − 2·x·m + ‖m‖². L1 is summed up in
/// blocks of images that stay in the cache.
public final class Neighbours extends Layer {
  static final String IMAGES = "images";

  /// Remembered images whose distances are computed at once, by a matrix product and by L1.
  private static final int TILE = 8192;

  private static final int SMALL_TILE = 64;

  /// What being the nearest adds to a vote.
  private static final float TIE_BREAK = 1e-3f;

  private final int examples;
  private final int width;
  private final int classes;
  private final int k;
  private final Distance distance;
  private final Parameter images;
  private final Parameter squares;
  private final Parameter labels;

  /// How far apart two images are.
  public enum Distance {
    /// Σ |x − m|
    L1,
    /// √Σ (x − m)²
    L2,
    /// 1 − x·m / (‖x‖·‖m‖)
    COSINE
  }

  /// Of images yet to be remembered.
  ///
  /// @param examples how many it remembers
  /// @param width values of an image
  /// @param k how many neighbours vote
  public Neighbours(int examples, int width, int classes, int k, Distance distance) {
    this.examples = examples;
    this.width = width;
    this.classes = classes;
    this.k = k;
    this.distance = distance;
    images = buffer(IMAGES, Shape.of(examples, width), Init.constant(0));
    squares = buffer("squares", Shape.of(examples), Init.constant(0));
    labels = buffer("labels", Shape.of(examples), Init.constant(0));
  }

  /// Takes the images.
  ///
  /// @param rows `[examples, width]`
  /// @param classOf the class of each
  public void remember(Tensor rows, int... classOf) {
    try (var _ = Scope.open("neighbours")) {
      var lengths = new float[examples];
      for (int from = 0; from < examples; from += TILE) {
        int to = Math.min(examples, from + TILE);
        try (var _ = Scope.open("neighbours")) {
          var part = rows.slice(0, from, to);
          System.arraycopy(part.mul(part).sum(1).toFloats(), 0, lengths, from, to - from);
        }
      }
      var names = new float[examples];
      for (int i = 0; i < examples; i++) {
        names[i] = classOf[i];
      }
      load(
          Map.of(
              IMAGES,
              rows,
              "squares",
              Tensor.of(lengths, Shape.of(examples)),
              "labels",
              Tensor.of(names, Shape.of(examples))));
    }
  }

  @Override
  protected Tensor compute(Tensor x) {
    return Graph.unrecorded(() -> votes(x));
  }

  private Tensor votes(Tensor x) {
    int n = x.shape().size(0);
    if (x.shape().elements() != (long) n * width) {
      throw new ShapeException(
          "neighbours", "x %s has not %d values an image".formatted(x.shape(), width));
    }
    var nearest = new Nearest[n];
    Arrays.setAll(nearest, _ -> new Nearest(Math.min(k, examples)));
    if (examples > 0) {
      var rows = x.contiguous().reshape(n, width);
      if (distance == Distance.L1) {
        byDifferences(rows, nearest);
      } else {
        byProducts(rows, nearest);
      }
    }
    var classOf = labels.get().toFloats();
    var y = new float[n * classes];
    for (int i = 0; i < n; i++) {
      nearest[i].vote(classOf, y, i * classes, classes);
    }
    return Tensor.of(y, Shape.of(n, classes));
  }

  /// The nearest of one image so far; of equally near ones, those remembered earlier.
  private static final class Nearest {
    private final float[] distances;
    private final int[] which;

    Nearest(int k) {
      distances = new float[k];
      which = new int[k];
      Arrays.fill(distances, Float.POSITIVE_INFINITY);
    }

    void see(float distance, int index) {
      int at = distances.length - 1;
      if (!(distance < distances[at])) {
        return;
      }
      for (; at > 0 && distance < distances[at - 1]; at--) {
        distances[at] = distances[at - 1];
        which[at] = which[at - 1];
      }
      distances[at] = distance;
      which[at] = index;
    }

    void vote(float[] classOf, float[] y, int from, int classes) {
      var votes = new float[classes];
      float all = 1;
      Arrays.fill(votes, 1f / classes);
      for (int r = 0; r < which.length; r++) {
        if (distances[r] < Float.POSITIVE_INFINITY) {
          float vote = 1 + TIE_BREAK * (which.length - r) / which.length;
          votes[(int) classOf[which[r]]] += vote;
          all += vote;
        }
      }
      for (int c = 0; c < classes; c++) {
        y[from + c] = (float) Math.log(votes[c] / all);
      }
    }
  }

  private void byProducts(Tensor rows, Nearest[] nearest) {
    var lengths = squares.get().toFloats();
    for (int from = 0; from < examples; from += TILE) {
      int start = from;
      int size = Math.min(TILE, examples - from);
      try (var _ = Scope.open("neighbours")) {
        var products =
            rows.matmul(images.get().slice(0, start, start + size).transpose(0, 1)).contiguous();
        var values = products.array().segment();
        IntStream.range(0, nearest.length)
            .parallel()
            .forEach(i -> look(values, (long) i * size, lengths, start, size, nearest[i]));
      }
    }
  }

  private void look(
      MemorySegment products, long at, float[] lengths, int start, int size, Nearest nearest) {
    boolean cosine = distance == Distance.COSINE;
    for (int j = 0; j < size; j++) {
      float product = products.getAtIndex(ValueLayout.JAVA_FLOAT, at + j);
      float square = lengths[start + j];
      nearest.see(
          cosine
              ? -product / (float) Math.sqrt(Math.max(square, Float.MIN_NORMAL))
              : square - 2 * product,
          start + j);
    }
  }

  private void byDifferences(Tensor rows, Nearest[] nearest) {
    var x = rows.toFloats();
    var remembered = images.get().array().segment();
    var tile = new float[width * SMALL_TILE];
    for (int from = 0; from < examples; from += SMALL_TILE) {
      int start = from;
      int size = Math.min(SMALL_TILE, examples - from);
      IntStream.range(0, size)
          .parallel()
          .forEach(
              j -> {
                for (int p = 0; p < width; p++) {
                  tile[p * SMALL_TILE + j] =
                      remembered.getAtIndex(ValueLayout.JAVA_FLOAT, (long) (start + j) * width + p);
                }
              });
      IntStream.range(0, nearest.length)
          .parallel()
          .forEach(
              i -> {
                var sums = differences(x, i * width, tile);
                for (int j = 0; j < size; j++) {
                  nearest[i].see(sums[j], start + j);
                }
              });
    }
  }

  /// Σ |x − m| for all m of a tile, whose values lie together. Four values at a time, between which
  /// the sums need not be written.
  private float[] differences(float[] x, int from, float[] tile) {
    var sums = new float[SMALL_TILE];
    int p = 0;
    for (; p + 3 < width; p += 4) {
      float a = x[from + p];
      float b = x[from + p + 1];
      float c = x[from + p + 2];
      float d = x[from + p + 3];
      int row = p * SMALL_TILE;
      for (int j = 0; j < SMALL_TILE; j++) {
        sums[j] +=
            Math.abs(a - tile[row + j])
                + Math.abs(b - tile[row + SMALL_TILE + j])
                + (Math.abs(c - tile[row + 2 * SMALL_TILE + j])
                    + Math.abs(d - tile[row + 3 * SMALL_TILE + j]));
      }
    }
    for (; p < width; p++) {
      float value = x[from + p];
      int row = p * SMALL_TILE;
      for (int j = 0; j < SMALL_TILE; j++) {
        sums[j] += Math.abs(value - tile[row + j]);
      }
    }
    return sums;
  }

  @Override
  protected long multiplyAdds(Shape x, Shape y) {
    return x.elements() * examples;
  }

  @Override
  public String describe() {
    return "Neighbours(%d of %d, %s)"
        .formatted(k, examples, distance.name().toLowerCase(Locale.ROOT));
  }
}
