package fovea.core.tensor;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Kernels;
import fovea.core.kernel.Taps;
import fovea.core.kernel.Window;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Pooling: one number for each place of a window, each channel by itself. Of sequences `[N, C,
/// L]`, images `[N, C, H, W]` and volumes `[N, C, D, H, W]`: methods whose names end in no number
/// take all three, and the window has as many axes.
///
/// **Shapes**: `x [N, C, H, W]` → `y [N, C, OH, OW]`, OH as [Window.Axis#places]; see also [#ceil].
/// Padding may be at most half the window, so that no window lies in padding alone.
public final class Pooling {
  private Pooling() {}

  // ---- the largest

  /// The largest value under the window; padding is never taken. At a tie the gradient goes to the
  /// first.
  public static Tensor maxPool2d(Tensor x, Window window) {
    return maxPool(2, x, window);
  }

  /// As [#maxPool2d], of sequences, images and volumes.
  public static Tensor maxPool(Tensor x, Window window) {
    return maxPool(window.rank(), x, window);
  }

  private static Tensor maxPool(int rank, Tensor x, Window window) {
    var name = "maxPool" + rank + "d";
    check(name, rank, x, window);
    return largest(name, x, window);
  }

  private static Tensor largest(String name, Tensor x, Window window) {
    if (window.rank() == 1) {
      return largest(name, x.unsqueeze(2), window.withRank(2)).squeeze(2);
    }
    Fit.check(name, x.shape(), window);
    var y = result(x, window);
    var kernels = Kernels.best();
    if (!x.requiresGrad() || !Graph.isRecording()) {
      y.storage().origin(name);
      kernels.maxPool(x.array(), window, y, null);
      return new Tensor(y, false);
    }
    return maxPoolRecorded(x, window, y, workspace(name, x, window, y));
  }

  private static NdArray workspace(String name, Tensor x, Window window, NdArray y) {
    long bytes = Kernels.best().maxPoolWorkspaceBytes(x.array(), window, y);
    var workspace = NdArray.allocate(DType.U8, Shape.of(Math.toIntExact(bytes)));
    workspace.storage().origin(name + "'s workspace");
    return workspace;
  }

  private static Tensor maxPoolRecorded(Tensor x, Window window, NdArray y, NdArray workspace) {
    Kernels.best().maxPool(x.array(), window, y, workspace);
    return Graph.record(y, new MaxPool(x, workspace, window), x);
  }

  private record MaxPool(Tensor x, NdArray workspace, Window window) implements Backward {
    @Override
    public String operation() {
      return "maxPool" + window.rank() + "d";
    }

    @Override
    public Span[] source(int input, Shape from, Shape y, Span... part) {
      return Span.under(window, from, part);
    }

    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return new @Nullable Tensor[] {maxPoolBackward(gradient, x, workspace, window)};
    }
  }

  private static Tensor maxPoolBackward(Tensor dy, Tensor x, NdArray workspace, Window window) {
    var dx = NdArray.like(x.array(), x.dtype());
    Kernels.best().maxPoolBackward(dy.array(), workspace, window, dx);
    return Graph.record(dx, new MaxPoolData(x.detach(), window), dy);
  }

  /// Picks what was largest in x out of the gradient: written with shifted slices of the padded
  /// image, one for each tap, since the workspace is the kernels' own secret.
  private record MaxPoolData(Tensor x, Window window) implements Backward {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      var padded = padded(x, window, Double.NEGATIVE_INFINITY);
      var values = padded(gradient, window, 0);
      Tensor best = null;
      Tensor picked = null;
      for (int tap = 0; tap < window.area(); tap++) {
        var candidate = tap(padded, x.shape(), window, tap);
        var value = tap(values, x.shape(), window, tap);
        if (best == null || picked == null) {
          best = candidate;
          picked = value;
        } else {
          var larger = candidate.gt(best);
          best = Tensor.where(larger, candidate, best);
          picked = Tensor.where(larger, value, picked);
        }
      }
      return new @Nullable Tensor[] {picked};
    }
  }

  private static Tensor padded(Tensor x, Window w, double value) {
    var y = x;
    for (int i = 0; i < w.rank(); i++) {
      y = y.pad(2 + i, w.axis(i).before(), w.axis(i).after(), value);
    }
    return y;
  }

  /// What a tap, counted in row-major order, sees at each place of the window.
  private static Tensor tap(Tensor padded, Shape x, Window w, int tap) {
    var y = padded;
    int rest = tap;
    for (int i = w.rank() - 1; i >= 0; i--) {
      var a = w.axis(i);
      int start = rest % a.taps() * a.dilation();
      int steps = (a.places(x.size(2 + i)) - 1) * a.stride() + 1;
      y = y.slice(2 + i, start, start + steps, a.stride());
      rest /= a.taps();
    }
    return y;
  }

  /// What max pooling found, and where.
  ///
  /// @param y the largest values
  /// @param indices of y's shape, int64: where in its channel of x each was found, in row-major
  ///   order, as PyTorch counts. The switches of [#maxUnpool]
  public record Switched(Tensor y, Tensor indices) {}

  /// As [#maxPool], also saying where each value was found.
  public static Switched maxPoolWithIndices(Tensor x, Window window) {
    return maxPoolWithIndices(x, window, false);
  }

  /// As [#maxPoolWithIndices(Tensor, Window)].
  ///
  /// @param ceil whether windows may hang over the end, see [#ceil]
  public static Switched maxPoolWithIndices(Tensor x, Window window, boolean ceil) {
    var name = "maxPool" + window.rank() + "d";
    check(name, window.rank(), x, window);
    return largestWithIndices(name, x, ceil ? ceil(window, x.shape()) : window);
  }

  private static Switched largestWithIndices(String name, Tensor x, Window window) {
    if (window.rank() == 1) {
      var found = largestWithIndices(name, x.unsqueeze(2), window.withRank(2));
      return new Switched(found.y.squeeze(2), found.indices.squeeze(2));
    }
    Fit.check(name, x.shape(), window);
    var y = result(x, window);
    var workspace = workspace(name, x, window, y);
    var pooled = maxPoolRecorded(x, window, y, workspace);
    var indices = NdArray.like(y, DType.I64);
    indices.storage().origin(name + "'s indices");
    Kernels.best().maxPoolIndices(x.array(), window, workspace, indices);
    return new Switched(pooled, Tensor.of(indices));
  }

  /// Undoes max pooling as far as that can be: puts each value back to where it was found, zeros
  /// everywhere else (Zeiler & Fergus 2014, section 2.1). Where windows overlap and have found the
  /// same pixel, the last value stands; the gradient goes to all of them, as in PyTorch.
  ///
  /// **Shapes**: `x [N, C, OH, OW]`, `indices` the same → `y [N, C, sizes…]`
  ///
  /// @param indices as [#maxPoolWithIndices] gives them
  /// @param sizes of the image that was pooled: (height, width), or as many as x has
  /// @throws ShapeException when shapes do not fit, or an index lies outside
  public static Tensor maxUnpool(Tensor x, Tensor indices, int... sizes) {
    var name = "maxUnpool" + sizes.length + "d";
    Spatial.checkRank(name, sizes.length, x.shape());
    if (!indices.shape().equals(x.shape())) {
      throw new ShapeException(
          name, "the indices %s are not shaped as x %s".formatted(indices.shape(), x.shape()));
    }
    int n = x.shape().size(0);
    int c = x.shape().size(1);
    int places = Arrays.stream(sizes).reduce(1, Math::multiplyExact);
    int pixels = Arrays.stream(x.shape().sizes()).skip(2).reduce(1, Math::multiplyExact);
    var shape = x.shape().sizes();
    System.arraycopy(sizes, 0, shape, 2, sizes.length);
    return Views.scatter(
            x.reshape(n, c, pixels), Shape.of(n, c, places), 2, indices.reshape(n, c, pixels))
        .reshape(shape);
  }

  // ---- the smallest, the one in the middle

  /// The smallest value under the window; padding is never taken. At a tie the gradient goes to the
  /// first.
  public static Tensor minPool(Tensor x, Window window) {
    var name = "minPool" + window.rank() + "d";
    check(name, window.rank(), x, window);
    return largest(name, x.neg(), window).neg();
  }

  /// The median of the values under the window, padding not counted; of an even number the smaller
  /// of the two in the middle, as PyTorch's `median`. The gradient goes to that one value, at a tie
  /// to one of them.
  public static Tensor medianPool(Tensor x, Window window) {
    var name = "medianPool" + window.rank() + "d";
    check(name, window.rank(), x, window);
    if (window.rank() == 1) {
      return medianPool(x.unsqueeze(2), window.withRank(2)).squeeze(2);
    }
    var y = Spatial.places(x.shape(), x.shape().size(1), window);
    var indices = NdArray.allocate(DType.I64, y);
    indices.storage().origin(name + "'s indices");
    Kernels.best().medianIndices(x.array(), window, indices);
    return x.flatten(2).gather(2, Tensor.of(indices).flatten(2)).reshape(y.sizes());
  }

  // ---- means

  /// The mean under the window; padding counts as zeros (PyTorch's and the field's default).
  public static Tensor avgPool2d(Tensor x, Window window) {
    return avgPool2d(x, window, true);
  }

  /// The mean under the window.
  ///
  /// @param countPad whether padding counts as zeros, else it is left out of the mean
  public static Tensor avgPool2d(Tensor x, Window window, boolean countPad) {
    return avgPool(2, x, window, countPad);
  }

  /// As [#avgPool2d(Tensor, Window, boolean)], of sequences, images and volumes.
  public static Tensor avgPool(Tensor x, Window window, boolean countPad) {
    return avgPool(window.rank(), x, window, countPad);
  }

  private static Tensor avgPool(int rank, Tensor x, Window window, boolean countPad) {
    check("avgPool" + rank + "d", rank, x, window);
    return mean(x, window, countPad);
  }

  private static Tensor mean(Tensor x, Window window, boolean countPad) {
    if (window.rank() == 1) {
      return mean(x.unsqueeze(2), window.withRank(2), countPad).squeeze(2);
    }
    Fit.check("avgPool" + window.rank() + "d", x.shape(), window);
    var y = result(x, window);
    Kernels.best().averagePool(x.array(), window, countPad, y);
    return Graph.record(y, new AvgPool(x.shape(), window, countPad), x);
  }

  private record AvgPool(Shape x, Window window, boolean countPad) implements Backward {
    @Override
    public String operation() {
      return "avgPool" + window.rank() + "d";
    }

    @Override
    public Span[] source(int input, Shape from, Shape y, Span... part) {
      return Span.under(window, from, part);
    }

    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      var dx = NdArray.channelsLast(gradient.dtype(), x);
      Kernels.best().averagePoolBackward(gradient.array(), window, countPad, dx);
      return new @Nullable Tensor[] {Graph.record(dx, new AvgPoolData(window, countPad), gradient)};
    }
  }

  private record AvgPoolData(Window window, boolean countPad) implements Backward {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return new @Nullable Tensor[] {mean(gradient, window, countPad)};
    }
  }

  /// (Σ xᵖ)^(1/p) under the window: for p = 2 the length of the vector, L2 pooling; for p = 1 the
  /// sum. Where the sum is 0 the gradient is 0, as in PyTorch (Hyvärinen & Köster 2007).
  ///
  /// @param p above 0; unless it is even, values should not be negative
  public static Tensor lpPool(Tensor x, double p, Window window) {
    return lpPool(x, p, window, false);
  }

  /// As [#lpPool(Tensor, double, Window)].
  ///
  /// @param ceil whether windows may hang over the end, see [#ceil]; there what is missing counts
  ///   as the mean of what is there, as in PyTorch
  public static Tensor lpPool(Tensor x, double p, Window window, boolean ceil) {
    if (!(p > 0) || Double.isInfinite(p)) {
      throw new IllegalArgumentException("lpPool: the power must be above 0, not " + p);
    }
    var powers = p == 1 ? x : x.pow(p);
    var mean = ceil ? avgPoolCeil(powers, window, true) : avgPool(powers, window, true);
    var sum = mean.mul(window.area());
    if (p == 1) {
      return sum;
    }
    // Where the sum is 0 the root has no derivative.
    var inside = sum.ne(0);
    var one = Tensor.scalar(1, sum.dtype());
    return Tensor.where(inside, Tensor.where(inside, sum, one).pow(1 / p), one.sub(1));
  }

  // ---- windows that hang over the end

  /// The window with so much padding after the image that it also takes the last place where it
  /// only partly lies on it: ⌈(size + pads − extent) / stride⌉ + 1 places, but none that begins
  /// behind the image and the padding before it (PyTorch's `ceil_mode`). 7×7 under 3×3 at stride 2
  /// has no pixel to spare; 8×8 would leave the last row and column unseen.
  ///
  /// @param x what will be pooled
  public static Window ceil(Window window, Shape x) {
    checkRank("ceil", x, window, window.rank());
    var pads = new int[2 * window.rank()];
    for (int i = 0; i < window.rank(); i++) {
      var a = window.axis(i);
      int size = x.size(2 + i);
      int spare = size + a.before() + a.after() - a.dilation() * (a.taps() - 1) - 1;
      int last = Math.ceilDiv(spare, a.stride()) * a.stride();
      if (last >= size + a.before()) {
        last -= a.stride();
      }
      pads[i] = a.before();
      pads[window.rank() + i] = a.after() + Math.max(0, last - spare);
    }
    return window.pad(pads);
  }

  /// As [#maxPool], the window as [#ceil] has it.
  public static Tensor maxPoolCeil(Tensor x, Window window) {
    var name = "maxPool" + window.rank() + "d";
    check(name, window.rank(), x, window);
    return largest(name, x, ceil(window, x.shape()));
  }

  /// As [#avgPool], the window as [#ceil] has it: what hangs over the image and its padding is not
  /// counted in any case, as in PyTorch.
  public static Tensor avgPoolCeil(Tensor x, Window window, boolean countPad) {
    check("avgPool" + window.rank() + "d", window.rank(), x, window);
    var w = ceil(window, x.shape());
    var y = mean(x, w, countPad);
    if (!countPad || w.equals(window)) {
      return y;
    }
    for (int i = 0; i < window.rank(); i++) {
      var a = window.axis(i);
      int end = x.shape().size(2 + i) + a.after();
      var factors = new double[y.shape().size(2 + i)];
      for (int o = 0; o < factors.length; o++) {
        int room = end - (o * a.stride() - a.before());
        factors[o] = (double) a.taps() / Math.min(a.taps(), Math.ceilDiv(room, a.dilation()));
      }
      var shape = new int[y.shape().rank()];
      Arrays.fill(shape, 1);
      shape[2 + i] = factors.length;
      y = y.mul(Tensor.of(factors, Shape.of(shape)).to(y.dtype()));
    }
    return y;
  }

  // ---- so many parts, whatever the image's size

  /// The mean over each of height × width parts of the image. Part i of n of H rows reaches from
  /// ⌊i·H/n⌋ to ⌈(i + 1)·H/n⌉: parts overlap where H is no multiple of n, as in PyTorch.
  ///
  /// **Shapes**: `x [N, C, H, W]` → `y [N, C, height, width]`.
  ///
  /// @throws ShapeException when x is not such an image, or empty, or the output has no pixel
  public static Tensor adaptiveAvgPool2d(Tensor x, int height, int width) {
    return adaptiveAvgPool(x, height, width);
  }

  /// As [#adaptiveAvgPool2d], of sequences, images and volumes.
  ///
  /// @param sizes one for each axis
  public static Tensor adaptiveAvgPool(Tensor x, int... sizes) {
    var whole = parts("adaptiveAvgPool", x, sizes);
    if (whole != null) {
      return avgPool(x, whole, true);
    }
    // A mean over a box is one along each axis after the other.
    return Resampling.along(x, i -> Taps.means(x.shape().size(2 + i), sizes[i]));
  }

  /// As [#adaptiveAvgPool], the largest over each part. At a tie the gradient goes to the first.
  public static Tensor adaptiveMaxPool(Tensor x, int... sizes) {
    var whole = parts("adaptiveMaxPool", x, sizes);
    if (whole != null) {
      return maxPool(x, whole);
    }
    // Parts of unlike size are made alike: shorter ones repeat their last pixel.
    var longest = new int[sizes.length];
    Arrays.setAll(longest, i -> Taps.longest(x.shape().size(2 + i), sizes[i]));
    var parts = Resampling.along(x, i -> Taps.parts(x.shape().size(2 + i), sizes[i]));
    return maxPool(parts, Window.of(longest).stride(longest));
  }

  /// The window that has all parts for its places; `null` where they are of unlike size.
  private static @Nullable Window parts(String operation, Tensor x, int... sizes) {
    var shape = x.shape();
    var name = operation + sizes.length + "d";
    Spatial.checkRank(name, sizes.length, shape);
    boolean even = true;
    var each = new int[sizes.length];
    for (int i = 0; i < sizes.length; i++) {
      int size = shape.size(2 + i);
      if (size < 1) {
        throw new ShapeException(name, "input " + shape + " has no pixels");
      }
      if (sizes[i] < 1) {
        var wanted = String.join("×", Arrays.stream(sizes).mapToObj(String::valueOf).toList());
        throw new ShapeException(name, "the output has at least one pixel, not " + wanted);
      }
      each[i] = size / sizes[i];
      even &= each[i] * sizes[i] == size;
    }
    return even ? Window.of(each).stride(each) : null;
  }

  /// The mean of each channel: `[N, C, …]` → `[N, C, 1, …]` (Lin, Chen & Yan 2014, section 3.2).
  public static Tensor globalAvgPool(Tensor x) {
    return adaptiveAvgPool(x, ones(x));
  }

  /// The largest value of each channel: `[N, C, …]` → `[N, C, 1, …]`.
  public static Tensor globalMaxPool(Tensor x) {
    return adaptiveMaxPool(x, ones(x));
  }

  private static int[] ones(Tensor x) {
    if (x.shape().rank() < 3 || x.shape().rank() > 5) {
      throw new ShapeException("globalPool", "input " + x.shape() + " is not [N, C, …]");
    }
    var ones = new int[x.shape().rank() - 2];
    Arrays.fill(ones, 1);
    return ones;
  }

  // ---- checking

  private static void checkRank(String operation, Shape x, Window window, int rank) {
    Spatial.checkRank(operation, rank, x);
    if (window.rank() != rank) {
      throw new ShapeException(
          operation,
          "input %s needs a window of %d axes, not %s".formatted(x, rank, window.size()));
    }
  }

  private static void check(String operation, int rank, Tensor x, Window w) {
    checkRank(operation, x.shape(), w, rank);
    if (!x.dtype().isFloating()) {
      throw new ShapeException(operation, "needs a floating type, not " + x.dtype());
    }
    for (var a : w.axes()) {
      if (2 * Math.max(a.before(), a.after()) > a.taps()) {
        throw new ShapeException(
            operation,
            "padding of %s is more than half of the %s window"
                .formatted(Spatial.padding(w), w.size()));
      }
    }
    Spatial.checkFits(operation, x.shape(), w);
    for (int i = 0; i < rank; i++) {
      if (!seesImage(w.axis(i), x.shape().size(2 + i))) {
        throw new ShapeException(
            operation,
            "input %s is so small that a %s window would lie in the padding alone"
                .formatted(x.shape(), w.size()));
      }
    }
  }

  private static NdArray result(Tensor x, Window w) {
    var shape = x.shape();
    var y = Spatial.places(shape, shape.size(1), w);
    return x.array().isContiguous() && shape.size(1) > 1
        ? NdArray.allocate(x.dtype(), y)
        : NdArray.channelsLast(x.dtype(), y);
  }

  /// Whether every place of the window has a tap inside, along one axis. Padding of at most half
  /// the window ensures it, but where dilation lets the taps jump over the whole image.
  private static boolean seesImage(Window.Axis w, int size) {
    for (int place = 0; place < w.places(size); place++) {
      boolean inside = false;
      for (int tap = 0; tap < w.taps(); tap++) {
        int at = place * w.stride() - w.before() + tap * w.dilation();
        inside |= at >= 0 && at < size;
      }
      if (!inside) {
        return false;
      }
    }
    return true;
  }
}
