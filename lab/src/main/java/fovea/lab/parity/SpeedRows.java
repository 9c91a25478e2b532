package fovea.lab.parity;

import fovea.core.array.Shape;
import fovea.core.kernel.Window;
import fovea.core.nn.Embedding;
import fovea.core.nn.LSTM;
import fovea.core.nn.RReLU;
import fovea.core.nn.Recurrent;
import fovea.core.tensor.Activations;
import fovea.core.tensor.Attention;
import fovea.core.tensor.Convolution;
import fovea.core.tensor.Normalization;
import fovea.core.tensor.Pooling;
import fovea.core.tensor.Resampling;
import fovea.core.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.LSTMImpl;
import org.bytedeco.pytorch.LSTMOptions;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/// Operations of sizes as networks have them, to be timed. Operands lie in memory as networks have
/// them, too.
final class SpeedRows {
  private SpeedRows() {}

  /// By name, as the case is drawn.
  static SequencedMap<String, Function<Draw, Case>> all() {
    var rows = new LinkedHashMap<String, Function<Draw, Case>>();
    rows.put("conv2d 3×3", d -> conv(d, 16, 64, 64, 3, 1, 56));
    rows.put("conv2d 3×3, 8 groups", d -> conv(d, 16, 128, 128, 3, 8, 28));
    rows.put("conv2d 3×3, depthwise", d -> conv(d, 16, 128, 128, 3, 128, 56));
    rows.put("conv2d 7×7, depthwise", d -> conv(d, 16, 96, 96, 7, 96, 56));
    rows.put("convTranspose2d 2×2, stride 2", d -> transposed(d, 2, 0));
    rows.put("convTranspose2d 4×4, stride 2, pad 1", d -> transposed(d, 4, 1));
    rows.put("upsampling ×2, nearest", d -> upsampling(d, Resampling.Mode.NEAREST));
    rows.put("upsampling ×2, bilinear", d -> upsampling(d, Resampling.Mode.LINEAR));
    rows.put("batch norm", SpeedRows::batchNorm);
    rows.put("group norm, 8 groups", SpeedRows::groupNorm);
    rows.put("layer norm of 384", SpeedRows::layerNorm);
    rows.put("attention, 6 heads of 64, 197 tokens", SpeedRows::attention);
    rows.put("softmax of 197", SpeedRows::softmax);
    rows.put("gelu", d -> function(d, Tensor::gelu, torch::gelu));
    rows.put("elu", d -> function(d, x -> Activations.elu(x, 1), torch::elu));
    rows.put("selu", d -> function(d, Activations::selu, torch::selu));
    rows.put("softplus", d -> function(d, x -> Activations.softplus(x, 1), torch::softplus));
    rows.put(
        "hard shrink", d -> function(d, x -> Activations.hardShrink(x, 0.5), torch::hardshrink));
    rows.put("rrelu", SpeedRows::rrelu);
    rows.put("l2 pooling 2×2", SpeedRows::lpPool);
    rows.put("adaptive max pooling 56 → 9", SpeedRows::adaptiveMaxPool);
    rows.put("max pooling and unpooling 2×2", SpeedRows::unpool);
    rows.put("median pooling 3×3", SpeedRows::medianPool);
    rows.put("embedding of 1,576 in 10,000 × 384", SpeedRows::embedding);
    rows.put("lstm, 64 steps, batch 32, 128 → 256", SpeedRows::lstm);
    return rows;
  }

  /// An image, channels last in memory as Fovea's layers hand them on. LibTorch is timed both ways.
  private static Input image(Draw d, int... shape) {
    return d.normal("x", shape).laidOut(true);
  }

  /// What lies row-major in any network: parameters, tokens.
  private static Input rows(Draw d, String name, int... shape) {
    return d.normal(name, shape).laidOut(false);
  }

  private static Case conv(Draw d, int batch, int in, int out, int size, int groups, int pixels) {
    int pad = size / 2;
    var window = Window.of(size).pad(pad);
    long[] one = {1, 1};
    return Case.of(
        "",
        List.of(
            image(d, batch, in, pixels, pixels),
            rows(d, "weight", out, in / groups, size, size),
            rows(d, "bias", out)),
        t -> Convolution.conv2d(t.get(0), t.get(1), t.get(2), window, groups),
        Torch.of(
            o ->
                torch.conv2d(
                    o.get(0),
                    o.get(1),
                    new TensorOptional(o.get(2)),
                    one,
                    new long[] {pad, pad},
                    one,
                    groups)));
  }

  private static Case transposed(Draw d, int size, int pad) {
    var window = Window.of(size).stride(2).pad(pad);
    return Case.of(
        "",
        List.of(
            image(d, 8, 128, 32, 32), rows(d, "weight", 128, 64, size, size), rows(d, "bias", 64)),
        t -> Convolution.convTranspose2d(t.get(0), t.get(1), t.get(2), window),
        Torch.of(
            o ->
                torch.conv_transpose2d(
                    o.get(0),
                    o.get(1),
                    new TensorOptional(o.get(2)),
                    new long[] {2, 2},
                    new long[] {pad, pad},
                    new long[] {0, 0},
                    1,
                    1,
                    1)));
  }

  private static Case upsampling(Draw d, Resampling.Mode mode) {
    var none = new DoubleOptional();
    long[] to = {128, 128};
    return Case.of(
        "",
        List.of(image(d, 8, 64, 64, 64)),
        t -> Resampling.resize(t.getFirst(), mode, false, 128, 128),
        Torch.of(
            o ->
                mode == Resampling.Mode.NEAREST
                    ? torch.upsample_nearest2d(o.x(), to, none, none)
                    : torch.upsample_bilinear2d(o.x(), to, false, none, none)));
  }

  private static Case groupNorm(Draw d) {
    return Case.of(
        "",
        List.of(image(d, 16, 64, 56, 56), rows(d, "gamma", 64), rows(d, "beta", 64)),
        t -> Normalization.groupNorm(t.get(0), 8, t.get(1), t.get(2), 1e-5).y(),
        Torch.of(
            o ->
                torch.group_norm(
                    o.get(0),
                    8,
                    new TensorOptional(o.get(1)),
                    new TensorOptional(o.get(2)),
                    1e-5,
                    false)));
  }

  private static Case layerNorm(Draw d) {
    return Case.of(
        "",
        List.of(rows(d, "x", 16, 197, 384), rows(d, "gamma", 384), rows(d, "beta", 384)),
        t -> Normalization.layerNorm(t.get(0), Shape.of(384), t.get(1), t.get(2), 1e-5),
        Torch.of(
            o ->
                torch.layer_norm(
                    o.get(0),
                    new long[] {384},
                    new TensorOptional(o.get(1)),
                    new TensorOptional(o.get(2)),
                    1e-5,
                    false)));
  }

  private static Case attention(Draw d) {
    return Case.of(
        "",
        List.of(
            rows(d, "q", 8, 6, 197, 64), rows(d, "k", 8, 6, 197, 64), rows(d, "v", 8, 6, 197, 64)),
        t -> Attention.scaledDotProduct(t.get(0), t.get(1), t.get(2), null, false),
        Torch.of(
            o ->
                torch.scaled_dot_product_attention(
                    o.get(0),
                    o.get(1),
                    o.get(2),
                    new TensorOptional(),
                    0,
                    false,
                    new DoubleOptional(),
                    false)));
  }

  private static Case batchNorm(Draw d) {
    return Case.of(
        "",
        List.of(image(d, 16, 64, 56, 56), rows(d, "gamma", 64), rows(d, "beta", 64)),
        t -> Normalization.batchNorm(t.get(0), t.get(1), t.get(2), 1e-5).y(),
        Torch.of(
            o ->
                torch.batch_norm(
                    o.get(0),
                    new TensorOptional(o.get(1)),
                    new TensorOptional(o.get(2)),
                    new TensorOptional(),
                    new TensorOptional(),
                    true,
                    0,
                    1e-5,
                    false)));
  }

  private static Case softmax(Draw d) {
    return Case.of(
        "",
        List.of(rows(d, "x", 8, 6, 197, 197)),
        t -> t.getFirst().softmax(3),
        Torch.of(o -> torch.softmax(o.x(), 3)));
  }

  private static Case function(
      Draw d, UnaryOperator<Tensor> ours, UnaryOperator<org.bytedeco.pytorch.Tensor> theirs) {
    return Case.of(
        "",
        List.of(rows(d, "x", 8, 197, 1536)),
        t -> ours.apply(t.getFirst()),
        Torch.of(o -> theirs.apply(o.x())));
  }

  private static Case rrelu(Draw d) {
    var layer = new RReLU();
    return Case.of(
        "",
        List.of(rows(d, "x", 8, 197, 1536)),
        t -> layer.forward(t.getFirst()),
        Torch.of(
            o ->
                torch.rrelu(
                    o.x(),
                    new Scalar(1.0 / 8),
                    new Scalar(1.0 / 3),
                    true,
                    new GeneratorOptional())));
  }

  private static Case lpPool(Draw d) {
    var window = Window.of(2).stride(2);
    long[] two = {2, 2};
    return Case.of(
        "",
        List.of(image(d, 16, 64, 56, 56)),
        t -> Pooling.lpPool(t.getFirst(), 2, window),
        Torch.of(
            o -> {
              var powers = o.x().pow(new Scalar(2));
              var mean =
                  torch.avg_pool2d(powers, two, two, new long[2], false, true, new LongOptional());
              // As its functional form has it.
              return mean.sign().mul(mean.abs().relu()).mul(new Scalar(4)).pow(new Scalar(0.5));
            }));
  }

  private static Case adaptiveMaxPool(Draw d) {
    return Case.of(
        "",
        List.of(image(d, 16, 64, 56, 56)),
        t -> Pooling.adaptiveMaxPool(t.getFirst(), 9, 9),
        Torch.of(o -> torch.adaptive_max_pool2d(o.x(), 9, 9).get0()));
  }

  private static Case unpool(Draw d) {
    var window = Window.of(2).stride(2);
    long[] two = {2, 2};
    return Case.of(
        "",
        List.of(image(d, 16, 64, 56, 56)),
        t -> {
          var found = Pooling.maxPoolWithIndices(t.getFirst(), window);
          return Pooling.maxUnpool(found.y(), found.indices(), 56, 56);
        },
        Torch.of(
            o -> {
              var found = torch.max_pool2d_with_indices(o.x(), two, two, new long[2], one(), false);
              return torch.max_unpool2d(found.get0(), found.get1(), 56, 56);
            }));
  }

  private static long[] one() {
    return new long[] {1, 1};
  }

  private static Case medianPool(Draw d) {
    var window = Window.of(3).stride(2);
    return Case.of(
        "",
        List.of(image(d, 8, 16, 57, 57)),
        t -> Pooling.medianPool(t.getFirst(), window),
        Torch.of(
            o ->
                o.x()
                    .unfold(2, 3, 2)
                    .unfold(3, 3, 2)
                    .reshape(8, 16, 28, 28, 9)
                    .median(4, false)
                    .get0()));
  }

  private static Case embedding(Draw d) {
    return Case.of(
        "",
        d,
        new Embedding(10_000, 384),
        d.index("x", 10_000, Shape.of(8, 197)),
        Torch.of(o -> torch.embedding(o.state("weight"), o.x())));
  }

  private static Case lstm(Draw d) {
    var module = new LSTMImpl(new LSTMOptions(128, 256));
    return Case.of(
        "",
        d,
        new LSTM(128, 256, Recurrent.Options.DEFAULT),
        rows(d, "x", 64, 32, 128),
        Torch.module(module, x -> module.forward(x).get0()));
  }
}
