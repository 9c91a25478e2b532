package fovea.lab;

/// Says on standard error what is going on and how long it may still take.
final class Progress {
  private static final long BETWEEN_LINES = 10_000_000_000L;

  private final boolean terminal;
  private final long began = System.nanoTime();
  private double planned;
  private double done;
  private long lastLine;

  /// @param terminal whether standard error is one, where a line can be written over
  Progress(boolean terminal) {
    this.terminal = terminal;
  }

  /// There are so many seconds of work more.
  void plan(double seconds) {
    planned += seconds;
  }

  /// So many of the seconds planned are over, however long they took, or need not be.
  void done(double seconds) {
    done += seconds;
  }

  /// Shows what is being done.
  void at(String what) {
    long now = System.nanoTime();
    if (!terminal && lastLine != 0 && now - lastLine < BETWEEN_LINES) {
      return;
    }
    lastLine = now;
    var line = what + left(now);
    System.err.print(terminal ? "\r\033[K" + line : line + "\n");
    System.err.flush();
  }

  private String left(long now) {
    double elapsed = (now - began) * 1e-9;
    double left = Math.max(0, planned - done);
    // Once something is done, what is planned is corrected by how long that took.
    double seconds = done > 0 ? left * elapsed / done : left;
    return seconds < 90
        ? " (about %.0f s left)".formatted(seconds)
        : " (about %.0f min left)".formatted(seconds / 60);
  }

  /// Removes the line that [#at] wrote.
  void clear() {
    if (terminal) {
      System.err.print("\r\033[K");
      System.err.flush();
    }
  }
}
