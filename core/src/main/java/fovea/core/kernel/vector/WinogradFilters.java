package fovea.core.kernel.vector;

import static fovea.core.kernel.vector.Memory.ALL;
import static fovea.core.kernel.vector.Memory.LANES;

import fovea.core.array.NdArray;
import fovea.core.kernel.Loops;
import fovea.core.kernel.Team;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Filters as [Winograd] multiplies by them: G g Gᵀ, for each of its 36 places a matrix of inputs ×
/// outputs, in panels of one or two vectors of outputs.
///
/// @param u 36 × outputs/panel × inputs × panel elements
/// @param transposed whether for the gradient of the image: from filters to channels, and turned by
///   half a turn
record WinogradFilters(Lent u, int inputs, int outputs, int panel, boolean transposed)
    implements Loops.Filters {
  /// Inputs, or channels, that are gone through together.
  private static final int AT_ONCE = 16;

  private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

  /// What the next call on this thread may overwrite.
  private static final ThreadLocal<Lent> LENT = ThreadLocal.withInitial(() -> new Lent(0));

  /// What a thread keeps: filters as they lie, and tap by tap.
  private static final class Scratch {
    private final float[] rows = new float[9 * Math.max(AT_ONCE, 2 * LANES)];
    private final float[] taps = new float[9 * AT_ONCE * 2 * LANES];
    private final Lent room = new Lent(WinogradPasses.ROOM);
    private final Lent aligned = new Lent(4L * taps.length);
  }

  /// @param w [K, C, 3, 3]
  /// @param owned whether they stay, else the next call on this thread may overwrite them
  static WinogradFilters of(Team team, NdArray w, boolean transposed, boolean owned) {
    int filters = w.shape().size(0);
    int channels = w.shape().size(1);
    int inputs = transposed ? filters : channels;
    int outputs = transposed ? channels : filters;
    int panel = outputs % (2 * LANES) == 0 ? 2 * LANES : LANES;
    var u = owned ? new Lent(0) : LENT.get();
    u.atLeast(4L * Winograd.PLACES * inputs * outputs);
    var ready = new WinogradFilters(u, inputs, outputs, panel, transposed);
    try {
      long address = w.address();
      team.run(outputs / panel, part -> ready.transform(address, part * panel));
    } finally {
      Reference.reachabilityFence(w);
    }
    return ready;
  }

  /// The filters of the panel that begins with output `first`, some inputs at a time: first put
  /// down tap by tap, as vectors want them.
  private void transform(long w, int first) {
    var s = SCRATCH.get();
    long taps = s.aligned.address();
    for (int in = 0; in < inputs; in += AT_ONCE) {
      int n = Math.min(AT_ONCE, inputs - in);
      if (transposed) {
        for (int i = 0; i < n; i++) {
          Memory.read(w + 36L * ((long) (in + i) * outputs + first), s.rows, 9 * panel);
          for (int j = 0; j < 9 * panel; j++) {
            s.taps[(9 * i + 8 - j % 9) * panel + j / 9] = s.rows[j];
          }
        }
      } else {
        for (int o = 0; o < panel; o++) {
          Memory.read(w + 36L * ((long) (first + o) * inputs + in), s.rows, 9 * n);
          for (int j = 0; j < 9 * n; j++) {
            s.taps[j * panel + o] = s.rows[j];
          }
        }
      }
      Memory.write(s.taps, 9 * n * panel, taps);
      for (int i = 0; i < n; i++) {
        WinogradPasses.filters(
            taps + 36L * i * panel,
            4L * panel,
            u.address() + 4 * ((long) first * inputs + (long) (in + i) * panel),
            place(),
            s.room.address());
      }
    }
  }

  /// Bytes from place to place.
  private long place() {
    return 4L * inputs * outputs;
  }

  /// m [tiles, outputs] = v [tiles, inputs] · the matrix of a place. Rows up to the next multiple
  /// of what is done at once are written, too.
  void multiply(int place, long v, long m, int tiles) {
    long from = u.address() + place * place();
    for (int o = 0; o < outputs; o += panel) {
      long panelAt = from + 4L * o * inputs;
      if (panel == LANES) {
        WinogradProducts.multiplyNarrow(v, panelAt, m + 4L * o, tiles, inputs, outputs);
      } else {
        WinogradProducts.multiplyWide(v, panelAt, m + 4L * o, tiles, inputs, outputs);
      }
    }
  }

  /// Sums over tiles that become the gradient of some filters' weights for some channels: for each
  /// part of the tiles 36 matrices of channels × filters, and the sum of the gradients of each
  /// filter's outputs.
  record Sums(
      long address, int parts, int firstChannel, int channels, int firstFilter, int filters) {

    /// Sums of all filters and channels, in pieces of at most so many each: room that the next call
    /// on this thread may overwrite; [#clear] it.
    static List<Sums> lent(int parts, int channels, int filters, int most) {
      var sums = new ArrayList<Sums>();
      for (int c = 0; c < channels; c += most) {
        for (int k = 0; k < filters; k += most) {
          sums.add(
              new Sums(0, parts, c, Math.min(most, channels - c), k, Math.min(most, filters - k)));
        }
      }
      long next = LENT.get().atLeast(sums.stream().mapToLong(s -> s.parts * s.size()).sum());
      for (var i = sums.listIterator(); i.hasNext(); ) {
        var s = i.next();
        i.set(new Sums(next, parts, s.firstChannel, s.channels, s.firstFilter, s.filters));
        next += parts * s.size();
      }
      return sums;
    }

    /// Bytes from part to part.
    private long size() {
      return Winograd.PLACES * place() + 4L * filters;
    }

    private long place() {
      return 4L * channels * filters;
    }

    void clear(int part) {
      ALL.asSlice(address + part * size(), size()).fill((byte) 0);
    }

    /// Where the part's sums of gradients are.
    long bias(int part) {
      return address + part * size() + Winograd.PLACES * place();
    }

    /// The matrix of a place += vᵀ · z.
    void add(int part, int place, long v, long z, int tiles) {
      long to = address + part * size() + place * place();
      if (filters % (2 * LANES) == 0) {
        WinogradProducts.addWideOuterProducts(v, z, tiles, channels, filters, to);
      } else {
        WinogradProducts.addOuterProducts(v, z, tiles, channels, filters, to);
      }
    }

    /// dw [K, C, 3, 3] = Gᵀ S G, S the sum of all parts' sums; dbias from what follows them.
    static void deliver(Team team, List<Sums> all, NdArray dw, @Nullable NdArray dbias) {
      try {
        long to = dw.address();
        int channels = dw.shape().size(1);
        team.run(all.size(), piece -> all.get(piece).deliver(to, channels));
        if (dbias != null) {
          all.stream().filter(s -> s.firstChannel == 0).forEach(s -> s.deliver(dbias));
        }
      } finally {
        Reference.reachabilityFence(dw);
      }
    }

    private void deliver(NdArray dbias) {
      for (int k = 0; k < filters; k++) {
        float sum = 0;
        for (int part = 0; part < parts; part++) {
          sum += Memory.get(bias(part), k);
        }
        BatchNorms.set(dbias, firstFilter + k, sum);
      }
    }

    /// A vector of filters at a time, some channels together.
    ///
    /// @param all channels of the gradient
    private void deliver(long to, int all) {
      var s = SCRATCH.get();
      long taps = s.aligned.address();
      for (int k = 0; k < filters; k += LANES) {
        for (int c = 0; c < channels; c += AT_ONCE) {
          int n = Math.min(AT_ONCE, channels - c);
          for (int i = 0; i < n; i++) {
            long from = address + 4 * ((long) (c + i) * filters + k);
            WinogradPasses.taps(
                from, parts, size(), place(), s.room.address(), taps + 36L * i * LANES);
          }
          Memory.read(taps, s.taps, 9 * n * LANES);
          for (int o = 0; o < LANES; o++) {
            for (int i = 0; i < 9 * n; i++) {
              s.rows[i] = s.taps[i * LANES + o];
            }
            long row = (long) (firstFilter + k + o) * all + firstChannel + c;
            Memory.write(s.rows, 9 * n, to + 36L * row);
          }
        }
      }
    }
  }
}
