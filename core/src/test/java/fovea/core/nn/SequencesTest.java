package fovea.core.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Recurrent layers, attention and transformers.
class SequencesTest {
  private static final MultiheadAttention.Mask CAUSAL = MultiheadAttention.Mask.CAUSAL;
  private static final Recurrent.Options TWO =
      Recurrent.Options.DEFAULT.layers(2).inBothDirections();
  private static final Transformer.Options SMALL =
      Transformer.Options.of(4, 2).hidden(5).dropout(0);

  /// What PyTorch 2.13 computes in float64, with each parameter filled with sin(1)/2, sin(2)/2, …
  ///
  /// @param y the first four of the result
  /// @param loss Σ y·cos(1 + i)
  /// @param gradients for each parameter, the sum of its gradient's absolute values
  record Golden(
      String name,
      Supplier<Layer> layer,
      Supplier<Tensor> x,
      BiFunction<Layer, Tensor, Tensor> call,
      List<Double> y,
      double loss,
      List<Double> gradients) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Golden> golden() {
    return List.of(
        new Golden(
            "LSTM",
            () -> new LSTM(2, 3, TWO),
            () -> cosines(0, 4, 2, 2),
            Layer::forward,
            List.of(0.145608, 0.137304, 0.0828037, 0.208138),
            0.0855276,
            List.of(
                0.0371402, 0.0331223, 0.074672, 0.074672, 0.0322865, 0.0307209, 0.0760235,
                0.0760235, 3.62052, 1.24983, 3.79834, 3.79834, 3.76309, 1.48504, 3.94425, 3.94425)),
        new Golden(
            "GRU",
            () -> new GRU(2, 3, TWO),
            () -> cosines(0, 4, 2, 2),
            Layer::forward,
            List.of(0.389617, 0.537923, 0.241092, 0.767073),
            0.407492,
            List.of(
                0.786553, 0.530703, 1.03518, 0.696094, 0.827367, 0.696037, 1.00766, 0.715396,
                18.7894, 5.77849, 8.09461, 5.69691, 18.732, 6.13257, 8.03496, 6.27704)),
        new Golden(
            "RNN",
            () -> new RNN(2, 3, TWO, false),
            () -> cosines(0, 4, 2, 2),
            Layer::forward,
            List.of(0.752915, 0.771037, 0.217527, 0.914257),
            -0.371198,
            List.of(
                0.352657, 0.423288, 0.737446, 0.737446, 0.238526, 1.79327, 0.833417, 0.833417,
                20.8225, 7.7026, 6.57856, 6.57856, 15.3497, 7.62513, 4.68775, 4.68775)),
        new Golden(
            "MultiheadAttention",
            () -> new MultiheadAttention(4, 2),
            () -> cosines(0, 2, 3, 4),
            (l, x) -> ((MultiheadAttention) l).forward(x, CAUSAL),
            List.of(0.19695, 0.0768275, 0.788266, -0.938828),
            -0.545907,
            List.of(4.06053, 0.670885, 10.7529, 1.11674)),
        new Golden(
            "TransformerEncoderLayer",
            () -> new TransformerEncoderLayer(SMALL),
            () -> cosines(0, 2, 3, 4),
            Layer::forward,
            List.of(0.982198, 0.725689, 0.00280742, -0.0111934),
            0.0738669,
            List.of(
                3.0835, 0.441877, 1.84568, 0.474507, 1.72282, 0.754966, 1.76125, 0.575076, 1.98561,
                0.966564, 2.74952, 1.11674)),
        new Golden(
            "TransformerDecoderLayer",
            () -> new TransformerDecoderLayer(SMALL.withNormFirst().gelu()),
            () -> cosines(0, 2, 3, 4),
            (l, x) ->
                ((TransformerDecoderLayer) l)
                    .forward(x, cosines(2, 2, 5, 4), CAUSAL, MultiheadAttention.Mask.NONE),
            List.of(2.55806, 1.22588, 0.299614, -2.9505),
            5.83089,
            List.of(
                1.61851, 0.546331, 5.15557, 1.16268, 2.09774, 0.671798, 3.27554, 1.13998, 5.3626,
                1.38861, 3.53597, 1.11674, 0.466078, 0.179213, 0.414122, 0.1198, 0.744574,
                0.2003)));
  }

  private static Tensor cosines(double shift, int... sizes) {
    var shape = Shape.of(sizes);
    var values = new double[(int) shape.elements()];
    Arrays.setAll(values, i -> Math.cos(i + shift));
    return Tensor.of(values, shape);
  }

  private static Tensor sines(Shape shape) {
    var values = new double[(int) shape.elements()];
    Arrays.setAll(values, i -> Math.sin(i + 1) / 2);
    return Tensor.of(values, shape);
  }

  private static Layer filled(Layer layer) {
    layer.to(DType.F64);
    layer.load(
        layer.state().entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, e -> sines(e.getValue().shape()))));
    return layer;
  }

  @ParameterizedTest
  @MethodSource("golden")
  void computesWhatPyTorchDoes(Golden g) {
    var layer = filled(g.layer.get());
    var y = g.call.apply(layer, g.x.get());
    for (int i = 0; i < 4; i++) {
      assertEquals(g.y.get(i), y.toDoubles()[i], 1e-5, "y " + i);
    }
    var loss = y.mul(cosines(1, y.shape().sizes())).sum();
    assertEquals(g.loss, loss.itemAsDouble(), 1e-5);
    var found = loss.backward();
    var expected = g.gradients.iterator();
    layer
        .parameters()
        .forEach(
            (name, p) -> {
              double e = expected.next();
              assertEquals(e, found.of(p).abs().sum().itemAsDouble(), 1e-5 * (1 + e), name);
            });
  }

  @Test
  void batchFirstIsTheSameTurned() {
    var steps = (Recurrent) filled(new GRU(2, 3, TWO));
    var batch = (Recurrent) filled(new GRU(2, 3, TWO.withBatchFirst()));
    var x = cosines(0, 4, 2, 2);
    assertArrayEquals(
        steps.forward(x).transpose(0, 1).toDoubles(), batch.forward(x.transpose(0, 1)).toDoubles());
  }

  @Test
  void aSequenceMayBeContinued() {
    for (Recurrent layer :
        List.of(new LSTM(2, 3), new GRU(2, 3), new RNN(2, 3, Recurrent.Options.DEFAULT, true))) {
      filled(layer);
      var x = cosines(0, 6, 2, 2);
      var whole = layer.run(x, null);
      var first = layer.run(x.slice(0, 0, 2), null);
      var second = layer.run(x.slice(0, 2, 6), first.state());
      assertArrayEquals(whole.y().toDoubles(), Tensor.concat(0, first.y(), second.y()).toDoubles());
      assertArrayEquals(whole.state().hidden().toDoubles(), second.state().hidden().toDoubles());
    }
  }

  @Test
  void cellsTakeTheStepsOfTheirLayers() {
    var x = cosines(0, 1, 2, 2);
    var step = x.select(0, 0);
    var lstm = (LSTMCell) filled(new LSTMCell(2, 3));
    var zero = Tensor.zeros(Shape.of(2, 3), DType.F64);
    assertArrayEquals(
        filled(new LSTM(2, 3)).forward(x).toDoubles(), lstm.forward(step).toDoubles());
    assertArrayEquals(
        lstm.step(step, new Recurrent.State(zero, zero)).hidden().toDoubles(),
        lstm.forward(step).toDoubles());
    var gru = (GRUCell) filled(new GRUCell(2, 3));
    assertArrayEquals(
        filled(new GRU(2, 3)).forward(x).toDoubles(), gru.step(step, zero).toDoubles());
    assertArrayEquals(gru.forward(step).toDoubles(), gru.step(step, zero).toDoubles());
    var rnn = (RNNCell) filled(new RNNCell(2, 3));
    assertArrayEquals(
        filled(new RNN(2, 3)).forward(x).toDoubles(), rnn.step(step, zero).toDoubles());
    assertArrayEquals(rnn.forward(step).toDoubles(), rnn.step(step, zero).toDoubles());
  }

  @Test
  void layersBetweenAreDroppedWhileTraining() {
    var layer = new LSTM(2, 8, Recurrent.Options.DEFAULT.layers(2).dropout(0.5));
    var x = Tensor.ones(3, 2, 2);
    var one = Mode.training(Rng.of(1), () -> layer.forward(x)).toFloats();
    assertArrayEquals(one, Mode.training(Rng.of(1), () -> layer.forward(x)).toFloats());
    assertNotEquals(one[5], Mode.evaluating(() -> layer.forward(x)).toFloats()[5]);
  }

  @Test
  void masksSayWhereQueriesMayLook() {
    var layer = (MultiheadAttention) filled(new MultiheadAttention(4, 2));
    var x = cosines(0, 2, 3, 4);
    var before = new boolean[] {true, false, false, true, true, false, true, true, true};
    var numbers = new int[before.length];
    Arrays.setAll(numbers, i -> before[i] ? 1 : 0);
    var allowed = Tensor.of(numbers, Shape.of(3, 3)).to(DType.BOOL);
    var causal = layer.forward(x, CAUSAL);
    assertArrayEquals(
        causal.toDoubles(),
        layer.forward(x, MultiheadAttention.Mask.of(allowed)).toDoubles(),
        1e-12);
    var weights = layer.forwardWithWeights(x, x, x, CAUSAL).weights();
    assertEquals(Shape.of(2, 2, 3, 3), weights.shape());
    assertEquals(0, weights.toDoubles()[1]);
    assertEquals(12, weights.sum().itemAsDouble(), 1e-12);
  }

  @Test
  void positionsAreTold() {
    var e = PositionalEncoding.of(50, 6).toDoubles();
    assertEquals(Math.sin(7 / Math.pow(10_000, 4 / 6.0)), e[7 * 6 + 4], 1e-12);
    assertEquals(Math.cos(7 / Math.pow(10_000, 2 / 6.0)), e[7 * 6 + 3], 1e-12);
    var y = new PositionalEncoding().forward(Tensor.zeros(2, 50, 6));
    assertEquals(e[7 * 6 + 4], y.select(0, 1).toFloats()[7 * 6 + 4], 1e-6);
  }

  @Test
  void embeddingsAreRowsAndPaddingGetsNoGradient() {
    var layer = new Embedding(5, 3, 1);
    var x = Tensor.of(new int[] {4, 1, 4, 0}, Shape.of(2, 2));
    var y = layer.forward(x);
    assertEquals(Shape.of(2, 2, 3), y.shape());
    var w = layer.parameters().get("weight");
    var rows = w.toFloats();
    assertArrayEquals(Arrays.copyOfRange(rows, 12, 15), Arrays.copyOfRange(y.toFloats(), 0, 3));
    assertEquals(0, rows[3], 1e-9);
    assertArrayEquals(
        new float[] {1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2},
        y.sum().backward().of(w).toFloats());
    assertThrows(ShapeException.class, () -> layer.forward(Tensor.ones(2)));
    assertThrows(ShapeException.class, () -> layer.forward(Tensor.of(new int[] {5}, Shape.of(1))));
    assertThrows(IllegalArgumentException.class, () -> new Embedding(5, 3, 5));
  }

  @Test
  void stateNamesArePyTorchs() {
    var names = List.copyOf(new LSTM(2, 3, TWO).state().keySet());
    assertEquals("weight_ih_l0", names.get(0));
    assertEquals("bias_hh_l0_reverse", names.get(7));
    assertEquals("weight_hh_l1", names.get(9));
    var decoder = new TreeMap<>(new TransformerDecoderLayer(SMALL).state());
    assertEquals("linear1.bias", decoder.firstKey());
    assertEquals(18, decoder.size());
    assertEquals(
        "layers.1.self_attn.in_proj_weight",
        List.copyOf(new TransformerEncoder(2, SMALL, true).state().keySet()).get(12));
  }

  @Test
  void whatDoesNotFitIsRefused() {
    var lstm = new LSTM(2, 3);
    assertEquals(
        "lstm: input [4, 2, 5] is not [T, N, in] with in = 2",
        assertThrows(ShapeException.class, () -> lstm.forward(Tensor.zeros(4, 2, 5))).getMessage());
    var x = Tensor.zeros(4, 2, 2);
    var state = new Recurrent.State(Tensor.zeros(1, 2, 3), null);
    assertEquals(
        "lstm: the state before is hidden [1, 2, 3], cell none; expected [1, 2, 3] both",
        assertThrows(ShapeException.class, () -> lstm.run(x, state)).getMessage());
    assertThrows(IllegalArgumentException.class, () -> new MultiheadAttention(6, 4));
    assertThrows(IllegalArgumentException.class, () -> Recurrent.Options.DEFAULT.layers(0));
    assertEquals(
        "multiheadAttention: query [4, 2, 2], key [4, 2, 2] and value [4, 2, 2] are not [N, L, E],"
            + " [N, S, E] and [N, S, E] with E = 4",
        assertThrows(ShapeException.class, () -> new MultiheadAttention(4, 2).forward(x))
            .getMessage());
  }
}
