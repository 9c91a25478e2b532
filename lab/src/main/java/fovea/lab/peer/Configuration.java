package fovea.lab.peer;

/// How a contestant is set up.
///
/// @param threads that compute
/// @param variant what else distinguishes it: `nchw`, `nhwc`, `eager`; empty where there is a
///   single way
public record Configuration(int threads, String variant) {
  public static final String NCHW = "nchw";
  public static final String NHWC = "nhwc";

  /// Reads what [#toString] wrote.
  public static Configuration of(String word) {
    int dash = word.indexOf('-');
    var threads = dash < 0 ? word : word.substring(0, dash);
    if (!threads.matches("t[1-9][0-9]{0,3}")) {
      throw new IllegalArgumentException(
          "\"" + word + "\" is no configuration; write t2 or t2-nhwc for two threads");
    }
    return new Configuration(
        Integer.parseInt(threads.substring(1)), dash < 0 ? "" : word.substring(dash + 1));
  }

  /// Whether images lie channels-last in memory.
  public boolean channelsLast() {
    return variant.equals(NHWC);
  }

  /// `t2`, `t1-nhwc`.
  @Override
  public String toString() {
    return "t" + threads + (variant.isEmpty() ? "" : "-" + variant);
  }
}
