package fovea.app;

import fovea.core.train.Epoch;
import fovea.core.train.History;
import fovea.core.train.Progress;

/// A line for each epoch, and one every ten seconds within long ones: for files, and for terminals
/// on which nothing can be overwritten.
final class ProgressLines implements ProgressView {
  private static final long EVERY_NANOS = 10_000_000_000L;

  private final Console console;
  private final int epochs;
  private boolean headed;
  private long last = System.nanoTime();

  ProgressLines(Console console, int epochs) {
    this.console = console;
    this.epochs = epochs;
  }

  @Override
  public void step(Progress p) {
    if (System.nanoTime() - last > EVERY_NANOS && p.batch() < p.batches()) {
      print(
          "%s, step %d of %d  %s  %s  %s left"
              .formatted(
                  ProgressView.epoch(p.epoch(), epochs),
                  p.batch(),
                  p.batches(),
                  ProgressView.figures(p.figures()),
                  ProgressView.rate(p),
                  Text.clock(p.secondsLeft())));
    }
  }

  @Override
  public void epoch(Epoch epoch, History soFar) {
    if (!headed) {
      print(ProgressView.header(epoch));
      headed = true;
    }
    print(ProgressView.row(epoch, epochs));
  }

  private void print(String line) {
    console.say(line);
    last = System.nanoTime();
  }

  @Override
  public void stopping() {
    console.say(STOPPING);
  }

  @Override
  public void close() {}
}
