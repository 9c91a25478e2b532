package fovea.lab.parity;

import static fovea.lab.parity.Row.composed;
import static fovea.lab.parity.Row.libtorch;

import fovea.core.array.Shape;
import fovea.core.kernel.Norm;
import fovea.core.kernel.Window;
import fovea.core.nn.AdaptiveAvgPool2d;
import fovea.core.nn.AvgPool2d;
import fovea.core.nn.Conv2d;
import fovea.core.nn.ConvTranspose2d;
import fovea.core.nn.Init;
import fovea.core.nn.Inception;
import fovea.core.nn.MaxPool2d;
import fovea.core.tensor.Convolution;
import fovea.core.tensor.Graph;
import fovea.core.tensor.Pooling;
import java.util.List;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.Conv2dImpl;
import org.bytedeco.pytorch.Conv2dOptions;
import org.bytedeco.pytorch.ConvTranspose2dImpl;
import org.bytedeco.pytorch.ConvTranspose2dOptions;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// What slides a window over images: convolution and pooling, as functions and as layers.
final class SpatialRows {
  private SpatialRows() {}

  static List<Row> all() {
    return List.of(
        conv2d("Convolution.conv2d", 1),
        conv2d("Convolution.conv2d: groups", 3),
        depthwise(),
        then(),
        convTranspose2d(),
        maxPool2d(),
        avgPool2d(),
        adaptiveAvgPool2d(),
        conv2dLayer(),
        convTranspose2dLayer(),
        maxPool2dLayer(),
        avgPool2dLayer(),
        adaptiveAvgPool2dLayer(),
        inceptionNaive(),
        inceptionReduced());
  }

  // ---- convolution

  /// A case of sliding a window: which, and over how large an image.
  record Sliding(Window window, int height, int width) {
    static Sliding of(Draw d, int largestDilation) {
      var window =
          Window.of(d.in(1, 4), d.in(1, 4))
              .stride(d.in(1, 3), d.in(1, 3))
              .dilation(d.in(1, largestDilation), d.in(1, largestDilation));
      int down = d.in(0, window.height() / 2);
      int across = d.in(0, window.width() / 2);
      window = window.pad(down, across, down, across);
      return new Sliding(
          window,
          window.dilationH() * (window.height() - 1) + 1 + d.in(0, 8),
          window.dilationW() * (window.width() - 1) + 1 + d.in(0, 8));
    }

    Shape images(Draw d, int channels) {
      return Shape.of(d.in(1, 4), channels, height, width);
    }

    long[] size() {
      return new long[] {window.height(), window.width()};
    }

    long[] stride() {
      return new long[] {window.strideH(), window.strideW()};
    }

    long[] pad() {
      return new long[] {window.padTop(), window.padLeft()};
    }

    long[] dilation() {
      return new long[] {window.dilationH(), window.dilationW()};
    }
  }

  private static Row conv2d(String name, int mostGroups) {
    return libtorch(
        name,
        d -> {
          var s = Sliding.of(d, 3);
          int groups = mostGroups == 1 ? 1 : d.in(2, mostGroups);
          int in = d.in(1, 9);
          int out = d.of(d.in(1, 9), 16, 32);
          return Case.of(
              "%s, groups %d".formatted(s.window, groups),
              List.of(
                  d.normal("x", s.images(d, in * groups)),
                  d.normal("weight", out * groups, in, s.window.height(), s.window.width()),
                  d.normal("bias", out * groups)),
              t -> Convolution.conv2d(t.get(0), t.get(1), t.get(2), s.window, groups),
              Torch.of(o -> conv2d(o, s, groups)));
        });
  }

  private static Tensor conv2d(Torch.Operands o, Sliding s, int groups) {
    return torch.conv2d(
        o.get(0),
        o.get(1),
        new TensorOptional(o.get(2)),
        s.stride(),
        s.pad(),
        s.dilation(),
        groups);
  }

  private static Row depthwise() {
    return libtorch(
        "Convolution.conv2d: depthwise",
        d -> {
          var s = Sliding.of(d, 3);
          int channels = d.of(d.in(1, 9), 16, 32);
          int each = d.in(1, 2);
          return Case.of(
              "%s, groups %d".formatted(s.window, channels),
              List.of(
                  d.normal("x", s.images(d, channels)),
                  d.normal("weight", each * channels, 1, s.window.height(), s.window.width()),
                  d.normal("bias", each * channels)),
              t -> Convolution.conv2d(t.get(0), t.get(1), t.get(2), s.window, channels),
              Torch.of(o -> conv2d(o, s, channels)));
        });
  }

  private static Row then() {
    return libtorch(
        "Convolution.conv2dThen",
        d -> {
          var s = Sliding.of(d, 2);
          int in = d.in(1, 9);
          int out = d.of(d.in(1, 9), 16);
          var images = s.images(d, in);
          var result =
              Shape.of(
                  images.size(0), out, s.window.outHeight(s.height), s.window.outWidth(s.width));
          var channels = Shape.of(out);
          return Case.of(
                  s.window.toString(),
                  List.of(
                      d.normal("x", images),
                      d.normal("weight", out, in, s.window.height(), s.window.width()),
                      d.normal("bias", out),
                      d.normal("scale", out),
                      d.normal("shift", out),
                      d.normal("mean", out),
                      d.uniform("variance", 0.5, 2, channels),
                      d.normal("residual", result)),
                  t ->
                      Graph.unrecorded(
                          () ->
                              Convolution.conv2dThen(
                                  t.get(0),
                                  t.get(1),
                                  t.get(2),
                                  s.window,
                                  1,
                                  new Norm(
                                      t.get(3).array(),
                                      t.get(4).array(),
                                      t.get(5).array(),
                                      t.get(6).array(),
                                      1e-5),
                                  t.get(7),
                                  true)),
                  Torch.of(
                      o ->
                          torch
                              .batch_norm(
                                  conv2d(o, s, 1),
                                  new TensorOptional(o.get(3)),
                                  new TensorOptional(o.get(4)),
                                  new TensorOptional(o.get(5)),
                                  new TensorOptional(o.get(6)),
                                  false,
                                  0,
                                  1e-5,
                                  false)
                              .add(o.get(7))
                              .relu()))
              .undifferentiated();
        });
  }

  private static Row convTranspose2d() {
    return libtorch(
        "Convolution.convTranspose2d",
        d -> {
          var s = Sliding.of(d, 3);
          int groups = d.of(1, 1, 2, 3);
          int in = d.in(1, 5) * groups;
          int out = d.in(1, 5);
          int more = d.in(0, s.window.strideH() - 1);
          int wider = d.in(0, s.window.strideW() - 1);
          return Case.of(
              "%s, output padding %d, %d, groups %d".formatted(s.window, more, wider, groups),
              List.of(
                  d.normal("x", d.in(1, 3), in, d.in(2, 7), d.in(2, 7)),
                  d.normal("weight", in, out, s.window.height(), s.window.width()),
                  d.normal("bias", out * groups)),
              t ->
                  Convolution.convTranspose2d(
                      t.get(0), t.get(1), t.get(2), s.window, more, wider, groups),
              Torch.of(
                  o ->
                      torch.conv_transpose2d(
                          o.get(0),
                          o.get(1),
                          new TensorOptional(o.get(2)),
                          s.stride(),
                          s.pad(),
                          new long[] {more, wider},
                          groups,
                          s.dilation())));
        });
  }

  private static Row conv2dLayer() {
    return libtorch(
        "nn.Conv2d",
        d -> {
          var s = Sliding.of(d, 2);
          int groups = d.of(1, 1, 2);
          int in = d.in(1, 8) * groups;
          int out = d.in(1, 8) * groups;
          boolean bias = d.coin();
          var options = new Conv2dOptions(in, out, new LongPointer(s.size()));
          options.stride().put(s.stride());
          options.padding().put(new LongPointer(s.pad()));
          options.dilation().put(s.dilation());
          options.groups().put(groups);
          options.bias().put(bias);
          var module = new Conv2dImpl(options);
          return Case.of(
              "%s, groups %d, bias %s".formatted(s.window, groups, bias),
              d,
              new Conv2d(in, out, s.window, groups, bias, Init.fanInUniform()),
              d.normal("x", s.images(d, in)),
              Torch.module(module, module::forward));
        });
  }

  private static Row convTranspose2dLayer() {
    return libtorch(
        "nn.ConvTranspose2d",
        d -> {
          var s = Sliding.of(d, 2);
          int groups = d.of(1, 1, 2);
          int in = d.in(1, 8) * groups;
          int out = d.in(1, 8) * groups;
          boolean bias = d.coin();
          int more = d.in(0, Math.min(s.window.strideH(), s.window.strideW()) - 1);
          var options = new ConvTranspose2dOptions(in, out, new LongPointer(s.size()));
          options.stride().put(s.stride());
          options.padding().put(s.pad());
          options.output_padding().put(new long[] {more, more});
          options.dilation().put(s.dilation());
          options.groups().put(groups);
          options.bias().put(bias);
          var module = new ConvTranspose2dImpl(options);
          return Case.of(
              "%s, output padding %d, groups %d, bias %s".formatted(s.window, more, groups, bias),
              d,
              new ConvTranspose2d(in, out, s.window, more, groups, bias, Init.fanInUniform()),
              d.normal("x", s.images(d, in)),
              Torch.module(module, module::forward));
        });
  }

  // ---- pooling

  private static Row maxPool2d() {
    return libtorch(
        "Pooling.maxPool2d",
        d -> {
          var s = Sliding.of(d, 2);
          return Case.of(
              s.window.toString(),
              List.of(d.normal("x", s.images(d, d.of(d.in(1, 9), 16)))),
              t -> Pooling.maxPool2d(t.getFirst(), s.window),
              Torch.of(o -> maxPool2d(o.x(), s)));
        });
  }

  private static Tensor maxPool2d(Tensor x, Sliding s) {
    return torch.max_pool2d(x, s.size(), s.stride(), s.pad(), s.dilation(), false);
  }

  private static Row avgPool2d() {
    return libtorch(
        "Pooling.avgPool2d",
        d -> {
          var s = Sliding.of(d, 1);
          boolean countPadding = d.coin();
          return Case.of(
              "%s, padding counts: %s".formatted(s.window, countPadding),
              List.of(d.normal("x", s.images(d, d.of(d.in(1, 9), 16)))),
              t -> Pooling.avgPool2d(t.getFirst(), s.window, countPadding),
              Torch.of(o -> avgPool2d(o.x(), s, countPadding)));
        });
  }

  private static Tensor avgPool2d(Tensor x, Sliding s, boolean countPadding) {
    return torch.avg_pool2d(
        x, s.size(), s.stride(), s.pad(), false, countPadding, new LongOptional());
  }

  private static Row adaptiveAvgPool2d() {
    return libtorch(
        "Pooling.adaptiveAvgPool2d",
        d -> {
          int height = d.in(1, 6);
          int width = d.in(1, 6);
          return Case.of(
              "to %d×%d".formatted(height, width),
              List.of(d.normal("x", d.in(1, 3), d.in(1, 9), d.in(1, 12), d.in(1, 12))),
              t -> Pooling.adaptiveAvgPool2d(t.getFirst(), height, width),
              Torch.of(o -> torch.adaptive_avg_pool2d(o.x(), height, width)));
        });
  }

  private static Row maxPool2dLayer() {
    return libtorch(
        "nn.MaxPool2d",
        d -> {
          var s = Sliding.of(d, 2);
          return Case.of(
              s.window.toString(),
              d,
              new MaxPool2d(s.window),
              d.normal("x", s.images(d, 3)),
              Torch.of(o -> maxPool2d(o.x(), s)));
        });
  }

  private static Row avgPool2dLayer() {
    return libtorch(
        "nn.AvgPool2d",
        d -> {
          var s = Sliding.of(d, 1);
          return Case.of(
              s.window.toString(),
              d,
              new AvgPool2d(s.window),
              d.normal("x", s.images(d, 3)),
              Torch.of(o -> avgPool2d(o.x(), s, true)));
        });
  }

  private static Row adaptiveAvgPool2dLayer() {
    return libtorch(
        "nn.AdaptiveAvgPool2d",
        d -> {
          int size = d.in(1, 5);
          return Case.of(
              "to " + size,
              d,
              new AdaptiveAvgPool2d(size),
              d.normal("x", d.in(1, 3), d.in(1, 9), d.in(1, 12), d.in(1, 12)),
              Torch.of(o -> torch.adaptive_avg_pool2d(o.x(), size, size)));
        });
  }

  // ---- several side by side

  /// A convolution of a module's state that keeps the size, and ReLU.
  private static Tensor convolved(Torch.Operands o, Tensor x, String name) {
    var weight = o.state(name + ".weight");
    long pad = weight.size(-1) / 2;
    return torch
        .conv2d(
            x,
            weight,
            new TensorOptional(o.state(name + ".bias")),
            new long[] {1, 1},
            new long[] {pad, pad},
            new long[] {1, 1},
            1)
        .relu();
  }

  private static Tensor pooled(Tensor x) {
    long[] one = {1, 1};
    return torch.max_pool2d(x, new long[] {3, 3}, one, one, one, false);
  }

  private static Tensor joined(Tensor... branches) {
    return torch.cat(new TensorVector(branches), 1);
  }

  private static Row inceptionNaive() {
    return composed(
        "nn.Inception.naive",
        d -> {
          int in = d.in(1, 6);
          return Case.of(
              "",
              d,
              Inception.naive(in, d.in(1, 5), d.in(1, 5), d.in(1, 5)),
              d.normal("x", d.in(1, 3), in, d.in(1, 8), d.in(1, 8)),
              Torch.of(
                  o ->
                      joined(
                          convolved(o, o.x(), "branch1.0"),
                          convolved(o, o.x(), "branch2.0"),
                          convolved(o, o.x(), "branch3.0"),
                          pooled(o.x()))));
        });
  }

  private static Row inceptionReduced() {
    return composed(
        "nn.Inception.reduced",
        d -> {
          int in = d.in(1, 6);
          var channels =
              new Inception.Channels(
                  d.in(1, 5), d.in(1, 5), d.in(1, 5), d.in(1, 5), d.in(1, 5), d.in(1, 5));
          return Case.of(
              channels.toString(),
              d,
              Inception.reduced(in, channels),
              d.normal("x", d.in(1, 3), in, d.in(1, 8), d.in(1, 8)),
              Torch.of(
                  o ->
                      joined(
                          convolved(o, o.x(), "branch1.0"),
                          convolved(o, convolved(o, o.x(), "branch2.0"), "branch2.2"),
                          convolved(o, convolved(o, o.x(), "branch3.0"), "branch3.2"),
                          convolved(o, pooled(o.x()), "branch4.1"))));
        });
  }
}
