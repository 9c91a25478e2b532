package fovea.core.kernel;

/// A function of one number, with its parameters.
///
/// | kind | y |
/// |---|---|
/// | LINEAR | alpha·x + beta |
/// | POW | x^alpha |
/// | CLAMP | x limited to [alpha, beta] |
/// | GELU | x·Φ(x), Φ the standard normal distribution (by erf, not its approximation) |
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
    CLAMP(false);

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

  public static Unary linear(double alpha, double beta) {
    return new Unary(Kind.LINEAR, alpha, beta);
  }

  public static Unary pow(double exponent) {
    return new Unary(Kind.POW, exponent, 0);
  }

  public static Unary clamp(double low, double high) {
    return new Unary(Kind.CLAMP, low, high);
  }
}
