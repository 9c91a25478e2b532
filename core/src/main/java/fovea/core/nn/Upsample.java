package fovea.core.nn;

import fovea.core.tensor.Resampling;
import fovea.core.tensor.Resampling.Mode;
import fovea.core.tensor.Tensor;
import java.util.Arrays;
import java.util.Locale;

/// Images of another size, by a factor or to given sizes: [Resampling] as a layer, without state.
///
/// **Shapes**: `x [N, C, H, W]` → `y [N, C, ⌊H·factor⌋, ⌊W·factor⌋]`, or the sizes given; the same
/// of sequences and volumes.
public final class Upsample extends Layer {
  private final Mode mode;
  private final boolean alignCorners;
  private final int[] sizes;
  private final double[] factors;

  private Upsample(Mode mode, boolean alignCorners, int[] sizes, double... factors) {
    this.mode = mode;
    this.alignCorners = alignCorners;
    this.sizes = sizes;
    this.factors = factors;
  }

  /// Each pixel repeated.
  public static Upsample nearest(double factor) {
    return by(Mode.NEAREST, false, factor);
  }

  /// Linear between pixels along each axis, of images bilinear; outer edges stay on each other, as
  /// PyTorch's default has it.
  public static Upsample linear(double factor) {
    return by(Mode.LINEAR, false, factor);
  }

  /// With all options.
  ///
  /// @param alignCorners whether the outermost pixels of input and output lie on each other
  /// @param factors one for all axes, or one for each, above 0
  public static Upsample by(Mode mode, boolean alignCorners, double... factors) {
    if (factors.length == 0 || !Arrays.stream(factors).allMatch(f -> f > 0)) {
      throw new IllegalArgumentException(
          "one or more factors above 0 are needed, not " + Arrays.toString(factors));
    }
    return new Upsample(mode, alignCorners, new int[0], factors.clone());
  }

  /// To given sizes.
  ///
  /// @param sizes one for all axes, or one for each
  public static Upsample to(Mode mode, boolean alignCorners, int... sizes) {
    if (sizes.length == 0 || !Arrays.stream(sizes).allMatch(size -> size > 0)) {
      throw new IllegalArgumentException(
          "one or more sizes above 0 are needed, not " + Arrays.toString(sizes));
    }
    return new Upsample(mode, alignCorners, sizes.clone());
  }

  @Override
  protected Tensor compute(Tensor x) {
    int rank = Math.max(1, x.shape().rank() - 2);
    if (sizes.length > 0) {
      var each = sizes;
      if (sizes.length == 1) {
        each = new int[rank];
        Arrays.fill(each, sizes[0]);
      }
      return Resampling.resize(x, mode, alignCorners, each);
    }
    var each = factors;
    if (factors.length == 1) {
      each = new double[rank];
      Arrays.fill(each, factors[0]);
    }
    return Resampling.scale(x, mode, alignCorners, each);
  }

  @Override
  public String describe() {
    var by =
        sizes.length > 0
            ? "to " + Windows.grid(sizes)
            : "×" + String.join("×", Arrays.stream(factors).mapToObj(Upsample::number).toList());
    return "Upsample(%s, %s%s)"
        .formatted(by, mode.name().toLowerCase(Locale.ROOT), alignCorners ? ", corners" : "");
  }

  private static String number(double factor) {
    return factor == Math.rint(factor) ? Long.toString((long) factor) : Double.toString(factor);
  }
}
