package fovea.app;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Where a command writes to: results to `out`, everything else to `err`; and what can be shown
/// there.
final class Console {
  /// Empties the line that the cursor is in.
  static final String CLEAR_LINE = "\r\u001b[K";

  private final TextStream outStream;
  private final TextStream errStream;
  private final PrintWriter out;
  private final PrintWriter err;
  private final boolean colouredOut;
  private final boolean colouredErr;
  private final boolean animated;
  private boolean passing;

  /// @param colouredOut whether results may be coloured
  /// @param colouredErr whether messages may be coloured
  /// @param animated whether lines on `err` can be overwritten
  Console(
      TextStream out, TextStream err, boolean colouredOut, boolean colouredErr, boolean animated) {
    this.outStream = out;
    this.errStream = err;
    this.out = new PrintWriter(out, false);
    this.err = new PrintWriter(err, true);
    this.colouredOut = colouredOut;
    this.colouredErr = colouredErr;
    this.animated = animated;
  }

  /// Plain text into two streams.
  static Console of(OutputStream out, OutputStream err, Charset charset) {
    return new Console(
        new TextStream(out, charset), new TextStream(err, charset), false, false, false);
  }

  /// The streams of this process.
  static Console ofProcess() {
    var terminals = terminals();
    boolean out = terminals.contains("out");
    boolean err = terminals.contains("err");
    boolean dumb = "dumb".equals(System.getenv("TERM"));
    var noColour = System.getenv("NO_COLOR"); // https://no-color.org
    boolean colour = !dumb && (noColour == null || noColour.isEmpty());
    return new Console(
        stream(FileDescriptor.out, "stdout.encoding"),
        stream(FileDescriptor.err, "stderr.encoding"),
        out && colour,
        err && colour,
        err && !dumb);
  }

  private static TextStream stream(FileDescriptor descriptor, String encodingProperty) {
    var name = System.getProperty(encodingProperty);
    return new TextStream(
        new BufferedOutputStream(new FileOutputStream(descriptor)),
        name == null ? Charset.defaultCharset() : Charset.forName(name, Charset.defaultCharset()));
  }

  /// Which of `out` and `err` are terminals. The launcher asks for each stream; Java itself can
  /// only tell when input and output both are.
  private static List<String> terminals() {
    var known = System.getProperty("fovea.terminals");
    if (known != null) {
      return List.of(known.split(","));
    }
    boolean both = Optional.ofNullable(System.console()).map(c -> c.isTerminal()).orElse(false);
    return both ? List.of("out", "err") : List.of();
  }

  /// For results.
  PrintWriter out() {
    clear();
    return out;
  }

  /// For all that is no result.
  PrintWriter err() {
    return err;
  }

  boolean isOutColoured() {
    return colouredOut;
  }

  boolean isErrColoured() {
    return colouredErr;
  }

  /// Whether lines on `err` can be overwritten.
  boolean isAnimated() {
    return animated;
  }

  /// Whether all characters come through on `out`.
  boolean isOutUnicode() {
    return outStream.isUnicode();
  }

  /// Whether all characters come through on `err`.
  boolean isErrUnicode() {
    return errStream.isUnicode();
  }

  /// Something on `out` to stress.
  String strong(String text) {
    return colouredOut ? "\u001b[1m" + text + "\u001b[0m" : text;
  }

  /// One line on `err`.
  void say(String line) {
    clear();
    err.println(line);
  }

  /// Shows on a terminal what is going on, until there is something else to show.
  synchronized void pass(String text) {
    if (animated) {
      err.print(CLEAR_LINE + text);
      err.flush();
      passing = true;
    }
  }

  private synchronized void clear() {
    if (passing) {
      err.print(CLEAR_LINE);
      err.flush();
      passing = false;
    }
  }

  /// One line on `err` about something that went wrong, but not so far that the work must end.
  void warn(String message) {
    say((colouredErr ? "\u001b[33mwarning:\u001b[0m " : "warning: ") + message);
  }

  /// One line on `err` about what ended the work.
  void fail(String message) {
    say((colouredErr ? "\u001b[31mfovea:\u001b[0m " : "fovea: ") + message);
  }

  /// Writes out what is still held back.
  ///
  /// @return why not all results arrived; `null` where they did, or where nobody wants them any
  ///   more
  @Nullable String finish() {
    clear();
    out.flush();
    err.flush();
    var failure = outStream.failure();
    return failure == null || outStream.isAbandoned()
        ? null
        : "cannot write the results: " + Failures.reason(failure);
  }
}
