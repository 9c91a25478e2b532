package fovea.core.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.FoveaException;
import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Window;
import fovea.core.tensor.Graph;
import fovea.core.tensor.Normalization;
import fovea.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LayerTest {

  /// A layer, what goes in, what must come out, and the names and shapes of its state.
  record Row(
      String name, Supplier<Layer> layer, Shape x, Shape y, List<String> state, long multiplyAdds) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Row> table() {
    return Stream.concat(images(), SpatialLayers.rows());
  }

  private static Stream<Row> images() {
    return Stream.of(
        new Row(
            "Linear",
            () -> new Linear(7, 5),
            Shape.of(3, 7),
            Shape.of(3, 5),
            List.of("weight [5, 7]", "bias [5]"),
            3 * 5 * 7),
        new Row(
            "Linear, no bias, more axes",
            () -> new Linear(7, 5, false, Init.heNormal()),
            Shape.of(2, 3, 7),
            Shape.of(2, 3, 5),
            List.of("weight [5, 7]"),
            6 * 5 * 7),
        new Row(
            "Conv2d",
            () -> new Conv2d(3, 8, Window.of(3).stride(2).pad(1)),
            Shape.of(2, 3, 9, 8),
            Shape.of(2, 8, 5, 4),
            List.of("weight [8, 3, 3, 3]", "bias [8]"),
            2 * 8 * 5 * 4 * 27),
        new Row(
            "Conv2d, depthwise, dilated",
            () -> new Conv2d(4, 4, Window.of(3).dilation(2), 4, false, Init.glorotUniform()),
            Shape.of(2, 4, 9, 9),
            Shape.of(2, 4, 5, 5),
            List.of("weight [4, 1, 3, 3]"),
            2 * 4 * 25 * 9),
        new Row(
            "ConvTranspose2d",
            () -> new ConvTranspose2d(3, 8, Window.of(2).stride(2)),
            Shape.of(2, 3, 5, 4),
            Shape.of(2, 8, 10, 8),
            List.of("weight [3, 8, 2, 2]", "bias [8]"),
            2 * 3 * 5 * 4 * 32),
        new Row(
            "ConvTranspose2d, groups, output padding",
            () ->
                new ConvTranspose2d(
                    4, 6, Window.of(3).stride(2).pad(1), 1, 2, false, Init.heNormal()),
            Shape.of(2, 4, 5, 4),
            Shape.of(2, 6, 10, 8),
            List.of("weight [4, 3, 3, 3]"),
            2 * 4 * 5 * 4 * 27),
        new Row(
            "MaxPool2d",
            () -> new MaxPool2d(2),
            Shape.of(2, 3, 9, 8),
            Shape.of(2, 3, 4, 4),
            List.of(),
            0),
        new Row(
            "AvgPool2d",
            () -> new AvgPool2d(Window.of(3).stride(2).pad(1)),
            Shape.of(2, 3, 9, 8),
            Shape.of(2, 3, 5, 4),
            List.of(),
            0),
        new Row(
            "AdaptiveAvgPool2d",
            () -> new AdaptiveAvgPool2d(1),
            Shape.of(2, 3, 9, 8),
            Shape.of(2, 3, 1, 1),
            List.of(),
            0),
        new Row(
            "BatchNorm2d, fixed scale",
            () ->
                new BatchNorm2d(3, BatchNorm.Options.DEFAULT.eps(1e-12).momentum(0.4).fixedScale()),
            Shape.of(4, 3, 5, 6),
            Shape.of(4, 3, 5, 6),
            List.of("weight [3]", "bias [3]", "running_mean [3]", "running_var [3]"),
            0),
        new Row(
            "BatchNorm2d",
            () -> new BatchNorm2d(3),
            Shape.of(4, 3, 5, 6),
            Shape.of(4, 3, 5, 6),
            List.of("weight [3]", "bias [3]", "running_mean [3]", "running_var [3]"),
            0),
        new Row(
            "BatchNorm1d of vectors",
            () -> new BatchNorm1d(3),
            Shape.of(4, 3),
            Shape.of(4, 3),
            List.of("weight [3]", "bias [3]", "running_mean [3]", "running_var [3]"),
            0),
        new Row(
            "BatchNorm1d without affine",
            () -> new BatchNorm1d(3, BatchNorm.Options.DEFAULT.withoutAffine()),
            Shape.of(4, 3, 5),
            Shape.of(4, 3, 5),
            List.of("running_mean [3]", "running_var [3]"),
            0),
        new Row(
            "BatchNorm3d without running statistics",
            () -> new BatchNorm3d(3, BatchNorm.Options.DEFAULT.withoutRunningStatistics()),
            Shape.of(4, 3, 2, 3, 2),
            Shape.of(4, 3, 2, 3, 2),
            List.of("weight [3]", "bias [3]"),
            0),
        new Row(
            "BatchNorm2d, cumulative",
            () -> new BatchNorm2d(3, BatchNorm.Options.DEFAULT.cumulative()),
            Shape.of(4, 3, 5, 6),
            Shape.of(4, 3, 5, 6),
            List.of(
                "weight [3]",
                "bias [3]",
                "running_mean [3]",
                "running_var [3]",
                "num_batches_tracked []"),
            0),
        new Row(
            "LayerNorm",
            () -> new LayerNorm(6),
            Shape.of(4, 5, 6),
            Shape.of(4, 5, 6),
            List.of("weight [6]", "bias [6]"),
            0),
        new Row(
            "LayerNorm of two axes, no shift",
            () -> new LayerNorm(Shape.of(5, 6), 1e-6, true, false),
            Shape.of(4, 5, 6),
            Shape.of(4, 5, 6),
            List.of("weight [5, 6]"),
            0),
        new Row(
            "RMSNorm",
            () -> new RMSNorm(6),
            Shape.of(4, 5, 6),
            Shape.of(4, 5, 6),
            List.of("weight [6]"),
            0),
        new Row(
            "GroupNorm",
            () -> new GroupNorm(2, 6),
            Shape.of(4, 6, 3, 3),
            Shape.of(4, 6, 3, 3),
            List.of("weight [6]", "bias [6]"),
            0),
        new Row(
            "InstanceNorm1d",
            () -> new InstanceNorm1d(3),
            Shape.of(4, 3, 5),
            Shape.of(4, 3, 5),
            List.of(),
            0),
        new Row(
            "InstanceNorm2d with all",
            () ->
                new InstanceNorm2d(
                    3, InstanceNorm.Options.DEFAULT.withAffine().withRunningStatistics()),
            Shape.of(4, 3, 5, 6),
            Shape.of(4, 3, 5, 6),
            List.of("weight [3]", "bias [3]", "running_mean [3]", "running_var [3]"),
            0),
        new Row(
            "InstanceNorm3d",
            () -> new InstanceNorm3d(3, InstanceNorm.Options.DEFAULT.withAffine()),
            Shape.of(4, 3, 2, 3, 2),
            Shape.of(4, 3, 2, 3, 2),
            List.of("weight [3]", "bias [3]"),
            0),
        new Row(
            "LocalResponseNorm",
            () -> new LocalResponseNorm(5),
            Shape.of(4, 6, 3, 3),
            Shape.of(4, 6, 3, 3),
            List.of(),
            0),
        new Row("Dropout", () -> new Dropout(0.5), Shape.of(4, 6), Shape.of(4, 6), List.of(), 0),
        new Row("Flatten", Flatten::new, Shape.of(4, 3, 5), Shape.of(4, 15), List.of(), 0),
        new Row("ReLU", Activation::relu, Shape.of(4, 6), Shape.of(4, 6), List.of(), 0),
        new Row("SELU", Activation::selu, Shape.of(4, 6), Shape.of(4, 6), List.of(), 0),
        new Row("GLU", () -> Activation.glu(1), Shape.of(4, 6), Shape.of(4, 3), List.of(), 0),
        new Row(
            "Maxout", () -> Activation.maxout(3, 1), Shape.of(4, 6), Shape.of(4, 2), List.of(), 0),
        new Row(
            "PReLU",
            () -> new PReLU(3, 0.25),
            Shape.of(2, 3, 5),
            Shape.of(2, 3, 5),
            List.of("weight [3]"),
            0),
        new Row("RReLU", RReLU::new, Shape.of(4, 6), Shape.of(4, 6), List.of(), 0),
        new Row(
            "AlphaDropout",
            () -> new AlphaDropout(0.5),
            Shape.of(4, 6),
            Shape.of(4, 6),
            List.of(),
            0),
        new Row(
            "GaussianNoise",
            () -> new GaussianNoise(1),
            Shape.of(4, 6),
            Shape.of(4, 6),
            List.of(),
            0),
        new Row("GELU", Activation::gelu, Shape.of(4, 6), Shape.of(4, 6), List.of(), 0),
        new Row("Sigmoid", Activation::sigmoid, Shape.of(4, 6), Shape.of(4, 6), List.of(), 0),
        new Row("Tanh", Activation::tanh, Shape.of(4, 6), Shape.of(4, 6), List.of(), 0),
        new Row(
            "Softmax", () -> Activation.softmax(1), Shape.of(4, 6), Shape.of(4, 6), List.of(), 0),
        new Row(
            "LogSoftmax",
            () -> Activation.logSoftmax(1),
            Shape.of(4, 6),
            Shape.of(4, 6),
            List.of(),
            0),
        new Row(
            "Sequential",
            () -> Sequential.of(new Flatten(), new Linear(15, 4), Tensor::relu, new Linear(4, 2)),
            Shape.of(4, 3, 5),
            Shape.of(4, 2),
            List.of("1.weight [4, 15]", "1.bias [4]", "3.weight [2, 4]", "3.bias [2]"),
            4 * 4 * 15 + 4 * 2 * 4));
  }

  private static Tensor input(Shape shape) {
    return Tensor.normal(Rng.of(3), 0, 1, shape, DType.F32);
  }

  @ParameterizedTest
  @MethodSource("table")
  void givesTheShapeAndHasTheStateThatItSays(Row row) {
    var layer = row.layer.get();
    assertEquals(row.y, layer.forward(input(row.x)).shape());
    var state = new ArrayList<String>();
    layer.state().forEach((n, t) -> state.add(n + " " + t.shape()));
    assertEquals(row.state, state);
    assertEquals(row.multiplyAdds, Summary.of(layer, row.x).multiplyAdds());
  }

  @ParameterizedTest
  @MethodSource("table")
  void evaluationIsDeterministicAndEachParameterGetsAGradient(Row row) {
    var layer = row.layer.get();
    var x = input(row.x);
    assertArrayEquals(layer.forward(x).toFloats(), layer.forward(x).toFloats());
    if (layer.parameters().isEmpty()) {
      return;
    }
    var gradients =
        Mode.training(Rng.of(1), () -> layer.forward(x).mul(layer.forward(x)).sum().backward());
    layer.parameters().forEach((name, p) -> assertEquals(p.shape(), gradients.of(p).shape(), name));
  }

  @ParameterizedTest
  @MethodSource("table")
  void stateRoundTrips(Row row) {
    var from = row.layer.get();
    var to = row.layer.get();
    from.init(Rng.of(11));
    to.init(Rng.of(12));
    to.load(from.state());
    var x = input(row.x);
    assertArrayEquals(from.forward(x).toFloats(), to.forward(x).toFloats());
  }

  @Test
  void firstValuesDependOnTheSeedAndOnTheirNameAlone() {
    Supplier<Layer> one = () -> new Sequential().add("a", new Linear(4, 3));
    Supplier<Layer> two =
        () -> new Sequential().add("new", new Linear(4, 4)).add("a", new Linear(4, 3));
    var a = one.get();
    var b = two.get();
    a.init(Rng.of(5));
    b.init(Rng.of(5));
    assertArrayEquals(a.state().get("a.weight").toFloats(), b.state().get("a.weight").toFloats());
    b.init(Rng.of(6));
    assertNotEquals(
        a.state().get("a.weight").toFloats()[0], b.state().get("a.weight").toFloats()[0]);
  }

  @Test
  void aShapeErrorNamesTheLayer() {
    var net =
        new Sequential()
            .add("layer2", new Sequential().add("conv1", new Conv2d(3, 64, Window.of(7))));
    var e = assertThrows(ShapeException.class, () -> net.forward(Tensor.zeros(8, 4, 224, 224)));
    assertEquals(
        "conv2d \"layer2.conv1\": input [8, 4, 224, 224] has 4 channels, weight [64, 3, 7, 7] expects 3",
        e.getMessage());
  }

  @Test
  void loadingListsEverythingThatDoesNotFitAndThenChangesNothing() {
    var net = Sequential.of(new Linear(4, 3), new Linear(3, 2));
    var before = net.state().get("0.weight").toFloats();
    var weights = new LinkedHashMap<>(net.state());
    weights.remove("1.bias");
    weights.put("0.weight", Tensor.ones(3, 5));
    weights.put("fc.weight", Tensor.ones(1));
    var e = assertThrows(FoveaException.class, () -> net.load(weights));
    assertEquals(
        "the weights are not of this model: missing: 1.bias; unexpected: fc.weight; of another shape: 0.weight is [3, 5], expected [3, 4]",
        e.getMessage());
    assertArrayEquals(before, net.state().get("0.weight").toFloats());
    var report = net.loadWhatFits(weights);
    assertEquals(List.of("0.bias", "1.weight"), report.loaded());
  }

  @Test
  void frozenLayersGetNoGradientAndKeepTheirStatistics() {
    var norm = new BatchNorm2d(2);
    var net = Sequential.of(new Conv2d(1, 2, Window.of(3)), norm);
    norm.freeze();
    var x = input(Shape.of(4, 1, 6, 6));
    Mode.training(Rng.of(0), () -> net.forward(x));
    assertArrayEquals(new float[] {0, 0}, net.state().get("1.running_mean").toFloats());
    assertEquals(List.of("0.weight", "0.bias"), List.copyOf(net.parameters().keySet()));
    norm.unfreeze();
    Mode.training(Rng.of(0), () -> net.forward(x));
    assertNotEquals(0, net.state().get("1.running_mean").toFloats()[0]);
    assertEquals(4, net.parameters().size());
  }

  @Test
  void batchNormFollowsTheBatchAsPyTorchDoes() {
    // x = 1, 2, 3, 6 in one channel: mean 3, unbiased variance 14/3.
    var norm = new BatchNorm2d(1);
    var x = Tensor.of(new float[] {1, 2, 3, 6}, Shape.of(2, 1, 1, 2));
    var y = Mode.training(Rng.of(0), () -> norm.forward(x));
    assertEquals(0.1 * 3, norm.state().get("running_mean").item(), 1e-6);
    assertEquals(0.9 + 0.1 * 14 / 3, norm.state().get("running_var").item(), 1e-6);
    assertEquals(-2 / Math.sqrt(3.5 + 1e-5), y.toFloats()[0], 1e-6);
    var evaluated = Mode.evaluating(() -> norm.forward(x)).toFloats()[3];
    assertEquals((6 - 0.3) / Math.sqrt(0.9 + 1.4 / 3 + 1e-5), evaluated, 1e-5);
  }

  @Test
  void batchNormsGradientsAreThoseOfTheBatch() {
    var norm = new BatchNorm2d(3);
    var x = input(Shape.of(4, 3, 5, 6)).add(2).withGrad();
    var weights = Tensor.normal(Rng.of(5), 0, 1, x.shape(), DType.F32);
    var expected =
        Normalization.batchNorm(x, Tensor.ones(3), Tensor.zeros(3), 1e-5).y().mul(weights).sum();
    var found = Mode.training(Rng.of(0), () -> norm.forward(x)).mul(weights).sum();
    assertArrayEquals(
        expected.backward().of(x).toFloats(), found.backward().of(x).toFloats(), 1e-5f);
  }

  @Test
  void batchNormLoadsPyTorchsStateWithItsCountOfBatches() {
    var norm = new BatchNorm2d(2);
    var weights = new LinkedHashMap<>(norm.state());
    weights.put("num_batches_tracked", Tensor.of(new long[] {7}, Shape.of()));
    norm.load(weights);
    assertEquals(4, norm.state().size());
  }

  @Test
  void batchNormRefusesToTrainOnOneValue() {
    var norm = new BatchNorm2d(3);
    var e =
        assertThrows(
            ShapeException.class,
            () -> Mode.training(Rng.of(0), () -> norm.forward(Tensor.zeros(1, 3, 1, 1))));
    assertEquals(
        "batchNorm: training needs more than one value a channel, input is [1, 3, 1, 1]",
        e.getMessage());
  }

  @Test
  void dropoutKeepsTheExpectationAndDropsItsShare() {
    var dropout = new Dropout(0.3);
    var x = Tensor.ones(100, 1000);
    var y = Mode.training(Rng.of(9), () -> dropout.forward(x)).toFloats();
    int zeros = 0;
    double sum = 0;
    for (float v : y) {
      zeros += v == 0 ? 1 : 0;
      sum += v;
      assertTrue(v == 0 || Math.abs(v - 1 / 0.7) < 1e-6);
    }
    // Standard deviation of the share over 100,000 draws: 0.0015.
    assertEquals(0.3, zeros / 1e5, 0.006);
    assertEquals(1, sum / 1e5, 0.01);
    var again = Mode.training(Rng.of(9), () -> dropout.forward(x)).toFloats();
    assertArrayEquals(y, again);
    assertEquals(x, Mode.evaluating(() -> dropout.forward(x)));
  }

  @Test
  void initialisersHaveTheSpreadThatTheyPromise() {
    var shape = Shape.of(64, 32, 3, 3);
    double fanIn = 32 * 9;
    double fanOut = 64 * 9;
    spread(Init.heNormal(), shape, Math.sqrt(2 / fanIn), Double.MAX_VALUE);
    spread(Init.heUniform(), shape, Math.sqrt(2 / fanIn), Math.sqrt(6 / fanIn));
    spread(Init.glorotNormal(), shape, Math.sqrt(2 / (fanIn + fanOut)), Double.MAX_VALUE);
    spread(
        Init.glorotUniform(),
        shape,
        Math.sqrt(2 / (fanIn + fanOut)),
        Math.sqrt(6 / (fanIn + fanOut)));
    spread(Init.fanInUniform(), shape, Math.sqrt(1 / fanIn / 3), Math.sqrt(1 / fanIn));
    spread(Init.heNormalFanOut(), shape, Math.sqrt(2 / fanOut), Double.MAX_VALUE);
    spread(Init.constant(0.5), shape, 0, 0.5);
  }

  @Test
  void theDiracStartPassesChannelsOnAndAddsRandomFilters() {
    var conv = new Conv2d(2, 5, Window.of(3).pad(1), 1, false, Init.dirac());
    var x = input(Shape.of(1, 2, 4, 5));
    var y = conv.forward(x);
    assertArrayEquals(x.toFloats(), y.slice(1, 0, 2).toFloats());
    assertNotEquals(0, y.slice(1, 2, 5).abs().min().item());
    var narrowing = new Conv2d(3, 2, Window.of(3).pad(1), 1, false, Init.dirac());
    x = input(Shape.of(1, 3, 4, 5));
    assertArrayEquals(x.slice(1, 0, 2).toFloats(), narrowing.forward(x).toFloats());
  }

  @Test
  void aFixedScaleOfBatchNormIsStateButNotTrained() {
    var norm = new BatchNorm2d(3, BatchNorm.Options.DEFAULT.eps(1e-12).momentum(0.4).fixedScale());
    assertEquals(List.of("bias"), List.copyOf(norm.parameters().keySet()));
    assertEquals(3, norm.parameterCount());
    Mode.training(
        Rng.of(0),
        () -> norm.forward(Tensor.of(new float[] {1, 3, 5, 5, 7, 7}, Shape.of(2, 3, 1, 1))));
    assertArrayEquals(
        new float[] {0.4f * 3, 0.4f * 5, 0.4f * 6},
        norm.state().get("running_mean").toFloats(),
        1e-6f);
    assertThrows(IllegalArgumentException.class, () -> new BatchNorm2d(3, 0, 0.1));
    assertThrows(IllegalArgumentException.class, () -> new BatchNorm2d(3, 1e-5, 1.5));
  }

  @Test
  void transposedConvolutionsRefuseOptionsThatCannotWork() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new ConvTranspose2d(3, 4, Window.of(2), 0, 2, true, Init.fanInUniform()));
    assertThrows(
        IllegalArgumentException.class,
        () -> new ConvTranspose2d(3, 4, Window.of(2), 1, 1, true, Init.fanInUniform()));
  }

  private static void spread(Init init, Shape shape, double deviation, double bound) {
    var values = init.draw(Rng.of(1), shape, DType.F32).toFloats();
    double sum = 0;
    double squares = 0;
    for (float v : values) {
      sum += v;
      squares += (double) v * v;
      assertTrue(Math.abs(v) <= bound + 1e-7);
    }
    double mean = sum / values.length;
    double found = Math.sqrt(Math.max(0, squares / values.length - mean * mean));
    assertEquals(deviation, found, 0.02 * deviation + 1e-7);
  }

  @Test
  void aLayerMayBeAFunction() {
    var net = Sequential.of(x -> x.mul(2), Tensor::relu);
    assertArrayEquals(new float[] {0, 4}, net.forward(Tensor.of(-1, 2)).toFloats());
  }

  @Test
  void evaluatingRecordsNothing() {
    var net = new Linear(2, 2);
    assertFalse(
        Mode.evaluating(
            () -> net.forward(Tensor.ones(1, 2)).requiresGrad() || Graph.isRecording()));
    assertTrue(net.forward(Tensor.ones(1, 2)).requiresGrad());
  }

  @Test
  void summaryCountsLeNet() {
    var net =
        new Sequential()
            .add("conv1", new Conv2d(1, 6, Window.of(5).pad(2)))
            .add("pool1", new MaxPool2d(2))
            .add("conv2", new Conv2d(6, 16, Window.of(5)))
            .add("pool2", new MaxPool2d(2))
            .add("flatten", new Flatten())
            .add("fc1", new Linear(400, 120))
            .add("fc2", new Linear(120, 84))
            .add("fc3", new Linear(84, 10));
    var summary = Summary.of(net, Shape.of(1, 1, 28, 28));
    assertEquals(61_706, summary.parameters());
    assertEquals(
        28 * 28 * 6 * 25 + 10 * 10 * 16 * 150 + 400 * 120 + 120 * 84 + 840, summary.multiplyAdds());
    assertEquals("conv2", summary.rows().get(3).path());
    assertEquals(Shape.of(1, 16, 10, 10), summary.rows().get(3).y());
    assertEquals(2416, summary.rows().get(3).parameters());
  }
}
