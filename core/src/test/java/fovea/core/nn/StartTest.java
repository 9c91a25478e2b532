package fovea.core.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.FoveaException;
import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Window;
import fovea.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StartTest {
  private static Sequential network() {
    return Sequential.of(
        new Conv2d(3, 8, Window.of(3)),
        Activation.relu(),
        new BatchNorm2d(8),
        new Conv2d(8, 16, Window.of(3)),
        Activation.relu(),
        new Flatten(),
        new Linear(16 * 4 * 4, 10));
  }

  private static Tensor images(int n) {
    return Tensor.normal(Rng.of(3), 0.2, 0.6, Shape.of(n, 3, 8, 8), DType.F32);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "own", "constant:0.5", "uniform", "normal", "truncated-normal", "glorot-uniform",
        "glorot-normal", "he-uniform", "he-normal:out", "fan-in-uniform", "orthogonal", "dirac",
        "identity", "sparse", "lsuv", "whitening"
      })
  void theSameSeedGivesTheSameBitsAndBiasesStartAsTheirLayersSay(String text) {
    var own = network();
    own.initMissing(Rng.of(1));
    var network = network();
    var again = network();
    Starts.parse(text).begin(network, Rng.of(1), () -> images(8));
    Starts.parse(text).begin(again, Rng.of(1), () -> images(8));
    network
        .state()
        .forEach(
            (name, t) -> {
              assertArrayEquals(t.toFloats(), state(again, name).toFloats(), name);
              if (t.shape().rank() < 2) {
                assertArrayEquals(state(own, name).toFloats(), t.toFloats(), name);
              }
            });
  }

  private static Tensor state(Layer layer, String name) {
    var t = layer.state().get(name);
    if (t == null) {
      throw new AssertionError(name);
    }
    return t;
  }

  @Test
  void weightsAreDrawnWhereTheStartIsForThem() {
    var network = network();
    Starts.parse("constant:0.5").begin(network, Rng.of(1), () -> images(1));
    assertEquals(0.5f, state(network, "0.weight").toFloats()[7]);
    assertEquals(0.5f, state(network, "6.weight").toFloats()[7]);
    assertEquals(1f, state(network, "2.weight").toFloats()[7]);
    var identity = network();
    Starts.parse("identity").begin(identity, Rng.of(1), () -> images(1));
    var own = network();
    own.initMissing(Rng.of(1));
    assertArrayEquals(
        state(own, "0.weight").toFloats(), state(identity, "0.weight").toFloats(), 0f);
    assertEquals(1f, state(identity, "6.weight").toFloats()[0]);
  }

  /// Mishkin & Matas 2016, algorithm 1: every layer's results have variance 1.
  @Test
  void lsuvGivesEachLayerUnitVariance() {
    var network = network();
    var batch = images(32);
    network.initMissing(Rng.of(1), Init.orthogonal(1), _ -> true);
    new Lsuv(0.01, 10).begin(network, batch);
    var variances = new ArrayList<Double>();
    Observer.watch(
        (layer, _, y, _) -> {
          if (layer instanceof Linear || layer instanceof Conv2d) {
            var centred = y.sub(y.mean());
            variances.add(centred.mul(centred).mean().itemAsDouble());
          }
        },
        () -> Mode.evaluating(() -> network.forward(batch)));
    assertEquals(3, variances.size());
    variances.forEach(v -> assertEquals(1, v, 0.01));
  }

  @Test
  void lsuvLeavesAloneWhatIsAllAlike() {
    var network = Sequential.of(new Linear(3, 2));
    network.initMissing(Rng.of(1), Init.constant(0), _ -> true);
    new Lsuv().begin(network, Tensor.zeros(Shape.of(4, 3), DType.F32));
    assertArrayEquals(new float[6], state(network, "0.weight").toFloats());
    assertThrows(IllegalArgumentException.class, () -> new Lsuv(0, 1));
  }

  /// As many filters as there are give uncorrelated channels of variance 1, and their negatives.
  @ParameterizedTest
  @ValueSource(ints = {24, 10, 7, 30})
  void whiteningTakesCorrelationAway(int filters) {
    var noise = images(60);
    var images = noise.slice(3, 0, 7).add(noise.slice(3, 1, 8));
    var weight =
        Init.whitening(images, 1e-9).draw(Rng.of(1), Shape.of(filters, 3, 2, 2), DType.F32);
    var conv = new Conv2d(3, filters, Window.of(2), ConvOptions.standard().bias(false));
    conv.load(Map.of("weight", weight));
    var y = conv.forward(images).permute(1, 0, 2, 3).reshape(filters, -1);
    int ups = Math.min(12, (filters + 1) / 2);
    var first = y.slice(0, 0, ups);
    var moments = first.matmul(first.transpose(0, 1)).div(y.shape().size(1)).toFloats();
    for (int i = 0; i < ups; i++) {
      for (int j = 0; j < ups; j++) {
        assertEquals(i == j ? 1 : 0, moments[i * ups + j], 2e-3, i + ", " + j);
      }
    }
    int downs = Math.min(ups, filters - ups);
    assertArrayEquals(
        weight.slice(0, 0, downs).neg().toFloats(), weight.slice(0, ups, ups + downs).toFloats());
  }

  @Test
  void whiteningRefusesWhatItIsNotFor() {
    var mlp = Sequential.of(new Flatten(), new Linear(192, 2));
    var e =
        assertThrows(
            FoveaException.class,
            () -> Starts.parse("whitening").begin(mlp, Rng.of(1), () -> images(2)));
    assertTrue(e.getMessage().startsWith("whitening is for the filters of a first convolution"));
    assertThrows(
        ShapeException.class,
        () -> Init.whitening(images(1), 1).draw(Rng.of(1), Shape.of(4, 1, 2, 2), DType.F32));
    assertThrows(IllegalArgumentException.class, () -> Init.whitening(images(1), 0));
  }
}
