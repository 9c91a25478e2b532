package fovea.core.kernel;

import fovea.core.array.NdArray;
import fovea.core.memory.Tape;
import fovea.core.memory.Tape.CaptureException;
import java.lang.ref.Reference;
import java.util.Arrays;

/// Goes through arrays tile by tile, through Java arrays that each thread keeps: converted to
/// float64, since memory is what costs. Arrays that lie alike are divided among the team, in parts
/// that do not depend on how many threads it has.
final class Passes {
  private static final int TILE = 512;

  /// Elements that a thread takes at a time.
  private static final int PART = 1 << 15;

  private static final ThreadLocal<Passes> BUFFERS = ThreadLocal.withInitial(Passes::new);

  private final float[] stage = new float[TILE];
  private double[][] tiles = new double[4][TILE];

  private Passes() {}

  private double[][] tiles(int count) {
    if (tiles.length < count) {
      tiles = new double[count][TILE];
    }
    return tiles;
  }

  static void run(Team team, Pass f, int written, NdArray... arrays) {
    long elements = arrays[0].shape().elements();
    if (!areAlike(arrays)) {
      scattered(f, written, arrays);
      return;
    }
    try {
      int parts = Math.toIntExact(Math.ceilDiv(elements, (long) PART));
      if (parts == 1) {
        part(f, written, 0, elements, arrays);
      } else if (parts > 1) {
        team.run(
            parts,
            i -> {
              long start = (long) i * PART;
              part(f, written, start, Math.min(elements, start + PART), arrays);
            });
      }
    } finally {
      for (var a : arrays) {
        Reference.reachabilityFence(a);
      }
    }
  }

  private static void part(Pass f, int written, long start, long end, NdArray... arrays) {
    var own = BUFFERS.get();
    var t = own.tiles(arrays.length);
    for (long at = start; at < end; at += TILE) {
      int n = (int) Math.min(TILE, end - at);
      for (int i = 0; i < arrays.length; i++) {
        var a = arrays[i];
        Elements.load(a.segment(), a.dtype(), a.offset() + at, 1, t[i], 0, n, own.stage);
      }
      f.apply(t, n);
      for (int i = 0; i < written; i++) {
        var a = arrays[i];
        Elements.store(a.segment(), a.dtype(), a.offset() + at, 1, t[i], 0, n, own.stage);
      }
    }
  }

  /// Whether corresponding elements have the same place in all, without gaps.
  private static boolean areAlike(NdArray... arrays) {
    boolean contiguous = true;
    for (var a : arrays) {
      contiguous &= a.isContiguous();
    }
    if (contiguous) {
      return true;
    }
    var strides = arrays[0].strides();
    for (var a : arrays) {
      if (!a.isDense() || !Arrays.equals(strides, a.strides())) {
        return false;
      }
    }
    return true;
  }

  private static void scattered(Pass f, int written, NdArray... arrays) {
    var order = Cursor.memoryOrder(arrays[0]);
    var in = new Cursor[arrays.length];
    var out = new Cursor[written];
    for (int i = 0; i < arrays.length; i++) {
      in[i] = new Cursor(arrays[i], order);
    }
    for (int i = 0; i < written; i++) {
      out[i] = new Cursor(arrays[i], order);
    }
    var t = new double[arrays.length][in[0].chunk()];
    for (int n = in[0].ready(); n > 0; n = in[0].ready()) {
      for (int i = 0; i < in.length; i++) {
        in[i].load(t[i], n);
      }
      f.apply(t, n);
      for (int i = 0; i < written; i++) {
        out[i].store(t[i], n);
      }
    }
  }

  /// Σ x², part by part, and the parts in their order.
  static double sumOfSquares(Team team, NdArray x) {
    if (Tape.recording() != null) {
      throw new CaptureException("the size of an array is read in its middle");
    }
    if (!x.isDense()) {
      var sum = new double[1];
      scattered((t, n) -> sum[0] += squares(t[0], n), 0, x);
      return sum[0];
    }
    long elements = x.shape().elements();
    var sums = new double[Math.toIntExact(Math.ceilDiv(elements, (long) PART))];
    try {
      team.run(
          sums.length,
          i -> {
            long start = (long) i * PART;
            var sum = new double[1];
            part(
                (t, n) -> sum[0] += squares(t[0], n),
                0,
                start,
                Math.min(elements, start + PART),
                x);
            sums[i] = sum[0];
          });
    } finally {
      Reference.reachabilityFence(x);
    }
    return Accumulator.sum(sums, 0, sums.length);
  }

  private static double squares(double[] x, int n) {
    // Eight sums side by side: a single one would wait for each addition to finish.
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    int i = 0;
    for (; i + 3 < n; i += 4) {
      a += x[i] * x[i];
      b += x[i + 1] * x[i + 1];
      c += x[i + 2] * x[i + 2];
      d += x[i + 3] * x[i + 3];
    }
    for (; i < n; i++) {
      a += x[i] * x[i];
    }
    return (a + b) + (c + d);
  }
}
