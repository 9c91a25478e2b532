package fovea.lab.parity;

import fovea.core.array.Shape;
import fovea.core.kernel.Window;
import fovea.core.tensor.Attention;
import fovea.core.tensor.Convolution;
import fovea.core.tensor.Normalization;
import fovea.core.tensor.Resampling;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Function;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/// Operations of sizes as networks have them, to be timed.
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
    rows.put("gelu", d -> gelu(d));
    return rows;
  }

  private static Case conv(Draw d, int batch, int in, int out, int size, int groups, int pixels) {
    int pad = size / 2;
    var window = Window.of(size).pad(pad);
    long[] one = {1, 1};
    return Case.of(
        "",
        List.of(
            d.normal("x", batch, in, pixels, pixels),
            d.normal("weight", out, in / groups, size, size),
            d.normal("bias", out)),
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
            d.normal("x", 8, 128, 32, 32),
            d.normal("weight", 128, 64, size, size),
            d.normal("bias", 64)),
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
        List.of(d.normal("x", 8, 64, 64, 64)),
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
        List.of(d.normal("x", 16, 64, 56, 56), d.normal("gamma", 64), d.normal("beta", 64)),
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
        List.of(d.normal("x", 16, 197, 384), d.normal("gamma", 384), d.normal("beta", 384)),
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
            d.normal("q", 8, 6, 197, 64),
            d.normal("k", 8, 6, 197, 64),
            d.normal("v", 8, 6, 197, 64)),
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
        List.of(d.normal("x", 16, 64, 56, 56), d.normal("gamma", 64), d.normal("beta", 64)),
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
        List.of(d.normal("x", Shape.of(8, 6, 197, 197))),
        t -> t.getFirst().softmax(3),
        Torch.of(o -> torch.softmax(o.x(), 3)));
  }

  private static Case gelu(Draw d) {
    return Case.of(
        "",
        List.of(d.normal("x", 8, 197, 1536)),
        t -> t.getFirst().gelu(),
        Torch.of(o -> torch.gelu(o.x())));
  }
}
