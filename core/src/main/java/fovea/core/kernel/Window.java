package fovea.core.kernel;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// Where the window of a convolution or pooling goes: along each axis its size, the step between
/// its places, the padding it may reach into and the distance between its taps. All in pixels; of
/// an image height before width, of a volume depth first.
///
/// ```java
/// Window.of(3).stride(2).pad(1)   // 3×3
/// Window.line(5).same()           // of sequences
/// Window.cube(3).stride(1, 2, 2)  // of volumes
/// ```
///
/// @param axes one to three
public record Window(List<Axis> axes) {

  /// One axis of a window.
  ///
  /// @param taps its size
  /// @param before padding before the first pixel: above, left or in front
  /// @param after padding after the last
  public record Axis(int taps, int stride, int before, int after, int dilation) {

    /// From the first tap to the last.
    int extent() {
      return dilation * (taps - 1) + 1;
    }

    /// How many places the window has over `size` pixels: ⌊(size + before + after − extent) /
    /// stride⌋ + 1; 0 or less where it does not fit.
    public int places(int size) {
      return Math.floorDiv(size + before + after - extent(), stride) + 1;
    }
  }

  /// Which place of a window counts as its centre, the one that lies over the pixel whose result is
  /// computed; so on which side [#same] pads.
  public enum Centre {
    /// The middle; of an even extent the pixel before it, as in PyTorch: there is one pixel more of
    /// padding after than before.
    MIDDLE,
    /// The middle; of an even extent the pixel behind it (ONNX's `SAME_LOWER`).
    BEHIND_MIDDLE,
    /// The first tap: the window looks to the right and down, all padding lies there.
    FIRST,
    /// The last tap: the window looks to the left and up. In sequences: only back in time, a causal
    /// window.
    LAST;

    /// The padding before an axis, of what there is in all.
    private int before(int padding) {
      return switch (this) {
        case MIDDLE -> padding / 2;
        case BEHIND_MIDDLE -> padding - padding / 2;
        case FIRST -> 0;
        case LAST -> padding;
      };
    }
  }

  public Window {
    axes = List.copyOf(axes);
    if (axes.isEmpty() || axes.size() > 3) {
      throw new IllegalArgumentException("a window has one to three axes, not " + axes.size());
    }
    for (var a : axes) {
      if (a.taps < 1) {
        throw new IllegalArgumentException(
            "a window is at least %s, not %s"
                .formatted(times(axes.stream().map(_ -> 1).toList()), size(axes)));
      }
      if (a.stride < 1) {
        throw new IllegalArgumentException("a stride is at least 1, not " + a.stride);
      }
      if (a.before < 0 || a.after < 0) {
        throw new IllegalArgumentException("padding cannot be negative");
      }
      if (a.dilation < 1) {
        throw new IllegalArgumentException("a dilation is at least 1, not " + a.dilation);
      }
    }
  }

  private static String size(List<Axis> axes) {
    return times(axes.stream().map(Axis::taps).toList());
  }

  private static String times(List<Integer> sizes) {
    return String.join("×", sizes.stream().map(String::valueOf).toList());
  }

  /// A square window on images that moves by one pixel, without padding.
  public static Window of(int size) {
    return of(size, size);
  }

  /// A window that moves by one pixel, without padding.
  ///
  /// @param sizes (height, width), or (depth, height, width); for one alone see [#line]
  public static Window of(int... sizes) {
    return new Window(Arrays.stream(sizes).mapToObj(taps -> new Axis(taps, 1, 0, 0, 1)).toList());
  }

  /// A window on sequences.
  public static Window line(int size) {
    return of(new int[] {size});
  }

  /// A window on volumes, as deep as high and wide.
  public static Window cube(int size) {
    return of(size, size, size);
  }

  // ---- options

  /// With other steps.
  ///
  /// @param strides one for all axes, or one for each
  public Window stride(int... strides) {
    var s = perAxis("stride", strides);
    return with((i, a) -> new Axis(a.taps, s[i], a.before, a.after, a.dilation));
  }

  /// With other distances between taps.
  ///
  /// @param dilations one for all axes, or one for each
  public Window dilation(int... dilations) {
    var d = perAxis("dilation", dilations);
    return with((i, a) -> new Axis(a.taps, a.stride, a.before, a.after, d[i]));
  }

  /// With other padding.
  ///
  /// @param pads one for all sides, one for both sides of each axis, or first those before each
  ///   axis and then those after: (top, left, bottom, right)
  public Window pad(int... pads) {
    int rank = rank();
    if (pads.length == 2 * rank) {
      return with((i, a) -> new Axis(a.taps, a.stride, pads[i], pads[rank + i], a.dilation));
    }
    var p = perAxis("pad", pads);
    return with((i, a) -> new Axis(a.taps, a.stride, p[i], p[i], a.dilation));
  }

  /// Without padding: the window stays on the image.
  public Window valid() {
    return pad(0);
  }

  /// With as much padding as gives each pixel a place, its centre over it: at stride 1 the result
  /// has the image's size, else ⌈size / stride⌉. For the dilation that it has now.
  public Window same() {
    return same(Centre.MIDDLE);
  }

  /// As [#same()].
  ///
  /// @param centres one for all axes, or one for each: `same(FIRST, LAST)` has the centre in the
  ///   upper right corner
  public Window same(Centre... centres) {
    checkNumber("centre", centres.length);
    return with(
        (i, a) -> {
          var centre = centres[centres.length == 1 ? 0 : i];
          int padding = a.extent() - 1;
          int before = centre.before(padding);
          return new Axis(a.taps, a.stride, before, padding - before, a.dilation);
        });
  }

  private int[] perAxis(String what, int... values) {
    checkNumber(what, values.length);
    if (values.length == rank()) {
      return values;
    }
    var all = new int[rank()];
    Arrays.fill(all, values[0]);
    return all;
  }

  private void checkNumber(String what, int values) {
    if (values != 1 && values != rank()) {
      throw new IllegalArgumentException(
          "%s: one for all, or one for each of the %d axes of the window %s, not %d"
              .formatted(what, rank(), size(), values));
    }
  }

  private interface Change {
    Axis of(int i, Axis axis);
  }

  private Window with(Change change) {
    var changed = new Axis[rank()];
    Arrays.setAll(changed, i -> change.of(i, axes.get(i)));
    return new Window(List.of(changed));
  }

  /// The same window with more axes before its own, along which it has one tap and makes no step.
  public Window withRank(int rank) {
    if (rank == rank()) {
      return this;
    }
    var all = new Axis[rank];
    int missing = rank - rank();
    Arrays.setAll(all, i -> i < missing ? new Axis(1, 1, 0, 0, 1) : axes.get(i - missing));
    return new Window(List.of(all));
  }

  // ---- asking

  /// How many axes there are.
  public int rank() {
    return axes.size();
  }

  public Axis axis(int i) {
    return axes.get(i);
  }

  /// The sizes of the result along each axis.
  ///
  /// @param sizes of the image
  public int[] places(int... sizes) {
    var places = new int[rank()];
    Arrays.setAll(places, i -> axes.get(i).places(sizes[i]));
    return places;
  }

  /// The padding before each axis, then that after each.
  public int[] pads() {
    return IntStream.concat(
            axes.stream().mapToInt(Axis::before), axes.stream().mapToInt(Axis::after))
        .toArray();
  }

  /// The number of taps.
  public int area() {
    int area = 1;
    for (var a : axes) {
      area = Math.multiplyExact(area, a.taps);
    }
    return area;
  }

  /// Its size, as people write it: `3×3`.
  public String size() {
    return size(axes);
  }

  // ---- of an image: the last two axes

  private Axis vertical() {
    return axes.get(axes.size() - 2);
  }

  private Axis horizontal() {
    return axes.getLast();
  }

  public int height() {
    return vertical().taps;
  }

  public int width() {
    return horizontal().taps;
  }

  public int strideH() {
    return vertical().stride;
  }

  public int strideW() {
    return horizontal().stride;
  }

  public int padTop() {
    return vertical().before;
  }

  public int padLeft() {
    return horizontal().before;
  }

  public int padBottom() {
    return vertical().after;
  }

  public int padRight() {
    return horizontal().after;
  }

  public int dilationH() {
    return vertical().dilation;
  }

  public int dilationW() {
    return horizontal().dilation;
  }

  /// How many places the window has over `size` rows, as [Axis#places].
  public int outHeight(int size) {
    return vertical().places(size);
  }

  public int outWidth(int size) {
    return horizontal().places(size);
  }
}
