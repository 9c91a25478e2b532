package fovea.core.optim;

import fovea.core.array.NdArray;
import fovea.core.kernel.Kernels;
import fovea.core.kernel.Pass;
import fovea.core.tensor.Gradients;
import fovea.core.tensor.Tensor;
import java.util.Map;
import java.util.SequencedMap;

/// LAMB (You et al. 2020, algorithm 2): [AdamW] for large batches, whose steps are for each
/// parameter as large as the parameter is: r = m̂/(√v̂ + eps) + decay·p; p ← p − rate·‖p‖/‖r‖·r.
/// Where p or r is all zeros, the ratio is 1.
///
/// Biases and the scales of norms are usually left to AdamW, in a group of their own
/// ([ParameterGroups]).
///
/// @param rate learning rate, above 0
/// @param beta1 how much of the mean is kept a step, in [0, 1)
/// @param beta2 how much of the mean square is kept a step, in [0, 1)
/// @param eps added to the root
/// @param weightDecay of every parameter, part of r
public record Lamb(double rate, double beta1, double beta2, double eps, double weightDecay)
    implements UpdateRule {

  public Lamb {
    Moments.check("LAMB", rate, beta1, beta2, eps, weightDecay);
  }

  /// With the paper's other settings: betas 0.9 and 0.999, eps 1e-6, decay 0.01.
  public static Lamb lamb(double rate) {
    return new Lamb(rate, 0.9, 0.999, 1e-6, 0.01);
  }

  public Lamb betas(double b1, double b2) {
    return new Lamb(rate, b1, b2, eps, weightDecay);
  }

  public Lamb eps(double e) {
    return new Lamb(rate, beta1, beta2, e, weightDecay);
  }

  public Lamb weightDecay(double decay) {
    return new Lamb(rate, beta1, beta2, eps, decay);
  }

  @Override
  public Optimizer over(SequencedMap<String, Tensor> parameters) {
    return new AtWork(this, new ParameterState(parameters, Moments.MEAN, Moments.SQUARE));
  }

  /// The tiles are r, m, v, p and g.
  private Pass direction(long step) {
    double ofMean = 1 / Moments.share(beta1, step);
    double root = 1 / Math.sqrt(Moments.share(beta2, step));
    return (t, n) -> {
      var r = t[0];
      var m = t[1];
      var v = t[2];
      var p = t[3];
      var g = t[4];
      Tile.average(m, beta1, g, n);
      Tile.averageSquare(v, beta2, g, n);
      for (int i = 0; i < n; i++) {
        r[i] = weightDecay * p[i];
      }
      Tile.addByRoot(r, ofMean, m, v, root, eps, n);
    };
  }

  private record AtWork(Lamb rule, ParameterState kept) implements Optimizer {
    @Override
    public void step(Gradients gradients, double rateFactor) {
      var kernels = Kernels.best();
      var direction = rule.direction(kept.step() + 1);
      kept.step(
          gradients,
          (name, p, g) -> {
            var r = NdArray.like(p, p.dtype());
            r.storage().origin("LAMB");
            var m = kept.slot(name, Moments.MEAN);
            var v = kept.slot(name, Moments.SQUARE);
            kernels.pass(direction, 3, r, m, v, p, g);
            double ofParameter = Math.sqrt(kernels.sumOfSquares(p));
            double ofStep = Math.sqrt(kernels.sumOfSquares(r));
            double ratio = ofParameter == 0 || ofStep == 0 ? 1 : ofParameter / ofStep;
            double rate = rule.rate * rateFactor * ratio;
            kernels.pass((t, n) -> Tile.add(t[0], -rate, t[1], n), 1, p, r);
          });
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
