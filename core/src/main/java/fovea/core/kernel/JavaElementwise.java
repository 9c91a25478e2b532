package fovea.core.kernel;

import fovea.core.FoveaException;
import fovea.core.array.DType;
import fovea.core.array.NdArray;
import java.util.Arrays;

/// Functions of one element, or of corresponding elements. float32 is computed in double and
/// rounded once; integers are computed as 64-bit integers and keep their low bits.
final class JavaElementwise {
  private static final double SQRT_HALF = Math.sqrt(0.5);
  private static final double TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);
  private static final double INVERSE_SQRT_TWO_PI = 1 / Math.sqrt(2 * Math.PI);

  private JavaElementwise() {}

  static void unary(Unary f, NdArray x, NdArray y) {
    var order = Cursor.memoryOrder(y);
    var in = new Cursor(x, order);
    var out = new Cursor(y, order);
    var v = new double[out.chunk()];
    for (int n = out.ready(); n > 0; n = out.ready()) {
      in.load(v, n);
      apply(f, v, n);
      out.store(v, n);
    }
  }

  private static void apply(Unary f, double[] v, int n) {
    double alpha = f.alpha();
    double beta = f.beta();
    switch (f.kind()) {
      case EXP -> {
        for (int i = 0; i < n; i++) {
          v[i] = Math.exp(v[i]);
        }
      }
      case LOG -> {
        for (int i = 0; i < n; i++) {
          v[i] = Math.log(v[i]);
        }
      }
      case SQRT -> {
        for (int i = 0; i < n; i++) {
          v[i] = Math.sqrt(v[i]);
        }
      }
      case ABS -> {
        for (int i = 0; i < n; i++) {
          v[i] = Math.abs(v[i]);
        }
      }
      case SIGN -> {
        for (int i = 0; i < n; i++) {
          v[i] = Math.signum(v[i]);
        }
      }
      case ERF -> {
        for (int i = 0; i < n; i++) {
          v[i] = Erf.erf(v[i]);
        }
      }
      case SIGMOID -> {
        for (int i = 0; i < n; i++) {
          v[i] = 1 / (1 + Math.exp(-v[i]));
        }
      }
      case TANH -> {
        for (int i = 0; i < n; i++) {
          v[i] = Math.tanh(v[i]);
        }
      }
      case RELU -> {
        for (int i = 0; i < n; i++) {
          v[i] = Math.max(v[i], 0.0);
        }
      }
      case GELU -> {
        for (int i = 0; i < n; i++) {
          v[i] = v[i] * normalBelow(v[i]);
        }
      }
      case LINEAR -> {
        for (int i = 0; i < n; i++) {
          v[i] = alpha * v[i] + beta;
        }
      }
      case POW -> power(v, alpha, n);
      case CLAMP -> {
        for (int i = 0; i < n; i++) {
          v[i] = Math.min(Math.max(v[i], alpha), beta);
        }
      }
      case GELU_TANH,
          SCALED_TANH,
          LEAKY_RELU,
          ELU,
          SELU,
          CELU,
          SOFTPLUS,
          SOFTSIGN,
          SILU,
          MISH,
          HARD_SIGMOID,
          HARD_SWISH,
          HARD_TANH,
          HARD_SHRINK,
          SOFT_SHRINK,
          TANH_SHRINK,
          THRESHOLD -> {
        var function = JavaActivations.function(f);
        for (int i = 0; i < n; i++) {
          v[i] = function.applyAsDouble(v[i]);
        }
      }
    }
  }

  /// Φ(x): how much of the standard normal distribution lies below x.
  private static double normalBelow(double x) {
    return 0.5 * Erf.erfc(-x * SQRT_HALF);
  }

  private static void power(double[] v, double exponent, int n) {
    if (exponent == 2) { // by far the most common, and 20 times faster than the general case
      for (int i = 0; i < n; i++) {
        v[i] = v[i] * v[i];
      }
    } else {
      for (int i = 0; i < n; i++) {
        v[i] = Math.pow(v[i], exponent);
      }
    }
  }

  static void unaryBackward(Unary f, NdArray saved, NdArray dy, NdArray dx) {
    var order = Cursor.memoryOrder(dx);
    var savedIn = new Cursor(saved, order);
    var in = new Cursor(dy, order);
    var out = new Cursor(dx, order);
    var s = new double[out.chunk()];
    var d = new double[out.chunk()];
    for (int n = out.ready(); n > 0; n = out.ready()) {
      savedIn.load(s, n);
      in.load(d, n);
      applyBackward(f, s, d, n);
      out.store(d, n);
    }
  }

  /// Multiplies d by the derivative. `s` is the result or the input, as
  /// [Unary.Kind#derivativeFromResult()] says.
  private static void applyBackward(Unary f, double[] s, double[] d, int n) {
    double alpha = f.alpha();
    double beta = f.beta();
    switch (f.kind()) {
      case EXP -> {
        for (int i = 0; i < n; i++) {
          d[i] = d[i] * s[i];
        }
      }
      case LOG -> {
        for (int i = 0; i < n; i++) {
          d[i] = d[i] / s[i];
        }
      }
      case SQRT -> {
        for (int i = 0; i < n; i++) {
          d[i] = d[i] / (2 * s[i]);
        }
      }
      case ABS -> {
        for (int i = 0; i < n; i++) {
          d[i] = d[i] * Math.signum(s[i]);
        }
      }
      case SIGN -> Arrays.fill(d, 0, n, 0);
      case ERF -> {
        for (int i = 0; i < n; i++) {
          d[i] = d[i] * TWO_OVER_SQRT_PI * Math.exp(-s[i] * s[i]);
        }
      }
      case SIGMOID -> {
        for (int i = 0; i < n; i++) {
          d[i] = d[i] * s[i] * (1 - s[i]);
        }
      }
      case TANH -> {
        for (int i = 0; i < n; i++) {
          d[i] = d[i] * (1 - s[i] * s[i]);
        }
      }
      case RELU -> {
        for (int i = 0; i < n; i++) {
          d[i] = s[i] <= 0 ? 0 : d[i];
        }
      }
      case GELU -> {
        for (int i = 0; i < n; i++) {
          double density = INVERSE_SQRT_TWO_PI * Math.exp(-0.5 * s[i] * s[i]);
          d[i] = d[i] * (normalBelow(s[i]) + s[i] * density);
        }
      }
      case LINEAR -> {
        for (int i = 0; i < n; i++) {
          d[i] = d[i] * alpha;
        }
      }
      case POW -> {
        if (alpha == 0) { // 0·x⁻¹ would be NaN at 0
          Arrays.fill(d, 0, n, 0);
        } else {
          power(s, alpha - 1, n);
          for (int i = 0; i < n; i++) {
            d[i] = d[i] * alpha * s[i];
          }
        }
      }
      case CLAMP -> {
        for (int i = 0; i < n; i++) {
          d[i] = s[i] < alpha || s[i] > beta ? 0 : d[i];
        }
      }
      case GELU_TANH,
          SCALED_TANH,
          LEAKY_RELU,
          ELU,
          SELU,
          CELU,
          SOFTPLUS,
          SOFTSIGN,
          SILU,
          MISH,
          HARD_SIGMOID,
          HARD_SWISH,
          HARD_TANH,
          HARD_SHRINK,
          SOFT_SHRINK,
          TANH_SHRINK,
          THRESHOLD -> {
        var derivative = JavaActivations.derivative(f);
        for (int i = 0; i < n; i++) {
          d[i] = d[i] * derivative.applyAsDouble(s[i]);
        }
      }
    }
  }

  static void binary(Binary f, NdArray a, NdArray b, NdArray y) {
    var order = Cursor.memoryOrder(y);
    var left = new Cursor(a, order);
    var right = new Cursor(b, order);
    var out = new Cursor(y, order);
    if (a.dtype().isFloating()) {
      var u = new double[out.chunk()];
      var v = new double[out.chunk()];
      for (int n = out.ready(); n > 0; n = out.ready()) {
        left.load(u, n);
        right.load(v, n);
        apply(f, u, v, n);
        out.store(u, n);
      }
    } else {
      var u = new long[out.chunk()];
      var v = new long[out.chunk()];
      for (int n = out.ready(); n > 0; n = out.ready()) {
        left.load(u, n);
        right.load(v, n);
        apply(f, u, v, n);
        out.store(u, n);
      }
    }
  }

  private static void apply(Binary f, double[] u, double[] v, int n) {
    switch (f) {
      case ADD -> {
        for (int i = 0; i < n; i++) {
          u[i] = u[i] + v[i];
        }
      }
      case ADD_RELU -> {
        for (int i = 0; i < n; i++) {
          u[i] = Math.max(u[i] + v[i], 0);
        }
      }
      case SUB -> {
        for (int i = 0; i < n; i++) {
          u[i] = u[i] - v[i];
        }
      }
      case MUL -> {
        for (int i = 0; i < n; i++) {
          u[i] = u[i] * v[i];
        }
      }
      case DIV -> {
        for (int i = 0; i < n; i++) {
          u[i] = u[i] / v[i];
        }
      }
      case POW -> {
        for (int i = 0; i < n; i++) {
          u[i] = Math.pow(u[i], v[i]);
        }
      }
      case MAX -> {
        for (int i = 0; i < n; i++) {
          u[i] = Math.max(u[i], v[i]);
        }
      }
      case MIN -> {
        for (int i = 0; i < n; i++) {
          u[i] = Math.min(u[i], v[i]);
        }
      }
      case EQ -> {
        for (int i = 0; i < n; i++) {
          u[i] = u[i] == v[i] ? 1 : 0;
        }
      }
      case NE -> {
        for (int i = 0; i < n; i++) {
          u[i] = u[i] != v[i] ? 1 : 0;
        }
      }
      case LT -> {
        for (int i = 0; i < n; i++) {
          u[i] = u[i] < v[i] ? 1 : 0;
        }
      }
      case LE -> {
        for (int i = 0; i < n; i++) {
          u[i] = u[i] <= v[i] ? 1 : 0;
        }
      }
      case GT -> {
        for (int i = 0; i < n; i++) {
          u[i] = u[i] > v[i] ? 1 : 0;
        }
      }
      case GE -> {
        for (int i = 0; i < n; i++) {
          u[i] = u[i] >= v[i] ? 1 : 0;
        }
      }
    }
  }

  /// Integers: DIV and POW go towards zero.
  private static void apply(Binary f, long[] u, long[] v, int n) {
    switch (f) {
      case ADD -> {
        for (int i = 0; i < n; i++) {
          u[i] = u[i] + v[i];
        }
      }
      case ADD_RELU -> {
        for (int i = 0; i < n; i++) {
          u[i] = Math.max(u[i] + v[i], 0);
        }
      }
      case SUB -> {
        for (int i = 0; i < n; i++) {
          u[i] = u[i] - v[i];
        }
      }
      case MUL -> {
        for (int i = 0; i < n; i++) {
          u[i] = u[i] * v[i];
        }
      }
      case DIV -> {
        for (int i = 0; i < n; i++) {
          u[i] = divide(u[i], v[i]);
        }
      }
      case POW -> {
        for (int i = 0; i < n; i++) {
          u[i] = power(u[i], v[i]);
        }
      }
      case MAX -> {
        for (int i = 0; i < n; i++) {
          u[i] = Math.max(u[i], v[i]);
        }
      }
      case MIN -> {
        for (int i = 0; i < n; i++) {
          u[i] = Math.min(u[i], v[i]);
        }
      }
      case EQ -> {
        for (int i = 0; i < n; i++) {
          u[i] = u[i] == v[i] ? 1 : 0;
        }
      }
      case NE -> {
        for (int i = 0; i < n; i++) {
          u[i] = u[i] != v[i] ? 1 : 0;
        }
      }
      case LT -> {
        for (int i = 0; i < n; i++) {
          u[i] = u[i] < v[i] ? 1 : 0;
        }
      }
      case LE -> {
        for (int i = 0; i < n; i++) {
          u[i] = u[i] <= v[i] ? 1 : 0;
        }
      }
      case GT -> {
        for (int i = 0; i < n; i++) {
          u[i] = u[i] > v[i] ? 1 : 0;
        }
      }
      case GE -> {
        for (int i = 0; i < n; i++) {
          u[i] = u[i] >= v[i] ? 1 : 0;
        }
      }
    }
  }

  private static long divide(long a, long b) {
    if (b == 0) {
      throw new FoveaException("an integer is divided by 0; only floating-point numbers can be");
    }
    return a / b;
  }

  private static long power(long base, long exponent) {
    if (exponent < 0) {
      return base == 0 ? divide(1, 0) : (long) Math.pow((double) base, (double) exponent);
    }
    long result = 1;
    for (long e = exponent; e > 0; e >>= 1) {
      if ((e & 1) != 0) {
        result *= base;
      }
      base *= base;
    }
    return result;
  }

  static void where(NdArray condition, NdArray a, NdArray b, NdArray y) {
    var order = Cursor.memoryOrder(y);
    var test = new Cursor(condition, order);
    var left = new Cursor(a, order);
    var right = new Cursor(b, order);
    var out = new Cursor(y, order);
    var c = new long[out.chunk()];
    if (y.dtype().isFloating()) {
      var u = new double[out.chunk()];
      var v = new double[out.chunk()];
      for (int n = out.ready(); n > 0; n = out.ready()) {
        test.load(c, n);
        left.load(u, n);
        right.load(v, n);
        for (int i = 0; i < n; i++) {
          u[i] = c[i] != 0 ? u[i] : v[i];
        }
        out.store(u, n);
      }
    } else {
      var u = new long[out.chunk()];
      var v = new long[out.chunk()];
      for (int n = out.ready(); n > 0; n = out.ready()) {
        test.load(c, n);
        left.load(u, n);
        right.load(v, n);
        for (int i = 0; i < n; i++) {
          u[i] = c[i] != 0 ? u[i] : v[i];
        }
        out.store(u, n);
      }
    }
  }

  static void fill(NdArray y, double value) {
    var out = new Cursor(y, Cursor.memoryOrder(y));
    var v = new double[out.chunk()];
    Arrays.fill(v, value);
    for (int n = out.ready(); n > 0; n = out.ready()) {
      out.store(v, n);
    }
  }

  static void blend(NdArray y, double keep, NdArray x, double add) {
    if (Tiles.fit(y, x)) {
      float k = (float) keep;
      float a = (float) add;
      Tiles.forEach(1, (t, n) -> blend(t[0], k, t[1], a, n), y, x);
      return;
    }
    var order = Cursor.memoryOrder(y);
    var old = new Cursor(y, order);
    var in = new Cursor(x, order);
    var out = new Cursor(y, order);
    var u = new double[out.chunk()];
    var v = new double[out.chunk()];
    for (int n = out.ready(); n > 0; n = out.ready()) {
      old.load(u, n);
      in.load(v, n);
      for (int i = 0; i < n; i++) {
        u[i] = keep * u[i] + add * v[i];
      }
      out.store(u, n);
    }
  }

  private static void blend(float[] y, float keep, float[] x, float add, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = keep * y[i] + add * x[i];
    }
  }

  static void copy(NdArray x, NdArray y) {
    var order = Cursor.memoryOrder(y);
    var in = new Cursor(x, order);
    var out = new Cursor(y, order);
    if (x.dtype() == DType.F32 && y.dtype() == DType.F32) {
      var v = new float[out.chunk()];
      for (int n = out.ready(); n > 0; n = out.ready()) {
        in.load(v, n);
        out.store(v, n);
      }
    } else if (x.dtype().isFloating()) {
      var v = new double[out.chunk()];
      for (int n = out.ready(); n > 0; n = out.ready()) {
        in.load(v, n);
        out.store(v, n);
      }
    } else {
      var v = new long[out.chunk()];
      for (int n = out.ready(); n > 0; n = out.ready()) {
        in.load(v, n);
        out.store(v, n);
      }
    }
  }
}
