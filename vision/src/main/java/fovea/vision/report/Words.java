package fovea.vision.report;

import java.util.Locale;

/// Numbers as people read them.
final class Words {
  private static final String NBSP = "\u00a0";

  private Words() {}

  /// `61,706`.
  static String count(long n) {
    return String.format(Locale.ROOT, "%,d", n);
  }

  /// `1 image`, `2,000 images`.
  static String count(long n, String one, String many) {
    return count(n) + NBSP + (n == 1 ? one : many);
  }

  /// `98.65 %`; a dash where there is none. What is not all is never rounded to 100.
  static String percent(double share, int decimals) {
    return hundredths(share, decimals) + (Double.isNaN(share) ? "" : NBSP + "%");
  }

  /// The same without the sign.
  static String hundredths(double share, int decimals) {
    if (Double.isNaN(share)) {
      return "–";
    }
    double most = share < 1 ? 100 - Math.pow(10, -decimals) : 100;
    return String.format(Locale.ROOT, "%." + decimals + "f", Math.min(100 * share, most));
  }

  /// Four significant digits: `0.05321`, `2.303`, `3.200e-06`; a dash where there is none.
  static String number(double x) {
    if (!Double.isFinite(x)) {
      return "–";
    }
    double size = Math.abs(x);
    if (size == 0) {
      return "0";
    }
    if (size < 1e-4 || size >= 1e6) {
      return String.format(Locale.ROOT, "%.3e", x);
    }
    int decimals = Math.clamp(3 - (int) Math.floor(Math.log10(size)), 0, 7);
    return String.format(Locale.ROOT, "%." + decimals + "f", x);
  }

  /// `8.4 s`, `34 s`, `2 min 5 s`, `1 h 12 min`.
  static String duration(double seconds) {
    if (seconds < 10) {
      return String.format(Locale.ROOT, "%.1f", seconds) + NBSP + "s";
    }
    long s = Math.round(seconds);
    if (s < 60) {
      return s + NBSP + "s";
    }
    return s < 3600
        ? s / 60 + NBSP + "min" + NBSP + s % 60 + NBSP + "s"
        : s / 3600 + NBSP + "h" + NBSP + s % 3600 / 60 + NBSP + "min";
  }

  /// `23.4 GiB`.
  static String gibibytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f", bytes / (double) (1L << 30)) + NBSP + "GiB";
  }

  /// A specification as its record prints it, in plainer words: `Adam[rate=0.1, weightDecay=0.0]`
  /// becomes `Adam, rate 0.1, weight decay 0`.
  static String specification(Object spec) {
    var text = spec.toString().replace("[]", "").replace("[", ", ").replace("]", "");
    return text.replace('=', ' ')
        .replaceAll("\\.0(?!\\d)", "")
        .replace("weightDecay", "weight decay");
  }
}
