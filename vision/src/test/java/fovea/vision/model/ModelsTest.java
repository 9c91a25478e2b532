package fovea.vision.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.FoveaException;
import fovea.core.UnknownNameException;
import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.io.Safetensors;
import fovea.core.loss.CrossEntropy;
import fovea.core.nn.Mode;
import fovea.core.optim.Sgd;
import fovea.core.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ModelsTest {

  /// A model with what is published of it: parameters, and names of its state.
  record Row(String name, InputSize input, int classes, long parameters, List<String> state) {
    @Override
    public String toString() {
      return name + " " + input;
    }
  }

  static Stream<Row> sweep() {
    var grey = new InputSize(1, 28, 28);
    var lenet =
        List.of("conv1", "conv2", "fc1", "fc2", "fc3").stream()
            .flatMap(l -> Stream.of(l + ".weight", l + ".bias"))
            .toList();
    return Stream.of(
        new Row("linear", grey, 10, 7850, List.of("fc.weight", "fc.bias")),
        new Row(
            "mlp",
            grey,
            10,
            784 * 256 + 256 + 256 * 128 + 128 + 1290,
            List.of("fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias", "fc3.weight", "fc3.bias")),
        new Row(
            "mlp:300",
            new InputSize(3, 8, 9),
            2,
            216 * 300 + 300 + 602,
            List.of("fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias")),
        new Row("lenet5", grey, 10, 61_706, lenet),
        // 32×32 colour leaves 6×6 after the second pool.
        new Row(
            "lenet5",
            new InputSize(3, 32, 32),
            10,
            6 * 76 + 16 * 151 + 576 * 120 + 120 + 10_164 + 850,
            lenet),
        new Row("resnet20", new InputSize(3, 12, 16), 10, 269_722, StateNames.smallResNet(3)),
        new Row(
            "resnet18",
            new InputSize(3, 32, 32),
            1000,
            11_689_512,
            StateNames.largeResNet(2, 2, 2, 2, 2)),
        // 1,970,488 in convolutions and the linear layer, of which the 288 of the whitening do not
        // move, and 1,152 shifts of batch norm.
        new Row(
            "airbench94",
            new InputSize(3, 18, 17),
            10,
            1_970_488 - 288 + 1152,
            StateNames.airbench(2)),
        new Row(
            "airbench94",
            new InputSize(1, 28, 28),
            10,
            8 + 9 * (8 * 64 + 64 * 64 + 64 * 256 + 3 * 256 * 256) + 2560 + 1152,
            StateNames.airbench(2)));
  }

  private static Tensor images(Row row, int n) {
    return Tensor.normal(Rng.of(1), 0, 1, row.input.batch(n), DType.F32);
  }

  @ParameterizedTest
  @MethodSource("sweep")
  void hasItsParametersUnderTheirNames(Row row) {
    var model = Models.build(row.name, row.input, row.classes);
    assertEquals(row.parameters, model.network().parameterCount());
    assertEquals(row.state, List.copyOf(model.network().state().keySet()));
  }

  @ParameterizedTest
  @MethodSource("sweep")
  void mapsImagesToLogitsTheSameEachTime(Row row) {
    var model = Models.build(row.name, row.input, row.classes).network();
    var x = images(row, 3);
    var y = model.forward(x);
    assertEquals(Shape.of(3, row.classes), y.shape());
    assertArrayEquals(y.toFloats(), model.forward(x).toFloats());
  }

  @ParameterizedTest
  @MethodSource("sweep")
  void learnsABatchByHeart(Row row) {
    var model = Models.build(row.name, row.input, row.classes).network();
    model.init(Rng.of(3));
    var x = images(row, 8);
    var labels = new int[8];
    for (int i = 0; i < 8; i++) {
      labels[i] = i % row.classes;
    }
    var y = Tensor.of(labels, Shape.of(8));
    var parameters = model.parameters();
    var optimizer = Sgd.sgd(0.02).momentum(0.9).over(parameters);
    double loss = Double.NaN;
    for (int step = 0; step < 80; step++) {
      var l = Mode.training(Rng.of(step), () -> new CrossEntropy().of(model.forward(x), y));
      var gradients = l.backward();
      parameters.forEach((name, p) -> assertEquals(p.shape(), gradients.of(p).shape(), name));
      optimizer.step(gradients);
      loss = l.item();
    }
    assertTrue(loss < 0.05, "the loss was still " + loss);
  }

  @ParameterizedTest
  @MethodSource("sweep")
  void survivesAFile(Row row, @TempDir Path folder) {
    var from = Models.build(row.name, row.input, row.classes).network();
    var to = Models.build(row.name, row.input, row.classes).network();
    from.init(Rng.of(1));
    to.init(Rng.of(2));
    var file = folder.resolve("weights.safetensors");
    Safetensors.write(file, from.state(), Map.of());
    to.load(Safetensors.read(file).tensors());
    var x = images(row, 2);
    assertArrayEquals(from.forward(x).toFloats(), to.forward(x).toFloats());
  }

  @Test
  void kindsSayHowLargeTheyAre() {
    for (var kind : Models.kinds()) {
      if (kind.about().contains(" million")) {
        int classes = kind.usual().height() > 32 ? 1000 : 10;
        long parameters = kind.builder().build(kind.usual(), classes, "").parameterCount();
        var words = "%.2f million parameters".formatted(parameters / 1e6);
        assertTrue(kind.about().contains(words), kind.about() + ", but it has " + words);
      }
    }
  }

  @Test
  void refusesWhatCannotWork() {
    var grey = new InputSize(1, 28, 28);
    assertEquals(
        "no model is called \"lenet\"; did you mean lenet5?",
        assertThrows(UnknownNameException.class, () -> Models.build("lenet", grey, 10))
            .getMessage());
    assertEquals(
        "lenet5 needs images of at least 12×12 pixels, not 1×1",
        assertThrows(FoveaException.class, () -> Models.build("lenet5", new InputSize(1, 1, 1), 10))
            .getMessage());
    assertEquals(
        "mlp:3,x does not name hidden layers; write their widths, as in mlp:300,100",
        assertThrows(FoveaException.class, () -> Models.build("mlp:3,x", grey, 10)).getMessage());
    assertThrows(FoveaException.class, () -> Models.build("mlp:0", grey, 10));
    assertThrows(FoveaException.class, () -> Models.build("linear:3", grey, 10));
    assertThrows(FoveaException.class, () -> Models.build("linear", grey, 1));
  }
}
