package fovea.app;

import fovea.core.train.Epoch;
import fovea.core.train.History;
import fovea.core.train.Progress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressState;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;

/// A bar that moves in the last line of a terminal; finished epochs stay above it.
final class ProgressBarView implements ProgressView {
  private static final int REFRESH_MILLIS = 100;
  private static final int MAX_BAR = 30;
  private static final int MIN_BAR = 5;
  private static final int USUAL_WIDTH = 80;

  private final Console console;
  private final int epochs;
  private final Object writing = new Object();
  private boolean headed;
  private @Nullable ProgressBar bar;
  private volatile @Nullable Progress now;
  private volatile boolean stopping;

  ProgressBarView(Console console, int epochs) {
    this.console = console;
    this.epochs = epochs;
  }

  @Override
  public void step(Progress p) {
    now = p;
    if (bar == null) {
      bar =
          ProgressBar.builder()
              .setInitialMax((long) p.epochs() * p.batches())
              .setUpdateIntervalMillis(REFRESH_MILLIS)
              .setRenderer(this::render)
              .setConsumer(new LastLine())
              .clearDisplayOnFinish()
              .build();
    }
    bar.stepTo((long) (p.epoch() - 1) * p.batches() + p.batch());
    if (p.batch() == p.batches()) {
      bar.refresh(); // Validation follows, during which nothing moves.
    }
  }

  @Override
  public void epoch(Epoch epoch, History soFar) {
    if (!headed) {
      print(ProgressView.header(epoch));
      headed = true;
    }
    print(ProgressView.row(epoch, epochs));
    if (epoch.epoch() == epochs) {
      console.pass("measuring …");
    }
  }

  @Override
  public void stopping() {
    print(STOPPING);
    stopping = true;
  }

  /// Puts a line above the bar.
  private void print(String line) {
    synchronized (writing) {
      console.err().println(Console.CLEAR_LINE + line);
    }
  }

  private String render(ProgressState state, int width) {
    var p = now;
    return p == null ? "" : line(p, width, console.isErrUnicode());
  }

  /// The moving line, which leaves out what does not fit.
  static String line(Progress p, int width, boolean unicode) {
    double share = p.batch() / (double) p.batches();
    var start = ProgressView.epoch(p.epoch(), p.epochs()) + " ";
    var parts =
        new ArrayList<>(
            List.of(
                " %3d %%".formatted((int) (100 * share)),
                "  " + ProgressView.figures(p.figures()),
                "  " + ProgressView.rate(p),
                p.batch() == p.batches()
                    ? "  validating"
                    : "  " + Text.clock(p.secondsLeft()) + " left"));
    for (int leastWanted : new int[] {2, 1}) {
      if (room(width, start, parts) < MIN_BAR) {
        parts.remove(leastWanted);
      }
    }
    int bar = Math.min(MAX_BAR, room(width, start, parts));
    var line = start + (bar < MIN_BAR ? "" : bar(share, bar, unicode)) + String.join("", parts);
    return line.length() <= width ? line : line.substring(0, Math.max(0, width));
  }

  private static int room(int width, String start, List<String> parts) {
    return width - start.length() - parts.stream().mapToInt(String::length).sum();
  }

  /// A bar that is full to a share of its width.
  static String bar(double share, int width, boolean unicode) {
    int full = (int) (share * width);
    return (unicode ? "█" : "#").repeat(full) + (unicode ? "░" : ".").repeat(width - full);
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }

  /// Writes the bar over itself. The library's own writer cannot be told when to leave the line to
  /// others, and opens the terminal in a way that takes Ctrl-C from this program.
  private final class LastLine implements ProgressBarConsumer {
    private final @Nullable Terminal terminal = terminal();

    @Override
    public int getMaxRenderedLength() {
      int width = terminal == null ? 0 : terminal.getWidth();
      // The last column stays free: some terminals begin a new line after it.
      return (width < 10 ? USUAL_WIDTH : width) - 1;
    }

    @Override
    public void accept(String line) {
      write(Console.CLEAR_LINE + line);
    }

    @Override
    public void clear() {
      write(Console.CLEAR_LINE);
    }

    private void write(String text) {
      synchronized (writing) {
        if (!stopping) {
          console.err().print(text);
          console.err().flush();
        }
      }
    }

    @Override
    public void close() {
      try {
        if (terminal != null) {
          terminal.close();
        }
      } catch (IOException e) {
        // It was only looked at.
      }
    }
  }

  /// To ask for its width, which may change at any time.
  private static @Nullable Terminal terminal() {
    try {
      return TerminalBuilder.builder().dumb(true).nativeSignals(false).build();
    } catch (IOException e) {
      return null;
    }
  }
}
