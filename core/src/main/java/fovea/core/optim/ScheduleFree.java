package fovea.core.optim;

import fovea.core.array.NdArray;
import fovea.core.kernel.Kernels;
import fovea.core.kernel.Pass;
import fovea.core.tensor.Gradients;
import fovea.core.tensor.Tensor;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Schedule-free learning (Defazio et al. 2024, "The road less scheduled", equations 3 to 5 and
/// algorithm 1): the gradient is taken at y, between a fast point z and the mean x of all z, which
/// is what is used in the end; no schedule has to know when that will be. z ← z − rate·d; x ← (1 −
/// c)·x + c·z; y = (1 − momentum)·z + momentum·x.
///
/// While training, parameters are y; [Optimizer#averaged] makes them x, and
/// [fovea.core.train.Trainer] measures and keeps x. Give it a constant [Schedule], after a warm-up
/// at most. Batch norm's statistics are those of y, until they are found anew
/// ([fovea.core.nn.BatchStatistics]).
///
/// @param rate learning rate, above 0
/// @param adaptive whether d is g/(√v̂ + eps), as of [AdamW], else g, as of [Sgd]
/// @param momentum how near y is to x, above 0 and below 1; AdamW's beta1
/// @param beta2 how much of the mean square is kept a step, in [0, 1)
/// @param eps added to the root
/// @param weightDecay of every parameter, at y
/// @param power the weight of a z in the mean grows with this power of its step's number, at least
///   0; each is also weighted by the largest rate so far, squared
public record ScheduleFree(
    double rate,
    boolean adaptive,
    double momentum,
    double beta2,
    double eps,
    double weightDecay,
    double power)
    implements UpdateRule {
  private static final String FAST = "z";
  private static final String WEIGHTS = "weight_sum";
  private static final String LARGEST = "lr_max";

  public ScheduleFree {
    Moments.check("ScheduleFree", rate, momentum, beta2, eps, weightDecay);
    Require.positive("ScheduleFree", "momentum", momentum);
    Require.atLeast0("ScheduleFree", "power", power);
  }

  /// With its authors' other settings: momentum 0.9, no decay. Their rate is 1.
  public static ScheduleFree sgd(double rate) {
    return new ScheduleFree(rate, false, 0.9, 0.999, 1e-8, 0, 0);
  }

  /// With its authors' other settings: betas 0.9 and 0.999, eps 1e-8, no decay. Their rate is
  /// 0.0025.
  public static ScheduleFree adamW(double rate) {
    return new ScheduleFree(rate, true, 0.9, 0.999, 1e-8, 0, 0);
  }

  public ScheduleFree momentum(double m) {
    return new ScheduleFree(rate, adaptive, m, beta2, eps, weightDecay, power);
  }

  public ScheduleFree betas(double b1, double b2) {
    return new ScheduleFree(rate, adaptive, b1, b2, eps, weightDecay, power);
  }

  public ScheduleFree eps(double e) {
    return new ScheduleFree(rate, adaptive, momentum, beta2, e, weightDecay, power);
  }

  public ScheduleFree weightDecay(double decay) {
    return new ScheduleFree(rate, adaptive, momentum, beta2, eps, decay, power);
  }

  public ScheduleFree power(double p) {
    return new ScheduleFree(rate, adaptive, momentum, beta2, eps, weightDecay, p);
  }

  @Override
  public Optimizer over(SequencedMap<String, Tensor> parameters) {
    var kept =
        adaptive
            ? new ParameterState(parameters, FAST, Moments.SQUARE)
            : new ParameterState(parameters, FAST);
    return new AtWork(this, kept.withNumber(WEIGHTS).withNumber(LARGEST));
  }

  /// The tiles are y, z, v where it is adaptive, and g.
  ///
  /// @param c the weight of the new z in the mean
  private Pass at(long step, double r, double c) {
    double root = adaptive ? 1 / Math.sqrt(Moments.share(beta2, step)) : 1;
    return (t, n) -> {
      var y = t[0];
      var z = t[1];
      var g = t[adaptive ? 3 : 2];
      if (adaptive) {
        var v = t[2];
        Tile.averageSquare(v, beta2, g, n);
        for (int i = 0; i < n; i++) {
          g[i] = g[i] / (Math.sqrt(v[i]) * root + eps);
        }
      }
      Tile.add(g, weightDecay, y, n);
      Tile.average(y, 1 - c, z, n);
      Tile.add(y, r * (momentum * (1 - c) - 1), g, n);
      Tile.add(z, -r, g, n);
    };
  }

  private record AtWork(ScheduleFree rule, ParameterState kept) implements Optimizer {
    @Override
    public void step(Gradients gradients, double rateFactor) {
      var kernels = Kernels.best();
      long step = kept.step() + 1;
      if (step == 1) {
        kept.parameters().forEach((name, p) -> kernels.copy(p.array(), kept.slot(name, FAST)));
      }
      double rate = rule.rate * rateFactor;
      double largest = Math.max(rate, kept.number(LARGEST));
      double weight = Math.pow((double) step, rule.power) * largest * largest;
      double weights = kept.number(WEIGHTS) + weight;
      kept.number(LARGEST, largest);
      kept.number(WEIGHTS, weights);
      var pass = rule.at(step, rate, weights == 0 ? 0 : weight / weights);
      kept.step(
          gradients,
          (name, p, g) -> {
            var arrays = kept.arrays(name, p, g);
            kernels.pass(pass, arrays.length - 1, arrays);
          });
    }

    @Override
    public boolean isAveraged() {
      return kept.step() > 0;
    }

    @Override
    public <T extends @Nullable Object> T averaged(Supplier<T> body) {
      if (kept.step() == 0) {
        return body.get();
      }
      // x = (y − (1 − momentum)·z)/momentum
      double ofZ = 1 - 1 / rule.momentum;
      return kept.exchanged(
          (name, p) -> {
            var x = NdArray.like(p, p.dtype());
            x.storage().origin("the mean of parameters");
            Kernels.best().copy(p, x);
            Kernels.best()
                .pass((t, n) -> Tile.average(t[0], 1 - ofZ, t[1], n), 1, x, kept.slot(name, FAST));
            return x;
          },
          body);
    }

    @Override
    public SequencedMap<String, Tensor> state() {
      return kept.state();
    }

    @Override
    public void load(Map<String, Tensor> state) {
      kept.load(state);
    }
  }
}
