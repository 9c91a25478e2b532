package fovea.core.optim;

import fovea.core.array.ShapeException;
import fovea.core.kernel.Kernels;
import fovea.core.tensor.Gradients;
import fovea.core.tensor.Graph;
import fovea.core.tensor.Tensor;
import java.util.Map;
import java.util.SequencedMap;

/// Muon (Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks"): momentum
/// whose steps are made orthogonal, so that all directions of a weight matrix learn alike: b ←
/// momentum·b + (1 − momentum)·g; o = orthogonal(g·(1 − momentum) + momentum·b); p ← (1 −
/// rate·decay)·p − rate·scale·o.
///
/// For weights of at least two axes, those of a convolution as matrices [out, in·KH·KW]. The first
/// and last layer, biases and norms are usually left to [AdamW], in a group of their own
/// ([ParameterGroups]).
///
/// **Differs** from PyTorch's: it computes in the parameters' type, not bfloat16, and takes
/// convolutions too.
///
/// @param rate learning rate, above 0
/// @param momentum in [0, 1)
/// @param nesterov whether to look ahead; else the step is of b alone
/// @param weightDecay of every parameter, decoupled
/// @param iterations of Newton and Schulz that make orthogonal, at least 1
/// @param scale of the steps
public record Muon(
    double rate, double momentum, boolean nesterov, double weightDecay, int iterations, Scale scale)
    implements UpdateRule {
  private static final String VELOCITY = "momentum_buffer";

  /// Of the polynomial ax + bx³ + cx⁵, which brings singular values near 1 in the fewest
  /// iterations.
  private static final double A = 3.4445;

  private static final double B = -4.7750;
  private static final double C = 2.0315;
  private static final double EPS = 1e-7;

  /// What steps of a matrix of some rows and columns are multiplied by.
  public enum Scale {
    /// √max(1, rows/columns), as its authors have it.
    ORIGINAL,
    /// 0.2·√max(rows, columns): steps as large as AdamW's, so that its rates do (Liu et al. 2025,
    /// "Muon is scalable for LLM training", section 2.2).
    MATCH_RMS_ADAMW;

    double of(int rows, int columns) {
      return switch (this) {
        case ORIGINAL -> Math.sqrt(Math.max(1, rows / (double) columns));
        case MATCH_RMS_ADAMW -> 0.2 * Math.sqrt(Math.max(rows, columns));
      };
    }
  }

  public Muon {
    Require.positive("Muon", "rate", rate);
    Require.kept("Muon", "momentum", momentum);
    Require.atLeast0("Muon", "weight decay", weightDecay);
    if (iterations < 1) {
      throw new IllegalArgumentException("Muon takes at least 1 iteration, not " + iterations);
    }
  }

  /// With PyTorch's other settings: momentum 0.95 with look-ahead, decay 0.1, 5 iterations, its
  /// authors' scale. Its rate is 0.001; its authors' is 0.02.
  public static Muon muon(double rate) {
    return new Muon(rate, 0.95, true, 0.1, 5, Scale.ORIGINAL);
  }

  /// Without look-ahead.
  public Muon momentum(double m) {
    return new Muon(rate, m, false, weightDecay, iterations, scale);
  }

  /// With look-ahead.
  public Muon nesterov(double m) {
    return new Muon(rate, m, true, weightDecay, iterations, scale);
  }

  public Muon weightDecay(double decay) {
    return new Muon(rate, momentum, nesterov, decay, iterations, scale);
  }

  public Muon iterations(int n) {
    return new Muon(rate, momentum, nesterov, weightDecay, n, scale);
  }

  public Muon scale(Scale s) {
    return new Muon(rate, momentum, nesterov, weightDecay, iterations, s);
  }

  /// @throws ShapeException naming a parameter that is no matrix
  @Override
  public Optimizer over(SequencedMap<String, Tensor> parameters) {
    parameters.forEach(
        (name, p) -> {
          if (p.shape().rank() < 2 || p.shape().isEmpty()) {
            throw new ShapeException(
                "muon",
                "%s %s is no matrix; give it another rule with ParameterGroups"
                    .formatted(name, p.shape()));
          }
        });
    return new AtWork(this, new ParameterState(parameters, VELOCITY));
  }

  /// A matrix whose singular values are near those of x made 1: between 0.7 and 1.2 where x is not
  /// singular.
  private Tensor orthogonal(Tensor x) {
    boolean tall = x.shape().size(0) > x.shape().size(1);
    var y = tall ? x.transpose(0, 1) : x;
    y = y.div(Math.max(Math.sqrt(Kernels.best().sumOfSquares(x.array())), EPS));
    for (int i = 0; i < iterations; i++) {
      var gram = y.matmul(y.transpose(0, 1));
      y = y.mul(A).add(gram.mul(B).add(gram.matmul(gram).mul(C)).matmul(y));
    }
    return tall ? y.transpose(0, 1) : y;
  }

  private record AtWork(Muon rule, ParameterState kept) implements Optimizer {
    @Override
    public void step(Gradients gradients, double rateFactor) {
      double momentum = rule.momentum;
      double rate = rule.rate * rateFactor;
      var kernels = Kernels.best();
      kept.step(
          gradients,
          (name, p, g) -> {
            var b = kept.slot(name, VELOCITY);
            kernels.pass((t, n) -> Tile.average(t[0], momentum, t[1], n), 1, b, g);
            int rows = p.shape().size(0);
            var way =
                Graph.unrecorded(
                    () -> {
                      var of = Tensor.of(b);
                      if (rule.nesterov) {
                        of = of.mul(momentum).add(Tensor.of(g).mul(1 - momentum));
                      }
                      return rule.orthogonal(of.reshape(rows, -1)).reshape(p.shape().sizes());
                    });
            int columns = Math.toIntExact(p.shape().elements() / rows);
            double stride = rate * rule.scale.of(rows, columns);
            double keep = 1 - rate * rule.weightDecay;
            kernels.pass(
                (t, n) -> {
                  Tile.scale(t[0], keep, n);
                  Tile.add(t[0], -stride, t[1], n);
                },
                1,
                p,
                way.array());
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
