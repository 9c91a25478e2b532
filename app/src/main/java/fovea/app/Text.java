package fovea.app;

import java.util.Locale;

/// Numbers for people.
final class Text {
  private Text() {}

  /// How many columns of a terminal a text takes: Chinese, Japanese and Korean characters take two
  /// each.
  static int width(String text) {
    return text.codePoints().map(Text::width).sum();
  }

  private static int width(int character) {
    if (Character.getType(character) == Character.NON_SPACING_MARK) {
      return 0;
    }
    return switch (Character.UnicodeScript.of(character)) {
      case HAN, HIRAGANA, KATAKANA, HANGUL -> 2;
      default -> 1;
    };
  }

  /// Without what could do something to a terminal.
  static String plain(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }

  /// A word as a shell reads it back.
  static String quoted(String word) {
    return word.matches("[\\w.,:/@%+=-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  /// With spaces up to a width.
  static String pad(String text, int width) {
    return text + " ".repeat(Math.max(0, width - width(text)));
  }

  /// `12,345`
  static String count(long n) {
    return String.format(Locale.ROOT, "%,d", n);
  }

  /// `1 image`, `12,345 images`
  static String count(long n, String one, String many) {
    return count(n) + " " + (n == 1 ? one : many);
  }

  /// A share in [0, 1] as `98.31 %`; `–` where there is none.
  static String percent(double share) {
    return Double.isNaN(share) ? "–" : String.format(Locale.ROOT, "%.2f %%", 100 * share);
  }

  /// A loss, with as many digits as tell it from its neighbours.
  static String loss(double loss) {
    return String.format(Locale.ROOT, loss < 1e-3 || loss >= 1e4 ? "%.3g" : "%.4f", loss);
  }

  /// A stretch of time: `0.42 s`, `41.2 s`, `1:23`, `2:03:04`.
  static String seconds(double seconds) {
    return seconds < 9.995
        ? String.format(Locale.ROOT, "%.2f s", seconds)
        : seconds < 99.95 ? String.format(Locale.ROOT, "%.1f s", seconds) : clock(seconds);
  }

  /// A short time: `0.452 ms`, `1.77 ms`, `226 ms`, `1,234 ms`.
  static String milliseconds(double milliseconds) {
    return figure(milliseconds) + " ms";
  }

  /// A positive number, with three digits at least: `0.452`, `1.77`, `226`, `12,345`.
  static String figure(double value) {
    int before = (int) Math.floor(Math.log10(value)) + 1;
    return String.format(Locale.ROOT, "%,." + Math.clamp(3 - before, 0, 6) + "f", value);
  }

  /// Time on a clock: `0:07`, `1:23`, `2:03:04`.
  static String clock(double seconds) {
    long s = Math.round(seconds);
    return s < 3600
        ? String.format(Locale.ROOT, "%d:%02d", s / 60, s % 60)
        : String.format(Locale.ROOT, "%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
  }
}
