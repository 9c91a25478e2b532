package fovea.vision.image;

import java.util.function.DoubleUnaryOperator;

/// What each position of a resized line draws on: a run of neighbouring source positions, and their
/// weights, which sum to 1.
///
/// @param first the first source position, for each new one
/// @param weights of the positions from there on
record Taps(int[] first, double[][] weights) {

  /// How many positions the line has.
  int count() {
    return first.length;
  }

  /// The first source position that nothing is drawn from any more.
  int end() {
    int last = count() - 1;
    return first[last] + weights[last].length;
  }

  /// Whether each of a line's positions stays what and where it is.
  boolean isIdentity(int from) {
    for (int i = 0; i < from && count() == from; i++) {
      if (first[i] != i || weights[i][0] != 1) {
        return false;
      }
    }
    return count() == from;
  }

  /// A filter kernel, as wide as the distance of what it draws from: of pixels where a line grows,
  /// of new pixels where it shrinks and shall be smoothed.
  ///
  /// @param reach where it becomes 0, on both sides
  /// @param at its value
  record Filter(double reach, DoubleUnaryOperator at) implements Resampling.Weighting {
    static final Filter BOX = new Filter(0.5, x -> x > -0.5 && x <= 0.5 ? 1 : 0);
    static final Filter TRIANGLE = new Filter(1, x -> Math.max(0, 1 - Math.abs(x)));
    static final Filter CUBIC = new Filter(2, x -> cubic(x, -0.5));
    static final Filter LANCZOS = new Filter(3, x -> x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0);

    @Override
    public Taps taps(int from, int to) {
      return taps(from, 0, from, to);
    }

    /// Brings a part of a line, from `start` to `end`, to a length. The filter is widened to cover
    /// every source position where that is shorter (antialiasing). The order of the operations is
    /// PIL's: another would round differently here and there.
    Taps taps(int from, double start, double end, int to) {
      double scale = (end - start) / to;
      double stretch = Math.max(scale, 1);
      double widened = reach * stretch;
      var taps = new Taps(new int[to], new double[to][]);
      for (int i = 0; i < to; i++) {
        double centre = start + (i + 0.5) * scale;
        int first = Math.max((int) (centre - widened + 0.5), 0);
        int count = Math.min((int) (centre + widened + 0.5), from) - first;
        var weight = new double[count];
        double sum = 0;
        for (int k = 0; k < count; k++) {
          weight[k] = at.applyAsDouble((k + first - centre + 0.5) * (1 / stretch));
          sum += weight[k];
        }
        for (int k = 0; k < count && sum != 0; k++) {
          weight[k] /= sum;
        }
        taps.first[i] = first;
        taps.weights[i] = weight;
      }
      return taps;
    }

    private static double sinc(double x) {
      return x == 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
    }
  }

  /// Keys, "Cubic convolution interpolation for digital image processing", 1981, equation 15 (there
  /// with a = −½).
  private static double cubic(double signed, double a) {
    double x = Math.abs(signed);
    if (x < 1) {
      return ((a + 2) * x - (a + 3)) * x * x + 1;
    }
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
  }

  /// The source position that each new one's centre lies in. Summed up step by step, as PIL does
  /// it: where a centre lies on a border, rounding decides.
  static Taps nearest(int from, int to) {
    double scale = (double) from / to;
    double centre = scale * 0.5;
    var taps = new Taps(new int[to], new double[to][]);
    for (int i = 0; i < to; i++) {
      taps.first[i] = Math.min((int) centre, from - 1);
      taps.weights[i] = new double[] {1};
      centre += scale;
    }
    return taps;
  }

  /// Between the two nearest positions, however much a line shrinks. In float32, as OpenCV and
  /// PyTorch compute it.
  static Taps linear(int from, int to) {
    return linear(from, to, false);
  }

  /// The same, where the outermost centres of both lines fall onto each other.
  static Taps linearOnCorners(int from, int to) {
    return linear(from, to, true);
  }

  private static Taps linear(int from, int to, boolean corners) {
    var taps = new Taps(new int[to], new double[to][]);
    for (int i = 0; i < to; i++) {
      float place = Math.max(place(i, from, to, corners), 0);
      int first = Math.min((int) place, from - 1);
      float share = place - first;
      taps.first[i] = first;
      taps.weights[i] = first == from - 1 ? new double[] {1} : new double[] {1f - share, share};
    }
    return taps;
  }

  /// Between the four nearest positions by [#cubic(double, double)] with a = −¾; beyond the border
  /// lies its value.
  static Taps cubic(int from, int to) {
    return cubic(from, to, false);
  }

  /// The same, where the outermost centres of both lines fall onto each other.
  static Taps cubicOnCorners(int from, int to) {
    return cubic(from, to, true);
  }

  private static Taps cubic(int from, int to, boolean corners) {
    var taps = new Taps(new int[to], new double[to][]);
    for (int i = 0; i < to; i++) {
      float place = place(i, from, to, corners);
      int base = (int) Math.floor(place);
      float share = place - base;
      int first = Math.clamp(base - 1, 0, from - 1);
      var weight = new double[Math.clamp(base + 2, 0, from - 1) - first + 1];
      for (int k = -1; k <= 2; k++) {
        weight[Math.clamp(base + k, 0, from - 1) - first] += cubic(k - share, -0.75);
      }
      taps.first[i] = first;
      taps.weights[i] = weight;
    }
    return taps;
  }

  /// Where the centre of a new position lies among the centres of the source.
  private static float place(int i, int from, int to, boolean corners) {
    if (corners) {
      return to == 1 ? 0 : i * ((float) (from - 1) / (to - 1));
    }
    return (i + 0.5f) * ((float) from / to) - 0.5f;
  }
}
