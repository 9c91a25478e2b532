package fovea.vision.classic;

import java.util.List;

/// All baselines.
public final class Baselines {
  /// In the order in which they are listed.
  public static final List<Baseline> ALL =
      List.of(
          new NearestNeighbours(),
          new NearestMean(),
          SupportVectors.PIXELS,
          SupportVectors.GRADIENTS);

  private Baselines() {}
}
