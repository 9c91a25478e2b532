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
import fovea.core.kernel.Window.Centre;
import fovea.core.tensor.Captured;
import fovea.core.tensor.Convolution;
import fovea.core.tensor.Gradients;
import fovea.core.tensor.Padding;
import fovea.core.tensor.Patches;
import fovea.core.tensor.Pooling;
import fovea.core.tensor.Precision;
import fovea.core.tensor.Resampling;
import fovea.core.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/// What layers on sequences, images and volumes do beyond their rows in [LayerTest].
class SpatialLayersTest {

  private static Tensor normal(int... shape) {
    return Tensor.normal(Rng.of(7), 0, 1, Shape.of(shape), DType.F32);
  }

  /// 0, 1, 2, …
  private static Tensor ramp(int... shape) {
    var s = Shape.of(shape);
    var values = new float[Math.toIntExact(s.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    return Tensor.of(values, s);
  }

  private static void refuses(String message, Executable body) {
    assertEquals(message, assertThrows(RuntimeException.class, body).getMessage());
  }

  @Test
  void sameSaysWhereTheCentreLies() {
    // Four taps that pick out one pixel each: the centre's is the one that leaves a row as it is.
    var x = ramp(1, 1, 6);
    for (var centre : Centre.values()) {
      int tap =
          switch (centre) {
            case FIRST -> 0;
            case MIDDLE -> 1;
            case BEHIND_MIDDLE -> 2;
            case LAST -> 3;
          };
      var w = Tensor.of(one(4, tap), Shape.of(1, 1, 4));
      var y = Convolution.conv1d(x, w, null, Window.line(4).same(centre), 1);
      assertArrayEquals(x.toFloats(), y.toFloats(), centre.toString());
    }
    // PyTorch's Conv2d(padding="same") with a kernel of 4×3 and dilations of 1 and 2.
    var window = Window.of(4, 3).dilation(1, 2).same();
    assertEquals(List.of(1, 2, 2, 2), IntStream.of(window.pads()).boxed().toList());
    var corner = Window.of(3).same(Centre.FIRST, Centre.LAST);
    assertEquals(List.of(0, 2, 2, 0), IntStream.of(corner.pads()).boxed().toList());
    assertEquals(4, Window.line(3).same().stride(2).axis(0).places(7));
  }

  private static float[] one(int size, int at) {
    var values = new float[size];
    values[at] = 1;
    return values;
  }

  @Test
  void trueConvolutionIsCommutativeAndCrossCorrelationIsNot() {
    var a = normal(1, 1, 3, 3);
    var b = normal(1, 1, 4, 4).slice(2, 0, 3).slice(3, 1, 4);
    var full = Window.of(3).pad(2);
    assertArrayEquals(
        Convolution.convolve2d(a, b, null, full, 1).toFloats(),
        Convolution.convolve2d(b, a, null, full, 1).toFloats(),
        1e-5f);
    assertArrayEquals(
        Convolution.conv2d(a, b, null, full, 1).toFloats(),
        Convolution.conv2d(b, a, null, full, 1).flip(2, 3).toFloats(),
        1e-5f);
    // numpy.convolve([1, 2, 3], [0, 1, 0.5]) = 0 1 2.5 4 1.5
    var y =
        Convolution.convolve1d(
            Tensor.of(new float[] {1, 2, 3}, Shape.of(1, 1, 3)),
            Tensor.of(new float[] {0, 1, 0.5f}, Shape.of(1, 1, 3)),
            null,
            Window.line(3).pad(2),
            1);
    assertArrayEquals(new float[] {0, 1, 2.5f, 4, 1.5f}, y.toFloats());
  }

  @Test
  void aConvolutionWithABorderSeesTheBorder() {
    var layer =
        new Conv2d(
            1,
            1,
            Window.of(3).same(),
            ConvOptions.standard()
                .padding(Padding.Mode.REPLICATE)
                .bias(false)
                .init(Init.constant(1.0 / 9)));
    var x = Tensor.ones(1, 1, 4, 5);
    assertArrayEquals(x.toFloats(), layer.forward(x).toFloats(), 1e-6f);
    assertArrayEquals(
        x.toFloats(), Mode.evaluating(() -> layer.forward(x, null, null, true)).toFloats(), 1e-6f);
    assertEquals("Conv2d(1 → 1, 3×3, pad 1, REPLICATE, no bias)", layer.describe());
  }

  @Test
  void aFlippedLayerIsTheTrueConvolutionAlsoWhereItIsFused() {
    var layer = new Conv2d(2, 3, Window.of(3), ConvOptions.standard().flipped(true));
    var x = normal(2, 2, 5, 6);
    var w = layer.state().get("weight");
    var b = layer.state().get("bias");
    var expected = Convolution.convolve2d(x, w, b, Window.of(3), 1);
    assertArrayEquals(expected.toFloats(), layer.forward(x).toFloats(), 1e-5f);
    assertArrayEquals(
        expected.relu().toFloats(),
        Mode.evaluating(() -> layer.forward(x, null, null, true)).toFloats(),
        1e-5f);
  }

  @Test
  void locallyConnectedWithEqualFiltersIsAConvolution() {
    var x = normal(2, 3, 6, 5);
    var window = Window.of(3, 2).stride(2, 1).pad(1, 0);
    var w = normal(4, 3, 3, 2);
    var y = Convolution.conv2d(x, w, null, window);
    int places = y.shape().size(2) * y.shape().size(3);
    // [K, C, KH, KW] → [places, KH·KW·C, K]
    var shared = w.permute(2, 3, 1, 0).reshape(1, 18, 4).expand(Shape.of(places, 18, 4));
    assertArrayEquals(
        y.toFloats(), Patches.locallyConnected2d(x, shared, null, window).toFloats(), 1e-4f);
  }

  @Test
  void unfoldedTimesWeightIsAConvolutionAndFoldCountsHowOftenAPixelIsSeen() {
    var x = normal(2, 3, 6, 5);
    var window = Window.of(3).pad(1).stride(2);
    var w = normal(4, 3, 3, 3);
    var y = Convolution.conv2d(x, w, null, window);
    var product = w.reshape(4, 27).matmul(Patches.unfold(x, window));
    assertArrayEquals(y.toFloats(), product.reshape(y.shape().sizes()).toFloats(), 1e-4f);
    var ones = Tensor.ones(1, 1, 3, 3);
    var counts = Patches.fold(Patches.unfold(ones, Window.of(2)), 3, 3, Window.of(2));
    assertArrayEquals(new float[] {1, 2, 1, 2, 4, 2, 1, 2, 1}, counts.toFloats());
  }

  @Test
  void unpoolingPutsTheLargestBackWhereTheyWere() {
    var pool = new MaxPool2d(2);
    var unpool = new MaxUnpool2d(pool);
    var x =
        Tensor.of(
            new float[] {1, 2, 6, 3, 3, 5, 2, 1, 1, 2, 2, 1, 7, 3, 4, 8}, Shape.of(1, 1, 4, 4));
    assertArrayEquals(
        new float[] {0, 0, 6, 0, 0, 5, 0, 0, 0, 0, 0, 0, 7, 0, 0, 8},
        unpool.forward(pool.forward(x)).toFloats());
    refuses(
        "MaxUnpool2d has no switches: MaxPool2d(2×2, stride 2) has not pooled on this thread since"
            + " they were last used",
        () -> unpool.forward(Tensor.ones(1, 1, 2, 2)));
    var found = pool.forwardWithIndices(x);
    assertArrayEquals(new long[] {5, 2, 12, 15}, found.indices().toLongs());
    assertArrayEquals(new float[] {5, 6, 7, 8}, found.y().toFloats());
    refuses(
        "maxUnpool2d: the indices [1, 1, 2, 2] are not shaped as x [1, 1, 2, 3]",
        () -> Pooling.maxUnpool(Tensor.ones(1, 1, 2, 3), found.indices(), 4, 4));
    assertThrows(ShapeException.class, () -> Pooling.maxUnpool(found.y(), found.indices(), 3, 3));
  }

  @Test
  void whereWindowsOverlapAPixelIsPutBackOnce() {
    var x = Tensor.of(new float[] {0, 1, 9, 1, 0}, Shape.of(1, 1, 5));
    var found = Pooling.maxPoolWithIndices(x, Window.line(3));
    assertArrayEquals(
        new float[] {0, 0, 9, 0, 0}, Pooling.maxUnpool(found.y(), found.indices(), 5).toFloats());
  }

  @Test
  void threadsDoNotTakeEachOthersSwitches() throws InterruptedException {
    var pool = new MaxPool2d(2);
    var unpool = new MaxUnpool2d(pool);
    pool.forward(ramp(1, 1, 2, 2));
    var thrown = new FoveaException[1];
    var other =
        Thread.ofPlatform()
            .start(
                () ->
                    thrown[0] =
                        assertThrows(
                            FoveaException.class, () -> unpool.forward(Tensor.ones(1, 1, 1, 1))));
    other.join();
    assertTrue(thrown[0] != null);
    assertArrayEquals(
        new float[] {0, 0, 0, 2}, unpool.forward(Tensor.ones(1, 1, 1, 1).mul(2)).toFloats());
  }

  @Test
  void droppedChannelsAreDroppedWhole() {
    var x = Tensor.ones(50, 20, 3, 4);
    var y = Mode.training(Rng.of(2), () -> Dropout.channels(0.25).forward(x));
    var sums = y.mean(2, 3).toFloats();
    int dropped = 0;
    for (float v : sums) {
      assertTrue(v == 0 || Math.abs(v - 1 / 0.75) < 1e-6);
      dropped += v == 0 ? 1 : 0;
    }
    // Of 1,000 channels; the standard deviation is 14.
    assertEquals(250, dropped, 60);
    refuses(
        "dropout: input [4, 6] is not [N, C, …]",
        () -> Mode.training(Rng.of(2), () -> Dropout.channels(0.25).forward(Tensor.ones(4, 6))));
  }

  /// Values of PyTorch 2.13's `interpolate`.
  @Test
  void resizingAgreesWithPyTorch() {
    var x = ramp(1, 1, 2, 3);
    assertArrayEquals(
        new float[] {0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 3, 3, 4, 4, 5, 5},
        Upsample.nearest(2).forward(x).toFloats());
    assertArrayEquals(
        new float[] {0, 0.25f, 0.75f, 1.25f, 1.75f, 2},
        Upsample.linear(2).forward(x).slice(2, 0, 1).toFloats(),
        1e-6f);
    assertArrayEquals(
        new float[] {0, 0.5f, 1, 1.5f, 2},
        Upsample.to(Resampling.Mode.LINEAR, true, 3, 5).forward(x).slice(2, 0, 1).toFloats(),
        1e-6f);
  }

  @Test
  void bfloat16GoesThroughAll() {
    var net =
        Sequential.of(
            new Conv2d(
                3, 16, Window.of(3).same(), ConvOptions.standard().padding(Padding.Mode.CIRCULAR)),
            new LPPool2d(2, 2),
            Upsample.linear(2),
            new LocallyConnected2d(16, 4, Window.of(3), 8, 8),
            new AdaptiveMaxPool2d(4),
            Pool.median(Window.of(3).same()));
    var x = normal(2, 3, 8, 8);
    var expected = net.forward(x).toFloats();
    var y = Precision.BF16.run(() -> net.forward(x));
    assertEquals(DType.BF16, y.dtype());
    assertArrayEquals(expected, y.toFloats(), 0.1f);
    var gradients = y.sum().backward();
    net.parameters().forEach((name, p) -> assertEquals(p.shape(), gradients.of(p).shape(), name));
  }

  private record Step(Tensor y, Gradients gradients) {}

  private static Step step(Layer net, Tensor x) {
    var y = net.forward(x);
    return new Step(y, y.pow(2).sum().backward());
  }

  @Test
  void capturedStepsGiveTheSameBits() {
    var pool = new MaxPool2d(2);
    var net =
        Sequential.of(
            new Conv2d(
                3, 16, Window.of(3).same(), ConvOptions.standard().padding(Padding.Mode.REFLECT)),
            pool,
            new Conv2d(16, 16, Window.of(3).same()),
            new MaxUnpool2d(pool),
            Upsample.linear(0.5),
            Pool.median(Window.of(3).same()),
            new AdaptiveMaxPool2d(3),
            new LocallyConnected2d(16, 4, Window.of(2), 3, 3));
    net.init(Rng.of(1));
    try (var captured = Captured.of(in -> step(net, in.getFirst()), normal(2, 3, 8, 8))) {
      for (int i = 0; i < 3; i++) {
        var x = Tensor.normal(Rng.of(i), 0, 1, Shape.of(2, 3, 8, 8), DType.F32);
        captured.run(x);
        var eager = step(net, x);
        assertArrayEquals(eager.y().toFloats(), captured.result().y().toFloats());
        net.parameters()
            .forEach(
                (name, p) ->
                    assertArrayEquals(
                        eager.gradients().of(p).toFloats(),
                        captured.result().gradients().of(p).toFloats(),
                        name));
      }
    }
  }

  @Test
  void optionsThatCannotWorkAreRefused() {
    refuses("a window of 1 axis is needed, not 3×3", () -> new Conv1d(1, 1, Window.of(3)));
    refuses("a window of 3 axes is needed, not 3×3", () -> new MaxPool3d(Window.of(3)));
    refuses(
        "stride: one for all, or one for each of the 3 axes of the window 2×2×2, not 2",
        () -> Window.cube(2).stride(1, 2));
    refuses(
        "5 channels and 4 filters cannot be split into 2 groups",
        () -> new Conv3d(5, 4, Window.cube(1), ConvOptions.standard().groups(2)));
    refuses(
        "output padding of 2 must be less than the stride, 2",
        () -> new ConvTranspose1d(1, 1, Window.line(2).stride(2), ConvOptions.standard(), 2));
    refuses(
        "a transposed convolution has padding of zeros only, which it cuts off, and is not flipped",
        () -> new ConvTranspose2d(1, 1, Window.of(2), ConvOptions.standard().flipped(true)));
    refuses(
        "an image of 2×5, with its padding, is smaller than the 3×3 window",
        () -> new LocallyConnected2d(1, 1, Window.of(3), 2, 5));
    refuses("the power must be above 0, not 0.0", () -> new LPPool2d(0, 2));
    refuses("one or more factors above 0 are needed, not [-1.0]", () -> Upsample.nearest(-1));
    refuses(
        "a border cannot be negative: [-1]; see Pad.crop", () -> Pad.of(Padding.Mode.REFLECT, -1));
    refuses("there is nothing to join", () -> new Concat(1));
  }

  @Test
  void inputsThatDoNotFitAreRefused() {
    refuses(
        "conv1d: input [1, 2, 3, 4] is not [N, C, L]",
        () -> new Conv1d(2, 1, Window.line(3)).forward(Tensor.ones(1, 2, 3, 4)));
    refuses(
        "conv3d: input [1, 2, 3, 4] is not [N, C, D, H, W]",
        () -> new Conv3d(2, 1, Window.cube(3)).forward(Tensor.ones(1, 2, 3, 4)));
    refuses(
        "conv3d: input [1, 2, 2, 4, 4], padded by 0+0 slices, 0+0 rows and 0+0 columns, is smaller"
            + " than the 3×3×3 window",
        () -> new Conv3d(2, 1, Window.cube(3)).forward(Tensor.ones(1, 2, 2, 4, 4)));
    refuses(
        "pad: input [1, 2, 1, 4] has 1 pixels along axis 2, and REFLECT needs 2",
        () -> Pad.of(Padding.Mode.REFLECT, 1).forward(Tensor.ones(1, 2, 1, 4)));
    refuses(
        "pad: input [1, 2, 3, 4] has 4 sides: give one number, 2 or 4, not 3",
        () -> Pad.constant(0, 1, 2, 3).forward(Tensor.ones(1, 2, 3, 4)));
    refuses(
        "crop: of [1, 2, 3, 4] nothing is left without 2 and 2 along axis 2",
        () -> Pad.crop(2).forward(Tensor.ones(1, 2, 3, 4)));
    refuses(
        "resize: cubic needs images [N, C, H, W], not [1, 2, 3]",
        () -> Upsample.to(Resampling.Mode.CUBIC, false, 4).forward(Tensor.ones(1, 2, 3)));
    refuses(
        "locallyConnected2d: weight [4, 9, 1] is not [9, 9, K], for 3×3 places of 9 values each",
        () -> new LocallyConnected2d(1, 1, Window.of(3), 4, 4).forward(Tensor.ones(1, 1, 5, 5)));
    refuses(
        "medianPool2d: padding of 2+2 rows and 2+2 columns is more than half of the 3×3 window",
        () -> Pool.median(Window.of(3).pad(2)).forward(Tensor.ones(1, 1, 5, 5)));
    refuses(
        "fold: input [1, 8, 5] is not [N, C·4, 4], as a 2×2 window on 3×3 pixels makes it",
        () -> Patches.fold(Tensor.ones(1, 8, 5), 3, 3, Window.of(2)));
  }
}
