package fovea.core.kernel.onednn;

import fovea.core.array.NdArray;
import fovea.core.array.Shape;
import fovea.core.kernel.onednn.PlanBuilder.Value;
import org.jspecify.annotations.Nullable;

/// Plans for batch normalisation, of images that are channels-last inside.
///
/// oneDNN is fast where the channels fill its vectors of 16, and up to ten times slower elsewhere.
/// Other images are folded: g neighbouring pixels of C channels are seen as one pixel of g·C, and
/// each channel's parameters repeated g times. What oneDNN then finds for g·C channels is put
/// together for C by the formulas beside the code.
///
/// Its fastest kernels let their threads wait for each other in a loop of their own, so that a call
/// takes a hundred times longer whenever another process has a core. They are used on one thread
/// only; the ones that divide the work without waiting (`bnorm_tbb_jit`) on several.
final class BatchNorms {
  private static final int AFFINE = OneDnn.USE_SCALE | OneDnn.USE_SHIFT;
  private static final int VECTOR = 16;
  private static final String WITHOUT_BARRIERS = "bnorm_tbb_jit";

  private final PlanBuilder b;
  private final Extent extent;
  private final int type;
  private final float eps;

  private BatchNorms(PlanBuilder b, NdArray x, double eps) {
    this.b = b;
    this.extent = Extent.of(x.shape());
    this.type = Layout.type(x.dtype());
    this.eps = (float) eps;
  }

  /// [N, C, …] as [n, c, s], with c = g·C: a multiple of [#VECTOR] wherever that is possible.
  ///
  /// @param channels C
  /// @param fold g
  private record Extent(long n, long channels, long s, long fold) {
    static Extent of(Shape shape) {
      long channels = shape.size(1);
      long n = shape.size(0);
      long s = shape.elements() / (n * channels);
      long fold = VECTOR / gcd(channels, VECTOR);
      long pixels = n * s;
      if (fold == 1 || pixels % fold != 0 || shape.elements() < 4096) {
        return new Extent(n, channels, s, 1);
      }
      long parts = Math.min(32, pixels / fold);
      while (pixels / fold % parts != 0) {
        parts--;
      }
      return new Extent(parts, channels, pixels / fold / parts, fold);
    }

    private static long gcd(long a, long b) {
      return b == 0 ? a : gcd(b, a % b);
    }

    Layout image(int type) {
      return Layout.channelsLast(type, n, channels * fold, s, 1);
    }

    double elements() {
      return (double) n * channels * fold * s;
    }
  }

  private static PlanBuilder builder(String what, NdArray x) {
    return new PlanBuilder(what + " of " + x.shape(), 0.25 * x.shape().elements());
  }

  /// The size of the workspace that remembers what a fused ReLU let pass, or −1 where oneDNN has no
  /// way that pays.
  static long reluWorkspaceBytes(NdArray x) {
    try (var builder = builder("batch norm with ReLU", x)) {
      var norm = new BatchNorms(builder, x, 0);
      if (norm.extent.fold != 1 || norm.extent.channels % VECTOR != 0) {
        return -1;
      }
      long desc = norm.reluForward(builder.desc(norm.extent.image(norm.type)));
      return OneDnn.bytes(OneDnn.query(desc, OneDnn.QUERY_WORKSPACE_MD));
    }
  }

  private long reluForward(long image) {
    return b.choose(
        () ->
            OneDnn.batchNorm(OneDnn.FORWARD_TRAINING, image, image, eps, AFFINE | OneDnn.FUSE_RELU),
        WITHOUT_BARRIERS);
  }

  /// Arguments: x, gamma, beta, y, mean, variance, workspace.
  static Plan trainRelu(NdArray x, double eps, NdArray y) {
    try (var builder = builder("batch norm with ReLU", x)) {
      var norm = new BatchNorms(builder, x, eps);
      var from = norm.input(0, x);
      var to = builder.argument(3, outside(y));
      var result = builder.standIn(to, builder.desc(inside(y)));
      long desc = norm.reluForward(from.desc());
      builder
          .add(desc)
          .with(OneDnn.ARG_SRC, from)
          .with(OneDnn.ARG_SCALE, norm.vector(1))
          .with(OneDnn.ARG_SHIFT, norm.vector(2))
          .with(OneDnn.ARG_MEAN, norm.vector(4))
          .with(OneDnn.ARG_VARIANCE, norm.vector(5))
          .with(OneDnn.ARG_DST, norm.image(result))
          .with(
              OneDnn.ARG_WORKSPACE,
              builder.argument(6, OneDnn.query(desc, OneDnn.QUERY_WORKSPACE_MD)));
      builder.deliver(result, to);
      return builder.build();
    }
  }

  /// Arguments: x, gamma, beta, y, mean, variance.
  static Plan train(NdArray x, double eps, NdArray y) {
    try (var builder = builder("batch norm", x)) {
      var norm = new BatchNorms(builder, x, eps);
      var from = norm.input(0, x);
      var to = builder.argument(3, outside(y));
      var result = builder.standIn(to, builder.desc(inside(y)));
      norm.train(from, norm.image(result));
      builder.deliver(result, to);
      return builder.build();
    }
  }

  private void train(Value x, Value y) {
    var gamma = vector(1);
    var beta = vector(2);
    var mean = vector(4);
    var variance = vector(5);
    if (extent.fold == 1) {
      forward(OneDnn.FORWARD_TRAINING, AFFINE, x, y, gamma, beta, mean, variance);
      return;
    }
    var means = folded();
    var variances = folded();
    forward(OneDnn.FORWARD_TRAINING, 0, x, y, null, null, means, variances);
    // Each of the g parts has as many elements, so that
    // mean = ⟨means⟩ and variance = ⟨variances + (means − mean)²⟩.
    average(means, mean);
    var deviation = folded();
    binary(OneDnn.BINARY_SUB, rows(means), row(mean), rows(deviation));
    binary(OneDnn.BINARY_MUL, rows(deviation), rows(deviation), rows(deviation));
    binary(OneDnn.BINARY_ADD, rows(variances), rows(deviation), rows(variances));
    average(variances, variance);
    eval(x, y, gamma, beta, mean, variance);
  }

  /// Arguments: x, gamma, beta, mean, variance, y.
  static Plan eval(NdArray x, double eps, NdArray y) {
    try (var builder = builder("batch norm", x)) {
      var norm = new BatchNorms(builder, x, eps);
      var from = norm.input(0, x);
      var to = builder.argument(5, outside(y));
      var result = builder.standIn(to, builder.desc(inside(y)));
      norm.eval(
          from, norm.image(result), norm.vector(1), norm.vector(2), norm.vector(3), norm.vector(4));
      builder.deliver(result, to);
      return builder.build();
    }
  }

  private void eval(Value x, Value y, Value gamma, Value beta, Value mean, Value variance) {
    forward(
        OneDnn.FORWARD_INFERENCE,
        AFFINE | OneDnn.USE_GLOBAL_STATS,
        x,
        y,
        repeated(gamma),
        repeated(beta),
        repeated(mean),
        repeated(variance));
  }

  private void forward(
      int kind,
      int flags,
      Value x,
      Value y,
      @Nullable Value gamma,
      @Nullable Value beta,
      Value mean,
      Value variance) {
    var prefix = kind == OneDnn.FORWARD_TRAINING ? WITHOUT_BARRIERS : null;
    long desc = b.choose(() -> OneDnn.batchNorm(kind, x.desc(), y.desc(), eps, flags), prefix);
    b.add(desc)
        .with(OneDnn.ARG_SRC, x)
        .with(OneDnn.ARG_SCALE, gamma)
        .with(OneDnn.ARG_SHIFT, beta)
        .with(OneDnn.ARG_MEAN, mean)
        .with(OneDnn.ARG_VARIANCE, variance)
        .with(OneDnn.ARG_DST, y);
  }

  /// Arguments: x, dy, gamma, mean, variance, dx, dgamma, dbeta.
  static Plan backward(NdArray x, NdArray dy, double eps, boolean training, NdArray dx) {
    try (var builder = builder("batch norm backward", x)) {
      var norm = new BatchNorms(builder, x, eps);
      var from = norm.input(0, x);
      var gradient = norm.input(1, dy);
      var to = builder.argument(5, outside(dx));
      var result = builder.standIn(to, builder.desc(inside(dx)));
      norm.backward(from, gradient, training, norm.image(result));
      builder.deliver(result, to);
      return builder.build();
    }
  }

  /// Arguments: x, dy, gamma, mean, variance, dx, dgamma, dbeta, workspace.
  static Plan backwardRelu(NdArray x, NdArray dy, double eps, NdArray dx) {
    try (var builder = builder("batch norm with ReLU backward", x)) {
      var norm = new BatchNorms(builder, x, eps);
      var from = norm.input(0, x);
      var gradient = norm.input(1, dy);
      var to = builder.argument(5, outside(dx));
      var result = builder.standIn(to, builder.desc(inside(dx)));
      long forward = norm.reluForward(from.desc());
      var workspace = builder.argument(8, OneDnn.query(forward, OneDnn.QUERY_WORKSPACE_MD));
      norm.backward(
          AFFINE | OneDnn.FUSE_RELU,
          from,
          gradient,
          norm.vector(2),
          norm.vector(3),
          norm.vector(4),
          norm.image(result),
          norm.vector(6),
          norm.vector(7),
          workspace);
      builder.deliver(result, to);
      return builder.build();
    }
  }

  private void backward(Value x, Value dy, boolean training, Value dx) {
    var gamma = vector(2);
    var mean = vector(3);
    var variance = vector(4);
    var dgamma = vector(6);
    var dbeta = vector(7);
    if (extent.fold == 1) {
      int flags = training ? AFFINE : AFFINE | OneDnn.USE_GLOBAL_STATS;
      backward(flags, x, dy, gamma, mean, variance, dx, dgamma, dbeta, null);
      return;
    }
    var dgammas = folded();
    var dbetas = folded();
    backward(
        AFFINE | OneDnn.USE_GLOBAL_STATS,
        x,
        dy,
        repeated(gamma),
        repeated(mean),
        repeated(variance),
        dx,
        dgammas,
        dbetas,
        null);
    total(dgammas, dgamma, 1);
    total(dbetas, dbeta, 1);
    if (!training) {
      return;
    }
    // Over m elements of a channel, with x̂ = (x − mean)/σ, dgamma = Σ dy·x̂ and dbeta = Σ dy:
    // dx = gamma/σ · dy − (gamma/σ · dgamma/m · x̂ + gamma/σ · dbeta/m). The first term is there;
    // the
    // second is again a normalisation of x.
    float perElement = (float) (extent.channels / extent.elements());
    var factor = b.temporary(Layout.dense(extent.channels));
    eltwise(OneDnn.ELTWISE_LINEAR, variance, factor, 1, eps);
    eltwise(OneDnn.ELTWISE_POW, factor, factor, perElement, -0.5f);
    binary(OneDnn.BINARY_MUL, factor, gamma, factor);
    var scale = b.temporary(Layout.dense(extent.channels));
    var shift = b.temporary(Layout.dense(extent.channels));
    binary(OneDnn.BINARY_MUL, factor, dgamma, scale);
    binary(OneDnn.BINARY_MUL, factor, dbeta, shift);
    var second = b.temporary(extent.image(type));
    eval(x, second, scale, shift, mean, variance);
    binary(OneDnn.BINARY_SUB, flat(dx), flat(second), flat(dx));
  }

  private void backward(
      int flags,
      Value x,
      Value dy,
      Value gamma,
      Value mean,
      Value variance,
      Value dx,
      Value dgamma,
      Value dbeta,
      @Nullable Value workspace) {
    boolean few = OneDnn.threads() <= 2;
    // On one thread, the kernel with barriers is as fast as the other on two or three. On two it
    // saves
    // 2 % of a ResNet's step; with another process on one core, the step takes four times as long.
    b.work(few ? 0 : 0.3 * extent.elements());
    long forward = b.own(OneDnn.batchNorm(OneDnn.FORWARD_TRAINING, x.desc(), x.desc(), eps, flags));
    long desc =
        b.choose(
            () -> OneDnn.batchNormBackward(x.desc(), eps, flags, forward),
            few ? null : WITHOUT_BARRIERS);
    b.add(desc)
        .with(OneDnn.ARG_SRC, x)
        .with(OneDnn.ARG_DIFF_DST, dy)
        .with(OneDnn.ARG_SCALE, gamma)
        .with(OneDnn.ARG_MEAN, mean)
        .with(OneDnn.ARG_VARIANCE, variance)
        .with(OneDnn.ARG_DIFF_SRC, dx)
        .with(OneDnn.ARG_DIFF_SCALE, dgamma)
        .with(OneDnn.ARG_DIFF_SHIFT, dbeta)
        .with(OneDnn.ARG_WORKSPACE, workspace);
    b.work(0.2 * extent.elements());
  }

  // ---- images

  private Value input(int number, NdArray x) {
    return image(b.as(b.argument(number, outside(x)), b.desc(inside(x))));
  }

  /// As the primitives shall see it.
  private Value image(Value inside) {
    return b.view(inside, extent.image(type));
  }

  private Value flat(Value image) {
    return b.view(image, Layout.denseOf(type, (long) extent.elements()));
  }

  private static Layout outside(NdArray x) {
    return x.isChannelsLast() ? inside(x) : Layout.of(x);
  }

  private static Layout inside(NdArray x) {
    return Layout.channelsLast(x);
  }

  // ---- parameters

  private Value vector(int number) {
    return b.argument(number, Layout.dense(extent.channels));
  }

  /// A parameter for each of the g·C channels.
  private Value folded() {
    return b.temporary(Layout.dense(extent.fold * extent.channels));
  }

  private Value rows(Value folded) {
    return b.view(folded, Layout.dense(extent.fold, extent.channels));
  }

  private Value row(Value vector) {
    return b.view(vector, Layout.dense(1, extent.channels));
  }

  private Value repeated(Value vector) {
    if (extent.fold == 1) {
      return vector;
    }
    var result = folded();
    var ones = b.constant(Layout.dense(extent.fold, extent.channels), 1);
    binary(OneDnn.BINARY_MUL, ones, row(vector), rows(result));
    return result;
  }

  private void average(Value folded, Value vector) {
    total(folded, vector, 1f / extent.fold);
  }

  private void total(Value folded, Value vector, float scale) {
    var ones = b.constant(Layout.dense(1, extent.fold), scale);
    var from = rows(folded);
    var to = row(vector);
    b.work(0);
    b.add(OneDnn.matmul(ones.desc(), from.desc(), 0, to.desc(), OneDnn.PLAIN))
        .with(OneDnn.ARG_SRC, ones)
        .with(OneDnn.ARG_WEIGHTS, from)
        .with(OneDnn.ARG_DST, to);
    b.work(0.2 * extent.elements());
  }

  private void binary(int algorithm, Value p, Value q, Value to) {
    b.work(0.1 * OneDnn.bytes(to.desc()) / Float.BYTES);
    b.add(OneDnn.binary(algorithm, p.desc(), q.desc(), to.desc(), OneDnn.PLAIN))
        .with(OneDnn.ARG_SRC, p)
        .with(OneDnn.ARG_SRC_1, q)
        .with(OneDnn.ARG_DST, to);
    b.work(0.2 * extent.elements());
  }

  private void eltwise(int algorithm, Value from, Value to, float alpha, float beta) {
    b.work(0);
    b.add(OneDnn.eltwise(algorithm, from.desc(), to.desc(), alpha, beta, OneDnn.PLAIN))
        .with(OneDnn.ARG_SRC, from)
        .with(OneDnn.ARG_DST, to);
    b.work(0.2 * extent.elements());
  }
}
