package fovea.core.nn;

import fovea.core.tensor.Reach;
import fovea.core.tensor.Span;
import fovea.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// What the units of a layer see of the network's input (Araujo, Norris & Sim 2019, "Computing
/// receptive fields of convolutional neural networks"): along each axis of the image a stretch of
/// pixels, which moves on by a step from unit to unit.
///
/// It is exact for any network, with branches, jumps and upsampling, since it is read off the
/// recorded graph. It is what a unit can depend on; statistics of batch norm in training, which
/// depend on everything, are not counted.
///
/// @param axes of the image: height and width
public record ReceptiveField(List<Axis> axes) {

  /// Steps are looked for up to this many units apart: upsampling repeats itself so often.
  private static final int LONGEST_PERIOD = 64;

  public ReceptiveField {
    axes = List.copyOf(axes);
  }

  /// Along one axis, in pixels of the input.
  ///
  /// @param size how much the unit that sees most sees, padding included
  /// @param step from one unit to the next; below 1 after upsampling
  /// @param start the first pixel that unit 0 sees: below 0 where it reaches into padding
  /// @param whole whether some unit sees all of the axis
  public record Axis(int size, double step, int start, boolean whole) {

    /// The middle of what a unit sees, between pixels where that is half-way.
    ///
    /// @param unit its index
    public double centre(int unit) {
      return start + (size - 1) / 2.0 + unit * step;
    }
  }

  /// Of the units of `y`, a recorded function of an image.
  ///
  /// @param x `[N, C, …]`, requiring a gradient
  /// @return empty where `y` is not made of x, or its axes after the second are not the image's
  public static Optional<ReceptiveField> of(Tensor y, Tensor x) {
    int rank = x.shape().rank();
    if (y.shape().rank() != rank || rank < 3 || y.shape().isEmpty()) {
      return Optional.empty();
    }
    var axes = new ArrayList<Axis>();
    for (int a = 2; a < rank; a++) {
      int units = y.shape().size(a);
      var seen = new ArrayList<Span>();
      for (int unit = 0; unit < Math.min(units, 2 * LONGEST_PERIOD); unit++) {
        var index = new int[rank];
        Arrays.fill(index, -1);
        index[a] = unit;
        var source = Reach.of(y, x, index);
        if (source.isEmpty()) {
          return Optional.empty();
        }
        seen.add(source.get().get(a));
      }
      axes.add(axis(seen, x.shape().size(a)));
    }
    return Optional.of(new ReceptiveField(axes));
  }

  private static Axis axis(List<Span> seen, int pixels) {
    int size = seen.stream().mapToInt(Span::size).max().orElse(0);
    boolean whole = seen.stream().anyMatch(s -> s.on(pixels).size() == pixels);
    // Near the ends resampling sees the outermost pixels again: what moves evenly lies between.
    int skipped = seen.size() < 8 ? 0 : seen.size() / 4;
    var inner = seen.subList(skipped, seen.size() - skipped);
    for (int period = 1; period < inner.size(); period++) {
      int moved = inner.get(period).from() - inner.getFirst().from();
      if (isEven(inner, period, moved)) {
        int periods = Math.ceilDiv(skipped, period);
        int start = seen.get(periods * period).from() - periods * moved;
        return new Axis(size, moved / (double) period, start, whole);
      }
    }
    return new Axis(size, 0, seen.getFirst().from(), whole);
  }

  /// Whether units so far apart always see what lies so far apart.
  private static boolean isEven(List<Span> seen, int period, int moved) {
    for (int i = period; i < seen.size(); i++) {
      if (seen.get(i).from() - seen.get(i - period).from() != moved) {
        return false;
      }
    }
    return true;
  }
}
