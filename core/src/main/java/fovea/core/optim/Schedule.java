package fovea.core.optim;

/// How the learning rate moves through training.
public sealed interface Schedule {
  /// What the rate is multiplied by.
  ///
  /// @param step 0 … total − 1
  /// @param total steps of the whole training
  double factor(long step, long total);

  /// Always the full rate.
  record Constant() implements Schedule {
    @Override
    public double factor(long step, long total) {
      return 1;
    }
  }

  /// From the full rate down to none along half a cosine (Loshchilov & Hutter 2017, without
  /// restarts), after a linear warm-up.
  ///
  /// @param warmup the share of the training that the rate takes to rise from 0, in [0, 1)
  record Cosine(double warmup) implements Schedule {
    public Cosine {
      if (!(warmup >= 0 && warmup < 1)) {
        throw new IllegalArgumentException("the warm-up is a share in [0, 1), not " + warmup);
      }
    }

    @Override
    public double factor(long step, long total) {
      double at = step / (double) Math.max(1, total);
      if (at < warmup) {
        return (step + 1) / (warmup * total + 1);
      }
      return 0.5 * (1 + StrictMath.cos(Math.PI * (at - warmup) / (1 - warmup)));
    }
  }

  static Schedule constant() {
    return new Constant();
  }

  static Schedule cosine() {
    return new Cosine(0);
  }
}
