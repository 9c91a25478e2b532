package fovea.core.optim;

import fovea.core.array.NdArray;
import fovea.core.kernel.Kernels;
import fovea.core.kernel.Pass;
import fovea.core.tensor.Gradients;
import fovea.core.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Sharpness-aware minimisation (Foret et al. 2021, algorithm 1): a rule on the gradient that is
/// found at p + radius·g/‖g‖, where the loss is worst nearby, instead of at p; it finds flat
/// valleys, for two gradients a step. Batch norm's statistics see each batch twice.
///
/// Its optimizer wants [Optimizer#step(Supplier, double)].
///
/// @param rule what follows that gradient
/// @param radius above 0; the paper has 0.05
/// @param adaptive whether distances are in proportion to the parameters (Kwon et al. 2021, "ASAM",
///   algorithm 1): p + radius·p²·g/‖p·g‖
public record Sam(UpdateRule rule, double radius, boolean adaptive) implements UpdateRule {
  public Sam {
    Require.positive("SAM", "radius", radius);
  }

  /// With distances in proportion to the parameters; the paper has a radius of 0.5.
  public Sam inProportion() {
    return new Sam(rule, radius, true);
  }

  @Override
  public double rate() {
    return rule.rate();
  }

  @Override
  public Optimizer over(SequencedMap<String, Tensor> parameters) {
    return new AtWork(this, rule.over(parameters), new LinkedHashMap<>(parameters));
  }

  private record AtWork(Sam rule, Optimizer inner, SequencedMap<String, Tensor> parameters)
      implements Optimizer {
    @Override
    public void step(Gradients gradients, double rateFactor) {
      throw new UnsupportedOperationException(
          "SAM takes a gradient at two places: call step with a supplier that computes it");
    }

    @Override
    public void step(Supplier<Gradients> gradients, double rateFactor) {
      var here = gradients.get();
      var ways = new LinkedHashMap<NdArray, NdArray>();
      double squares = 0;
      for (var p : parameters.values()) {
        var g = here.find(p);
        if (g != null) {
          squares += way(p.array(), g.array(), ways);
        }
      }
      double factor = squares == 0 ? 0 : rule.radius / Math.sqrt(squares);
      ways.replaceAll((p, way) -> move(p, way, factor));
      Gradients there;
      try {
        there = gradients.get();
      } finally {
        ways.forEach((p, former) -> Kernels.best().copy(former, p));
      }
      inner.step(there, rateFactor);
    }

    /// Puts where p is to go, and returns what that adds to the square of the norm.
    private double way(NdArray p, NdArray g, Map<NdArray, NdArray> ways) {
      var kernels = Kernels.best();
      if (!rule.adaptive) {
        ways.put(p, g);
        return kernels.sumOfSquares(g);
      }
      var way = fresh(p);
      Pass scale =
          (t, n) -> {
            var w = t[0];
            for (int i = 0; i < n; i++) {
              w[i] = t[1][i] * t[2][i];
            }
          };
      kernels.pass(scale, 1, way, p, g);
      double squares = kernels.sumOfSquares(way);
      var wayOfP = fresh(p);
      kernels.pass(scale, 1, wayOfP, p, way);
      ways.put(p, wayOfP);
      return squares;
    }

    /// Moves p, and returns a copy of what it was.
    private static NdArray move(NdArray p, NdArray way, double factor) {
      var former = fresh(p);
      Kernels.best().copy(p, former);
      Kernels.best().pass((t, n) -> Tile.add(t[0], factor, t[1], n), 1, p, way);
      return former;
    }

    private static NdArray fresh(NdArray p) {
      var array = NdArray.like(p, p.dtype());
      array.storage().origin("SAM");
      return array;
    }

    @Override
    public boolean isAveraged() {
      return inner.isAveraged();
    }

    @Override
    public <T extends @Nullable Object> T averaged(Supplier<T> body) {
      return inner.averaged(body);
    }

    @Override
    public SequencedMap<String, Tensor> state() {
      return inner.state();
    }

    @Override
    public void load(Map<String, Tensor> state) {
      inner.load(state);
    }
  }
}
