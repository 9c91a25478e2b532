package fovea.core.tensor;

import fovea.core.array.NdArray;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Kernels;
import fovea.core.kernel.Unary;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Functions of one number, applied to each element: y = f(x), dx = dy · f′.
final class Pointwise {
  private static final double TWO_BY_ROOT_PI = 2 / Math.sqrt(Math.PI);
  private static final double ROOT_HALF = Math.sqrt(0.5);
  private static final double NORMAL_DENSITY_AT_0 = 1 / Math.sqrt(2 * Math.PI);

  private Pointwise() {}

  static Tensor apply(Unary f, Tensor x) {
    if (!x.dtype().isFloating()) {
      throw new ShapeException(
          name(f), "needs a floating type, not " + x.dtype() + "; cast it with to(DType.F32)");
    }
    var y = NdArray.like(x.array(), x.dtype());
    Kernels.best().unary(f, x.array(), y);
    return f.kind().derivativeFromResult()
        ? Graph.record(y, name(f), result -> new Op(f, result), x)
        : Graph.record(y, new Op(f, x), x);
  }

  /// dy · f′, outside the graph.
  static Tensor backward(Unary f, Tensor saved, Tensor dy) {
    var dx = NdArray.like(saved.array(), saved.dtype());
    if (dy.array().isDense()) {
      Kernels.best().unaryBackward(f, saved.array(), dy.array(), dx);
    } else {
      // What repeats its elements, as the gradient of a mean does, suits few kernels.
      Kernels.best().copy(dy.array(), dx);
      Kernels.best().unaryBackward(f, saved.array(), dx, dx);
    }
    return new Tensor(dx, false);
  }

  private static String name(Unary f) {
    return f.kind() == Unary.Kind.LINEAR
        ? f.beta() == 0 ? "mul" : "add"
        : NAMES.getOrDefault(f.kind(), "");
  }

  private static final Map<Unary.Kind, String> NAMES = new EnumMap<>(Unary.Kind.class);

  static {
    for (var kind : Unary.Kind.values()) {
      // LEAKY_RELU is called leakyRelu.
      var words = kind.name().toLowerCase(Locale.ROOT).split("_", -1);
      var name = new StringBuilder(words[0]);
      for (int i = 1; i < words.length; i++) {
        name.append(Character.toUpperCase(words[i].charAt(0))).append(words[i].substring(1));
      }
      NAMES.put(kind, name.toString());
    }
  }

  /// @param saved the result, or the input, as f's derivative wants it
  private record Op(Unary f, Tensor saved) implements Aligned {
    @Override
    public @Nullable Tensor[] backward(Tensor gradient) {
      return new @Nullable Tensor[] {
        Graph.isRecording() ? gradient.mul(derivative()) : fused(gradient)
      };
    }

    private Tensor fused(Tensor gradient) {
      return Pointwise.backward(f, saved, gradient);
    }

    /// f′ in operations that can be differentiated again.
    private Tensor derivative() {
      var s = saved;
      return switch (f.kind()) {
        case EXP -> s;
        case LOG -> s.pow(-1);
        case SQRT -> s.pow(-1).mul(0.5);
        case ABS -> s.sign();
        case SIGN -> Tensor.zeros(s.shape(), s.dtype());
        case ERF -> s.mul(s).neg().exp().mul(TWO_BY_ROOT_PI);
        case SIGMOID -> s.mul(s.neg().add(1));
        case TANH -> s.mul(s).neg().add(1);
        case RELU -> s.gt(0).to(s.dtype());
        case GELU -> {
          var cumulative = s.mul(ROOT_HALF).erf().mul(0.5).add(0.5);
          var density = s.mul(s).mul(-0.5).exp().mul(NORMAL_DENSITY_AT_0);
          yield cumulative.add(s.mul(density));
        }
        case LINEAR -> Tensor.full(f.alpha(), s.shape(), s.dtype());
        case POW ->
            f.alpha() == 0
                ? Tensor.zeros(s.shape(), s.dtype())
                : s.pow(f.alpha() - 1).mul(f.alpha());
        case CLAMP -> s.ge(f.alpha()).to(s.dtype()).mul(s.le(f.beta()).to(s.dtype()));
        default -> Activations.derivative(f, s);
      };
    }

    @Override
    public String operation() {
      return name(f);
    }
  }
}
