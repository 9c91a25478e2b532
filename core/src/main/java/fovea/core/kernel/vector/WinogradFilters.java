package fovea.core.kernel.vector;

import static fovea.core.kernel.vector.Memory.LANES;

import fovea.core.array.NdArray;
import fovea.core.kernel.Loops;
import fovea.core.kernel.Team;
import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/// Filters as [Winograd] multiplies by them: G g Gᵀ, for each of its 16 places a matrix of inputs ×
/// outputs, in panels of one or two vectors of outputs.
///
/// @param u 16 × outputs/panel × inputs × panel
/// @param transposed whether for the gradient of the image: from filters to channels, and turned by
///   half a turn
record WinogradFilters(float[] u, int inputs, int outputs, int panel, boolean transposed)
    implements Loops.Filters {
  /// Inputs, or channels, that are gone through together.
  private static final int AT_ONCE = 16;

  private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

  /// What a thread keeps: filters as they lie, and tap by tap.
  private static final class Scratch {
    private final float[] rows = new float[9 * Math.max(AT_ONCE, 2 * LANES)];
    private final float[] taps = new float[9 * AT_ONCE * 2 * LANES];
  }

  private static final ThreadLocal<float[]> LENT = ThreadLocal.withInitial(() -> new float[0]);

  /// Room that the next call on this thread may overwrite.
  static float[] lent(int size) {
    var room = LENT.get();
    if (room.length < size) {
      room = new float[size];
      LENT.set(room);
    }
    return room;
  }

  /// @param w [K, C, 3, 3]
  /// @param owned whether they stay, else the next call on this thread may overwrite them
  static WinogradFilters of(Team team, NdArray w, boolean transposed, boolean owned) {
    int filters = w.shape().size(0);
    int channels = w.shape().size(1);
    int inputs = transposed ? filters : channels;
    int outputs = transposed ? channels : filters;
    int size = 16 * inputs * outputs;
    int panel = outputs % (2 * LANES) == 0 ? 2 * LANES : LANES;
    var ready =
        new WinogradFilters(
            owned ? new float[size] : lent(size), inputs, outputs, panel, transposed);
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
      for (int i = 0; i < n; i++) {
        int to = first * inputs + (in + i) * panel;
        WinogradPasses.filters(s.taps, 9 * i * panel, panel, u, to, inputs * outputs);
      }
    }
  }

  /// m [tiles, outputs] = v [tiles, inputs] · the matrix of a place. Rows up to the next multiple
  /// of what is done at once are written, too.
  void multiply(int place, float[] v, int vAt, float[] m, int mAt, int tiles) {
    int from = place * inputs * outputs;
    for (int o = 0; o < outputs; o += panel) {
      if (panel == LANES) {
        WinogradPasses.multiplyNarrow(
            v, vAt, u, from + o * inputs, m, mAt + o, tiles, inputs, outputs);
      } else {
        WinogradPasses.multiplyWide(
            v, vAt, u, from + o * inputs, m, mAt + o, tiles, inputs, outputs);
      }
    }
  }

  /// dw [K, C, 3, 3] = Gᵀ S G, S the sum of all parts' sums; dbias from what follows them.
  static void gradient(
      Team team,
      float[] sums,
      int parts,
      int size,
      int channels,
      int filters,
      NdArray dw,
      @Nullable NdArray dbias) {
    try {
      long to = dw.address();
      team.run(
          filters / LANES,
          part -> gradient(sums, parts, size, channels, filters, part * LANES, to));
      if (dbias != null) {
        for (int k = 0; k < filters; k++) {
          float sum = 0;
          for (int part = 0; part < parts; part++) {
            sum += sums[part * size + 16 * channels * filters + k];
          }
          BatchNorms.set(dbias, k, sum);
        }
      }
    } finally {
      Reference.reachabilityFence(dw);
    }
  }

  /// A vector of filters from `k` on, some channels at a time.
  private static void gradient(
      float[] sums, int parts, int size, int channels, int filters, int k, long to) {
    var s = SCRATCH.get();
    for (int c = 0; c < channels; c += AT_ONCE) {
      int n = Math.min(AT_ONCE, channels - c);
      for (int i = 0; i < n; i++) {
        int from = (c + i) * filters + k;
        WinogradPasses.gradient(sums, from, parts, size, channels * filters, s.taps, 9 * i * LANES);
      }
      for (int o = 0; o < LANES; o++) {
        for (int i = 0; i < 9 * n; i++) {
          s.rows[i] = s.taps[i * LANES + o];
        }
        Memory.write(s.rows, 9 * n, to + 36L * ((long) (k + o) * channels + c));
      }
    }
  }
}
