package fovea.core.kernel.vector;

import static fovea.core.kernel.vector.Memory.LANES;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.kernel.Norm;
import fovea.core.kernel.Team;
import fovea.core.kernel.Window;
import java.lang.foreign.Arena;
import java.lang.ref.Reference;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Convolutions with 3×3 filters by Winograd's minimal filtering, F(4×4, 3×3) (Lavin & Gray 2016,
/// "Fast Algorithms for Convolutional Neural Networks", section 4): 16 outputs by 36 products a
/// channel instead of 144.
///
/// With d a patch of 6×6 inputs, g a filter and y the 4×4 outputs, Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A.
/// Over channels, each of the 36 places is a matrix product of its own: tiles × channels by
/// channels × filters. A thread takes some tiles at a time, few enough that what is between the
/// transforms stays in its second-level cache. All of that is float32; images and gradients whose
/// product is the gradient of weights may be bfloat16.
///
/// Rounding errors are about twice those of adding up 144 products ([WinogradPasses] says why so
/// few). Infinities become NaN, and both spread over a tile.
final class Winograd {
  private static final int TILE = 4;
  private static final int PATCH = TILE + 2;
  static final int PLACES = PATCH * PATCH;

  private static final int MOST_CHANNELS = 4096;

  /// Filters of more weights would take more memory, made ready, than they are worth: 36 floats for
  /// each 9.
  private static final int MOST_FILTERS = 512 * 1024;

  /// Fewer channels than this, and the transforms cost what the products save.
  private static final int LEAST_CHANNELS = 32;

  /// The same of bfloat16, for which oneDNN's kernels have faster products.
  private static final int LEAST_HALF_CHANNELS = 64;

  /// Fewer tiles than this, and the filters, which take four times the memory, are what is waited
  /// for.
  private static final int LEAST_TILES = 144;

  /// How many tiles are done at a time, a multiple of what the products take at once: few enough
  /// for the second-level cache.
  private static final int BLOCK = 24;

  private static final int PARTS = 64;

  /// Of the weights' gradient: what each part of the tiles may add up by itself, all parts
  /// together, and how many tiles make it worth the while.
  private static final int MOST_WEIGHTS_BY_TILES = 64 * 128;

  private static final int MOST_SUMS = 1 << 20;
  private static final int MOST_PARTS = 16;
  private static final int LEAST_TILES_OF_PART = 192;

  /// Bytes of transforms that are put down.
  private static final int MOST_TRANSFORMED = 8 << 20;

  /// What lies outside of an image.
  private static final long ZEROS = Arena.global().allocate(4L * MOST_CHANNELS, 64).address();

  private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

  private Winograd() {}

  /// What a thread keeps from call to call.
  private static final class Scratch {
    private final Lent room = new Lent(2 * WinogradPasses.ROOM);
    private final long t = room.address();

    /// Pixels of bfloat16 in float32, and where they then are.
    private final long wide = t + WinogradPasses.ROOM;

    private final long[] widened = new long[PLACES];
    private final long[] patch = new long[PLACES];
    private final long[] pixels = new long[TILE * TILE];
    private final long[] added = new long[TILE * TILE];

    /// Where outputs go that are outside of the image.
    private final Lent sink = new Lent(4L * MOST_CHANNELS);

    private final Lent v = new Lent(0);
    private final Lent m = new Lent(0);
    private final Lent ends = new Lent(0);

    Scratch() {
      for (int i = 0; i < PLACES; i++) {
        widened[i] = wide + 4L * LANES * i;
      }
    }
  }

  // ---- what is done here

  /// Whether a convolution is done here, or with it the gradient of its image.
  static boolean suits(NdArray x, NdArray w, Window window, int groups, NdArray y) {
    return x.dtype() == DType.F32 && suits(x, w, window, groups, y, LEAST_CHANNELS);
  }

  private static boolean suits(
      NdArray x, NdArray w, Window window, int groups, NdArray y, int leastChannels) {
    return groups == 1
        && isImage(x)
        && isImage(y)
        && x.dtype() == y.dtype()
        && isThreeByThree(window)
        && fills(x.shape().size(1), leastChannels)
        && fills(y.shape().size(1), leastChannels)
        && (long) x.shape().size(1) * y.shape().size(1) <= MOST_FILTERS
        && w.dtype() == DType.F32
        && w.isContiguous()
        && new Tiles(y.shape()).pay();
  }

  private static boolean isThreeByThree(Window w) {
    return w.axes().size() == 2
        && w.equals(Window.of(3).pad(w.padTop(), w.padLeft(), w.padBottom(), w.padRight()))
        && Math.max(w.padTop(), w.padBottom()) <= 2
        && Math.max(w.padLeft(), w.padRight()) <= 2;
  }

  /// Whether the gradient of the weights is done here.
  static boolean suitsWeights(NdArray x, NdArray w, Window window, int groups, NdArray y) {
    boolean half = x.dtype() == DType.BF16;
    return suits(x, w, window, groups, y, half ? LEAST_HALF_CHANNELS : LEAST_CHANNELS);
  }

  private static boolean fills(int channels, int least) {
    return channels >= least
        && channels <= MOST_CHANNELS
        && channels % LANES == 0
        && channels % WinogradProducts.CHANNELS_AT_ONCE == 0;
  }

  private static boolean isImage(NdArray a) {
    return (a.dtype() == DType.F32 || a.dtype() == DType.BF16)
        && a.shape().rank() == 4
        && a.isChannelsLast();
  }

  /// The 4×4 tiles of an image of outputs, numbered image by image and row by row.
  private record Tiles(int images, int height, int width, int down, int across) {
    Tiles(Shape y) {
      this(
          y.size(0),
          y.size(2),
          y.size(3),
          Math.ceilDiv(y.size(2), TILE),
          Math.ceilDiv(y.size(3), TILE));
    }

    long count() {
      return (long) images * down * across;
    }

    /// Whether there are enough, and not too much of them lies outside of the image.
    boolean pay() {
      return count() >= LEAST_TILES && PLACES * down * across <= 5 * height * width;
    }
  }

  /// Goes from tile to tile.
  private static final class Walk {
    private final Tiles tiles;
    private int image;
    private int top;
    private int left;

    Walk(Tiles tiles, long first) {
      this.tiles = tiles;
      long row = first / tiles.across;
      image = (int) (row / tiles.down);
      top = (int) (row % tiles.down) * TILE;
      left = (int) (first % tiles.across) * TILE;
    }

    void next() {
      left += TILE;
      if (left >= tiles.width) {
        left = 0;
        top += TILE;
        if (top >= tiles.height) {
          top = 0;
          image++;
        }
      }
    }
  }

  /// An image's pixels, channels-last.
  ///
  /// @param bytes of an element
  private record Pixels(long address, int height, int width, int channels, int bytes) {
    static Pixels of(NdArray a) {
      var s = a.shape();
      return new Pixels(a.address(), s.size(2), s.size(3), s.size(1), a.dtype().bytes());
    }

    boolean half() {
      return bytes == 2;
    }

    /// Where the pixels of a square are.
    ///
    /// @param outside where those are that are outside of the image
    void locate(int image, int top, int left, int size, long outside, long[] into) {
      long pixel = (long) bytes * channels;
      long line = pixel * width;
      long first = address + ((long) image * height + top) * line + left * pixel;
      if (top >= 0 && left >= 0 && top + size <= height && left + size <= width) {
        for (int i = 0, k = 0; i < size; i++, first += line) {
          for (int j = 0; j < size; j++, k++) {
            into[k] = first + j * pixel;
          }
        }
        return;
      }
      for (int i = 0, k = 0; i < size; i++, first += line) {
        boolean rowInside = top + i >= 0 && top + i < height;
        for (int j = 0; j < size; j++, k++) {
          boolean inside = rowInside && left + j >= 0 && left + j < width;
          into[k] = inside ? first + j * pixel : outside;
        }
      }
    }
  }

  /// Bytes between the matrices of two places. One vector more than they fill: else many of them
  /// would compete for one set of the cache.
  private static long apart(int tiles, int channels) {
    return 4L * (tiles * channels + LANES);
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
    var tiles = new Tiles(y.shape());
    long blocks = Math.ceilDiv(tiles.count(), (long) BLOCK);
    int parts = (int) Math.min(PARTS, blocks);
    try {
      var ends = Ends.of(SCRATCH.get().ends, filters.outputs(), bias, norm, relu);
      boolean asTheyAre = bias == null && norm == null && residual == null && !relu;
      var work =
          new Convolving(
              Pixels.of(x),
              // The gradient of what a filter sees of the padding is outside of the image's.
              filters.transposed() ? 2 - window.padTop() : window.padTop(),
              filters.transposed() ? 2 - window.padLeft() : window.padLeft(),
              filters,
              ends,
              asTheyAre,
              tiles,
              residual == null ? null : Pixels.of(residual),
              Pixels.of(y));
      team.run(
          parts,
          part -> {
            long end = blocks * (part + 1) / parts;
            for (long b = blocks * part / parts; b < end; b++) {
              long first = b * BLOCK;
              work.block(first, (int) Math.min(BLOCK, tiles.count() - first));
            }
          });
    } finally {
      Reference.reachabilityFence(x);
      Reference.reachabilityFence(filters);
      Reference.reachabilityFence(residual);
      Reference.reachabilityFence(y);
    }
  }

  /// What is done to each channel of the outputs: times scale, plus shift, at least low.
  ///
  /// @param scale an address, as is shift
  private record Ends(long scale, long shift, float low) {
    static Ends of(
        Lent room, int channels, @Nullable NdArray bias, @Nullable Norm norm, boolean relu) {
      long scale = room.atLeast(8L * channels);
      long shift = scale + 4L * channels;
      for (int c = 0; c < channels; c++) {
        double offset = bias == null ? 0 : BatchNorms.get(bias, c);
        double factor = 1;
        if (norm != null) {
          factor =
              BatchNorms.get(norm.gamma(), c)
                  / Math.sqrt(BatchNorms.get(norm.variance(), c) + norm.eps());
          offset =
              BatchNorms.get(norm.beta(), c) + (offset - BatchNorms.get(norm.mean(), c)) * factor;
        }
        Memory.set(scale, c, (float) factor);
        Memory.set(shift, c, (float) offset);
      }
      return new Ends(scale, shift, relu ? 0 : Float.NEGATIVE_INFINITY);
    }
  }

  private record Convolving(
      Pixels x,
      int padTop,
      int padLeft,
      WinogradFilters filters,
      Ends ends,
      boolean asTheyAre,
      Tiles tiles,
      @Nullable Pixels residual,
      Pixels y) {

    void block(long first, int n) {
      var s = SCRATCH.get();
      long apartV = apart(BLOCK, filters.inputs());
      long apartM = apart(BLOCK, filters.outputs());
      long v = s.v.atLeast(PLACES * apartV);
      long m = s.m.atLeast(PLACES * apartM);
      patches(s, x, padTop, padLeft, tiles, first, n, v, apartV);
      for (int place = 0; place < PLACES; place++) {
        filters.multiply(place, v + place * apartV, m + place * apartM, n);
      }
      var walk = new Walk(tiles, first);
      for (int t = 0; t < n; t++, walk.next()) {
        outputs(s, walk, m + 4L * t * filters.outputs(), apartM);
      }
    }

    private void outputs(Scratch s, Walk at, long m, long apart) {
      y.locate(at.image, at.top, at.left, TILE, s.sink.address(), s.pixels);
      if (residual != null) {
        residual.locate(at.image, at.top, at.left, TILE, ZEROS, s.added);
      } else if (s.added[0] != ZEROS || s.added[TILE * TILE - 1] != ZEROS) {
        Arrays.fill(s.added, ZEROS);
      }
      for (int c = 0; c < filters.outputs(); c += LANES) {
        long channel = 4L * c;
        WinogradPasses.outputRows(m + 4L * c, apart, s.t);
        WinogradPasses.outputColumns(s.t);
        if (asTheyAre) {
          WinogradPasses.finish(s.t, s.pixels, channel);
        } else {
          WinogradPasses.finish(
              s.t, ends.scale + 4L * c, ends.shift + 4L * c, ends.low, s.added, s.pixels, channel);
        }
      }
    }
  }

  /// Bᵀ d B of the patches that some tiles depend on.
  private static void patches(
      Scratch s,
      Pixels x,
      int padTop,
      int padLeft,
      Tiles tiles,
      long first,
      int n,
      long v,
      long apart) {
    var walk = new Walk(tiles, first);
    for (int t = 0; t < n; t++, walk.next()) {
      x.locate(walk.image, walk.top - padTop, walk.left - padLeft, PATCH, ZEROS, s.patch);
      long to = v + 4L * t * x.channels;
      for (int c = 0; c < x.channels; c += LANES) {
        if (x.half()) {
          WinogradPasses.widen(s.patch, PLACES, 2L * c, s.wide);
          WinogradPasses.patchRows(s.widened, 0, s.t);
        } else {
          WinogradPasses.patchRows(s.patch, 4L * c, s.t);
        }
        WinogradPasses.patchColumns(s.t, to + 4L * c, apart);
      }
    }
  }

  // ---- the weights' gradient

  /// dw [K, C, 3, 3] = Gᵀ [Σ over tiles of (A dY Aᵀ) ⊙ (Bᵀ d B)] G, and dbias [K] where wanted.
  ///
  /// Where the matrices of all places fit into a thread's cache, each part of the tiles adds up its
  /// own; else transforms of many tiles are put down first, and the matrix of each place is added
  /// up as a whole.
  static void backwardWeights(
      Team team, NdArray x, NdArray dy, Window window, NdArray dw, @Nullable NdArray dbias) {
    int channels = x.shape().size(1);
    int filters = dy.shape().size(1);
    var work =
        new Gradients(
            Pixels.of(x), Pixels.of(dy), window.padTop(), window.padLeft(), new Tiles(dy.shape()));
    try {
      var sums =
          channels * filters <= MOST_WEIGHTS_BY_TILES ? work.byTiles(team) : work.byPlaces(team);
      sums.deliver(team, dw, dbias);
    } finally {
      Reference.reachabilityFence(x);
      Reference.reachabilityFence(dy);
    }
  }

  private record Gradients(Pixels x, Pixels dy, int padTop, int padLeft, Tiles tiles) {

    WinogradFilters.Sums byTiles(Team team) {
      long size = (long) PLACES * x.channels * dy.channels;
      long most = Math.min(MOST_SUMS / size, tiles.count() / LEAST_TILES_OF_PART);
      int parts = (int) Math.min(MOST_PARTS, Long.highestOneBit(Math.max(1, most)));
      var sums = WinogradFilters.Sums.lent(parts, parts, x.channels, dy.channels);
      long blocks = Math.ceilDiv(tiles.count(), (long) BLOCK);
      long apartV = apart(BLOCK, x.channels);
      long apartZ = apart(BLOCK, dy.channels);
      team.run(
          parts,
          part -> {
            sums.clear(part);
            var s = SCRATCH.get();
            long v = s.v.atLeast(PLACES * apartV);
            long z = s.m.atLeast(PLACES * apartZ);
            long end = blocks * (part + 1) / parts;
            for (long b = blocks * part / parts; b < end; b++) {
              int n = transform(b * BLOCK, tiles.count(), v, apartV, z, apartZ, sums.bias(part));
              for (int place = 0; place < PLACES; place++) {
                sums.add(part, place, v + place * apartV, z + place * apartZ, n);
              }
            }
          });
      return sums;
    }

    WinogradFilters.Sums byPlaces(Team team) {
      int most = MOST_TRANSFORMED / (4 * PLACES * (x.channels + dy.channels) * BLOCK);
      int blocks = (int) Math.clamp(most, 1, Math.ceilDiv(tiles.count(), (long) BLOCK));
      int chunk = blocks * BLOCK;
      var sums = WinogradFilters.Sums.lent(1, blocks, x.channels, dy.channels);
      long apartV = apart(chunk, x.channels);
      long apartZ = apart(chunk, dy.channels);
      // The caller's, for all threads.
      var s = SCRATCH.get();
      long v = s.v.atLeast(PLACES * apartV);
      long z = s.m.atLeast(PLACES * apartZ);
      sums.clear(0);
      for (long first = 0; first < tiles.count(); first += chunk) {
        long from = first;
        long end = Math.min(tiles.count(), first + chunk);
        team.run(
            (int) Math.ceilDiv(end - first, (long) BLOCK),
            b ->
                transform(
                    from + (long) b * BLOCK,
                    end,
                    v + 4L * b * BLOCK * x.channels,
                    apartV,
                    z + 4L * b * BLOCK * dy.channels,
                    apartZ,
                    sums.bias(b)));
        team.run(
            PLACES,
            place ->
                sums.add(0, place, v + place * apartV, z + place * apartZ, (int) (end - from)));
      }
      return sums;
    }

    /// Bᵀ d B and A dY Aᵀ of a block of tiles, and the sums of the latter's gradients.
    ///
    /// @return how many there are, up to `end`
    private int transform(
        long first, long end, long v, long apartV, long z, long apartZ, long bias) {
      var s = SCRATCH.get();
      int n = (int) Math.min(BLOCK, end - first);
      patches(s, x, padTop, padLeft, tiles, first, n, v, apartV);
      var walk = new Walk(tiles, first);
      for (int t = 0; t < n; t++, walk.next()) {
        dy.locate(walk.image, walk.top, walk.left, TILE, ZEROS, s.pixels);
        long to = z + 4L * t * dy.channels;
        for (int k = 0; k < dy.channels; k += LANES) {
          if (dy.half()) {
            WinogradPasses.widen(s.pixels, TILE * TILE, 2L * k, s.wide);
            WinogradPasses.gradientRows(s.widened, 0, s.t, bias + 4L * k);
          } else {
            WinogradPasses.gradientRows(s.pixels, 4L * k, s.t, bias + 4L * k);
          }
          WinogradPasses.gradientColumns(s.t, to + 4L * k, apartZ);
        }
      }
      return n;
    }
  }
}
