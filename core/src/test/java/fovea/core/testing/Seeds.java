package fovea.core.testing;

import fovea.core.array.Rng;
import java.util.function.Consumer;

/// Repeats a test with random data from seeds. Where it fails, the error names the seed; with
/// `-Dfovea.seed=…` only that one is run, and with `-Dfovea.seeds=…` more of them are.
public final class Seeds {
  private Seeds() {}

  /// Runs `body` with the seeds 1 … n, or as many as the property says.
  public static void each(int n, Consumer<Rng> body) {
    var only = Long.getLong("fovea.seed");
    if (only != null) {
      run(only, body);
      return;
    }
    int last = Integer.getInteger("fovea.seeds", n);
    for (long seed = 1; seed <= last; seed++) {
      run(seed, body);
    }
  }

  private static void run(long seed, Consumer<Rng> body) {
    try {
      body.accept(Rng.of(seed));
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError(
          "with seed " + seed + " (again with -Dfovea.seed=" + seed + "): " + e.getMessage(), e);
    }
  }
}
