package fovea.lab.parity;

import static fovea.lab.parity.Row.composed;
import static fovea.lab.parity.Row.libtorch;

import fovea.core.array.Shape;
import fovea.core.kernel.Window;
import fovea.core.nn.Activation;
import fovea.core.nn.BatchNorm2d;
import fovea.core.nn.Concat;
import fovea.core.nn.Conv2d;
import fovea.core.nn.Flatten;
import fovea.core.nn.Init;
import fovea.core.nn.Layer;
import fovea.core.nn.Linear;
import fovea.core.nn.MaxPool2d;
import fovea.core.nn.Sequential;
import fovea.core.tensor.Normalization;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.bytedeco.pytorch.BatchNorm2dImpl;
import org.bytedeco.pytorch.BatchNormOptions;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.LinearOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// Layers without a window, and normalisation.
final class LayerRows {
  private LayerRows() {}

  static List<Row> all() {
    var rows = new ArrayList<Row>();
    rows.add(linear());
    rows.add(flatten());
    rows.add(activation("relu", Activation::relu, Tensor::relu));
    rows.add(activation("gelu", Activation::gelu, torch::gelu));
    rows.add(activation("sigmoid", Activation::sigmoid, Tensor::sigmoid));
    rows.add(activation("tanh", Activation::tanh, Tensor::tanh));
    rows.add(activation("softmax", () -> Activation.softmax(1), x -> torch.softmax(x, 1)));
    rows.add(
        activation("logSoftmax", () -> Activation.logSoftmax(1), x -> torch.log_softmax(x, 1)));
    rows.add(
        activation(
            "of",
            () -> Activation.of("twice", x -> x.mul(2)),
            x -> x.mul(new org.bytedeco.pytorch.Scalar(2))));
    rows.add(batchNorm("batchNorm", false, false));
    rows.add(batchNorm("batchNormRelu", false, true));
    rows.add(batchNorm("batchNormAddRelu", true, true));
    rows.add(batchNormGiven());
    rows.add(batchNorm2d(true));
    rows.add(batchNorm2d(false));
    rows.add(
        composed(
            "nn.Concat",
            d -> {
              int in = d.in(1, 9);
              return Case.of(
                  "",
                  d,
                  new Concat(1, new Linear(in, 4), x -> x, new Linear(in, 3)),
                  d.normal("x", d.in(1, 9), in),
                  Torch.of(
                      o ->
                          torch.cat(
                              new TensorVector(
                                  torch.linear(o.x(), o.state("0.weight"), o.state("0.bias")),
                                  o.x(),
                                  torch.linear(o.x(), o.state("2.weight"), o.state("2.bias"))),
                              1)));
            }));
    rows.add(convolutional("nn.Sequential", LayerRows::named));
    rows.add(convolutional("nn.Sequential.of", LayerRows::numbered));
    return rows;
  }

  private static Row linear() {
    return libtorch(
        "nn.Linear",
        d -> {
          int in = d.in(1, 50);
          int out = d.in(1, 50);
          boolean bias = d.coin();
          var options = new LinearOptions(in, out);
          options.bias().put(bias);
          var module = new LinearImpl(options);
          var x = d.shape(d.in(1, 3), 7);
          return Case.of(
              "bias " + bias,
              d,
              new Linear(in, out, bias, Init.fanInUniform()),
              d.normal("x", x.insert(x.rank(), in)),
              Torch.module(module, module::forward));
        });
  }

  private static Row flatten() {
    return libtorch(
        "nn.Flatten",
        d ->
            Case.of(
                "",
                d,
                new Flatten(),
                d.normal("x", d.shape(d.in(2, 4), 7)),
                Torch.of(o -> o.x().flatten(1, -1))));
  }

  private static Row activation(
      String name, Supplier<Layer> layer, Function<Tensor, Tensor> theirs) {
    return libtorch(
        "nn.Activation." + name,
        d ->
            Case.of(
                "",
                d,
                layer.get(),
                d.uniform("x", -6, 6, d.shape(d.in(2, 4), 9)),
                Torch.of(o -> theirs.apply(o.x()))));
  }

  // ---- batch norm

  private static Shape images(Draw d, int channels) {
    return Shape.of(d.in(2, 5), channels, d.in(1, 9), d.in(1, 9));
  }

  private static Row batchNorm(String name, boolean add, boolean relu) {
    return libtorch(
        "Normalization." + name,
        d -> {
          int channels = d.of(d.in(1, 9), 16, 32);
          var shape = images(d, channels);
          double eps = d.of(1e-5, 1e-3);
          var inputs =
              new ArrayList<>(
                  List.of(
                      d.normal("x", shape),
                      d.normal("gamma", channels),
                      d.normal("beta", channels)));
          if (add) {
            inputs.add(d.normal("residual", shape));
          }
          return Case.of(
              "eps " + eps,
              inputs,
              t ->
                  (add
                          ? Normalization.batchNormAddRelu(
                              t.get(0), t.get(1), t.get(2), eps, t.get(3))
                          : relu
                              ? Normalization.batchNormRelu(t.get(0), t.get(1), t.get(2), eps)
                              : Normalization.batchNorm(t.get(0), t.get(1), t.get(2), eps))
                      .y(),
              Torch.of(
                  o -> {
                    var none = new TensorOptional();
                    var y =
                        torch.batch_norm(
                            o.get(0),
                            new TensorOptional(o.get(1)),
                            new TensorOptional(o.get(2)),
                            none,
                            none,
                            true,
                            0,
                            eps,
                            false);
                    var z = add ? y.add(o.get(3)) : y;
                    return relu ? z.relu() : z;
                  }));
        });
  }

  private static Row batchNormGiven() {
    return libtorch(
        "Normalization.batchNorm: given statistics",
        d -> {
          int channels = d.of(d.in(1, 9), 16, 32);
          return Case.of(
              "",
              List.of(
                  d.normal("x", images(d, channels)),
                  d.normal("gamma", channels),
                  d.normal("beta", channels),
                  d.normal("mean", channels).constant(),
                  d.uniform("variance", 0.3, 3, Shape.of(channels)).constant()),
              t -> Normalization.batchNorm(t.get(0), t.get(1), t.get(2), t.get(3), t.get(4), 1e-5),
              Torch.of(
                  o ->
                      torch.batch_norm(
                          o.get(0),
                          new TensorOptional(o.get(1)),
                          new TensorOptional(o.get(2)),
                          new TensorOptional(o.get(3)),
                          new TensorOptional(o.get(4)),
                          false,
                          0,
                          1e-5,
                          false)));
        });
  }

  private static Row batchNorm2d(boolean training) {
    return libtorch(
        "nn.BatchNorm2d" + (training ? "" : ": evaluating"),
        d -> {
          int channels = d.of(d.in(1, 9), 16);
          double eps = d.of(1e-5, 1e-3);
          double momentum = d.of(0.1, 0.4);
          var options = new BatchNormOptions(channels);
          options.eps().put(eps);
          options.momentum().put(momentum);
          var module = new BatchNorm2dImpl(options);
          var c =
              Case.of(
                  "eps %s, momentum %s".formatted(eps, momentum),
                  d,
                  new BatchNorm2d(channels, eps, momentum),
                  d.normal("x", images(d, channels)),
                  Torch.module(module, module::forward));
          return training ? c : c.evaluating();
        });
  }

  // ---- layers that follow each other, where Fovea fuses

  private interface Built {
    Sequential of(Layer conv, Layer norm, Layer pool, Layer fc);
  }

  private static Sequential named(Layer conv, Layer norm, Layer pool, Layer fc) {
    return new Sequential()
        .add("0", conv)
        .add("1", norm)
        .add("2", Activation.relu())
        .add("3", pool)
        .add("4", new Flatten())
        .add("5", fc);
  }

  private static Sequential numbered(Layer conv, Layer norm, Layer pool, Layer fc) {
    return Sequential.of(conv, norm, Activation.relu(), pool, new Flatten(), fc);
  }

  private static Row convolutional(String name, Built built) {
    return composed(
        name,
        d -> {
          int channels = d.in(1, 4);
          int filters = d.of(d.in(1, 9), 16);
          var net =
              built.of(
                  new Conv2d(channels, filters, Window.of(3).pad(1)),
                  new BatchNorm2d(filters),
                  new MaxPool2d(2),
                  new Linear(filters * 9, 5));
          var c =
              Case.of(
                  "convolution, batch norm, ReLU, pooling, linear",
                  d,
                  net,
                  d.normal("x", d.in(2, 4), channels, 6, 6),
                  Torch.of(LayerRows::convolutional));
          return d.coin() ? c.evaluating() : c;
        });
  }

  private static Tensor convolutional(Torch.Operands o) {
    var one = new long[] {1, 1};
    var two = new long[] {2, 2};
    var conv =
        torch.conv2d(
            o.x(), o.state("0.weight"), new TensorOptional(o.state("0.bias")), one, one, one, 1);
    var norm =
        torch.batch_norm(
            conv,
            new TensorOptional(o.state("1.weight")),
            new TensorOptional(o.state("1.bias")),
            new TensorOptional(o.state("1.running_mean")),
            new TensorOptional(o.state("1.running_var")),
            o.training(),
            0.1,
            1e-5,
            false);
    var pooled = torch.max_pool2d(norm.relu(), two, two, new long[] {0, 0}, one, false);
    return torch.linear(pooled.flatten(1, -1), o.state("5.weight"), o.state("5.bias"));
  }
}
