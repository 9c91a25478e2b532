package fovea.lab.parity;

import static fovea.lab.parity.Row.composed;
import static fovea.lab.parity.Row.libtorch;

import fovea.core.nn.Activation;
import fovea.core.nn.Layer;
import fovea.core.nn.PReLU;
import fovea.core.tensor.Activations;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.PReLUImpl;
import org.bytedeco.pytorch.PReLUOptions;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.SoftminFuncOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// Activations, as functions and as layers.
final class ActivationRows {
  private ActivationRows() {}

  static List<Row> all() {
    var rows = new ArrayList<Row>();
    both(
        rows,
        "leakyRelu",
        x -> Activations.leakyRelu(x, 0.1),
        () -> Activation.leakyRelu(0.1),
        x -> torch.leaky_relu(x, new Scalar(0.1)));
    both(rows, "relu6", Activations::relu6, Activation::relu6, torch::relu6);
    both(
        rows,
        "elu",
        x -> Activations.elu(x, 0.7),
        () -> Activation.elu(0.7),
        x -> torch.elu(x, new Scalar(0.7), new Scalar(1), new Scalar(1)));
    both(rows, "selu", Activations::selu, Activation::selu, torch::selu);
    both(
        rows,
        "celu",
        x -> Activations.celu(x, 1.5),
        () -> Activation.celu(1.5),
        x -> torch.celu(x, new Scalar(1.5)));
    both(
        rows,
        "threshold",
        x -> Activations.threshold(x, 0.3, -2),
        () -> Activation.threshold(0.3, -2),
        x -> torch.threshold(x, new Scalar(0.3), new Scalar(-2)));
    both(
        rows,
        "softplus",
        x -> Activations.softplus(x, 2),
        () -> Activation.softplus(2),
        // Without PyTorch's threshold, above which it is x itself.
        x -> torch.softplus(x, new Scalar(2), new Scalar(1e6)));
    both(rows, "geluTanh", Activations::geluTanh, Activation::geluTanh, x -> torch.gelu(x, "tanh"));
    both(rows, "silu", Activations::silu, Activation::silu, torch::silu);
    both(rows, "mish", Activations::mish, Activation::mish, torch::mish);
    both(rows, "hardSwish", Activations::hardSwish, Activation::hardSwish, torch::hardswish);
    both(rows, "logSigmoid", Activations::logSigmoid, Activation::logSigmoid, torch::log_sigmoid);
    both(
        rows,
        "hardSigmoid",
        Activations::hardSigmoid,
        Activation::hardSigmoid,
        // Whose own has the slope 1/6 of float32 in float64 too.
        x -> {
          var line = x.div(new Scalar(6)).add(new Scalar(0.5));
          return torch.hardtanh(line, new Scalar(0), new Scalar(1));
        });
    both(
        rows,
        "hardTanh",
        x -> Activations.hardTanh(x, -0.8, 1.2),
        () -> Activation.hardTanh(-0.8, 1.2),
        x -> torch.hardtanh(x, new Scalar(-0.8), new Scalar(1.2)));
    both(rows, "softsign", Activations::softsign, Activation::softsign, torch::softsign);
    both(
        rows,
        "hardShrink",
        x -> Activations.hardShrink(x, 0.6),
        () -> Activation.hardShrink(0.6),
        x -> torch.hardshrink(x, new Scalar(0.6)));
    both(
        rows,
        "softShrink",
        x -> Activations.softShrink(x, 0.6),
        () -> Activation.softShrink(0.6),
        x -> torch.softshrink(x, new Scalar(0.6)));
    both(rows, "tanhShrink", Activations::tanhShrink, Activation::tanhShrink, torch::tanhshrink);
    both(
        rows,
        "softmin",
        x -> Activations.softmin(x, 1),
        () -> Activation.softmin(1),
        x -> torch.softmin(x, new SoftminFuncOptions(1)));
    both(
        rows,
        "scaledTanh",
        Activations::scaledTanh,
        Activation::scaledTanh,
        x -> x.tanh().div(new Scalar(2)).add(new Scalar(0.5)));
    both(rows, "glu", x -> Activations.glu(x, 1), () -> Activation.glu(1), x -> torch.glu(x, 1));
    both(
        rows,
        "maxout",
        x -> Activations.maxout(x, 2, 1),
        () -> Activation.maxout(2, 1),
        ActivationRows::maxout);
    rows.add(prelu());
    rows.add(preluLayer());
    return rows;
  }

  private static Tensor maxout(Tensor x) {
    long[] sizes = x.shape();
    var split = new long[sizes.length + 1];
    split[0] = sizes[0];
    split[1] = sizes[1] / 2;
    split[2] = 2;
    System.arraycopy(sizes, 2, split, 3, sizes.length - 2);
    return torch.amax(x.reshape(split), new long[] {2}, false);
  }

  /// An even number of channels, for those that halve them.
  private static Input input(Draw d) {
    var shape = d.shape(d.in(2, 4), 9);
    return d.uniform("x", -6, 6, shape.with(1, 2 * d.in(1, 9)));
  }

  private static void both(
      List<Row> rows,
      String name,
      UnaryOperator<fovea.core.tensor.Tensor> ours,
      Supplier<Layer> layer,
      Function<Tensor, Tensor> theirs) {
    boolean composed = List.of("hardSigmoid", "maxout", "scaledTanh").contains(name);
    Function<Draw, Case> function =
        d ->
            Case.of(
                "",
                List.of(input(d)),
                in -> ours.apply(in.getFirst()),
                Torch.of(o -> theirs.apply(o.x())));
    Function<Draw, Case> asLayer =
        d -> Case.of("", d, layer.get(), input(d), Torch.of(o -> theirs.apply(o.x())));
    rows.add(
        composed
            ? composed("Activations." + name, function)
            : libtorch("Activations." + name, function));
    rows.add(
        composed
            ? composed("nn.Activation." + name, asLayer)
            : libtorch("nn.Activation." + name, asLayer));
  }

  private static Row prelu() {
    return libtorch(
        "Activations.prelu",
        d -> {
          var x = input(d);
          int slopes = d.coin() ? 1 : x.shape().size(1);
          return Case.of(
              "",
              List.of(x, d.normal("slopes", slopes)),
              in -> Activations.prelu(in.get(0), in.get(1)),
              Torch.of(o -> torch.prelu(o.get(0), o.get(1))));
        });
  }

  private static Row preluLayer() {
    return libtorch(
        "nn.PReLU",
        d -> {
          var x = input(d);
          int slopes = d.coin() ? 1 : x.shape().size(1);
          var options = new PReLUOptions();
          options.num_parameters().put(slopes);
          var module = new PReLUImpl(options);
          return Case.of("", d, new PReLU(slopes, 0.25), x, Torch.module(module, module::forward));
        });
  }
}
