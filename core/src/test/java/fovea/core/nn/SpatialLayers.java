package fovea.core.nn;

import fovea.core.array.Shape;
import fovea.core.kernel.Window;
import fovea.core.nn.LayerTest.Row;
import fovea.core.tensor.Padding;
import fovea.core.tensor.Resampling;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// The rows of [LayerTest] of layers on sequences, images and volumes, but for those of images that
/// are there already.
final class SpatialLayers {
  private SpatialLayers() {}

  static Stream<Row> rows() {
    return Stream.of(convolutions(), poolings(), others()).flatMap(rows -> rows);
  }

  private static Stream<Row> convolutions() {
    return Stream.of(
        new Row(
            "Conv1d",
            () -> new Conv1d(3, 8, Window.line(5).same()),
            Shape.of(2, 3, 9),
            Shape.of(2, 8, 9),
            List.of("weight [8, 3, 5]", "bias [8]"),
            2 * 8 * 9 * 15),
        new Row(
            "Conv2d, reflected border, flipped, no bias",
            () ->
                new Conv2d(
                    3,
                    8,
                    Window.of(3).same(),
                    ConvOptions.standard()
                        .padding(Padding.Mode.REFLECT)
                        .flipped(true)
                        .bias(false)
                        .init(Init.heNormal())),
            Shape.of(2, 3, 6, 5),
            Shape.of(2, 8, 6, 5),
            List.of("weight [8, 3, 3, 3]"),
            2 * 8 * 30 * 27),
        new Row(
            "Conv3d, groups",
            () ->
                new Conv3d(
                    4, 6, Window.of(1, 3, 3).stride(1, 2, 2), ConvOptions.standard().groups(2)),
            Shape.of(2, 4, 3, 7, 9),
            Shape.of(2, 6, 3, 3, 4),
            List.of("weight [6, 2, 1, 3, 3]", "bias [6]"),
            2 * 6 * 36 * 18),
        new Row(
            "ConvTranspose1d",
            () ->
                new ConvTranspose1d(
                    3, 4, Window.line(4).stride(3).pad(1), ConvOptions.standard(), 2),
            Shape.of(2, 3, 5),
            Shape.of(2, 4, 16),
            List.of("weight [3, 4, 4]", "bias [4]"),
            2 * 15 * 16),
        new Row(
            "ConvTranspose2d, unlike output padding",
            () ->
                new ConvTranspose2d(3, 4, Window.of(3).stride(2, 3), ConvOptions.standard(), 1, 2),
            Shape.of(2, 3, 4, 4),
            Shape.of(2, 4, 10, 14),
            List.of("weight [3, 4, 3, 3]", "bias [4]"),
            2 * 48 * 36),
        new Row(
            "ConvTranspose3d",
            () -> new ConvTranspose3d(3, 4, Window.cube(2).stride(2)),
            Shape.of(2, 3, 2, 3, 4),
            Shape.of(2, 4, 4, 6, 8),
            List.of("weight [3, 4, 2, 2, 2]", "bias [4]"),
            2 * 72 * 32),
        new Row(
            "LocallyConnected1d",
            () -> new LocallyConnected1d(2, 3, Window.line(3).pad(1), 6),
            Shape.of(2, 2, 6),
            Shape.of(2, 3, 6),
            List.of("weight [6, 6, 3]", "bias [6, 3]"),
            2 * 18 * 6),
        new Row(
            "LocallyConnected2d",
            () -> new LocallyConnected2d(2, 3, Window.of(3).stride(2), 7, 5),
            Shape.of(2, 2, 7, 5),
            Shape.of(2, 3, 3, 2),
            List.of("weight [6, 18, 3]", "bias [3, 2, 3]"),
            2 * 18 * 18));
  }

  private static Stream<Row> poolings() {
    return Stream.of(
        pool("MaxPool1d", () -> new MaxPool1d(2), Shape.of(2, 3, 9), Shape.of(2, 3, 4)),
        pool(
            "MaxPool2d, ceil",
            () -> new MaxPool2d(Window.of(3).stride(2), true),
            Shape.of(2, 3, 8, 7),
            Shape.of(2, 3, 4, 3)),
        pool("MaxPool3d", () -> new MaxPool3d(2), Shape.of(2, 3, 4, 6, 5), Shape.of(2, 3, 2, 3, 2)),
        pool("AvgPool1d", () -> new AvgPool1d(3), Shape.of(2, 3, 9), Shape.of(2, 3, 3)),
        pool(
            "AvgPool2d, ceil",
            () -> new AvgPool2d(Window.of(3).stride(2).pad(1), true, false),
            Shape.of(2, 3, 8, 7),
            Shape.of(2, 3, 5, 4)),
        pool("AvgPool3d", () -> new AvgPool3d(2), Shape.of(2, 3, 4, 6, 5), Shape.of(2, 3, 2, 3, 2)),
        pool("LPPool1d", () -> new LPPool1d(2, 3), Shape.of(2, 3, 9), Shape.of(2, 3, 3)),
        pool("LPPool2d", () -> new LPPool2d(2, 2), Shape.of(2, 3, 9, 8), Shape.of(2, 3, 4, 4)),
        pool(
            "LPPool3d",
            () -> new LPPool3d(1, Window.cube(2)),
            Shape.of(2, 3, 4, 4, 4),
            Shape.of(2, 3, 3, 3, 3)),
        pool(
            "AdaptiveAvgPool1d",
            () -> new AdaptiveAvgPool1d(4),
            Shape.of(2, 3, 9),
            Shape.of(2, 3, 4)),
        pool(
            "AdaptiveAvgPool3d",
            () -> new AdaptiveAvgPool3d(2),
            Shape.of(2, 3, 5, 4, 3),
            Shape.of(2, 3, 2, 2, 2)),
        pool(
            "AdaptiveMaxPool1d",
            () -> new AdaptiveMaxPool1d(4),
            Shape.of(2, 3, 9),
            Shape.of(2, 3, 4)),
        pool(
            "AdaptiveMaxPool2d",
            () -> new AdaptiveMaxPool2d(2, 3),
            Shape.of(2, 3, 5, 7),
            Shape.of(2, 3, 2, 3)),
        pool(
            "AdaptiveMaxPool3d",
            () -> new AdaptiveMaxPool3d(2),
            Shape.of(2, 3, 5, 4, 3),
            Shape.of(2, 3, 2, 2, 2)),
        pool("MinPool1d", () -> Pool.min(Window.line(3)), Shape.of(2, 3, 9), Shape.of(2, 3, 7)),
        pool(
            "MedianPool2d",
            () -> Pool.median(Window.of(3).same()),
            Shape.of(2, 3, 5, 6),
            Shape.of(2, 3, 5, 6)),
        pool("GlobalAveragePool", Pool::globalAverage, Shape.of(2, 3, 5, 6), Shape.of(2, 3, 1, 1)),
        pool("GlobalMaxPool", Pool::globalMax, Shape.of(2, 3, 5), Shape.of(2, 3, 1)));
  }

  private static Row pool(String name, Supplier<Layer> layer, Shape x, Shape y) {
    return new Row(name, layer, x, y, List.of(), 0);
  }

  private static Stream<Row> others() {
    return Stream.of(
        pool(
            "MaxUnpool1d",
            () -> {
              var pool = new MaxPool1d(2);
              return Sequential.of(pool, new MaxUnpool1d(pool));
            },
            Shape.of(2, 3, 9),
            Shape.of(2, 3, 9)),
        pool(
            "MaxUnpool2d",
            () -> {
              var pool = new MaxPool2d(Window.of(3).stride(2), true);
              return Sequential.of(pool, new MaxUnpool2d(pool));
            },
            Shape.of(2, 3, 8, 7),
            Shape.of(2, 3, 8, 7)),
        pool(
            "MaxUnpool3d",
            () -> {
              var pool = new MaxPool3d(2);
              return Sequential.of(pool, new MaxUnpool3d(pool));
            },
            Shape.of(2, 3, 4, 5, 6),
            Shape.of(2, 3, 4, 5, 6)),
        pool(
            "Upsample, nearest",
            () -> Upsample.nearest(2),
            Shape.of(2, 3, 4, 5),
            Shape.of(2, 3, 8, 10)),
        pool(
            "Upsample of sequences, linear",
            () -> Upsample.linear(1.5),
            Shape.of(2, 3, 5),
            Shape.of(2, 3, 7)),
        pool(
            "Upsample of volumes to one size",
            () -> Upsample.to(Resampling.Mode.LINEAR, true, 5),
            Shape.of(2, 3, 2, 3, 4),
            Shape.of(2, 3, 5, 5, 5)),
        pool(
            "Upsample by unlike factors, cubic",
            () -> Upsample.by(Resampling.Mode.CUBIC, false, 2, 0.5),
            Shape.of(2, 3, 4, 5),
            Shape.of(2, 3, 8, 2)),
        pool(
            "Pad, circular",
            () -> Pad.of(Padding.Mode.CIRCULAR, 1, 2),
            Shape.of(2, 3, 4, 5),
            Shape.of(2, 3, 6, 9)),
        pool(
            "Pad, a number",
            () -> Pad.constant(-1, 0, 1, 2, 3),
            Shape.of(2, 3, 4, 5),
            Shape.of(2, 3, 6, 9)),
        pool("Pad, crop", () -> Pad.crop(1), Shape.of(2, 3, 4, 5, 6), Shape.of(2, 3, 2, 3, 4)),
        new Row(
            "Concat",
            () ->
                new Concat(1, new Conv2d(3, 2, Window.of(1)), x -> x, new MaxPool2d(Window.of(1))),
            Shape.of(2, 3, 4, 5),
            Shape.of(2, 8, 4, 5),
            List.of("0.weight [2, 3, 1, 1]", "0.bias [2]"),
            2 * 2 * 20 * 3),
        pool(
            "Dropout of channels",
            () -> Dropout.channels(0.5),
            Shape.of(2, 3, 4, 5),
            Shape.of(2, 3, 4, 5)));
  }
}
