package fovea.app;

import static java.util.Map.entry;

import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Text on its way to a stream whose other end may know few characters, and may go away at any
/// time.
///
/// Never throws: after a failure the rest is dropped, and [#failure()] tells. Characters that the
/// charset lacks are replaced by similar ones that it has.
final class TextStream extends Writer {
  private static final Map<String, String> SIMILAR =
      Map.ofEntries(
          entry("×", "x"),
          entry("·", "*"),
          entry("→", "->"),
          entry("…", "..."),
          entry("–", "-"),
          entry("—", "-"),
          entry("‘", "'"),
          entry("’", "'"),
          entry("“", "\""),
          entry("”", "\""),
          entry("█", "#"),
          entry("░", "."));

  private final OutputStream out;
  private final Charset charset;
  private final CharsetEncoder encoder;
  private @Nullable IOException failure;

  TextStream(OutputStream out, Charset charset) {
    this.out = out;
    this.charset = usable(charset);
    this.encoder = this.charset.newEncoder();
  }

  /// A system without a locale claims to know ASCII alone; its terminal nearly always knows UTF-8
  /// (as Python's PEP 540 reasons).
  private static Charset usable(Charset charset) {
    return charset.equals(StandardCharsets.US_ASCII) || !charset.canEncode()
        ? StandardCharsets.UTF_8
        : charset;
  }

  /// Whether all characters come through.
  boolean isUnicode() {
    return charset.name().startsWith("UTF");
  }

  /// Why the other end got only a part; `null` where it got all.
  @Nullable IOException failure() {
    return failure;
  }

  /// Whether the other end went away, as `head` does when it has seen enough.
  boolean isAbandoned() {
    var message = failure == null ? null : failure.getMessage();
    return message != null
        && (message.contains("Broken pipe") // Linux, macOS
            || message.contains("pipe is being closed") // Windows
            || message.contains("pipe has been ended"));
  }

  @Override
  public void write(char[] characters, int from, int length) {
    attempt(() -> out.write(known(new String(characters, from, length)).getBytes(charset)));
  }

  /// `text` in characters that the charset has.
  private String known(String text) {
    if (isUnicode() || encoder.canEncode(text)) {
      return text;
    }
    var known = new StringBuilder();
    text.codePoints()
        .mapToObj(Character::toString)
        .forEach(c -> known.append(encoder.canEncode(c) ? c : SIMILAR.getOrDefault(c, "?")));
    return known.toString();
  }

  @Override
  public void flush() {
    attempt(out::flush);
  }

  @Override
  public void close() {
    flush();
  }

  private interface Action {
    void run() throws IOException;
  }

  private void attempt(Action action) {
    synchronized (lock) {
      try {
        if (failure == null) {
          action.run();
        }
      } catch (IOException e) {
        failure = e;
      }
    }
  }
}
