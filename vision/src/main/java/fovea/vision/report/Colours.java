package fovea.vision.report;

/// Numbers as colours, red, green and blue from 0 to 255.
final class Colours {
  /// From dark to bright, for shares: readable on light and dark pages, and without colour vision.
  private static final int[][] HEAT = {
    {20, 24, 40}, {49, 56, 120}, {145, 52, 130}, {229, 89, 85}, {250, 170, 80}, {252, 245, 190}
  };

  /// From negative over none to positive.
  private static final int[][] SIGNED = {
    {18, 60, 122},
    {58, 122, 190},
    {155, 196, 226},
    {244, 243, 240},
    {246, 183, 142},
    {214, 96, 62},
    {128, 24, 28}
  };

  private Colours() {}

  /// @param share in [0, 1]
  static void heat(double share, byte[] pixels, int at) {
    ramp(HEAT, share, pixels, at);
  }

  /// @param value in [−1, 1]
  static void signed(double value, byte[] pixels, int at) {
    ramp(SIGNED, (value + 1) / 2, pixels, at);
  }

  private static void ramp(int[][] stops, double x, byte[] pixels, int at) {
    double place = Math.clamp(x, 0, 1) * (stops.length - 1);
    int i = Math.min((int) place, stops.length - 2);
    double part = place - i;
    for (int c = 0; c < 3; c++) {
      pixels[at + c] = (byte) Math.round(stops[i][c] + part * (stops[i + 1][c] - stops[i][c]));
    }
  }
}
