package fovea.core.optim;

import java.util.List;

/// How the learning rate moves through training. Lengths are shares of the whole training, so that
/// a schedule is the same for any number of epochs.
public sealed interface Schedule {
  /// What the rate is multiplied by.
  ///
  /// @param step 0 … total − 1
  /// @param total steps of the whole training
  /// @param losses of the epochs so far, on the validation set where there is one; what reacts to
  ///   them has no memory but them
  double factor(long step, long total, List<Double> losses);

  /// As the other, before the end of the first epoch.
  default double factor(long step, long total) {
    return factor(step, total, List.of());
  }

  /// Always the full rate.
  record Constant() implements Schedule {
    @Override
    public double factor(long step, long total, List<Double> losses) {
      return 1;
    }
  }

  /// From the full rate down to none along half a cosine (Loshchilov & Hutter 2017, without
  /// restarts), after a linear warm-up.
  ///
  /// @param warmup the share of the training that the rate takes to rise from 0, in [0, 1)
  record Cosine(double warmup) implements Schedule {
    public Cosine {
      requireShare("warm-up", warmup);
    }

    @Override
    public double factor(long step, long total, List<Double> losses) {
      double at = at(step, total);
      if (at < warmup) {
        return (step + 1) / (warmup * total + 1);
      }
      return half((at - warmup) / (1 - warmup));
    }
  }

  /// Falls along half a cosine several times, each time from the full rate (Loshchilov & Hutter
  /// 2017, "SGDR", equation 5).
  ///
  /// @param cycles at least 1
  /// @param growth how many times as long as the one before each is, above 0
  record CosineRestarts(int cycles, double growth) implements Schedule {
    public CosineRestarts {
      if (cycles < 1 || !(growth > 0)) {
        throw new IllegalArgumentException(
            "restarts take at least 1 cycle and a growth above 0, not %d and %s"
                .formatted(cycles, growth));
      }
    }

    @Override
    public double factor(long step, long total, List<Double> losses) {
      double all = 0;
      for (int i = 0; i < cycles; i++) {
        all += Math.pow(growth, i);
      }
      double at = at(step, total) * all;
      double length = 1;
      for (int i = 0; i < cycles - 1 && at >= length; i++) {
        at -= length;
        length *= growth;
      }
      return half(at / length);
    }
  }

  /// Falls to gamma times what it was after every so much of the training.
  ///
  /// @param every a share, above 0
  /// @param gamma above 0
  record Step(double every, double gamma) implements Schedule {
    public Step {
      requirePositive("length of a step", every);
      requirePositive("gamma", gamma);
    }

    @Override
    public double factor(long step, long total, List<Double> losses) {
      // What should be whole may be a little less by rounding.
      return Math.pow(gamma, Math.floor(at(step, total) / every + 1e-9));
    }
  }

  /// Falls to gamma times what it was at given points: at 0.5 and 0.75, as the ResNets for CIFAR do
  /// (He et al. 2016, section 4.2).
  ///
  /// @param points shares, in any order
  /// @param gamma above 0
  record MultiStep(List<Double> points, double gamma) implements Schedule {
    public MultiStep {
      points = List.copyOf(points);
      requirePositive("gamma", gamma);
    }

    @Override
    public double factor(long step, long total, List<Double> losses) {
      double at = at(step, total) + 1e-9;
      return Math.pow(gamma, (double) points.stream().filter(p -> p <= at).count());
    }
  }

  /// Falls by the same ratio with each step.
  ///
  /// @param last what it comes to at the end, above 0
  record Exponential(double last) implements Schedule {
    public Exponential {
      requirePositive("last factor", last);
    }

    @Override
    public double factor(long step, long total, List<Double> losses) {
      return Math.pow(last, at(step, total));
    }
  }

  /// Moves along a line.
  ///
  /// @param first what it begins with, at least 0
  /// @param last what it comes to at the end, at least 0
  record Linear(double first, double last) implements Schedule {
    public Linear {
      if (!(first >= 0 && last >= 0)) {
        throw new IllegalArgumentException(
            "a line goes between factors of at least 0, not %s and %s".formatted(first, last));
      }
    }

    @Override
    public double factor(long step, long total, List<Double> losses) {
      return first + (last - first) * at(step, total);
    }
  }

  /// Falls to 0 as a power of what is left of the training.
  ///
  /// @param power above 0; 0.9 is usual for segmentation
  record Polynomial(double power) implements Schedule {
    public Polynomial {
      requirePositive("power", power);
    }

    @Override
    public double factor(long step, long total, List<Double> losses) {
      return Math.pow(Math.max(0, 1 - at(step, total)), power);
    }
  }

  /// One cycle: up to the full rate, and down to next to nothing, along half cosines (Smith & Topin
  /// 2018; by PyTorch's formula).
  ///
  /// @param rise the share of the training that goes up, in (0, 1); PyTorch's is 0.3
  /// @param begin the rate begins with the full one over this, above 0; PyTorch's is 25
  /// @param end and ends with what it began with over this, above 0; PyTorch's is 10,000
  record OneCycle(double rise, double begin, double end) implements Schedule {
    public OneCycle {
      requireShare("rise", rise);
      requirePositive("rise", rise);
      requirePositive("divisor", begin);
      requirePositive("divisor", end);
    }

    @Override
    public double factor(long step, long total, List<Double> losses) {
      double first = 1 / begin;
      double last = first / end;
      double top = rise * total - 1;
      return step <= top
          ? 1 + (first - 1) * half(step / top)
          : last + (1 - last) * half((step - top) / Math.max(1e-9, total - 1 - top));
    }
  }

  /// A linear rise from next to nothing, then another schedule over what is left.
  ///
  /// @param share of the training that the rise takes, in [0, 1)
  /// @param then what follows
  record WarmUp(double share, Schedule then) implements Schedule {
    public WarmUp {
      requireShare("warm-up", share);
    }

    @Override
    public double factor(long step, long total, List<Double> losses) {
      long rise = Math.round(share * total);
      return step < rise
          ? (step + 1) / (rise + 1.0) * then.factor(0, total - rise)
          : then.factor(step - rise, total - rise, losses);
    }
  }

  /// Falls where the loss no longer does (PyTorch's `ReduceLROnPlateau`): after more than
  /// `patience` epochs that were no better than the best by a share of `threshold`.
  ///
  /// @param gamma what it falls to, times what it was, in (0, 1)
  /// @param patience epochs, at least 0
  /// @param threshold at least 0
  /// @param cooldown epochs after a fall that do not count, at least 0
  /// @param least what it never falls below, at least 0
  record Plateau(double gamma, int patience, double threshold, int cooldown, double least)
      implements Schedule {
    public Plateau {
      requireShare("gamma", gamma);
      requirePositive("gamma", gamma);
      if (patience < 0 || cooldown < 0 || !(threshold >= 0) || !(least >= 0)) {
        throw new IllegalArgumentException(
            "a plateau's patience, threshold, cooldown and least factor are at least 0, not %d, %s, %d, %s"
                .formatted(patience, threshold, cooldown, least));
      }
    }

    @Override
    public double factor(long step, long total, List<Double> losses) {
      double factor = 1;
      double best = Double.POSITIVE_INFINITY;
      int bad = 0;
      int cooling = 0;
      for (double loss : losses) {
        if (loss < best - threshold * Math.abs(best) || Double.isInfinite(best)) {
          best = loss;
          bad = 0;
        } else {
          bad++;
        }
        if (cooling > 0) {
          cooling--;
          bad = 0;
        }
        if (bad > patience) {
          factor = Math.max(factor * gamma, least);
          cooling = cooldown;
          bad = 0;
        }
      }
      return factor;
    }
  }

  static Schedule constant() {
    return new Constant();
  }

  static Schedule cosine() {
    return new Cosine(0);
  }

  /// With PyTorch's settings.
  static Schedule oneCycle() {
    return new OneCycle(0.3, 25, 1e4);
  }

  /// With PyTorch's settings: to a tenth, after 10 epochs.
  static Schedule plateau() {
    return new Plateau(0.1, 10, 1e-4, 0, 0);
  }

  /// This one after a rise that takes a share of the training, in [0, 1).
  default Schedule after(double rise) {
    return new WarmUp(rise, this);
  }

  private static double at(long step, long total) {
    return step / (double) Math.max(1, total);
  }

  /// From 1 at 0 to 0 at 1.
  private static double half(double at) {
    return 0.5 * (1 + StrictMath.cos(Math.PI * at));
  }

  private static void requireShare(String what, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(
          "the %s is a share in [0, 1), not %s".formatted(what, value));
    }
  }

  private static void requirePositive(String what, double value) {
    if (!(value > 0)) {
      throw new IllegalArgumentException("the %s is above 0, not %s".formatted(what, value));
    }
  }
}
