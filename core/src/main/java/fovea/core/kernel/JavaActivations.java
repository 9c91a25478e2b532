package fovea.core.kernel;

import fovea.core.array.NdArray;
import java.util.function.DoubleUnaryOperator;

/// The activations of the field as formulas, each beside its derivative. Those that are also plain
/// mathematics (RELU, SIGMOID, TANH, GELU) are in [JavaElementwise].
final class JavaActivations {
  private static final double ROOT_2_BY_PI = Math.sqrt(2 / Math.PI);
  private static final double CUBIC = 0.044715;

  private JavaActivations() {}

  static DoubleUnaryOperator function(Unary f) {
    double alpha = f.alpha();
    double beta = f.beta();
    return switch (f.kind()) {
      case GELU_TANH -> x -> 0.5 * x * (1 + Math.tanh(ROOT_2_BY_PI * (x + CUBIC * x * x * x)));
      case SCALED_TANH -> x -> sigmoid(2 * x);
      case LEAKY_RELU -> x -> x > 0 ? x : alpha * x;
      case ELU -> x -> x > 0 ? x : alpha * Math.expm1(x);
      case SELU -> x -> Unary.SELU_SCALE * (x > 0 ? x : Unary.SELU_ALPHA * Math.expm1(x));
      case CELU -> x -> x > 0 ? x : alpha * Math.expm1(x / alpha);
      case SOFTPLUS -> x -> softplus(alpha * x) / alpha;
      case SOFTSIGN -> x -> x / (1 + Math.abs(x));
      case SILU -> x -> x * sigmoid(x);
      case MISH -> x -> x * Math.tanh(softplus(x));
      case HARD_SIGMOID -> x -> Math.clamp(alpha * x + beta, 0.0, 1.0);
      case HARD_SWISH -> x -> x * Math.clamp(alpha * x + beta, 0.0, 1.0);
      case HARD_TANH -> x -> Math.min(Math.max(x, alpha), beta);
      case HARD_SHRINK -> x -> Math.abs(x) <= alpha ? 0 : x;
      case SOFT_SHRINK -> x -> x - Math.min(Math.max(x, -alpha), alpha);
      case TANH_SHRINK -> x -> x - Math.tanh(x);
      case THRESHOLD -> x -> x <= alpha ? beta : x;
      default -> throw new IllegalArgumentException(f + " is no activation");
    };
  }

  /// The derivative as a function of the input, or, of SCALED_TANH, of the result.
  static DoubleUnaryOperator derivative(Unary f) {
    double alpha = f.alpha();
    double beta = f.beta();
    return switch (f.kind()) {
      case GELU_TANH -> JavaActivations::geluTanhDerivative;
      case SCALED_TANH -> y -> 2 * y * (1 - y);
      case LEAKY_RELU -> x -> x > 0 ? 1 : alpha;
      case ELU -> x -> x > 0 ? 1 : alpha * Math.exp(x);
      case SELU -> x -> Unary.SELU_SCALE * (x > 0 ? 1 : Unary.SELU_ALPHA * Math.exp(x));
      case CELU -> x -> x > 0 ? 1 : Math.exp(x / alpha);
      case SOFTPLUS -> x -> sigmoid(alpha * x);
      case SOFTSIGN -> x -> 1 / ((1 + Math.abs(x)) * (1 + Math.abs(x)));
      case SILU -> x -> sigmoid(x) * (1 + x * (1 - sigmoid(x)));
      case MISH -> JavaActivations::mishDerivative;
      case HARD_SIGMOID -> x -> alpha * x + beta > 0 && alpha * x + beta < 1 ? alpha : 0;
      case HARD_SWISH ->
          x -> alpha * x + beta <= 0 ? 0 : alpha * x + beta >= 1 ? 1 : 2 * alpha * x + beta;
      case HARD_TANH -> x -> x <= alpha || x >= beta ? 0 : 1;
      case HARD_SHRINK, SOFT_SHRINK -> x -> Math.abs(x) <= alpha ? 0 : 1;
      case TANH_SHRINK -> x -> Math.tanh(x) * Math.tanh(x);
      case THRESHOLD -> x -> x <= alpha ? 0 : 1;
      default -> throw new IllegalArgumentException(f + " is no activation");
    };
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  /// log(1 + exp(x)), without overflow.
  private static double softplus(double x) {
    return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  }

  private static double geluTanhDerivative(double x) {
    double t = Math.tanh(ROOT_2_BY_PI * (x + CUBIC * x * x * x));
    double inner = ROOT_2_BY_PI * (1 + 3 * CUBIC * x * x);
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * inner;
  }

  private static double mishDerivative(double x) {
    double t = Math.tanh(softplus(x));
    return t + x * sigmoid(x) * (1 - t * t);
  }

  // ---- with learned slopes

  static void prelu(NdArray x, NdArray slopes, NdArray y) {
    var order = Cursor.memoryOrder(y);
    var in = new Cursor(x, order);
    var slope = new Cursor(slopes.expand(x.shape()), order);
    var out = new Cursor(y, order);
    var v = new double[out.chunk()];
    var s = new double[out.chunk()];
    for (int n = out.ready(); n > 0; n = out.ready()) {
      in.load(v, n);
      slope.load(s, n);
      for (int i = 0; i < n; i++) {
        v[i] = v[i] > 0 ? v[i] : s[i] * v[i];
      }
      out.store(v, n);
    }
  }

  static void preluBackward(NdArray x, NdArray slopes, NdArray dy, NdArray dx, NdArray dslopes) {
    var order = Cursor.memoryOrder(dx);
    var in = new Cursor(x, order);
    var slope = new Cursor(slopes.expand(x.shape()), order);
    var gradient = new Cursor(dy, order);
    var out = new Cursor(dx, order);
    var v = new double[out.chunk()];
    var s = new double[out.chunk()];
    Accumulator.Source products =
        (d, n) -> {
          in.load(v, n);
          slope.load(s, n);
          gradient.load(d, n);
          for (int i = 0; i < n; i++) {
            s[i] = v[i] > 0 ? d[i] : s[i] * d[i];
            d[i] = v[i] > 0 ? 0 : v[i] * d[i];
          }
          out.store(s, n);
        };
    var reduced = new boolean[order.length];
    for (int axis = 0; axis < order.length; axis++) {
      reduced[axis] = slopes.shape().size(axis) == 1;
    }
    var sums = Accumulator.reduce(Reduction.SUM, x.shape(), order, reduced, products);
    new Cursor(dslopes, Cursor.rowMajor(dslopes)).store(sums, sums.length);
  }
}
