package fovea.app;

import fovea.core.FoveaException;
import fovea.core.tensor.Precision;
import fovea.vision.data.DataSplits;
import fovea.vision.data.Datasets;
import fovea.vision.run.Run;
import picocli.CommandLine.Option;

/// What commands have that compute.
abstract class ComputingCommand extends Subcommand {
  private static final String PROPERTY = "fovea.threads";

  @Option(names = "--json", order = 90, description = "Print the results as a JSON object.")
  private boolean json;

  ComputingCommand(Console console) {
    super(console);
  }

  /// Whether results are for a program.
  final boolean json() {
    return json;
  }

  @Option(
      names = "--threads",
      order = 91,
      paramLabel = "N",
      description = "Compute with this many threads (default: one for each core).")
  final void threads(int n) {
    if (n < 1) {
      throw wrong("computing takes at least 1 thread, not " + n);
    }
    // Read when the first number is computed, which is later.
    System.setProperty(PROPERTY, Integer.toString(n));
  }

  /// For picocli.
  static final class ToPrecision extends Choice<Precision> {
    ToPrecision() {
      super(Precision.class);
    }
  }

  /// What a run learned from; says so where it has changed since.
  final DataSplits ownData(Run opened) {
    var known = opened.record().data();
    if (known.location().isEmpty()) {
      throw new FoveaException(
          "%s learned from data that a program made; name others to measure it on"
              .formatted(opened.folder()));
    }
    var splits = Datasets.open(known.location());
    if (!splits.hash().equals(known.hash())) {
      console()
          .warn(
              "%s has changed since %s learned from it: test images may be among what it learned"
                  .formatted(known.location(), opened.folder()));
    }
    return splits;
  }
}
