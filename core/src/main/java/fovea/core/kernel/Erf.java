package fovea.core.kernel;

/// The error function, by the rational Chebyshev approximations of W. J. Cody, "Rational Chebyshev
/// approximations for the error function", Mathematics of Computation 23 (1969), 631–637. Relative
/// error below about 1e-15.
@SuppressWarnings("FloatingPointLiteralPrecision") // the digits as published
public final class Erf {
  private static final double INVERSE_SQRT_PI = 0.56418958354775628695;

  // erf(x)/x in x², |x| ≤ 0.46875
  private static final double[] P1 = {
    1.85777706184603153e-1,
    3.16112374387056560e0,
    1.13864154151050156e2,
    3.77485237685302021e2,
    3.20937758913846947e3
  };
  private static final double[] Q1 = {
    1, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3
  };

  // exp(x²)·erfc(x) in x, 0.46875 ≤ x ≤ 4
  private static final double[] P2 = {
    2.15311535474403846e-8,
    5.64188496988670089e-1,
    8.88314979438837594e0,
    6.61191906371416295e1,
    2.98635138197400131e2,
    8.81952221241769090e2,
    1.71204761263407058e3,
    2.05107837782607147e3,
    1.23033935479799725e3
  };
  private static final double[] Q2 = {
    1,
    1.57449261107098347e1,
    1.17693950891312499e2,
    5.37181101862009858e2,
    1.62138957456669019e3,
    3.29079923573345963e3,
    4.36261909014324716e3,
    3.43936767414372164e3,
    1.23033935480374942e3
  };

  // x·exp(x²)·erfc(x) = 1/√π − x⁻²·P3(x⁻²)/Q3(x⁻²), x ≥ 4
  private static final double[] P3 = {
    1.63153871373020978e-2,
    3.05326634961232344e-1,
    3.60344899949804439e-1,
    1.25781726111229246e-1,
    1.60837851487422766e-2,
    6.58749161529837803e-4
  };
  private static final double[] Q3 = {
    1,
    2.56852019228982242e0,
    1.87295284992346725e0,
    5.27905102951428412e-1,
    6.05183413124413191e-2,
    2.33520497626869185e-3
  };

  private Erf() {}

  /// 2/√π · ∫₀ˣ exp(−t²) dt
  public static double erf(double x) {
    double y = Math.abs(x);
    if (y <= 0.46875) {
      return small(x);
    }
    double e = 1 - upper(y);
    return x < 0 ? -e : e;
  }

  /// 1 − erf(x), without the loss of digits of that difference for large x.
  public static double erfc(double x) {
    double y = Math.abs(x);
    if (y <= 0.46875) {
      return 1 - small(x);
    }
    double e = upper(y);
    return x < 0 ? 2 - e : e;
  }

  private static double small(double x) {
    double square = x * x;
    return x * polynomial(P1, square) / polynomial(Q1, square);
  }

  /// erfc(y) for y > 0.46875.
  private static double upper(double y) {
    if (Double.isNaN(y)) {
      return y;
    }
    if (y > 27) {
      return 0;
    }
    double scaled;
    if (y <= 4) {
      scaled = polynomial(P2, y) / polynomial(Q2, y);
    } else {
      double z = 1 / (y * y);
      scaled = (INVERSE_SQRT_PI - z * polynomial(P3, z) / polynomial(Q3, z)) / y;
    }
    // exp(−y²) in two factors, the first of whose arguments is exact: rounding y² would cost
    // digits.
    double head = Math.floor(y * 16) / 16;
    double rest = (y - head) * (y + head);
    return Math.exp(-head * head) * Math.exp(-rest) * scaled;
  }

  private static double polynomial(double[] coefficients, double x) {
    double sum = 0;
    for (double c : coefficients) {
      sum = sum * x + c;
    }
    return sum;
  }
}
