package fovea.lab.parity;

import static fovea.lab.parity.Row.composed;
import static fovea.lab.parity.Row.libtorch;

import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.loss.Adversarial;
import fovea.core.loss.BinaryCrossEntropy;
import fovea.core.loss.CosineEmbedding;
import fovea.core.loss.CrossEntropy;
import fovea.core.loss.Dice;
import fovea.core.loss.Elbo;
import fovea.core.loss.Focal;
import fovea.core.loss.Hinge;
import fovea.core.loss.Huber;
import fovea.core.loss.Jaccard;
import fovea.core.loss.KullbackLeibler;
import fovea.core.loss.Loss;
import fovea.core.loss.MarginLoss;
import fovea.core.loss.MeanAbsoluteError;
import fovea.core.loss.MeanSquaredError;
import fovea.core.loss.MulticlassHinge;
import fovea.core.loss.MultilabelMargin;
import fovea.core.loss.NegativeLogLikelihood;
import fovea.core.loss.NtXent;
import fovea.core.loss.PNorm;
import fovea.core.loss.Perceptual;
import fovea.core.loss.Reduction;
import fovea.core.loss.TaskWeights;
import fovea.core.loss.TotalVariation;
import fovea.core.loss.Triplet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// Losses.
final class LossRows {
  private LossRows() {}

  static List<Row> all() {
    var rows = new ArrayList<Row>();
    rows.addAll(regression());
    rows.addAll(classification());
    rows.addAll(overlaps());
    rows.addAll(ofPairs());
    rows.addAll(generative());
    return rows;
  }

  /// PyTorch's number of a reduction.
  private static long number(Reduction r) {
    return switch (r) {
      case NONE -> 0;
      case MEAN -> 1;
      case SUM -> 2;
    };
  }

  private static Tensor reduce(Tensor x, Reduction r) {
    return switch (r) {
      case NONE -> x;
      case MEAN -> x.mean();
      case SUM -> x.sum();
    };
  }

  private static Reduction reduction(Draw d) {
    return d.of(Reduction.values());
  }

  private static Scalar number(double value) {
    return new Scalar(value);
  }

  /// At least 0.
  private static Tensor positive(Tensor x) {
    return x.relu();
  }

  private static Case of(
      Object options,
      Loss loss,
      Input prediction,
      Input target,
      Function<Torch.Operands, Tensor> theirs) {
    return Case.of(
        options.toString(),
        List.of(prediction, target),
        t -> loss.of(t.get(0), t.get(1)),
        Torch.of(theirs));
  }

  // ---- regression

  private interface Theirs {
    Tensor of(Tensor prediction, Tensor target, Reduction r);
  }

  private static Row elementwise(
      String name, boolean composed, Function<Reduction, Loss> ours, Theirs theirs) {
    Function<Draw, Case> draw =
        d -> {
          var r = reduction(d);
          var shape = d.shape(d.in(1, 4), 7);
          return of(
              r,
              ours.apply(r),
              d.normal("prediction", shape),
              d.normal("target", shape).constant(),
              o -> theirs.of(o.get(0), o.get(1), r));
        };
    return composed ? composed(name, draw) : libtorch(name, draw);
  }

  private static List<Row> regression() {
    var rows = new ArrayList<Row>();
    rows.add(
        elementwise(
            "loss.MeanSquaredError",
            false,
            MeanSquaredError::new,
            (p, t, r) -> torch.mse_loss(p, t, number(r))));
    rows.add(
        elementwise(
            "loss.MeanAbsoluteError",
            false,
            MeanAbsoluteError::new,
            (p, t, r) -> torch.l1_loss(p, t, number(r))));
    rows.add(
        elementwise(
            "loss.Huber",
            false,
            r -> new Huber().delta(0.7).reduction(r),
            (p, t, r) -> torch.huber_loss(p, t, number(r), 0.7)));
    rows.add(
        elementwise(
            "loss.Huber: smooth L1",
            false,
            r -> Huber.smoothL1(0.7).reduction(r),
            (p, t, r) -> torch.smooth_l1_loss(p, t, number(r), 0.7)));
    for (double p : new double[] {1, 1.5, 2, 3, Double.POSITIVE_INFINITY}) {
      rows.add(
          composed(
              "loss.PNorm: p " + p,
              d -> {
                var r = reduction(d);
                var shape = d.shape(d.in(2, 4), 7);
                return of(
                    r,
                    new PNorm(p).reduction(r),
                    d.normal("prediction", shape),
                    d.normal("target", shape).constant(),
                    o -> reduce(norm(o.get(0).sub(o.get(1)).flatten(1, -1), p), r));
              }));
    }
    rows.add(
        composed(
            "loss.TotalVariation",
            d -> {
              var r = reduction(d);
              int power = d.in(1, 2);
              return Case.of(
                  "power %d, %s".formatted(power, r),
                  List.of(d.normal("images", d.in(1, 3), d.in(1, 4), d.in(2, 7), d.in(2, 7))),
                  t -> new TotalVariation(power, r).of(t.getFirst()),
                  Torch.of(o -> reduce(steps(o.x(), 2, power).add(steps(o.x(), 3, power)), r)));
            }));
    return rows;
  }

  private static Tensor norm(Tensor rows, double p) {
    return torch.norm(rows, new ScalarOptional(number(p)), 1);
  }

  private static Tensor steps(Tensor x, long axis, int power) {
    long size = x.shape()[(int) axis];
    var step = x.narrow(axis, 1, size - 1).sub(x.narrow(axis, 0, size - 1));
    return step.abs().pow(number(power)).sum(1, 2, 3);
  }

  // ---- classification

  private static List<Double> weights(Draw d, int classes) {
    return DoubleStream.generate(() -> d.uniform(0.2, 2)).limit(classes).boxed().toList();
  }

  private static TensorOptional tensor(List<Double> weights, Tensor like) {
    var values = weights.stream().mapToDouble(w -> w).toArray();
    return new TensorOptional(Tensor.create(values).to(like.scalar_type()));
  }

  private static List<Row> classification() {
    var rows = new ArrayList<Row>();
    rows.add(
        composed(
            "loss.MarginLoss",
            d -> {
              var loss =
                  d.coin()
                      ? new MarginLoss()
                      : new MarginLoss(d.uniform(0.6, 1), d.uniform(0, 0.4), d.uniform(0.1, 1));
              int classes = d.in(1, 7);
              var n = d.shape(1, 6);
              return of(
                  loss,
                  loss,
                  d.uniform("lengths", 0, 1, Shape.of(n.size(0), classes)),
                  d.index("target", classes, n),
                  o -> {
                    var there = torch.one_hot(o.get(1), classes).eq(number(1));
                    var tooShort = positive(o.get(0).neg().add(number(loss.high())));
                    var tooLong = positive(o.get(0).sub(number(loss.low())));
                    var absent = tooLong.square().mul(number(loss.down()));
                    return torch.where(there, tooShort.square(), absent).sum(1).mean();
                  });
            }));
    rows.add(crossEntropy("loss.CrossEntropy", false));
    rows.add(crossEntropy("loss.CrossEntropy: pixels", true));
    rows.add(
        weighted(
            "loss.CrossEntropy: weights",
            (w, r) -> new CrossEntropy().weights(w).reduction(r),
            (x, y, w, r) -> torch.cross_entropy_loss(x, y, tensor(w, x), number(r), -100, 0)));
    rows.add(
        weighted(
            "loss.NegativeLogLikelihood",
            (w, r) -> new NegativeLogLikelihood().weights(w).reduction(r),
            (x, y, w, r) -> torch.nll_loss(x, y, tensor(w, x), number(r), -100)));
    rows.add(
        libtorch(
            "loss.CrossEntropy: probabilities",
            d -> {
              var shape = Shape.of(d.in(1, 9), d.in(2, 9));
              var r = reduction(d);
              double smoothing = d.of(0.0, 0.2);
              return of(
                  "smoothing %s, %s".formatted(smoothing, r),
                  new CrossEntropy().smoothing(smoothing).reduction(r),
                  d.uniform("prediction", -5, 5, shape),
                  distribution(d, "target", shape),
                  o ->
                      torch.cross_entropy_loss(
                          o.get(0), o.get(1), new TensorOptional(), number(r), -100, smoothing));
            }));
    rows.add(
        libtorch(
            "loss.BinaryCrossEntropy",
            d -> {
              var r = reduction(d);
              double positive = d.of(1.0, 2.5);
              double smoothing = d.of(0.0, 0.1);
              var shape = d.shape(d.in(1, 4), 7);
              return of(
                  "positive %s, smoothing %s, %s".formatted(positive, smoothing, r),
                  new BinaryCrossEntropy(positive, smoothing, r),
                  d.uniform("prediction", -9, 9, shape),
                  d.uniform("target", 0, 1, shape).constant(),
                  o ->
                      torch.binary_cross_entropy_with_logits(
                          o.get(0),
                          o.get(1).mul(number(1 - smoothing)).add(number(smoothing / 2)),
                          new TensorOptional(),
                          tensor(List.of(positive), o.get(0)),
                          number(r)));
            }));
    rows.add(
        libtorch(
            "loss.KullbackLeibler",
            d -> {
              var r = reduction(d);
              var shape = Shape.of(d.in(1, 9), d.in(2, 9));
              return of(
                  r,
                  new KullbackLeibler(r),
                  d.normal("prediction", shape),
                  distribution(d, "target", shape),
                  o -> {
                    boolean mean = r == Reduction.MEAN;
                    var y = torch.kl_div(o.get(0), o.get(1), mean ? 2 : number(r), false);
                    return mean ? y.div(number(shape.size(0))) : y;
                  });
            }));
    rows.add(
        composed(
            "loss.Focal",
            d -> {
              var r = reduction(d);
              double gamma = d.of(0.0, 2.0, 3.5);
              var shape = d.shape(d.in(1, 4), 7);
              return of(
                  "gamma %s, %s".formatted(gamma, r),
                  new Focal(gamma, 0.25, r),
                  d.uniform("prediction", -5, 5, shape),
                  truth(d, shape),
                  o -> reduce(focal(o.get(0), o.get(1), gamma), r));
            }));
    rows.add(
        composed(
            "loss.Hinge",
            d -> {
              var r = reduction(d);
              boolean squared = d.coin();
              var shape = d.shape(d.in(1, 3), 9);
              return of(
                  "squared %s, %s".formatted(squared, r),
                  new Hinge(0.8, squared, r),
                  d.normal("prediction", shape),
                  new Input(
                      "target",
                      shape,
                      d.values(shape, () -> d.coin() ? 1 : -1),
                      Input.Role.CONSTANT),
                  o -> {
                    var over = positive(o.get(0).mul(o.get(1)).neg().add(number(0.8)));
                    return reduce(squared ? over.mul(over) : over, r);
                  });
            }));
    rows.add(
        libtorch(
            "loss.MulticlassHinge",
            d -> {
              var r = reduction(d);
              boolean squared = d.coin();
              int classes = d.in(2, 9);
              int n = d.in(1, 9);
              return of(
                  "squared %s, %s".formatted(squared, r),
                  new MulticlassHinge(0.8, squared, true, r),
                  d.normal("prediction", n, classes),
                  d.index("target", classes, Shape.of(n)),
                  o ->
                      torch.multi_margin_loss(
                          o.get(0),
                          o.get(1),
                          new Scalar(squared ? 2 : 1),
                          number(0.8),
                          new TensorOptional(),
                          number(r)));
            }));
    rows.add(
        composed(
            "loss.MultilabelMargin",
            d -> {
              var r = reduction(d);
              int classes = d.in(2, 7);
              var shape = Shape.of(d.in(1, 6), classes);
              return of(
                  r,
                  new MultilabelMargin(r),
                  d.normal("prediction", shape),
                  truth(d, shape),
                  o -> {
                    var x = o.get(0);
                    var t = o.get(1);
                    var over =
                        positive(x.unsqueeze(1).sub(x.unsqueeze(2)).add(number(1)))
                            .mul(t.unsqueeze(2))
                            .mul(t.neg().add(number(1)).unsqueeze(1));
                    return reduce(over.sum(1, 2).div(number(classes)), r);
                  });
            }));
    return rows;
  }

  /// 0 or 1.
  private static Input truth(Draw d, Shape shape) {
    return new Input("target", shape, d.values(shape, () -> d.in(0, 1)), Input.Role.CONSTANT);
  }

  /// Rows that sum to 1, some with zeros.
  private static Input distribution(Draw d, String name, Shape shape) {
    var values = d.values(shape, () -> d.in(0, 3) == 0 ? 0 : d.uniform(0.1, 1));
    int columns = shape.size(1);
    for (int row = 0; row < shape.size(0); row++) {
      values[row * columns] = 0.5;
      double sum = Arrays.stream(values, row * columns, (row + 1) * columns).sum();
      for (int i = row * columns; i < (row + 1) * columns; i++) {
        values[i] = (float) (values[i] / sum);
      }
    }
    return new Input(name, shape, values, Input.Role.CONSTANT);
  }

  private static Tensor focal(Tensor x, Tensor t, double gamma) {
    var entropy =
        torch.binary_cross_entropy_with_logits(x, t, new TensorOptional(), new TensorOptional(), 0);
    var p = x.sigmoid();
    var one = number(1);
    var wrong = p.mul(t).add(p.neg().add(one).mul(t.neg().add(one))).neg().add(one);
    var alpha = t.mul(number(0.25)).add(t.neg().add(one).mul(number(0.75)));
    return entropy.mul(wrong.pow(number(gamma))).mul(alpha);
  }

  private interface WeightedLoss {
    Loss of(List<Double> weights, Reduction r);
  }

  private interface TheirWeighted {
    Tensor of(Tensor x, Tensor y, List<Double> weights, Reduction r);
  }

  private static Row weighted(String name, WeightedLoss ours, TheirWeighted theirs) {
    return libtorch(
        name,
        d -> {
          var r = reduction(d);
          int classes = d.in(2, 9);
          int n = d.in(1, 20);
          var w = weights(d, classes);
          return of(
              w + ", " + r,
              ours.of(w, r),
              d.uniform("prediction", -9, 9, Shape.of(n, classes)),
              d.index("target", classes, Shape.of(n)),
              o -> theirs.of(o.get(0), o.get(1), w, r));
        });
  }

  private static Row crossEntropy(String name, boolean pixels) {
    return libtorch(
        name,
        d -> {
          int classes = d.in(2, 12);
          var labels = pixels ? d.shape(3, 6) : d.shape(1, 20);
          double smoothing = d.of(0.0, 0.1, 0.4);
          var target = d.index("target", classes, labels);
          // Some label that is sure to leave something over.
          int some = (int) target.values()[0];
          boolean ignoring = d.coin() && Arrays.stream(target.values()).anyMatch(v -> v != some);
          int ignored = ignoring ? some : -100;
          return of(
              "smoothing %s, ignored %d".formatted(smoothing, ignored),
              new CrossEntropy().smoothing(smoothing).ignoring(ignored),
              d.uniform("prediction", -9, 9, labels.insert(1, classes)),
              target,
              o ->
                  torch.cross_entropy_loss(
                      o.get(0), o.get(1), new TensorOptional(), 1, ignored, smoothing));
        });
  }

  // ---- overlaps

  private static List<Row> overlaps() {
    return List.of(
        overlap(
            "loss.Dice",
            r -> new Dice(0.5, r),
            (both, all) -> both.mul(number(2)).add(number(0.5)).div(all.add(number(0.5)))),
        overlap(
            "loss.Jaccard",
            r -> new Jaccard(0.5, r),
            (both, all) -> both.add(number(0.5)).div(all.sub(both).add(number(0.5)))));
  }

  private interface Ratio {
    Tensor of(Tensor both, Tensor all);
  }

  private static Row overlap(String name, Function<Reduction, Loss> ours, Ratio ratio) {
    return composed(
        name,
        d -> {
          var r = reduction(d);
          var shape = d.shape(4, 6);
          return of(
              r,
              ours.apply(r),
              d.normal("prediction", shape),
              truth(d, shape),
              o -> {
                var p = o.get(0).sigmoid();
                long[] axes = {0, 2, 3};
                var both = p.mul(o.get(1)).sum(axes);
                var all = p.sum(axes).add(o.get(1).sum(axes));
                return reduce(ratio.of(both, all).neg().add(number(1)), r);
              });
        });
  }

  // ---- of pairs and triplets

  private static List<Row> ofPairs() {
    var rows = new ArrayList<Row>();
    rows.add(
        libtorch(
            "loss.CosineEmbedding",
            d -> {
              var r = reduction(d);
              var shape = Shape.of(d.in(1, 9), d.in(2, 9));
              var together =
                  new Input(
                      "together",
                      Shape.of(shape.size(0)),
                      d.values(Shape.of(shape.size(0)), () -> d.coin() ? 1 : -1),
                      Input.Role.CONSTANT);
              return Case.of(
                  r.toString(),
                  List.of(d.normal("a", shape), d.normal("b", shape), together),
                  t -> new CosineEmbedding(0.2, r).of(t.get(0), t.get(1), t.get(2)),
                  Torch.of(
                      o ->
                          torch.cosine_embedding_loss(
                              o.get(0), o.get(1), o.get(2), 0.2, number(r))));
            }));
    rows.add(
        libtorch(
            "loss.Triplet",
            d -> {
              var r = reduction(d);
              boolean swap = d.coin();
              var shape = Shape.of(d.in(1, 9), d.in(2, 9));
              return Case.of(
                  "swap %s, %s".formatted(swap, r),
                  List.of(
                      d.normal("anchor", shape),
                      d.normal("positive", shape),
                      d.normal("negative", shape)),
                  t -> new Triplet(1, 2, swap, r).of(t.get(0), t.get(1), t.get(2)),
                  Torch.of(
                      o ->
                          torch.triplet_margin_loss(
                              o.get(0), o.get(1), o.get(2), 1, 2, 1e-6, swap, number(r))));
            }));
    rows.add(
        composed(
            "loss.NtXent",
            d -> {
              var r = reduction(d);
              var shape = Shape.of(d.in(2, 9), d.in(2, 9));
              return Case.of(
                  r.toString(),
                  List.of(d.normal("view", shape), d.normal("other", shape)),
                  t -> new NtXent(0.5, r).of(t.get(0), t.get(1)),
                  Torch.of(o -> contrastive(o.get(0), o.get(1), r)));
            }));
    return rows;
  }

  private static Tensor contrastive(Tensor a, Tensor b, Reduction r) {
    long n = a.shape()[0];
    var all = torch.cat(new TensorVector(a, b), 0);
    var unit = all.div(norm(all, 2).unsqueeze(1));
    var likeness = torch.matmul(unit, unit.t()).div(number(0.5));
    var self = torch.eye(2 * n).to(likeness.scalar_type());
    var others = likeness.sub(self.mul(number(1e9)));
    var partner = new long[(int) (2 * n)];
    Arrays.setAll(partner, i -> (i + n) % (2 * n));
    return torch.cross_entropy_loss(
        others, Tensor.create(partner), new TensorOptional(), number(r), -100, 0);
  }

  // ---- of models that generate, and sums

  private static List<Row> generative() {
    var rows = new ArrayList<Row>();
    rows.add(
        composed(
            "loss.Elbo",
            d -> {
              int n = d.in(1, 6);
              int pixels = d.in(1, 9);
              var code = Shape.of(n, d.in(1, 6));
              return Case.of(
                  "",
                  List.of(
                      d.normal("prediction", n, pixels),
                      d.uniform("target", 0, 1, Shape.of(n, pixels)).constant(),
                      d.normal("mean", code),
                      d.normal("logVariance", code)),
                  t -> new Elbo().beta(1.7).of(t.get(0), t.get(1), t.get(2), t.get(3)),
                  Torch.of(
                      o ->
                          torch
                              .binary_cross_entropy_with_logits(
                                  o.get(0), o.get(1), new TensorOptional(), new TensorOptional(), 2)
                              .add(divergence(o.get(2), o.get(3)).sum().mul(number(1.7)))
                              .div(number(n))));
            }));
    rows.add(
        composed(
            "Elbo.divergence",
            d -> {
              var code = Shape.of(d.in(1, 6), d.in(1, 6));
              return Case.of(
                  "",
                  List.of(d.normal("mean", code), d.normal("logVariance", code)),
                  t -> Elbo.divergence(t.get(0), t.get(1)),
                  Torch.of(o -> divergence(o.get(0), o.get(1))));
            }));
    for (var kind : Adversarial.values()) {
      rows.add(
          composed(
              "loss.Adversarial: discriminator, " + kind,
              d ->
                  Case.of(
                      "",
                      List.of(d.normal("real", d.in(1, 9)), d.normal("fake", d.in(1, 9))),
                      t -> kind.discriminator(t.get(0), t.get(1)),
                      Torch.of(o -> discriminator(kind, o.get(0), o.get(1))))));
      rows.add(
          composed(
              "loss.Adversarial: generator, " + kind,
              d ->
                  Case.of(
                      "",
                      List.of(d.normal("fake", d.in(1, 9))),
                      t -> kind.generator(t.getFirst()),
                      Torch.of(o -> generator(kind, o.x())))));
    }
    rows.add(gradientPenalty());
    rows.add(
        composed(
            "Perceptual.gram",
            d ->
                Case.of(
                    "",
                    List.of(d.normal("features", d.shape(4, 6))),
                    t -> Perceptual.gram(t.getFirst()),
                    Torch.of(o -> gram(o.x())))));
    rows.add(
        composed(
            "loss.Perceptual",
            d -> {
              var shape = d.shape(4, 6);
              return of(
                  "",
                  new Perceptual(
                      x -> List.of(x.tanh(), x.mul(x)), List.of(0.5, 1.0), List.of(2.0, 0.0)),
                  d.normal("prediction", shape),
                  d.normal("target", shape).constant(),
                  o -> {
                    var x = o.get(0);
                    var y = o.get(1);
                    return torch
                        .mse_loss(x.tanh(), y.tanh(), 1)
                        .mul(number(0.5))
                        .add(torch.mse_loss(x.mul(x), y.mul(y), 1))
                        .add(torch.mse_loss(gram(x.tanh()), gram(y.tanh()), 1).mul(number(2)));
                  });
            }));
    rows.add(
        composed(
            "loss.TaskWeights",
            d -> {
              int tasks = d.in(1, 5);
              return Case.of(
                  "learned",
                  d,
                  TaskWeights.learned(tasks),
                  d.uniform("losses", 0.1, 3, Shape.of(tasks)),
                  Torch.of(
                      o -> {
                        var s = o.state("log_vars");
                        return s.neg().exp().mul(o.x()).add(s.mul(number(0.5))).sum();
                      }));
            }));
    return rows;
  }

  private static Tensor divergence(Tensor mean, Tensor logVariance) {
    return logVariance
        .add(number(1))
        .sub(mean.mul(mean))
        .sub(logVariance.exp())
        .sum(1)
        .mul(number(-0.5));
  }

  private static Tensor softplus(Tensor x) {
    return torch.softplus(x, number(1), number(1e6));
  }

  private static Tensor discriminator(Adversarial kind, Tensor real, Tensor fake) {
    return switch (kind) {
      case MINIMAX, NON_SATURATING -> softplus(real.neg()).mean().add(softplus(fake).mean());
      case LEAST_SQUARES ->
          real.sub(number(1)).pow(number(2)).mean().add(fake.pow(number(2)).mean()).div(number(2));
      case WASSERSTEIN -> fake.mean().sub(real.mean());
    };
  }

  private static Tensor generator(Adversarial kind, Tensor fake) {
    return switch (kind) {
      case MINIMAX -> fake.sigmoid().neg().add(number(1)).log().mean();
      case NON_SATURATING -> softplus(fake.neg()).mean();
      case LEAST_SQUARES -> fake.sub(number(1)).pow(number(2)).mean().div(number(2));
      case WASSERSTEIN -> fake.mean().neg();
    };
  }

  /// Of a critic tanh(x·w)·v, whose slope is known; real and fake alike, so that what lies between
  /// them does.
  private static Row gradientPenalty() {
    return composed(
        "Adversarial.gradientPenalty",
        d -> {
          int n = d.in(1, 5);
          int in = d.in(2, 6);
          int hidden = d.in(1, 5);
          var samples = d.normal("samples", n, in).constant();
          return Case.of(
              "",
              List.of(samples, d.normal("w", in, hidden), d.normal("v", hidden, 1)),
              t ->
                  Adversarial.gradientPenalty(
                      x -> x.matmul(t.get(1)).tanh().matmul(t.get(2)),
                      t.get(0),
                      t.get(0),
                      Rng.of(1)),
              Torch.of(
                  o -> {
                    var w = o.get(1);
                    var h = torch.matmul(o.get(0), w).tanh();
                    var inner = h.mul(h).neg().add(number(1)).mul(o.get(2).t());
                    var slope = torch.matmul(inner, w.t());
                    return norm(slope, 2).sub(number(1)).pow(number(2)).mean();
                  }));
        });
  }

  private static Tensor gram(Tensor x) {
    long[] s = x.shape();
    var rows = x.reshape(s[0], s[1], s[2] * s[3]);
    return torch.matmul(rows, rows.transpose(1, 2)).div(number((double) s[1] * s[2] * s[3]));
  }
}
