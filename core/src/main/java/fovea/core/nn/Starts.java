package fovea.core.nn;

import fovea.core.FoveaException;
import fovea.core.nn.Init.Fan;
import fovea.core.spec.Specifications;

/// All starts of networks by name, and as text: `he-normal`, `orthogonal:gain=1.4`, `lsuv`.
public final class Starts {
  /// Each with its usual options, by name.
  public static final Specifications<Start> NAMED =
      new Specifications<>("initialiser", Start.class)
          .with("own", new Start.Own())
          .with("constant", new Start.Constant(0))
          .with("uniform", new Start.Uniform(0, 1))
          .with("normal", new Start.Normal(0.01))
          .with("truncated-normal", new Start.TruncatedNormal(0.02))
          .with("glorot-uniform", new Start.GlorotUniform())
          .with("glorot-normal", new Start.GlorotNormal())
          .with("he-uniform", new Start.HeUniform(Fan.IN))
          .with("he-normal", new Start.HeNormal(Fan.IN))
          .with("fan-in-uniform", new Start.FanInUniform())
          .with("orthogonal", new Start.Orthonormal(1))
          .with("dirac", new Start.Dirac())
          .with("identity", new Start.Identity())
          .with("sparse", new Start.Sparse(0.9, 0.01))
          .with("lsuv", new Start.ByVariance(0.1, 10))
          .with("whitening", new Start.ByWhitening(5e-4));

  private Starts() {}

  /// Reads a start.
  ///
  /// @throws FoveaException naming what is unknown or wrong, and what would work
  public static Start parse(String text) {
    return NAMED.parse(text);
  }
}
