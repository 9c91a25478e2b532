package fovea.vision.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.io.Safetensors;
import fovea.core.memory.Scope;
import fovea.core.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UNetTest {
  private static Tensor images(int... shape) {
    return Tensor.normal(Rng.of(1), 0, 1, Shape.of(shape), DType.F32);
  }

  @Test
  void hasTheParametersOfTheWidespreadVersionUnderItsNames() {
    assertEquals(31_037_633, UNet.unet(3, 1, 4, 64).parameterCount());
    var small = UNet.unet(1, 2, 3, 2);
    assertEquals(StateNames.unet(3), List.copyOf(small.state().keySet()));
    assertEquals(Shape.of(16, 8, 2, 2), small.state().get("up1.up.weight").shape());
  }

  @Test
  void givesEachPixelItsClassesTheSameEachTime() {
    var model = UNet.unet(3, 5, 2, 4);
    var x = images(2, 3, 12, 8);
    var y = model.forward(x);
    assertEquals(Shape.of(2, 5, 12, 8), y.shape());
    assertArrayEquals(y.toFloats(), model.forward(x).toFloats());
  }

  @Test
  void survivesAFile(@TempDir Path folder) {
    var from = UNet.unet(1, 2, 2, 3);
    var to = UNet.unet(1, 2, 2, 3);
    from.init(Rng.of(1));
    to.init(Rng.of(2));
    var file = folder.resolve("weights.safetensors");
    Safetensors.write(file, from.state(), Map.of());
    to.load(Safetensors.read(file).tensors());
    var x = images(1, 1, 8, 4);
    assertArrayEquals(from.forward(x).toFloats(), to.forward(x).toFloats());
  }

  @Test
  void aStepLowersTheLoss() {
    try (var _ = Scope.open("step")) {
      var labels = new int[2 * 8 * 8];
      for (int i = 0; i < labels.length; i++) {
        labels[i] = i % 3;
      }
      SmallTraining.lowersTheLoss(
          UNet.unet(1, 3, 2, 4), 0.1, images(2, 1, 8, 8), Tensor.of(labels, Shape.of(2, 8, 8)));
    }
  }

  @Test
  void refusesWhatCannotWork() {
    var model = UNet.unet(3, 2, 4, 2);
    assertEquals(
        "unet: input [1, 3, 360, 480] is not [N, C, H, W] with H and W multiples of 16; pad or resize the images",
        assertThrows(ShapeException.class, () -> model.forward(Tensor.zeros(1, 3, 360, 480)))
            .getMessage());
    assertThrows(IllegalArgumentException.class, () -> UNet.unet(3, 2, 0, 2));
  }
}
