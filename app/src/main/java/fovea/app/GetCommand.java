package fovea.app;

import fovea.core.UnknownNameException;
import fovea.vision.data.Downloads;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `fovea datasets get`.
@Command(
    name = "get",
    header = "Fetch a public data set from the internet.",
    description = {
      "Fetches a data set by name into a cache folder (the system property fovea.data, or else",
      "~/.cache/fovea/datasets); commands that take DATA then know it by this name. Checksums are checked,",
      "and what was cut off is continued. Nothing is ever fetched unless asked for by this command.",
    },
    footer = {"  fovea datasets get mnist", "  fovea train lenet5 mnist"})
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class GetCommand extends Subcommand {
  @Parameters(index = "0", paramLabel = "NAME", description = "What to fetch, see fovea datasets.")
  private String name;

  private long shown;

  GetCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() {
    try {
      console().out().println(Downloads.get(name, this::progress));
    } catch (UnknownNameException e) {
      throw new WrongName(spec().commandLine(), e, "fovea datasets");
    }
    return ExitCode.DONE;
  }

  /// At most ten times a second.
  private void progress(String file, long bytes, long size) {
    long now = System.nanoTime();
    if (now - shown > 100_000_000) {
      shown = now;
      console()
          .pass(
              "%s %s %.1f of %.1f MB"
                  .formatted(
                      file,
                      ProgressBarView.bar(
                          Math.min(1, (double) bytes / size), 30, console().isErrUnicode()),
                      bytes / 1e6,
                      size / 1e6));
    }
  }
}
