package fovea.lab.parity;

import static fovea.lab.parity.Row.composed;

import fovea.core.nn.Capsules;
import fovea.core.nn.PrimaryCapsules;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/// Capsules, whose formulas LibTorch's operations spell out as the paper has them.
final class CapsuleRows {
  private CapsuleRows() {}

  static List<Row> all() {
    return List.of(squashed(), lengths(), capsules(), primary());
  }

  private static Tensor sumKeep(Tensor x, long axis) {
    return x.sum(new long[] {axis}, true, new ScalarTypeOptional());
  }

  /// Of vectors that are not 0.
  private static Tensor squash(Tensor s) {
    var square = sumKeep(s.mul(s), -1);
    return s.mul(square.div(square.add(new Scalar(1)))).div(square.sqrt());
  }

  private static Row squashed() {
    return composed(
        "Capsules.squash",
        d ->
            Case.of(
                "",
                List.of(d.normal("s", d.shape(3, 6))),
                t -> Capsules.squash(t.getFirst()),
                Torch.of(o -> squash(o.x()))));
  }

  private static Row lengths() {
    return composed(
        "Capsules.lengths",
        d ->
            Case.of(
                "",
                List.of(d.awayFromZero("capsules", d.shape(3, 6))),
                t -> Capsules.lengths(t.getFirst()),
                Torch.of(o -> sumKeep(o.x().square(), -1).sqrt().squeeze(-1))));
  }

  private static Row capsules() {
    return composed(
        "nn.Capsules",
        d -> {
          int below = d.in(1, 6);
          int in = d.in(1, 5);
          int above = d.in(1, 5);
          int out = d.in(2, 5);
          int iterations = d.in(1, 4);
          return Case.of(
              "%d above of %d, routing %d".formatted(above, out, iterations),
              d,
              new Capsules(below, in, above, out, iterations),
              d.awayFromZero("x", fovea.core.array.Shape.of(d.in(1, 4), below, in)),
              Torch.of(o -> routed(o.x(), o.state("weight"), iterations)));
        });
  }

  /// The paper's procedure 1: x [N, I, in], weight [J, I, out, in] → [N, J, out].
  private static Tensor routed(Tensor x, Tensor weight, int iterations) {
    // û [N, J, I, out]
    var predicted = weight.unsqueeze(0).matmul(x.unsqueeze(1).unsqueeze(-1)).squeeze(-1);
    var b = torch.zeros_like(predicted).sum(-1);
    for (int i = 1; ; i++) {
      var c = b.softmax(1).unsqueeze(-1);
      var v = squash(c.mul(predicted).sum(2));
      if (i == iterations) {
        return v;
      }
      b = b.add(predicted.mul(v.unsqueeze(2)).sum(-1));
    }
  }

  private static Row primary() {
    return composed(
        "nn.PrimaryCapsules",
        d -> {
          var s = SpatialRows.Sliding.of(d, 1);
          int in = d.in(1, 5);
          int types = d.in(1, 4);
          int size = d.in(2, 5);
          return Case.of(
              "%d types of %d, %s".formatted(types, size, s.window()),
              d,
              new PrimaryCapsules(in, types, size, s.window()),
              d.normal("x", s.images(d, in)),
              Torch.of(
                  o -> {
                    var y =
                        torch.conv2d(
                            o.x(),
                            o.state("conv.weight"),
                            new TensorOptional(o.state("conv.bias")),
                            s.stride(),
                            s.pad(),
                            s.dilation(),
                            1);
                    long n = y.size(0);
                    // [N, types, size, pixels] → [N, types, pixels, size]
                    var vectors = y.reshape(n, types, size, -1).transpose(2, 3);
                    return squash(vectors).reshape(n, -1, size);
                  }));
        });
  }
}
