package fovea.core.tensor;

import fovea.core.array.NdArray;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Kernels;
import fovea.core.kernel.Unary;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Activations: functions between layers, one operation each, besides those that [Tensor] has
/// itself ([Tensor#relu], [Tensor#sigmoid], [Tensor#tanh], [Tensor#gelu], [Tensor#softmax]).
///
/// Functions of each element take any shape and give the same. At a corner, derivatives are
/// PyTorch's: those of the side that is flatter or, of [#leakyRelu] and its kin, of the negative
/// side.
public final class Activations {
  private static final double ROOT_2_BY_PI = Math.sqrt(2 / Math.PI);
  private static final double CUBIC = 0.044715;

  private Activations() {}

  // ---- like ReLU

  /// x where x > 0, else slope·x (Maas, Hannun & Ng 2013).
  public static Tensor leakyRelu(Tensor x, double slope) {
    return Pointwise.apply(Unary.leakyRelu(slope), x);
  }

  /// x where x > 0, else slope·x, with slopes that are learned: one for each channel, or one for
  /// all (He et al. 2015, equation 1).
  ///
  /// **Shapes**: `x [N, C, …]`, `slopes [C]` or `[1]` (then x may have any shape) → as x.
  ///
  /// @throws ShapeException when the slopes are as many as neither
  public static Tensor prelu(Tensor x, Tensor slopes) {
    int n = slopes.shape().rank() == 1 ? slopes.shape().size(0) : 0;
    boolean channels = x.shape().rank() >= 2 && x.shape().size(1) == n;
    if (n != 1 && !channels) {
      throw new ShapeException(
          "prelu",
          "input %s takes one slope or one for each channel, not %s"
              .formatted(x.shape(), slopes.shape()));
    }
    if (!Precision.fits(x.dtype(), slopes.dtype())) {
      throw new ShapeException(
          "prelu",
          "input and slopes must have one floating type; they are %s and %s"
              .formatted(x.dtype(), slopes.dtype()));
    }
    var shape = new int[x.shape().rank()];
    Arrays.fill(shape, 1);
    if (n != 1) {
      shape[1] = n;
    }
    var broadcast = slopes.to(x.dtype()).reshape(shape);
    var y = NdArray.like(x.array(), x.dtype());
    Kernels.best().prelu(x.array(), broadcast.array(), y);
    return Graph.record(y, new Prelu(x, broadcast), x, broadcast);
  }

  /// dx = dy where x > 0, else slope·dy; dslope = Σ dy·x where x ≤ 0.
  private record Prelu(Tensor x, Tensor slopes) implements Aligned {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return Graph.isRecording() ? plain(gradient) : fused(gradient);
    }

    private @Nullable Tensor[] plain(Tensor gradient) {
      var positive = whether(x.gt(0), x);
      var negative = positive.neg().add(1);
      return new @Nullable Tensor[] {
        gradient.mul(positive.add(negative.mul(slopes))),
        gradient.mul(negative.mul(x)).sumTo(slopes.shape())
      };
    }

    private @Nullable Tensor[] fused(Tensor gradient) {
      var dx = NdArray.like(x.array(), x.dtype());
      var dslopes = NdArray.allocate(slopes.dtype(), slopes.shape());
      Kernels.best().preluBackward(x.array(), slopes.array(), gradient.array(), dx, dslopes);
      return new @Nullable Tensor[] {new Tensor(dx, false), new Tensor(dslopes, false)};
    }
  }

  /// x limited to [0, 6] (Howard et al. 2017).
  public static Tensor relu6(Tensor x) {
    return hardTanh(x, 0, 6);
  }

  /// x where x > 0, else alpha·(exp(x) − 1) (Clevert, Unterthiner & Hochreiter 2016, equation 1).
  public static Tensor elu(Tensor x, double alpha) {
    return Pointwise.apply(Unary.elu(alpha), x);
  }

  /// 1.0507·(x where x > 0, else 1.6733·(exp(x) − 1)), which keeps mean 0 and variance 1 from layer
  /// to layer (Klambauer et al. 2017, equation 2).
  public static Tensor selu(Tensor x) {
    return Pointwise.apply(Unary.SELU, x);
  }

  /// x where x > 0, else alpha·(exp(x/alpha) − 1), smooth for each alpha (Barron 2017).
  ///
  /// @param alpha above 0
  public static Tensor celu(Tensor x, double alpha) {
    above0("celu", "alpha", alpha);
    return Pointwise.apply(Unary.celu(alpha), x);
  }

  /// x where x is above a threshold, else a value.
  public static Tensor threshold(Tensor x, double threshold, double value) {
    return Pointwise.apply(Unary.threshold(threshold, value), x);
  }

  // ---- like ReLU, but smooth

  /// log(1 + exp(sharpness·x))/sharpness (Dugas et al. 2001).
  ///
  /// **Differs** from PyTorch: without a threshold from which on it is taken for linear, since it
  /// cannot overflow here.
  ///
  /// @param sharpness above 0; the larger, the nearer to ReLU
  public static Tensor softplus(Tensor x, double sharpness) {
    above0("softplus", "the sharpness", sharpness);
    return Pointwise.apply(Unary.softplus(sharpness), x);
  }

  /// GELU's approximation by the hyperbolic tangent, x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³)))
  /// (Hendrycks & Gimpel 2016, section 2).
  public static Tensor geluTanh(Tensor x) {
    return Pointwise.apply(Unary.GELU_TANH, x);
  }

  /// x·σ(x), also called swish (Elfwing, Uchibe & Doya 2018).
  public static Tensor silu(Tensor x) {
    return Pointwise.apply(Unary.SILU, x);
  }

  /// x·tanh(log(1 + exp(x))) (Misra 2020, equation 1).
  public static Tensor mish(Tensor x) {
    return Pointwise.apply(Unary.MISH, x);
  }

  /// x·hardSigmoid(x) (Howard et al. 2019, section 5.2).
  public static Tensor hardSwish(Tensor x) {
    return Pointwise.apply(Unary.HARD_SWISH, x);
  }

  // ---- like sigmoid and tanh

  /// log(1/(1 + exp(−x))), without overflow.
  public static Tensor logSigmoid(Tensor x) {
    // log σ(x) = −log(1 + exp(−x)): softplus of sharpness −1.
    return Pointwise.apply(Unary.softplus(-1), x);
  }

  /// tanh(x)/2 + ½: the hyperbolic tangent, scaled and shifted to (0, 1), which is the sigmoid of
  /// 2x.
  public static Tensor scaledTanh(Tensor x) {
    return Pointwise.apply(Unary.SCALED_TANH, x);
  }

  /// x/6 + ½ limited to [0, 1] (Courbariaux, Bengio & David 2015; the slope is PyTorch's).
  public static Tensor hardSigmoid(Tensor x) {
    return Pointwise.apply(Unary.HARD_SIGMOID, x);
  }

  /// x limited to [low, high] (Collobert 2004). The derivative at the limits is 0, where that of
  /// [Tensor#clamp] is 1.
  public static Tensor hardTanh(Tensor x, double low, double high) {
    if (!(low < high)) {
      throw new IllegalArgumentException("hardTanh: the limits are " + low + " and " + high);
    }
    return Pointwise.apply(Unary.hardTanh(low, high), x);
  }

  /// x/(1 + |x|) (Turian, Bergstra & Bengio 2009).
  public static Tensor softsign(Tensor x) {
    return Pointwise.apply(Unary.SOFTSIGN, x);
  }

  // ---- that shrink

  /// x where |x| is above a threshold, else 0.
  ///
  /// @param threshold at least 0
  public static Tensor hardShrink(Tensor x, double threshold) {
    atLeast0("hardShrink", threshold);
    return Pointwise.apply(Unary.hardShrink(threshold), x);
  }

  /// x moved towards 0 by a threshold, and not beyond: what minimises (y − x)²/2 + threshold·|y|.
  ///
  /// @param threshold at least 0
  public static Tensor softShrink(Tensor x, double threshold) {
    atLeast0("softShrink", threshold);
    return Pointwise.apply(Unary.softShrink(threshold), x);
  }

  /// x − tanh(x).
  public static Tensor tanhShrink(Tensor x) {
    return Pointwise.apply(Unary.TANH_SHRINK, x);
  }

  // ---- along an axis

  /// Softmax of −x: the smallest gets most.
  public static Tensor softmin(Tensor x, int axis) {
    return x.neg().softmax(axis);
  }

  /// a·σ(b), a and b the first and the second half along an axis (Dauphin et al. 2017).
  ///
  /// @throws ShapeException when the axis cannot be halved
  public static Tensor glu(Tensor x, int axis) {
    int a = Axes.of("glu", x.shape(), axis);
    int size = x.shape().size(a);
    if (size % 2 != 0) {
      throw new ShapeException("glu", "axis " + axis + " of " + x.shape() + " cannot be halved");
    }
    return x.slice(a, 0, size / 2).mul(x.slice(a, size / 2, size).sigmoid());
  }

  /// The largest of each `pieces` neighbours along an axis, of which that many times fewer are left
  /// (Goodfellow et al. 2013, section 3). Where two are equal, each gets half of the gradient.
  ///
  /// @throws ShapeException when the axis cannot be divided so
  public static Tensor maxout(Tensor x, int pieces, int axis) {
    int a = Axes.of("maxout", x.shape(), axis);
    int size = x.shape().size(a);
    if (pieces < 1 || size % pieces != 0) {
      throw new ShapeException(
          "maxout",
          "axis %d of %s cannot be divided into groups of %d".formatted(axis, x.shape(), pieces));
    }
    var largest = x.slice(a, 0, size, pieces);
    for (int i = 1; i < pieces; i++) {
      largest = largest.maximum(x.slice(a, i, size, pieces));
    }
    return largest;
  }

  private static void above0(String operation, String what, double value) {
    if (!(value > 0)) {
      throw new IllegalArgumentException(
          "%s: %s must be above 0, not %s".formatted(operation, what, value));
    }
  }

  private static void atLeast0(String operation, double threshold) {
    if (!(threshold >= 0)) {
      throw new IllegalArgumentException(
          "%s: the threshold must be at least 0, not %s".formatted(operation, threshold));
    }
  }

  // ---- derivatives

  /// f′ in operations that can be differentiated again.
  ///
  /// @param s the input, or, of SCALED_TANH, the result
  static Tensor derivative(Unary f, Tensor s) {
    double alpha = f.alpha();
    return switch (f.kind()) {
      case LEAKY_RELU -> whether(s.gt(0), s).mul(1 - alpha).add(alpha);
      case ELU -> side(s, alpha);
      case SELU -> side(s, Unary.SELU_ALPHA).mul(Unary.SELU_SCALE);
      case CELU -> s.mul(1 / alpha).clamp(Double.NEGATIVE_INFINITY, 0).exp();
      case THRESHOLD -> whether(s.gt(alpha), s);
      case SOFTPLUS -> s.mul(alpha).sigmoid();
      case GELU_TANH -> {
        var square = s.mul(s);
        var t = s.mul(square.mul(CUBIC).add(1)).mul(ROOT_2_BY_PI).tanh();
        var inner = square.mul(3 * CUBIC).add(1).mul(ROOT_2_BY_PI);
        yield s.mul(t.mul(t).neg().add(1)).mul(inner).add(t).add(1).mul(0.5);
      }
      case SILU -> {
        var sigmoid = s.sigmoid();
        yield sigmoid.mul(s.mul(sigmoid.neg().add(1)).add(1));
      }
      case MISH -> {
        var t = softplus(s, 1).tanh();
        yield t.add(s.mul(s.sigmoid()).mul(t.mul(t).neg().add(1)));
      }
      case HARD_SWISH -> {
        var z = s.mul(alpha).add(f.beta());
        var above = whether(z.ge(1), s);
        var between = whether(z.gt(0), s).sub(above);
        yield between.mul(s.mul(2 * alpha).add(f.beta())).add(above);
      }
      case SCALED_TANH -> s.mul(s.neg().add(1)).mul(2);
      case HARD_SIGMOID -> {
        var z = s.mul(alpha).add(f.beta());
        yield whether(z.gt(0), s).mul(whether(z.lt(1), s)).mul(alpha);
      }
      case HARD_TANH -> whether(s.gt(alpha), s).mul(whether(s.lt(f.beta()), s));
      case SOFTSIGN -> s.abs().add(1).pow(-2);
      case HARD_SHRINK, SOFT_SHRINK -> whether(s.abs().gt(alpha), s);
      case TANH_SHRINK -> {
        var t = s.tanh();
        yield t.mul(t);
      }
      default -> throw new IllegalArgumentException(f + " is no activation");
    };
  }

  /// ELU's: 1 where s > 0, else alpha·exp(s).
  private static Tensor side(Tensor s, double alpha) {
    var positive = whether(s.gt(0), s);
    // Limited, lest what is not taken overflows.
    var exp = s.clamp(Double.NEGATIVE_INFINITY, 0).exp().mul(alpha);
    return positive.add(positive.neg().add(1).mul(exp));
  }

  private static Tensor whether(Tensor condition, Tensor like) {
    return condition.to(like.dtype());
  }
}
