package fovea.core.tensor;

import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.kernel.Window;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ReachTest {
  private static final int SIZE = 14;

  private static Tensor weights(int... shape) {
    return Tensor.uniform(Rng.of(1), 0.1, 1, Shape.of(shape), DType.F64);
  }

  private static Tensor conv(Tensor x, Window window) {
    return Convolution.conv2d(
        x, weights(2, x.shape().size(1), window.height(), window.width()), null, window);
  }

  /// Functions of an image whose gradient vanishes where they do not look, and nowhere else.
  private static final Map<String, UnaryOperator<Tensor>> FUNCTIONS =
      Map.ofEntries(
          entry("convolutions", x -> conv(conv(x, Window.of(3).stride(2).pad(1)), Window.of(2, 3))),
          entry("dilation and sigmoid", x -> conv(x, Window.of(3).dilation(2)).sigmoid()),
          entry(
              "transposed",
              x ->
                  Convolution.convTranspose2d(
                      x, weights(1, 1, 3, 3), null, Window.of(3).stride(2))),
          entry("average pooling", x -> Pooling.avgPool2d(x, Window.of(2).stride(2)).mul(3)),
          entry("jump", x -> conv(x, Window.of(5).pad(2)).add(x)),
          entry("branches", x -> Tensor.concat(1, x, conv(x, Window.of(3).pad(1)))),
          entry("moved", x -> x.slice(2, 3, 12, 2).pad(3, 2, 1, 0).permute(0, 1, 3, 2)),
          entry("flipped", x -> x.flip(3).slice(2, 1, 9)),
          entry("bordered", x -> conv(Padding.constant(x, 0, 1, 2), Window.of(3))),
          entry("bilinear", x -> Resampling.resize(x, Resampling.Mode.LINEAR, false, 2 * SIZE, 21)),
          entry(
              "nearest",
              x -> conv(Resampling.scale(x, Resampling.Mode.NEAREST, false, 2, 2), Window.of(3))),
          entry("reshaped", x -> x.squeeze(0).unsqueeze(0).mul(2)),
          entry("sum along an axis", x -> x.sumKeep(2).expand(Shape.of(1, 1, 5, SIZE))),
          entry("everything", x -> x.reshape(1, 1, SIZE / 2, 2 * SIZE).softmax(3).contiguous()));

  static List<String> functions() {
    return FUNCTIONS.keySet().stream().sorted().toList();
  }

  /// The reach of each of some units, against the pixels where the gradient is not 0.
  @ParameterizedTest
  @MethodSource("functions")
  void isWhereTheGradientIs(String name) {
    for (int i = 0; i < 5; i++) {
      for (int j = 0; j < 5; j += 2) {
        var x = Tensor.uniform(Rng.of(2), 1, 2, Shape.of(1, 1, SIZE, SIZE), DType.F64).withGrad();
        var y = FUNCTIONS.get(name).apply(x);
        var reach = Reach.of(y, x, 0, -1, i, j).orElse(List.of());
        var unit = y.slice(2, i, i + 1).slice(3, j, j + 1).sum();
        var gradient = unit.backward().of(x).toDoubles();
        for (int axis = 2; axis < 4; axis++) {
          var there = new Span(0, -1);
          for (int at = 0; at < gradient.length; at++) {
            int index = axis == 2 ? at / SIZE : at % SIZE;
            there = gradient[at] == 0 ? there : there.hull(new Span(index, index));
          }
          var found = reach.isEmpty() ? new Span(0, -1) : reach.get(axis).on(SIZE);
          if (name.equals("everything")) {
            // A reshaping that mixes axes: all is more than there is, never less.
            assertEquals(new Span(0, SIZE - 1), found);
          } else if (!there.isEmpty()) {
            assertEquals(there, found, "axis " + axis + " of unit " + i + ", " + j);
          }
        }
      }
    }
  }

  /// A user's operation that says nothing of itself may look everywhere.
  @Test
  void anUnknownOperationSeesAll() {
    var x = Tensor.zeros(1, 1, 4, 4).withGrad();
    var y = Graph.record(x.array(), g -> new Tensor[] {g}, x);
    assertEquals(
        Optional.of(List.of(Span.all(1), Span.all(1), Span.all(4), Span.all(4))),
        Reach.of(y, x, 0, 0, 2, 2));
  }

  @Test
  void whatIsNotMadeOfItSeesNothing() {
    var x = Tensor.zeros(1, 1, 4, 4).withGrad();
    var other = Tensor.zeros(2).withGrad();
    assertEquals(Optional.empty(), Reach.of(x.mul(2), other, 0, 0, 0, 0));
    assertEquals(Optional.of(List.of(new Span(1, 1))), Reach.of(other, other, 1));
  }

  @Test
  void namesAUnitThatIsNotThere() {
    var x = Tensor.zeros(1, 1, 4, 4).withGrad();
    var y = x.mul(2);
    var e = assertThrows(IllegalArgumentException.class, () -> Reach.of(y, x, 0, 0, 4, 0));
    assertEquals("[0, 0, 4, 0] is no unit of [1, 1, 4, 4]", e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> Reach.of(y, x, 0));
    y.sum().backward();
    assertTrue(
        assertThrows(IllegalStateException.class, () -> Reach.of(y, x, 0, 0, 0, 0))
            .getMessage()
            .contains("consumed"));
  }
}
