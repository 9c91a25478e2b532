package fovea.core.kernel;

import java.util.Arrays;

/// A sparse linear map along one axis: each output is a weighted sum of a few inputs.
/// Interpolation, means over parts and the repetition of pixels are such maps, and so are their
/// gradients, by [#transpose].
///
/// Output `o` is Σ weight(t) · x[index(t)] over the taps `t` from `start(o)` to `start(o + 1)`.
public final class Taps {
  private final int inputs;
  private final int[] starts;
  private final int[] indices;
  private final double[] weights;

  private Taps(int inputs, int[] starts, int[] indices, double... weights) {
    this.inputs = inputs;
    this.starts = starts;
    this.indices = indices;
    this.weights = weights;
  }

  // ---- making

  /// One output of a map: adds its taps.
  private interface Output {
    void add(int output, Builder taps);
  }

  private static final class Builder {
    private final int inputs;
    private int[] indices = new int[64];
    private double[] weights = new double[64];
    private int count;

    Builder(int inputs) {
      this.inputs = inputs;
    }

    /// Indices outside are those of the nearest pixel inside.
    void add(int index, double weight) {
      if (weight == 0) {
        return;
      }
      if (count == indices.length) {
        indices = Arrays.copyOf(indices, 2 * count);
        weights = Arrays.copyOf(weights, 2 * count);
      }
      indices[count] = Math.clamp(index, 0, inputs - 1);
      weights[count++] = weight;
    }
  }

  private static Taps of(int inputs, int outputs, Output output) {
    var builder = new Builder(inputs);
    var starts = new int[outputs + 1];
    for (int o = 0; o < outputs; o++) {
      output.add(o, builder);
      starts[o + 1] = builder.count;
    }
    return new Taps(
        inputs,
        starts,
        Arrays.copyOf(builder.indices, builder.count),
        Arrays.copyOf(builder.weights, builder.count));
  }

  /// Each input where it is.
  public static Taps identity(int size) {
    return of(size, size, (o, taps) -> taps.add(o, 1));
  }

  /// The input that an output falls on: ⌊(o + offset)·step⌋.
  ///
  /// @param step inputs from one output to the next
  public static Taps nearest(int inputs, int outputs, double step, double offset) {
    return of(inputs, outputs, (o, taps) -> taps.add((int) ((o + offset) * step), 1));
  }

  /// Where output 0 lies among the inputs, and how far the next. Pixels are points: input 0 lies at
  /// 0.
  public record Grid(double start, double step) {
    /// Pixels are squares, and those of inputs and outputs share their outer edges.
    public static Grid edges(double step) {
      return new Grid(step / 2 - 0.5, step);
    }

    /// The first and the last pixel of inputs and outputs lie on each other.
    public static Grid corners(int inputs, int outputs) {
      return new Grid(0, outputs > 1 ? (inputs - 1.0) / (outputs - 1) : 0);
    }

    double at(int output) {
      return start + output * step;
    }
  }

  /// Linear interpolation; outside of the inputs, the nearest of them.
  public static Taps linear(int inputs, int outputs, Grid grid) {
    return of(
        inputs,
        outputs,
        (o, taps) -> {
          double at = Math.clamp(grid.at(o), 0, inputs - 1);
          int left = (int) at;
          taps.add(left, left + 1 - at);
          taps.add(left + 1, at - left);
        });
  }

  /// Cubic convolution with a = −3/4 (Keys 1981, equation 4), as PyTorch and OpenCV; outside of the
  /// inputs, the nearest of them.
  public static Taps cubic(int inputs, int outputs, Grid grid) {
    return of(
        inputs,
        outputs,
        (o, taps) -> {
          double at = grid.at(o);
          int left = (int) Math.floor(at);
          for (int i = left - 1; i <= left + 2; i++) {
            taps.add(i, cubic(Math.abs(at - i)));
          }
        });
  }

  private static double cubic(double d) {
    double a = -0.75;
    return d <= 1
        ? ((a + 2) * d - (a + 3)) * d * d + 1
        : d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
  }

  /// The mean over each of n parts: part i reaches from ⌊i·inputs/n⌋ to ⌈(i + 1)·inputs/n⌉.
  public static Taps means(int inputs, int n) {
    return of(
        inputs,
        n,
        (o, taps) -> {
          int from = partStart(inputs, n, o);
          int end = partEnd(inputs, n, o);
          for (int i = from; i < end; i++) {
            taps.add(i, 1.0 / (end - from));
          }
        });
  }

  /// The parts of [#means] one after the other, each filled up to the [#longest] with its last
  /// input.
  public static Taps parts(int inputs, int n) {
    int longest = longest(inputs, n);
    return of(
        inputs,
        Math.multiplyExact(n, longest),
        (o, taps) -> {
          int part = o / longest;
          int at = partStart(inputs, n, part) + o % longest;
          taps.add(Math.min(at, partEnd(inputs, n, part) - 1), 1);
        });
  }

  /// The length of the longest of the parts of [#means].
  public static int longest(int inputs, int n) {
    int longest = 0;
    for (int i = 0; i < n; i++) {
      longest = Math.max(longest, partEnd(inputs, n, i) - partStart(inputs, n, i));
    }
    return longest;
  }

  private static int partStart(int inputs, int n, int i) {
    return Math.toIntExact((long) i * inputs / n);
  }

  private static int partEnd(int inputs, int n, int i) {
    return Math.toIntExact(Math.ceilDiv((i + 1L) * inputs, n));
  }

  // ---- asking

  public int inputs() {
    return inputs;
  }

  public int outputs() {
    return starts.length - 1;
  }

  /// The first tap of an output, or the end of those of the one before.
  public int start(int output) {
    return starts[output];
  }

  public int index(int tap) {
    return indices[tap];
  }

  public double weight(int tap) {
    return weights[tap];
  }

  /// Whether it changes nothing.
  public boolean isIdentity() {
    if (inputs != outputs() || indices.length != inputs) {
      return false;
    }
    for (int o = 0; o < inputs; o++) {
      if (starts[o] != o || indices[o] != o || weights[o] != 1) {
        return false;
      }
    }
    return true;
  }

  /// The map of gradients: from what this makes to what it takes.
  public Taps transpose() {
    var starts = new int[inputs + 1];
    for (int index : indices) {
      starts[index + 1]++;
    }
    for (int i = 0; i < inputs; i++) {
      starts[i + 1] += starts[i];
    }
    var next = starts.clone();
    var outputs = new int[indices.length];
    var transposed = new double[indices.length];
    for (int o = 0; o < outputs(); o++) {
      for (int t = this.starts[o]; t < this.starts[o + 1]; t++) {
        int at = next[indices[t]]++;
        outputs[at] = o;
        transposed[at] = weights[t];
      }
    }
    return new Taps(outputs(), starts, outputs, transposed);
  }
}
