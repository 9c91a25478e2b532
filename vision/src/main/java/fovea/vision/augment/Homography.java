package fovea.vision.augment;

/// A projective map of the plane: (x, y) ↦ ((a·x + b·y + c)/w, (d·x + e·y + f)/w), w = g·x + h·y +
/// i. Affine where g = h = 0 and i = 1.
///
/// Coordinates are in pixels, continuous, x to the right and y down.
public record Homography(
    double a, double b, double c, double d, double e, double f, double g, double h, double i) {

  /// Everything stays where it is.
  public static final Homography IDENTITY = affine(1, 0, 0, 0, 1, 0);

  /// (x, y) ↦ (a·x + b·y + c, d·x + e·y + f).
  public static Homography affine(double a, double b, double c, double d, double e, double f) {
    return new Homography(a, b, c, d, e, f, 0, 0, 1);
  }

  public static Homography translation(double x, double y) {
    return affine(1, 0, x, 0, 1, y);
  }

  public static Homography scaling(double x, double y) {
    return affine(x, 0, 0, 0, y, 0);
  }

  /// Clockwise as seen, about the origin.
  public static Homography rotation(double degrees) {
    double angle = StrictMath.toRadians(degrees);
    double cos = StrictMath.cos(angle);
    double sin = StrictMath.sin(angle);
    return affine(cos, -sin, 0, sin, cos, 0);
  }

  /// The map that takes the corners of an image, clockwise from the top left, to four points.
  /// Heckbert, "Fundamentals of texture mapping and image warping", 1989, section 2.2.3.
  ///
  /// @param corners x and y of each in turn, of a convex quadrilateral
  public static Homography ofCorners(double width, double height, double... corners) {
    double x0 = corners[0];
    double y0 = corners[1];
    double x1 = corners[2];
    double y1 = corners[3];
    double x2 = corners[4];
    double y2 = corners[5];
    double x3 = corners[6];
    double y3 = corners[7];
    double sx = x0 - x1 + x2 - x3;
    double sy = y0 - y1 + y2 - y3;
    double dx1 = x1 - x2;
    double dx2 = x3 - x2;
    double dy1 = y1 - y2;
    double dy2 = y3 - y2;
    double det = dx1 * dy2 - dx2 * dy1;
    double g = (sx * dy2 - dx2 * sy) / det;
    double h = (dx1 * sy - sx * dy1) / det;
    return scaling(1 / width, 1 / height)
        .then(
            new Homography(
                x1 - x0 + g * x1,
                x3 - x0 + h * x3,
                x0,
                y1 - y0 + g * y1,
                y3 - y0 + h * y3,
                y0,
                g,
                h,
                1));
  }

  /// This map about a point instead of the origin.
  public Homography about(double x, double y) {
    return translation(-x, -y).then(this).then(translation(x, y));
  }

  /// First this, then another.
  public Homography then(Homography n) {
    return new Homography(
        n.a * a + n.b * d + n.c * g,
        n.a * b + n.b * e + n.c * h,
        n.a * c + n.b * f + n.c * i,
        n.d * a + n.e * d + n.f * g,
        n.d * b + n.e * e + n.f * h,
        n.d * c + n.e * f + n.f * i,
        n.g * a + n.h * d + n.i * g,
        n.g * b + n.h * e + n.i * h,
        n.g * c + n.h * f + n.i * i);
  }

  /// The way back.
  ///
  /// @throws IllegalArgumentException if there is none
  public Homography inverse() {
    double det = determinant();
    if (!(Math.abs(det) > 1e-12)) {
      throw new IllegalArgumentException("a map that flattens the plane has no way back: " + this);
    }
    return new Homography(
        (e * i - f * h) / det,
        (c * h - b * i) / det,
        (b * f - c * e) / det,
        (f * g - d * i) / det,
        (a * i - c * g) / det,
        (c * d - a * f) / det,
        (d * h - e * g) / det,
        (b * g - a * h) / det,
        (a * e - b * d) / det);
  }

  private double determinant() {
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  }

  /// Whether left and right are exchanged, as in a mirror.
  public boolean mirrors() {
    return determinant() < 0;
  }

  /// Whether rows stay rows, columns columns, and distances are stretched alike everywhere.
  public boolean isAxisAligned() {
    return b == 0 && d == 0 && g == 0 && h == 0 && i == 1;
  }

  public double x(double x, double y) {
    return (a * x + b * y + c) / (g * x + h * y + i);
  }

  public double y(double x, double y) {
    return (d * x + e * y + f) / (g * x + h * y + i);
  }
}
