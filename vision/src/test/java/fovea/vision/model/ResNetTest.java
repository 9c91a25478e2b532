package fovea.vision.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import fovea.core.FoveaException;
import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.memory.Scope;
import fovea.core.nn.Summary;
import fovea.core.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResNetTest {
  private static final InputSize SMALL = new InputSize(3, 32, 32);

  @ParameterizedTest
  @CsvSource({
    "20, 10, 269722",
    "32, 10, 464154",
    "44, 10, 658586",
    "56, 10, 853018",
    "110, 10, 1727962",
    "18, 1000, 11689512",
    "34, 1000, 21797672",
    "50, 1000, 25557032",
    "101, 1000, 44549160",
    "152, 1000, 60192808"
  })
  void hasThePublishedNumberOfParameters(int depth, int classes, long parameters) {
    assertEquals(parameters, ResNet.resnet(depth, SMALL, classes).parameterCount());
  }

  @Test
  void bottlenecksHaveTheNamesOfTorchvision() {
    var model = ResNet.resnet(50, SMALL, 10);
    assertEquals(StateNames.largeResNet(3, 3, 4, 6, 3), List.copyOf(model.state().keySet()));
    assertEquals(Shape.of(64, 64, 1, 1), model.state().get("layer1.0.conv1.weight").shape());
    assertEquals(
        Shape.of(2048, 1024, 1, 1), model.state().get("layer4.0.downsample.0.weight").shape());
  }

  @Test
  void costsWhatThePaperSays() {
    // Table 1: 3.8 · 10⁹ for 50 layers with the stride on the first convolution of a block; it is
    // 4.1 · 10⁹ with the stride on the second. 41 million for 20 layers.
    try (var _ = Scope.open("summary")) {
      assertEquals(
          4_089_184_256L,
          Summary.of(ResNet.resnet(50, SMALL, 1000), Shape.of(1, 3, 224, 224)).multiplyAdds());
      assertEquals(
          40_551_040L,
          Summary.of(ResNet.resnet(20, SMALL, 10), Shape.of(1, 3, 32, 32)).multiplyAdds());
    }
  }

  @ParameterizedTest
  @CsvSource({"56, 16", "34, 32", "50, 32"})
  void aStepLowersTheLoss(int depth, int side) {
    try (var _ = Scope.open("step")) {
      var x = Tensor.normal(Rng.of(1), 0, 1, Shape.of(8, 3, side, side), DType.F32);
      var y = Tensor.of(new int[] {0, 1, 2, 3, 4, 5, 6, 7}, Shape.of(8));
      SmallTraining.lowersTheLoss(
          ResNet.resnet(depth, new InputSize(3, side, side), 8), 0.001, x, y);
    }
  }

  @ParameterizedTest
  @CsvSource({"20", "18"})
  void imagesMayBeOfAnySize(int depth) {
    var model = ResNet.resnet(depth, new InputSize(1, 1, 1), 2);
    assertEquals(Shape.of(2, 2), model.forward(Tensor.ones(2, 1, 1, 1)).shape());
    assertEquals(Shape.of(2, 2), model.forward(Tensor.ones(2, 1, 37, 5)).shape());
  }

  /// With all weights 0 the second stage's first block is ReLU of its shortcut alone.
  @Test
  void shortcutsOfSmallNetworksTakeEverySecondPixelAndAddZeros() {
    var model = ResNet.resnet(20, SMALL, 10);
    var block = model.children().get("layer2").children().get("0");
    block
        .state()
        .forEach(
            (name, t) -> {
              if (name.startsWith("conv")) {
                block.loadWhatFits(Map.of(name, Tensor.zeros(t.shape(), t.dtype())));
              }
            });
    var x = Tensor.uniform(Rng.of(1), 0, 1, Shape.of(2, 16, 5, 4), DType.F32);
    var y = block.forward(x);
    assertEquals(Shape.of(2, 32, 3, 2), y.shape());
    assertArrayEquals(
        x.slice(2, 0, 5, 2).slice(3, 0, 4, 2).toFloats(), y.slice(1, 8, 24).toFloats());
    assertEquals(0, y.slice(1, 0, 8).abs().max().item());
    assertEquals(0, y.slice(1, 24, 32).abs().max().item());
  }

  @Test
  void refusesDepthsThatAreNot() {
    var e = assertThrows(FoveaException.class, () -> ResNet.resnet(19, SMALL, 10));
    assertEquals(
        "there are residual networks of 20, 32, 44, 56 and 110 layers for small images and of"
            + " 18, 34, 50, 101 and 152 for large ones, not of 19",
        e.getMessage());
  }
}
