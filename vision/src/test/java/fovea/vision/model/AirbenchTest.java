package fovea.vision.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import fovea.core.FoveaException;
import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.memory.Scope;
import fovea.core.nn.Layer;
import fovea.core.nn.Summary;
import fovea.core.tensor.Tensor;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class AirbenchTest {
  private static final InputSize CIFAR = new InputSize(3, 32, 32);

  /// Convolutions and linear layer, as the paper counts.
  private static long weights(Layer model) {
    return model.state().entrySet().stream()
        .filter(e -> !e.getKey().contains("norm"))
        .mapToLong(e -> e.getValue().shape().elements())
        .sum();
  }

  @Test
  void isAsLargeAsPublished() {
    var net = Airbench.airbench94(CIFAR, 10);
    assertEquals(1_970_488, weights(net));
    assertEquals(118_147_360L, Summary.of(net, Shape.of(1, 3, 32, 32)).multiplyAdds());
    var wide = Airbench.airbench95(CIFAR, 10);
    assertEquals(
        312 + 9 * (24 * 128 + 128 * 128 + 128 * 384 + 3 * 384 * 384) + 3840, weights(wide));
    var deep = Airbench.airbench96(CIFAR, 10);
    assertEquals(
        312
            + 9 * (24 * 128 + 2 * 128 * 128 + 128 * 384 + 2 * 384 * 384 + 384 * 512)
            + 9 * (2 * 512 * 512)
            + 5120,
        weights(deep));
    assertEquals(StateNames.airbench(3), List.copyOf(deep.state().keySet()));
  }

  @Test
  void aStepLowersTheLoss() {
    try (var _ = Scope.open("step")) {
      var x = Tensor.normal(Rng.of(1), 0, 1, Shape.of(8, 3, 17, 20), DType.F32);
      var y = Tensor.of(new int[] {0, 1, 2, 3, 4, 5, 6, 7}, Shape.of(8));
      var input = new InputSize(3, 17, 20);
      List<Function<InputSize, Layer>> models =
          List.of(i -> Airbench.airbench95(i, 8), i -> Airbench.airbench96(i, 8));
      models.forEach(m -> SmallTraining.lowersTheLoss(m.apply(input), 0.1, x, y));
    }
  }

  /// Patches of neighbouring pixels that are alike come out with channels that are not: the second
  /// moments of the first half of the channels are the identity, but for what eps adds.
  @Test
  void whiteningTakesCorrelationAway() {
    var noise = Tensor.normal(Rng.of(1), 0.3, 1, Shape.of(50, 3, 9, 11), DType.F32);
    var images =
        noise
            .slice(2, 0, 8)
            .add(noise.slice(2, 1, 9))
            .slice(3, 0, 10)
            .add(noise.slice(2, 0, 8).slice(3, 1, 11));
    var net = Airbench.airbench94(new InputSize(3, 9, 10), 10);
    net.whiten(images);
    var first = net.children().get("0");
    var y = first.forward(images).permute(1, 0, 2, 3).reshape(24, -1);
    int n = y.shape().size(1);
    var moments = y.slice(0, 0, 12).matmul(y.slice(0, 0, 12).transpose(0, 1)).div(n).toFloats();
    for (int i = 0; i < 12; i++) {
      for (int j = 0; j < 12; j++) {
        assertEquals(i == j ? 1 : 0, moments[i * 12 + j], 0.01, i + ", " + j);
      }
    }
    assertArrayEquals(y.slice(0, 0, 12).neg().toFloats(), y.slice(0, 12, 24).toFloats(), 1e-5f);
  }

  @Test
  void whiteningWeightsStayAndItsBiasTrainsUntilFrozen() {
    var net = Airbench.airbench94(CIFAR, 10);
    assertFalse(net.parameters().containsKey("0.weight"));
    assertEquals("0.bias", net.parameters().firstEntry().getKey());
    net.children().get("0").freeze();
    assertFalse(net.parameters().containsKey("0.bias"));
  }

  @Test
  void refusesWhatCannotWork() {
    assertEquals(
        "airbench94 needs images of at least 9×9 pixels, not 8×32",
        assertThrows(FoveaException.class, () -> Airbench.airbench94(new InputSize(3, 8, 32), 10))
            .getMessage());
    assertEquals(
        Shape.of(1, 10),
        Airbench.airbench94(new InputSize(3, 9, 9), 10).forward(Tensor.zeros(1, 3, 9, 9)).shape());
    var net = Airbench.airbench94(CIFAR, 10);
    assertEquals(
        "whiten: images [5, 1, 32, 32] are not [N, 3, H, W] with at least 2×2 pixels",
        assertThrows(ShapeException.class, () -> net.whiten(Tensor.zeros(5, 1, 32, 32)))
            .getMessage());
  }
}
