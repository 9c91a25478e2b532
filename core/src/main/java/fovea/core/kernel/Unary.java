package fovea.core.kernel;

/// A function of one number, with its parameters.
///
/// | kind | y |
/// |---|---|
/// | LINEAR | alpha·x + beta |
/// | POW | x^alpha |
/// | CLAMP | x limited to [alpha, beta] |
/// | GELU | x·Φ(x), Φ the standard normal distribution (by erf, not its approximation) |
/// | GELU_TANH | GELU's approximation, x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))) |
/// | SCALED_TANH | tanh(x)/2 + ½, which is SIGMOID of 2x |
/// | LEAKY_RELU | x where x > 0, else alpha·x |
/// | ELU | x where x > 0, else alpha·(exp(x) − 1) |
/// | SELU | ELU with [#SELU_ALPHA], times [#SELU_SCALE] |
/// | CELU | x where x > 0, else alpha·(exp(x/alpha) − 1), alpha above 0 |
/// | SOFTPLUS | log(1 + exp(alpha·x))/alpha, alpha of any sign but not 0 |
/// | SOFTSIGN | x/(1 + abs(x)) |
/// | SILU | x·SIGMOID(x) |
/// | MISH | x·tanh(log(1 + exp(x))) |
/// | HARD_SIGMOID | alpha·x + beta limited to [0, 1], alpha above 0 |
/// | HARD_SWISH | x·HARD_SIGMOID(x) |
/// | HARD_TANH | as CLAMP, but for its derivative at the limits, which is 0 |
/// | HARD_SHRINK | x where abs(x) > alpha, else 0; alpha at least 0 |
/// | SOFT_SHRINK | x moved towards 0 by alpha, and not beyond; alpha at least 0 |
/// | TANH_SHRINK | x − tanh(x) |
/// | THRESHOLD | x where x > alpha, else beta |
/// | others | as their names say; RELU is max(x, 0), SIGN is −1, 0 or 1 |
///
/// @param alpha first parameter, 0 where the kind has none
/// @param beta second parameter, 0 where the kind has none
public record Unary(Kind kind, double alpha, double beta) {
  /// The functions. Each knows whether its derivative is computed from the result or from the
  /// input.
  public enum Kind {
    EXP(true),
    LOG(false),
    SQRT(true),
    ABS(false),
    SIGN(false),
    ERF(false),
    SIGMOID(true),
    TANH(true),
    RELU(true),
    GELU(false),
    LINEAR(false),
    POW(false),
    CLAMP(false),
    GELU_TANH(false),
    SCALED_TANH(true),
    LEAKY_RELU(false),
    ELU(false),
    SELU(false),
    CELU(false),
    SOFTPLUS(false),
    SOFTSIGN(false),
    SILU(false),
    MISH(false),
    HARD_SIGMOID(false),
    HARD_SWISH(false),
    HARD_TANH(false),
    HARD_SHRINK(false),
    SOFT_SHRINK(false),
    TANH_SHRINK(false),
    THRESHOLD(false);

    private final boolean fromResult;

    Kind(boolean fromResult) {
      this.fromResult = fromResult;
    }

    /// Whether the derivative is a function of y (else of x).
    public boolean derivativeFromResult() {
      return fromResult;
    }
  }

  public static final Unary EXP = new Unary(Kind.EXP, 0, 0);
  public static final Unary LOG = new Unary(Kind.LOG, 0, 0);
  public static final Unary SQRT = new Unary(Kind.SQRT, 0, 0);
  public static final Unary ABS = new Unary(Kind.ABS, 0, 0);
  public static final Unary SIGN = new Unary(Kind.SIGN, 0, 0);
  public static final Unary ERF = new Unary(Kind.ERF, 0, 0);
  public static final Unary SIGMOID = new Unary(Kind.SIGMOID, 0, 0);
  public static final Unary TANH = new Unary(Kind.TANH, 0, 0);
  public static final Unary RELU = new Unary(Kind.RELU, 0, 0);
  public static final Unary GELU = new Unary(Kind.GELU, 0, 0);

  public static final Unary GELU_TANH = new Unary(Kind.GELU_TANH, 0, 0);
  public static final Unary SCALED_TANH = new Unary(Kind.SCALED_TANH, 0, 0);
  public static final Unary SELU = new Unary(Kind.SELU, 0, 0);
  public static final Unary SOFTSIGN = new Unary(Kind.SOFTSIGN, 0, 0);
  public static final Unary SILU = new Unary(Kind.SILU, 0, 0);
  public static final Unary MISH = new Unary(Kind.MISH, 0, 0);
  public static final Unary HARD_SIGMOID = new Unary(Kind.HARD_SIGMOID, 1.0 / 6, 0.5);
  public static final Unary HARD_SWISH = new Unary(Kind.HARD_SWISH, 1.0 / 6, 0.5);
  public static final Unary TANH_SHRINK = new Unary(Kind.TANH_SHRINK, 0, 0);

  /// What SELU's negative side is multiplied by (Klambauer et al. 2017, equation 14).
  public static final double SELU_ALPHA = 1.6732632423543772;

  /// What the whole of SELU is multiplied by.
  public static final double SELU_SCALE = 1.0507009873554805;

  public static Unary linear(double alpha, double beta) {
    return new Unary(Kind.LINEAR, alpha, beta);
  }

  public static Unary pow(double exponent) {
    return new Unary(Kind.POW, exponent, 0);
  }

  public static Unary clamp(double low, double high) {
    return new Unary(Kind.CLAMP, low, high);
  }

  public static Unary leakyRelu(double slope) {
    return new Unary(Kind.LEAKY_RELU, slope, 0);
  }

  public static Unary elu(double alpha) {
    return new Unary(Kind.ELU, alpha, 0);
  }

  public static Unary celu(double alpha) {
    return new Unary(Kind.CELU, alpha, 0);
  }

  public static Unary softplus(double sharpness) {
    return new Unary(Kind.SOFTPLUS, sharpness, 0);
  }

  public static Unary hardTanh(double low, double high) {
    return new Unary(Kind.HARD_TANH, low, high);
  }

  public static Unary hardShrink(double threshold) {
    return new Unary(Kind.HARD_SHRINK, threshold, 0);
  }

  public static Unary softShrink(double threshold) {
    return new Unary(Kind.SOFT_SHRINK, threshold, 0);
  }

  public static Unary threshold(double threshold, double value) {
    return new Unary(Kind.THRESHOLD, threshold, value);
  }
}
