package fovea.core.kernel.vector;

import static fovea.core.kernel.vector.Memory.LANES;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.kernel.Norm;
import fovea.core.kernel.Team;
import fovea.core.kernel.Window;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Convolutions with 3×3 filters by Winograd's minimal filtering, F(2×2, 3×3) (Lavin & Gray 2016,
/// "Fast Algorithms for Convolutional Neural Networks", section 4.1): four outputs by 16 products a
/// channel instead of 36.
///
/// With d a patch of 4×4 inputs, g a filter and y the 2×2 outputs, Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A.
/// Over channels, each of the 16 places is a matrix product of its own: tiles × channels by
/// channels × filters. A thread takes some tiles at a time, few enough that what is between the
/// transforms stays in its second-level cache.
///
/// Rounding errors are about twice those of adding up 36 products. Infinities become NaN, and both
/// spread over a tile.
final class Winograd {
  /// Fewer channels than this, and the transforms cost more than the products save.
  private static final int LEAST_CHANNELS = 32;

  private static final int MOST_CHANNELS = 4096;

  /// Fewer tiles than this, and the filters, which take 16/9 of the memory, are what is waited for.
  private static final int LEAST_TILES = 96;

  /// What the products of a block may fill of the second-level cache.
  private static final int BLOCK_BYTES = 384 << 10;

  private static final int MOST_TILES_OF_BLOCK = 48;
  private static final int PARTS = 64;
  private static final int MOST_WEIGHTS = 256 * 256;
  private static final int LEAST_TILES_OF_WEIGHTS = 1024;

  /// What lies outside of an image.
  private static final long ZEROS = Arena.global().allocate(4L * MOST_CHANNELS, 64).address();

  private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

  private Winograd() {}

  /// What a thread keeps from call to call.
  private static final class Scratch {
    private final long[] patch = new long[16];

    /// Where outputs go that are outside of the image.
    private final MemorySegment sink = Arena.ofAuto().allocate(4L * MOST_CHANNELS, 64);

    private float[] v = new float[0];
    private float[] m = new float[0];
  }

  /// Whether a convolution is done here, or with it the gradient of its image.
  static boolean suits(NdArray x, NdArray w, Window window, int groups, NdArray y) {
    return groups == 1
        && isImage(x)
        && isImage(y)
        && isThreeByThree(window)
        && fills(x.shape().size(1))
        && fills(y.shape().size(1))
        && w.dtype() == DType.F32
        && w.isContiguous()
        && new Tiles(y.shape()).count() >= LEAST_TILES;
  }

  private static boolean isThreeByThree(Window w) {
    return w.axes().size() == 2
        && w.equals(Window.of(3).pad(w.padTop(), w.padLeft(), w.padBottom(), w.padRight()))
        && Math.max(w.padTop(), w.padBottom()) <= 2
        && Math.max(w.padLeft(), w.padRight()) <= 2;
  }

  /// Whether the gradient of the weights is done here, too: where adding up the sums of all threads
  /// is little work beside the products, and they fit into a cache.
  static boolean suitsWeights(NdArray x, NdArray w, Window window, int groups, NdArray y) {
    return suits(x, w, window, groups, y)
        && w.shape().size(0) * w.shape().size(1) <= MOST_WEIGHTS
        && new Tiles(y.shape()).count() >= LEAST_TILES_OF_WEIGHTS;
  }

  private static boolean fills(int channels) {
    return channels >= LEAST_CHANNELS
        && channels <= MOST_CHANNELS
        && channels % LANES == 0
        && channels % WinogradPasses.CHANNELS_AT_ONCE == 0;
  }

  private static boolean isImage(NdArray a) {
    return a.dtype() == DType.F32 && a.shape().rank() == 4 && a.isChannelsLast();
  }

  /// The 2×2 tiles of an image of outputs, numbered image by image and row by row.
  private record Tiles(int images, int height, int width, int down, int across) {
    Tiles(Shape y) {
      this(y.size(0), y.size(2), y.size(3), Math.ceilDiv(y.size(2), 2), Math.ceilDiv(y.size(3), 2));
    }

    long count() {
      return (long) images * down * across;
    }
  }

  /// How many tiles are done at a time: a multiple of what the products take at once.
  private static int block(int channels, int filters) {
    int fit = BLOCK_BYTES / (64 * (channels + filters));
    int whole = fit / 12 * 12;
    return Math.clamp(whole, 12, MOST_TILES_OF_BLOCK);
  }

  /// Elements between the matrices of two places. One vector more than they fill: else 16 of them
  /// would compete for one set of the cache.
  private static int apart(int tiles, int channels) {
    return tiles * channels + LANES;
  }

  private static float[] atLeast(float[] room, int size) {
    return room.length >= size ? room : new float[size];
  }

  // ---- forwards

  /// y = x ⋆ filters + bias, then batch norm, then + residual, then ReLU, as far as they are
  /// wanted.
  static void convolve(
      Team team,
      NdArray x,
      WinogradFilters filters,
      Window window,
      @Nullable NdArray bias,
      @Nullable Norm norm,
      @Nullable NdArray residual,
      boolean relu,
      NdArray y) {
    var ends = Ends.of(filters.outputs(), bias, norm, relu);
    var tiles = new Tiles(y.shape());
    int block = block(filters.inputs(), filters.outputs());
    long blocks = Math.ceilDiv(tiles.count(), (long) block);
    int parts = (int) Math.min(PARTS, blocks);
    try {
      // The gradient of what a filter sees of the padding is outside of the image's.
      int padTop = filters.transposed() ? 2 - window.padTop() : window.padTop();
      int padLeft = filters.transposed() ? 2 - window.padLeft() : window.padLeft();
      var in = new Patches(x.address(), x.shape(), padTop, padLeft);
      long to = y.address();
      long added = residual == null ? 0 : residual.address();
      team.run(
          parts,
          part -> {
            long end = blocks * (part + 1) / parts;
            for (long b = blocks * part / parts; b < end; b++) {
              long first = b * block;
              int n = (int) Math.min(block, tiles.count() - first);
              convolve(in, filters, ends, tiles, first, n, block, added, to);
            }
          });
    } finally {
      Reference.reachabilityFence(x);
      Reference.reachabilityFence(residual);
      Reference.reachabilityFence(y);
    }
  }

  private static void convolve(
      Patches in,
      WinogradFilters filters,
      Ends ends,
      Tiles tiles,
      long first,
      int n,
      int block,
      long added,
      long to) {
    int channels = filters.inputs();
    int outputs = filters.outputs();
    var s = SCRATCH.get();
    int apartV = apart(block, channels);
    int apartM = apart(block, outputs);
    s.v = atLeast(s.v, 16 * apartV);
    s.m = atLeast(s.m, 16 * apartM);
    long sink = s.sink.address();
    in.transform(tiles, first, n, s.patch, s.v, apartV);
    for (int place = 0; place < 16; place++) {
      filters.multiply(place, s.v, place * apartV, s.m, place * apartM, n);
    }
    int row = (int) (first / tiles.across);
    int column = (int) (first % tiles.across);
    long pixel = 4L * outputs;
    long line = pixel * tiles.width;
    for (int t = 0; t < n; t++) {
      int top = row % tiles.down * 2;
      int left = column * 2;
      long at = ((long) (row / tiles.down) * tiles.height + top) * line + left * pixel;
      boolean hasRight = left + 1 < tiles.width;
      boolean hasBelow = top + 1 < tiles.height;
      WinogradPasses.outputs(
          s.m,
          t * outputs,
          apartM,
          outputs,
          ends.scale,
          ends.shift,
          ends.low,
          added == 0 ? ZEROS : added + at,
          added == 0 || !hasRight ? ZEROS : added + at + pixel,
          added == 0 || !hasBelow ? ZEROS : added + at + line,
          added == 0 || !hasRight || !hasBelow ? ZEROS : added + at + line + pixel,
          to + at,
          hasRight ? to + at + pixel : sink,
          hasBelow ? to + at + line : sink,
          hasRight && hasBelow ? to + at + line + pixel : sink);
      if (++column == tiles.across) {
        column = 0;
        row++;
      }
    }
  }

  /// What is done to each channel of the outputs: times scale, plus shift, at least low.
  private record Ends(float[] scale, float[] shift, float low) {
    static Ends of(int channels, @Nullable NdArray bias, @Nullable Norm norm, boolean relu) {
      var scale = new float[channels];
      var shift = new float[channels];
      for (int c = 0; c < channels; c++) {
        double offset = bias == null ? 0 : BatchNorms.get(bias, c);
        if (norm == null) {
          scale[c] = 1;
          shift[c] = (float) offset;
        } else {
          double s =
              BatchNorms.get(norm.gamma(), c)
                  / Math.sqrt(BatchNorms.get(norm.variance(), c) + norm.eps());
          scale[c] = (float) s;
          shift[c] =
              (float)
                  (BatchNorms.get(norm.beta(), c) + (offset - BatchNorms.get(norm.mean(), c)) * s);
        }
      }
      return new Ends(scale, shift, relu ? 0 : Float.NEGATIVE_INFINITY);
    }
  }

  /// The 4×4 patches of an image that its tiles of outputs depend on.
  private record Patches(long address, Shape shape, int padTop, int padLeft) {
    void transform(Tiles tiles, long first, int n, long[] patch, float[] v, int apart) {
      int channels = shape.size(1);
      int row = (int) (first / tiles.across);
      int column = (int) (first % tiles.across);
      for (int t = 0; t < n; t++) {
        locate(row / tiles.down, row % tiles.down * 2 - padTop, column * 2 - padLeft, patch);
        WinogradPasses.patch(patch, v, t * channels, apart, channels);
        if (++column == tiles.across) {
          column = 0;
          row++;
        }
      }
    }

    private void locate(int image, int top, int left, long[] patch) {
      int height = shape.size(2);
      int width = shape.size(3);
      long pixel = 4L * shape.size(1);
      for (int i = 0; i < 4; i++) {
        int y = top + i;
        boolean inside = y >= 0 && y < height;
        long line = address + (((long) image * height + y) * width + left) * pixel;
        for (int j = 0; j < 4; j++) {
          int x = left + j;
          patch[4 * i + j] = inside && x >= 0 && x < width ? line + j * pixel : ZEROS;
        }
      }
    }
  }

  // ---- the weights' gradient

  /// dw [K, C, 3, 3] = Gᵀ [Σ over tiles of (A dY Aᵀ) ⊙ (Bᵀ d B)] G, and dbias [K] where wanted.
  /// Each thread adds up a part of the tiles.
  static void backwardWeights(
      Team team, NdArray x, NdArray dy, Window window, NdArray dw, @Nullable NdArray dbias) {
    int channels = x.shape().size(1);
    int filters = dy.shape().size(1);
    var tiles = new Tiles(dy.shape());
    int block = MOST_TILES_OF_BLOCK;
    long blocks = Math.ceilDiv(tiles.count(), (long) block);
    int parts = (int) Math.min(team.threads(), blocks);
    int size = 16 * channels * filters + filters;
    var sums = WinogradFilters.lent(parts * size);
    try {
      var in = new Patches(x.address(), x.shape(), window.padTop(), window.padLeft());
      long from = dy.address();
      team.run(
          parts,
          part -> {
            Arrays.fill(sums, part * size, (part + 1) * size, 0);
            long end = blocks * (part + 1) / parts;
            for (long b = blocks * part / parts; b < end; b++) {
              long first = b * block;
              int n = (int) Math.min(block, tiles.count() - first);
              addProducts(in, from, channels, filters, tiles, first, n, block, sums, part * size);
            }
          });
      WinogradFilters.gradient(team, sums, parts, size, channels, filters, dw, dbias);
    } finally {
      Reference.reachabilityFence(x);
      Reference.reachabilityFence(dy);
    }
  }

  private static void addProducts(
      Patches in,
      long from,
      int channels,
      int filters,
      Tiles tiles,
      long first,
      int n,
      int block,
      float[] sums,
      int at) {
    var s = SCRATCH.get();
    int apartV = apart(block, channels);
    int apartM = apart(block, filters);
    s.v = atLeast(s.v, 16 * apartV);
    s.m = atLeast(s.m, 16 * apartM);
    in.transform(tiles, first, n, s.patch, s.v, apartV);
    int row = (int) (first / tiles.across);
    int column = (int) (first % tiles.across);
    long pixel = 4L * filters;
    long line = pixel * tiles.width;
    int biasAt = at + 16 * channels * filters;
    for (int t = 0; t < n; t++) {
      int top = row % tiles.down * 2;
      int left = column * 2;
      long g = from + ((long) (row / tiles.down) * tiles.height + top) * line + left * pixel;
      boolean hasRight = left + 1 < tiles.width;
      boolean hasBelow = top + 1 < tiles.height;
      WinogradPasses.gradients(
          g,
          hasRight ? g + pixel : ZEROS,
          hasBelow ? g + line : ZEROS,
          hasRight && hasBelow ? g + line + pixel : ZEROS,
          s.m,
          t * filters,
          apartM,
          filters,
          sums,
          biasAt);
      if (++column == tiles.across) {
        column = 0;
        row++;
      }
    }
    for (int place = 0; place < 16; place++) {
      WinogradPasses.addOuterProducts(
          s.v,
          place * apartV,
          s.m,
          place * apartM,
          n,
          channels,
          filters,
          sums,
          at + place * channels * filters);
    }
  }
}
