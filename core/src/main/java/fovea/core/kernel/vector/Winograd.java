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

  /// Of the weights' gradient: channels, and filters, that are done at a time; the most parts of
  /// the tiles; elements of all their sums; and the fewest tiles that make a part worth its sums.
  private static final int PIECE = 64;

  private static final int MOST_PARTS = 16;
  private static final int MOST_SUMS = 1 << 20;
  private static final int LEAST_TILES_OF_PART = 72;

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

    private final Walk walk = new Walk();
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

  /// Goes from tile to tile. A thread has one, so that blocks leave nothing for the collector.
  private static final class Walk {
    private Tiles tiles = new Tiles(1, 1, 1, 1, 1);
    private int image;
    private int top;
    private int left;

    Walk from(Tiles all, long first) {
      tiles = all;
      long row = first / all.across;
      image = (int) (row / all.down);
      top = (int) (row % all.down) * TILE;
      left = (int) (first % all.across) * TILE;
      return this;
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
      boolean asTheyAre = bias == null && norm == null && residual == null && !relu;
      var ends =
          asTheyAre ? null : Ends.of(SCRATCH.get().ends, filters.outputs(), bias, norm, relu);
      var work =
          new Convolving(
              Pixels.of(x),
              // The gradient of what a filter sees of the padding is outside of the image's.
              filters.transposed() ? 2 - window.padTop() : window.padTop(),
              filters.transposed() ? 2 - window.padLeft() : window.padLeft(),
              filters,
              ends,
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
      @Nullable Ends ends,
      Tiles tiles,
      @Nullable Pixels residual,
      Pixels y) {

    void block(long first, int n) {
      var s = SCRATCH.get();
      long apartV = apart(BLOCK, filters.inputs());
      long apartM = apart(BLOCK, filters.outputs());
      long v = s.v.atLeast(PLACES * apartV);
      long m = s.m.atLeast(PLACES * apartM);
      var walk = s.walk.from(tiles, first);
      patches(s, x, 0, x.channels, padTop, padLeft, walk, n, v, apartV);
      for (int place = 0; place < PLACES; place++) {
        filters.multiply(place, v + place * apartV, m + place * apartM, n);
      }
      walk.from(tiles, first);
      for (int t = 0; t < n; t++, walk.next()) {
        outputs(s, walk, m + 4L * t * filters.outputs(), apartM);
      }
    }

    private void outputs(Scratch s, Walk at, long m, long apart) {
      y.locate(at.image, at.top, at.left, TILE, s.sink.address(), s.pixels);
      if (residual != null) {
        residual.locate(at.image, at.top, at.left, TILE, ZEROS, s.added);
      } else if (s.added[0] != ZEROS) { // where a tile begins is always inside
        Arrays.fill(s.added, ZEROS);
      }
      for (int c = 0; c < filters.outputs(); c += LANES) {
        long channel = 4L * c;
        WinogradPasses.outputRows(m + 4L * c, apart, s.t);
        WinogradPasses.outputColumns(s.t);
        if (ends == null) {
          WinogradPasses.finish(s.t, s.pixels, channel);
        } else {
          WinogradPasses.finish(
              s.t, ends.scale + 4L * c, ends.shift + 4L * c, ends.low, s.added, s.pixels, channel);
        }
      }
    }
  }

  /// Bᵀ d B of the patches that some tiles depend on, from channel `from` on.
  private static void patches(
      Scratch s,
      Pixels x,
      int from,
      int channels,
      int padTop,
      int padLeft,
      Walk walk,
      int n,
      long v,
      long apart) {
    for (int t = 0; t < n; t++, walk.next()) {
      x.locate(walk.image, walk.top - padTop, walk.left - padLeft, PATCH, ZEROS, s.patch);
      long to = v + 4L * t * channels;
      for (int c = 0; c < channels; c += LANES) {
        long channel = (long) x.bytes * (from + c);
        if (x.half()) {
          WinogradPasses.widen(s.patch, PLACES, channel, s.wide);
          WinogradPasses.patchRows(s.widened, 0, s.t);
        } else {
          WinogradPasses.patchRows(s.patch, channel, s.t);
        }
        WinogradPasses.patchColumns(s.t, to + 4L * c, apart);
      }
    }
  }

  // ---- the weights' gradient

  /// dw [K, C, 3, 3] = Gᵀ [Σ over tiles of (A dY Aᵀ) ⊙ (Bᵀ d B)] G, and dbias [K] where wanted.
  ///
  /// Some channels and some filters at a time, so that their sums stay in the second-level cache,
  /// too: to transform them again for each other costs less than to wait for memory. Each part of
  /// the tiles adds up its own.
  static void backwardWeights(
      Team team, NdArray x, NdArray dy, Window window, NdArray dw, @Nullable NdArray dbias) {
    var in = Pixels.of(x);
    var out = Pixels.of(dy);
    var tiles = new Tiles(dy.shape());
    int pieces = Math.ceilDiv(in.channels, PIECE) * Math.ceilDiv(out.channels, PIECE);
    int parts = parts(tiles, pieces, (long) in.channels * out.channels);
    var sums = WinogradFilters.Sums.lent(parts, in.channels, out.channels, PIECE);
    try {
      team.run(
          pieces * parts,
          unit -> {
            var piece = sums.get(unit / parts);
            new Gradients(in, out, window.padTop(), window.padLeft(), tiles, piece)
                .add(unit % parts, parts);
          });
      WinogradFilters.Sums.deliver(team, sums, dw, dbias);
    } finally {
      Reference.reachabilityFence(x);
      Reference.reachabilityFence(dy);
    }
  }

  private static int parts(Tiles tiles, int pieces, long weights) {
    long most =
        Math.min(
            Math.min(MOST_PARTS / pieces, MOST_SUMS / (PLACES * weights)),
            tiles.count() / LEAST_TILES_OF_PART);
    return (int) Long.highestOneBit(Math.max(1, most));
  }

  private record Gradients(
      Pixels x, Pixels dy, int padTop, int padLeft, Tiles tiles, WinogradFilters.Sums sums) {

    void add(int part, int parts) {
      sums.clear(part);
      var s = SCRATCH.get();
      long apartV = apart(BLOCK, sums.channels());
      long apartZ = apart(BLOCK, sums.filters());
      long v = s.v.atLeast(PLACES * apartV);
      long z = s.m.atLeast(PLACES * apartZ);
      long blocks = Math.ceilDiv(tiles.count(), (long) BLOCK);
      long end = blocks * (part + 1) / parts;
      for (long b = blocks * part / parts; b < end; b++) {
        long first = b * BLOCK;
        int n = (int) Math.min(BLOCK, tiles.count() - first);
        var walk = s.walk.from(tiles, first);
        patches(s, x, sums.firstChannel(), sums.channels(), padTop, padLeft, walk, n, v, apartV);
        gradients(s, s.walk.from(tiles, first), n, z, apartZ, sums.bias(part));
        for (int place = 0; place < PLACES; place++) {
          sums.add(part, place, v + place * apartV, z + place * apartZ, n);
        }
      }
    }

    /// A dY Aᵀ of some tiles, and the sums of their gradients.
    private void gradients(Scratch s, Walk walk, int n, long z, long apart, long bias) {
      int filters = sums.filters();
      for (int t = 0; t < n; t++, walk.next()) {
        dy.locate(walk.image, walk.top, walk.left, TILE, ZEROS, s.pixels);
        long to = z + 4L * t * filters;
        for (int k = 0; k < filters; k += LANES) {
          long channel = (long) dy.bytes * (sums.firstFilter() + k);
          if (dy.half()) {
            WinogradPasses.widen(s.pixels, TILE * TILE, channel, s.wide);
            WinogradPasses.gradientRows(s.widened, 0, s.t, bias + 4L * k);
          } else {
            WinogradPasses.gradientRows(s.pixels, channel, s.t, bias + 4L * k);
          }
          WinogradPasses.gradientColumns(s.t, to + 4L * k, apart);
        }
      }
    }
  }
}
