package fovea.core.kernel;

import fovea.core.array.Shape;
import java.util.Arrays;

/// Reduces a stream of elements, which come in a given order of the axes, over some of these axes.
/// There is one double for each element of the result, so the stream is read once, in the order in
/// which it lies in memory, whichever axes are reduced.
///
/// Sums are the same in every run: their order depends on shape and layout only.
final class Accumulator {
  /// Where the elements come from: `n` of them at a time, at most [#CHUNK].
  interface Source {
    void next(double[] into, int n);
  }

  private static final int CHUNK = 1024;

  private final Reduction f;
  private final Source source;
  // Neighbouring axes of one kind are merged, outermost first; `steps` is the distance in `result`.
  private final long[] sizes;
  private final int[] steps;
  private final double[] result;
  private final double[] buffer;
  private long unread;
  private int position;
  private int limit;

  private Accumulator(Reduction f, Shape shape, int[] order, boolean[] reduced, Source source) {
    this.f = f;
    this.source = source;
    this.unread = shape.elements();
    this.buffer = new double[(int) Math.min(CHUNK, unread)];
    var merged = new long[order.length + 1];
    var kept = new boolean[order.length + 1];
    int axes = -1;
    for (int axis : order) {
      int size = shape.size(axis);
      if (size == 1) {
        continue;
      }
      if (axes >= 0 && kept[axes] != reduced[axis]) {
        merged[axes] *= size;
      } else {
        axes++;
        merged[axes] = size;
        kept[axes] = !reduced[axis];
      }
    }
    if (axes < 0) {
      axes = 0;
      merged[0] = 1;
    }
    this.sizes = Arrays.copyOf(merged, axes + 1);
    this.steps = new int[axes + 1];
    int slots = 1;
    for (int axis = axes; axis >= 0; axis--) {
      if (kept[axis]) {
        steps[axis] = slots;
        slots = Math.multiplyExact(slots, Math.toIntExact(merged[axis]));
      }
    }
    this.result = new double[slots];
    Arrays.fill(
        result,
        switch (f) {
          case SUM, MEAN -> 0;
          case MAX -> Double.NEGATIVE_INFINITY;
          case MIN -> Double.POSITIVE_INFINITY;
        });
  }

  /// The results, in `order` of the axes that are kept.
  static double[] reduce(Reduction f, Shape shape, int[] order, boolean[] reduced, Source source) {
    var a = new Accumulator(f, shape, order, reduced, source);
    if (!shape.isEmpty()) {
      a.walk(0, 0);
    }
    if (f == Reduction.MEAN) {
      double count = 1;
      for (int axis = 0; axis < reduced.length; axis++) {
        count *= reduced[axis] ? shape.size(axis) : 1;
      }
      for (int i = 0; i < a.result.length; i++) {
        a.result[i] /= count;
      }
    }
    return a.result;
  }

  /// The sums over all axes but axis 1, the channels.
  static double[] channelSums(Shape shape, int[] order, Source source) {
    var reduced = new boolean[shape.rank()];
    Arrays.fill(reduced, true);
    reduced[1] = false;
    return reduce(Reduction.SUM, shape, order, reduced, source);
  }

  private void walk(int axis, int slot) {
    long size = sizes[axis];
    if (axis == sizes.length - 1) {
      run(slot, size, steps[axis] != 0);
    } else {
      for (long i = 0; i < size; i++) {
        walk(axis + 1, slot);
        slot += steps[axis];
      }
    }
  }

  private void run(int slot, long size, boolean kept) {
    for (long done = 0; done < size; ) {
      if (position == limit) {
        limit = (int) Math.min(buffer.length, unread);
        unread -= limit;
        position = 0;
        source.next(buffer, limit);
      }
      int n = (int) Math.min(size - done, limit - position);
      if (kept) {
        each(slot, n);
        slot += n;
      } else {
        all(slot, n);
      }
      position += n;
      done += n;
    }
  }

  private void each(int slot, int n) {
    switch (f) {
      case SUM, MEAN -> {
        for (int i = 0; i < n; i++) {
          result[slot + i] += buffer[position + i];
        }
      }
      case MAX -> {
        for (int i = 0; i < n; i++) {
          result[slot + i] = Math.max(result[slot + i], buffer[position + i]);
        }
      }
      case MIN -> {
        for (int i = 0; i < n; i++) {
          result[slot + i] = Math.min(result[slot + i], buffer[position + i]);
        }
      }
    }
  }

  private void all(int slot, int n) {
    double r = result[slot];
    switch (f) {
      case SUM, MEAN -> r += sum(buffer, position, position + n);
      case MAX -> {
        for (int i = 0; i < n; i++) {
          r = Math.max(r, buffer[position + i]);
        }
      }
      case MIN -> {
        for (int i = 0; i < n; i++) {
          r = Math.min(r, buffer[position + i]);
        }
      }
    }
    result[slot] = r;
  }

  /// Four sums side by side: a single one would wait for each addition to finish before the next.
  static double sum(double[] v, int from, int to) {
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    int i = from;
    for (; i + 3 < to; i += 4) {
      a += v[i];
      b += v[i + 1];
      c += v[i + 2];
      d += v[i + 3];
    }
    for (; i < to; i++) {
      a += v[i];
    }
    return (a + b) + (c + d);
  }
}
