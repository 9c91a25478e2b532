package fovea.lab.parity;

import static fovea.lab.parity.Row.libtorch;

import fovea.core.array.Shape;
import fovea.core.nn.BatchNorm;
import fovea.core.nn.BatchNorm1d;
import fovea.core.nn.BatchNorm3d;
import fovea.core.nn.GroupNorm;
import fovea.core.nn.InstanceNorm;
import fovea.core.nn.InstanceNorm1d;
import fovea.core.nn.InstanceNorm2d;
import fovea.core.nn.InstanceNorm3d;
import fovea.core.nn.Layer;
import fovea.core.nn.LayerNorm;
import fovea.core.nn.LocalResponseNorm;
import fovea.core.nn.RMSNorm;
import fovea.core.tensor.Normalization;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.pytorch.BatchNorm1dImpl;
import org.bytedeco.pytorch.BatchNorm3dImpl;
import org.bytedeco.pytorch.BatchNormOptions;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.GroupNormImpl;
import org.bytedeco.pytorch.GroupNormOptions;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LayerNormOptions;
import org.bytedeco.pytorch.LocalResponseNormOptions;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/// Normalisation by statistics of parts of an image, and batch norm of sequences and volumes.
final class NormRows {
  private NormRows() {}

  static List<Row> all() {
    var rows = new ArrayList<Row>();
    rows.add(groupNorm());
    rows.add(instanceNorm());
    rows.add(layerNorm());
    rows.add(rmsNorm());
    rows.add(localResponseNorm());
    rows.add(groupNormLayer());
    rows.add(layerNormLayer());
    rows.add(rmsNormLayer());
    rows.add(localResponseNormLayer());
    rows.add(instanceNormLayer("nn.InstanceNorm1d", 1, InstanceNorm1d::new));
    rows.add(instanceNormLayer("nn.InstanceNorm2d", 2, InstanceNorm2d::new));
    rows.add(instanceNormLayer("nn.InstanceNorm3d", 3, InstanceNorm3d::new));
    rows.add(batchNorm1d());
    rows.add(batchNorm3d());
    return rows;
  }

  /// `[N, C, …]` with so many axes after the second, and more than one value a channel.
  private static Shape images(Draw d, int channels, int axes) {
    var shape = Shape.of(d.in(2, 4), channels);
    for (int i = 0; i < axes; i++) {
      shape = shape.insert(2 + i, d.in(2, axes == 3 ? 4 : 9));
    }
    return shape;
  }

  private static TensorOptional some(Tensor t) {
    return new TensorOptional(t);
  }

  private static Row groupNorm() {
    return libtorch(
        "Normalization.groupNorm",
        d -> {
          int groups = d.in(1, 4);
          int channels = groups * d.in(1, 5);
          double eps = d.of(1e-5, 1e-3);
          return Case.of(
              "groups " + groups,
              List.of(
                  d.normal("x", images(d, channels, d.in(1, 3))),
                  d.normal("gamma", channels),
                  d.normal("beta", channels)),
              t -> Normalization.groupNorm(t.get(0), groups, t.get(1), t.get(2), eps).y(),
              Torch.of(
                  o ->
                      torch.group_norm(
                          o.get(0), groups, some(o.get(1)), some(o.get(2)), eps, false)));
        });
  }

  private static Row instanceNorm() {
    return libtorch(
        "Normalization.instanceNorm",
        d -> {
          int channels = d.in(1, 9);
          double eps = d.of(1e-5, 1e-3);
          return Case.of(
              "",
              List.of(
                  d.normal("x", images(d, channels, d.in(1, 3))),
                  d.normal("gamma", channels),
                  d.normal("beta", channels)),
              t -> Normalization.instanceNorm(t.get(0), t.get(1), t.get(2), eps).y(),
              Torch.of(o -> instanceNorm(o.get(0), some(o.get(1)), some(o.get(2)), eps)));
        });
  }

  private static Tensor instanceNorm(
      Tensor x, TensorOptional gamma, TensorOptional beta, double eps) {
    var none = new TensorOptional();
    return torch.instance_norm(x, gamma, beta, none, none, true, 0.1, eps, false);
  }

  /// The last axes of a shape.
  private static Shape last(Draw d, Shape shape) {
    int axes = d.in(1, 2);
    return Shape.of(Arrays.copyOfRange(shape.sizes(), shape.rank() - axes, shape.rank()));
  }

  private static long[] longs(Shape shape) {
    return Arrays.stream(shape.sizes()).asLongStream().toArray();
  }

  private static Row layerNorm() {
    return libtorch(
        "Normalization.layerNorm",
        d -> {
          var x = images(d, d.in(1, 20), d.in(1, 2));
          var sizes = last(d, x);
          return Case.of(
              "over " + sizes,
              List.of(d.normal("x", x), d.normal("gamma", sizes), d.normal("beta", sizes)),
              t -> Normalization.layerNorm(t.get(0), sizes, t.get(1), t.get(2), 1e-5),
              Torch.of(
                  o ->
                      torch.layer_norm(
                          o.get(0), longs(sizes), some(o.get(1)), some(o.get(2)), 1e-5, false)));
        });
  }

  private static Row rmsNorm() {
    return libtorch(
        "Normalization.rmsNorm",
        d -> {
          var x = images(d, d.in(1, 20), d.in(1, 2));
          var sizes = last(d, x);
          return Case.of(
              "over " + sizes,
              List.of(d.normal("x", x), d.normal("gamma", sizes)),
              t -> Normalization.rmsNorm(t.get(0), sizes, t.get(1), 1e-5),
              Torch.of(o -> rmsNorm(o.get(0), sizes, o.get(1))));
        });
  }

  private static Tensor rmsNorm(Tensor x, Shape sizes, Tensor gamma) {
    return torch.rms_norm(x, longs(sizes), some(gamma), new DoubleOptional(1e-5));
  }

  private static Row localResponseNorm() {
    return libtorch(
        "Normalization.localResponseNorm",
        d -> {
          int size = d.in(1, 6);
          double alpha = d.of(1e-4, 0.5);
          return Case.of(
              "size %d, alpha %s".formatted(size, alpha),
              List.of(d.normal("x", images(d, d.in(1, 9), 2))),
              t -> Normalization.localResponseNorm(t.getFirst(), size, alpha, 0.75, 2),
              Torch.of(o -> localResponseNorm(o.x(), size, alpha)));
        });
  }

  private static Tensor localResponseNorm(Tensor x, int size, double alpha) {
    var options = new LocalResponseNormOptions(size);
    options.alpha().put(alpha);
    options.beta().put(0.75);
    options.k().put(2);
    return torch.local_response_norm(x, options);
  }

  // ---- layers

  private static Row groupNormLayer() {
    return libtorch(
        "nn.GroupNorm",
        d -> {
          int groups = d.in(1, 4);
          int channels = groups * d.in(1, 5);
          boolean affine = d.coin();
          var options = new GroupNormOptions(groups, channels);
          options.affine().put(affine);
          var module = new GroupNormImpl(options);
          return Case.of(
              "groups %d, affine %s".formatted(groups, affine),
              d,
              new GroupNorm(groups, channels, 1e-5, affine),
              d.normal("x", images(d, channels, d.in(1, 3))),
              Torch.module(module, module::forward));
        });
  }

  private static Row layerNormLayer() {
    return libtorch(
        "nn.LayerNorm",
        d -> {
          var x = images(d, d.in(1, 20), d.in(1, 2));
          var sizes = last(d, x);
          var module = new LayerNormImpl(new LayerNormOptions(new LongVector(longs(sizes))));
          return Case.of(
              "over " + sizes,
              d,
              new LayerNorm(sizes, 1e-5, true, true),
              d.normal("x", x),
              Torch.module(module, module::forward));
        });
  }

  private static Row rmsNormLayer() {
    return libtorch(
        "nn.RMSNorm",
        d -> {
          var x = images(d, d.in(1, 20), d.in(1, 2));
          var sizes = last(d, x);
          return Case.of(
              "over " + sizes,
              d,
              new RMSNorm(sizes, 1e-5, true),
              d.normal("x", x),
              Torch.of(o -> rmsNorm(o.x(), sizes, o.state("weight"))));
        });
  }

  private static Row localResponseNormLayer() {
    return libtorch(
        "nn.LocalResponseNorm",
        d -> {
          int size = d.in(1, 6);
          return Case.of(
              "size " + size,
              d,
              new LocalResponseNorm(size, 0.3, 0.75, 2),
              d.normal("x", images(d, d.in(1, 9), 2)),
              Torch.of(o -> localResponseNorm(o.x(), size, 0.3)));
        });
  }

  private interface Built {
    Layer of(int channels, InstanceNorm.Options options);
  }

  private static Row instanceNormLayer(String name, int axes, Built built) {
    return libtorch(
        name,
        d -> {
          int channels = d.in(1, 9);
          return Case.of(
              "",
              d,
              built.of(channels, InstanceNorm.Options.DEFAULT.withAffine()),
              d.normal("x", images(d, channels, axes)),
              Torch.of(
                  o -> instanceNorm(o.x(), some(o.state("weight")), some(o.state("bias")), 1e-5)));
        });
  }

  private static Row batchNorm1d() {
    return batchNorm(
        "nn.BatchNorm1d",
        d -> {
          int channels = d.in(1, 9);
          var options = new BatchNormOptions(channels);
          options.eps().put(1e-3);
          var module = new BatchNorm1dImpl(options);
          return Case.of(
              "",
              d,
              new BatchNorm1d(channels, BatchNorm.Options.DEFAULT.eps(1e-3)),
              d.normal("x", images(d, channels, d.in(0, 1))),
              Torch.module(module, module::forward));
        });
  }

  private static Row batchNorm3d() {
    return batchNorm(
        "nn.BatchNorm3d",
        d -> {
          int channels = d.in(1, 9);
          var options = new BatchNormOptions(channels);
          options.eps().put(1e-3);
          var module = new BatchNorm3dImpl(options);
          return Case.of(
              "",
              d,
              new BatchNorm3d(channels, BatchNorm.Options.DEFAULT.eps(1e-3)),
              d.normal("x", images(d, channels, 3)),
              Torch.module(module, module::forward));
        });
  }

  private static Row batchNorm(String name, Function<Draw, Case> draw) {
    return libtorch(
        name,
        d -> {
          boolean training = d.coin();
          var c = draw.apply(d);
          return training ? c : c.evaluating();
        });
  }
}
