package fovea.core.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.array.Shape;
import fovea.core.array.ShapeException;
import fovea.core.kernel.Window;
import fovea.core.memory.Memory;
import fovea.core.tensor.Fit;
import fovea.core.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Sizes, receptive fields and counts: the worked figures of a course, and what Araujo et al.
/// (2019) give for known networks.
class SizeArithmeticTest {

  @Test
  void aWindowHasSizeMinusExtentOverStridePlusOnePlaces() {
    assertEquals(5, Window.of(3).outHeight(7));
    assertEquals(3, Window.of(3).stride(2).outHeight(7));
    assertEquals(2, Window.of(3).stride(3).outHeight(7));
    assertEquals(7, Window.of(3).pad(1).outHeight(7));
    assertEquals(28, Window.of(5).outHeight(32));
  }

  @Test
  void parametersAreCountedWithoutBeingMade() {
    long before = Memory.liveBytes();
    // 32×32×3 under one 5×5×3 filter.
    assertEquals(76, new Conv2d(3, 1, Window.of(5)).parameterCount());
    // 200×200 pixels and 40,000 hidden units, without biases: 1.6 billion, 6.4 GB.
    assertEquals(
        1_600_000_000L, new Linear(200 * 200, 40_000, false, Init.fanInUniform()).parameterCount());
    // Each unit 10×10 pixels around it, with weights of its own; then weights that all share.
    var local = new LocallyConnected2d(1, 1, Window.of(10).same(), 200, 200);
    assertEquals(4_000_000L, local.parameterCount() - 40_000);
    assertEquals(100, shared(1).parameterCount());
    assertEquals(2000, shared(20).parameterCount());
    assertEquals(before, Memory.liveBytes());
  }

  private static Layer shared(int filters) {
    return new Conv2d(1, filters, Window.of(10), 1, false, Init.fanInUniform());
  }

  // ---- a window that does not fit

  private static final Layer POOL =
      new Sequential().add("pool", new MaxPool2d(Window.of(3).stride(3)));

  @Test
  void aWindowThatDoesNotFitSaysWhatItDrops() {
    var dropped = Summary.of(POOL, Shape.of(1, 1, 7, 7)).dropped();
    assertEquals(1, dropped.size());
    assertEquals(List.of(1, 1), dropped.getFirst().what().left());
    assertFalse(dropped.getFirst().what().isPadding());
    assertEquals(
        "pool: a 3×3 window at stride 3 does not fit 7×7 evenly: (7 − 3)/3 + 1 = 2.33; the last row and the last column are dropped",
        dropped.getFirst().toString());
    assertEquals(List.of(), Summary.of(POOL, Shape.of(1, 1, 9, 6)).dropped());
  }

  @Test
  void orIsRefused() {
    var e = assertThrows(ShapeException.class, () -> Summary.exactly(POOL, Shape.of(1, 1, 7, 7)));
    assertEquals(
        "maxPool2d \"pool\": a 3×3 window at stride 3 does not fit 7×7 evenly: (7 − 3)/3 + 1 = 2.33; the last row and the last column are left over",
        e.getMessage());
    assertEquals(0, Summary.exactly(POOL, Shape.of(1, 1, 6, 9)).parameters());
    var conv = new Conv2d(1, 1, Window.of(4).stride(4, 1));
    assertThrows(
        ShapeException.class, () -> Fit.exactly(() -> conv.forward(Tensor.zeros(1, 1, 9, 8))));
    // Where nobody asked, it is dropped without a word.
    assertEquals(Shape.of(1, 1, 2, 2), POOL.forward(Tensor.zeros(1, 1, 7, 7)).shape());
  }

  @Test
  void paddingThatIsDroppedIsNoLoss() {
    var stem = new Conv2d(3, 2, Window.of(7).stride(2).pad(3));
    var dropped = Summary.of(stem, Shape.of(1, 3, 224, 223)).dropped().getFirst();
    assertTrue(dropped.what().isPadding());
    assertEquals(
        "conv2d: a 7×7 window at stride 2 does not fit 224×223 evenly: (224 + 6 − 7)/2 + 1 = 112.50; the last row is dropped, which is padding",
        dropped.toString());
  }

  // ---- receptive fields

  private static ReceptiveField.Axis field(Summary summary, String path) {
    var row = summary.rows().stream().filter(r -> r.path().equals(path)).findFirst().orElseThrow();
    return row.field().axes().getFirst();
  }

  @Test
  void receptiveFieldsOfLeNet() {
    var net =
        new Sequential()
            .add("conv1", new Conv2d(1, 2, Window.of(5).pad(2)))
            .add("pool1", new MaxPool2d(2))
            .add("conv2", new Conv2d(2, 3, Window.of(5)))
            .add("relu", Activation.relu())
            .add("pool2", new AvgPool2d(2))
            .add("flatten", new Flatten())
            .add("fc", new Linear(75, 10));
    var summary = Summary.of(net, Shape.of(1, 1, 28, 28));
    assertEquals(new ReceptiveField.Axis(5, 1, -2, false), field(summary, "conv1"));
    assertEquals(new ReceptiveField.Axis(6, 2, -2, false), field(summary, "pool1"));
    assertEquals(new ReceptiveField.Axis(14, 2, -2, false), field(summary, "conv2"));
    assertEquals(field(summary, "conv2"), field(summary, "relu"));
    assertEquals(new ReceptiveField.Axis(16, 4, -2, false), field(summary, "pool2"));
    assertEquals(5.5 + 4 * 3, field(summary, "pool2").centre(3));
    assertTrue(summary.rows().getLast().seesAll());
    assertFalse(summary.rows().get(2).seesAll());
  }

  @Test
  void dilationWidensTheView() {
    var net = new Sequential();
    for (int i = 0; i < 4; i++) {
      net.add("d" + (1 << i), new Conv2d(1, 1, Window.of(3).dilation(1 << i).pad(1 << i)));
    }
    var summary = Summary.of(net, Shape.of(1, 1, 40, 40));
    for (int i = 0; i < 4; i++) {
      // Yu & Koltun 2016, section 2: (2^(i+2) − 1) squared.
      assertEquals((4 << i) - 1, field(summary, "d" + (1 << i)).size());
    }
  }

  @Test
  void branchesAndJumpsSeeWhatTheWidestSees() {
    var wide = new Conv2d(1, 1, Window.of(7).pad(3));
    var narrow = new Conv2d(1, 1, Window.of(1));
    var net = Sequential.of(x -> Tensor.concat(1, narrow.forward(x), wide.forward(x).add(x)));
    var summary = Summary.of(net, Shape.of(1, 1, 20, 20));
    assertEquals(new ReceptiveField.Axis(7, 1, -3, false), field(summary, ""));
  }

  @Test
  void upsamplingTakesHalfSteps() {
    var net =
        Sequential.of(new AvgPool2d(2), new ConvTranspose2d(1, 1, Window.of(3).stride(2).pad(1)));
    var field = field(Summary.of(net, Shape.of(1, 1, 16, 16)), "");
    assertEquals(1, field.step());
    assertEquals(4, field.size());
  }

  @Test
  void bilinearUpsamplingSeesTwoPixelsEachHalfAStep() {
    var field = field(Summary.of(Upsample.linear(2), Shape.of(1, 1, 12, 12)), "");
    assertEquals(new ReceptiveField.Axis(2, 0.5, -1, false), field);
  }

  @Test
  void poolingOfTheWholeSeesAll() {
    var net = Sequential.of(new Conv2d(1, 1, Window.of(3)), new AdaptiveAvgPool2d(1));
    var summary = Summary.of(net, Shape.of(1, 1, 9, 9));
    assertTrue(summary.rows().getLast().seesAll());
    assertEquals(9, field(summary, "1").size());
  }
}
