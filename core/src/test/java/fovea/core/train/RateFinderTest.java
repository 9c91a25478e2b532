package fovea.core.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.loss.MeanSquaredError;
import fovea.core.nn.Linear;
import fovea.core.optim.Sgd;
import fovea.core.tensor.Tensor;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RateFinderTest {

  /// One batch a pass: y = 2x.
  private record Line() implements Batches<float[]> {
    @Override
    public int count() {
      return 1;
    }

    @Override
    public long samples() {
      return 4;
    }

    @Override
    public Iterator<float[]> pass(long epoch, int from) {
      return List.of(new float[] {-1, -0.5f, 0.5f, 1}).iterator();
    }
  }

  @Test
  void findsWhereTheLossFallsAndPutsTheModelBack() {
    var model = new Linear(1, 1);
    model.init(Rng.of(1));
    var before = model.parameters().get("weight").toFloats();
    Objective<float[]> objective =
        batch -> {
          var x = Tensor.of(batch, Shape.of(4, 1));
          var loss = new MeanSquaredError().of(model.forward(x), x.mul(2));
          return new Measured(loss, 4, Map.of());
        };
    var curve = new RateFinder(1e-4, 100, 60, 0).find(model, objective, new Line(), Sgd.sgd(0.7));
    // Beyond a rate of 1.6 steps overshoot by more than they were off (curvature 2·mean x² = 1.25).
    assertTrue(curve.suggestion() > 1e-3 && curve.suggestion() < 2, () -> "" + curve.suggestion());
    assertTrue(curve.rates().size() < 60, "it went on although the loss had blown up");
    assertEquals(curve.rates().size(), curve.losses().size());
    assertEquals(1e-4, curve.rates().getFirst(), 1e-12);
    assertArrayEquals(before, model.parameters().get("weight").toFloats());
    var svg = curve.toSvg();
    assertTrue(svg.contains("<polyline") && svg.contains(">1e-4</text>"), svg);
    assertThrows(IllegalArgumentException.class, () -> new RateFinder(1, 0.1, 60, 0));
  }
}
