package fovea.core.kernel.onednn;

import fovea.core.array.NdArray;
import fovea.core.kernel.Binary;
import fovea.core.kernel.Unary;
import fovea.core.kernel.onednn.PlanBuilder.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Plans for functions of each element.
///
/// oneDNN's maximum and minimum are those of the processor: where one operand is NaN, the result is
/// the *second*. Its clipping and exponential lose NaN for the same reason. Kernels must not, or
/// training that has diverged goes unnoticed: hence [#repairNan], and hence ReLU is two maxima.
final class Elementwise {
  private Elementwise() {}

  // ---- functions of one number

  /// Whether oneDNN loses NaN in this function.
  static boolean losesNan(Unary f) {
    return switch (f.kind()) {
      case EXP, CLAMP, SELU, HARD_SIGMOID, HARD_TANH, THRESHOLD -> true;
      case ELU -> f.alpha() > 1 || f.alpha() < 0;
      default -> false;
    };
  }

  /// @param repair whether there may be NaN
  /// @param inPlace whether y is x
  static Plan unary(Unary f, NdArray x, NdArray y, boolean repair, boolean inPlace) {
    var axes = Axes.of(y, x);
    refuseRepeated(axes, 1);
    try (var b = builder(f, axes)) {
      int type = Layout.type(y.dtype());
      var to = b.argument(1, axes.layout(0, type));
      long dense = b.desc(axes.dense(0, repair ? OneDnn.F32 : type));
      var result = b.standIn(to, dense);
      var from = b.as(b.argument(0, axes.layout(1, type)), dense);
      if (repair) {
        var t = inPlace ? b.temporary(dense) : result;
        apply(b, f, from, t, axes);
        repairNan(b, from, t, result);
      } else {
        apply(b, f, from, result, axes);
      }
      b.deliver(result, to);
      return b.build();
    }
  }

  private static PlanBuilder builder(Unary f, Axes axes) {
    double each =
        switch (f.kind()) {
          case RELU, LINEAR, CLAMP, ABS, SQRT, LEAKY_RELU, HARD_SIGMOID, HARD_SWISH -> 0.09;
          case HARD_TANH, HARD_SHRINK, SOFT_SHRINK, THRESHOLD, SOFTSIGN -> 0.12;
          case POW -> 1;
          default -> 0.4;
        };
    return new PlanBuilder(
        f.kind() + " of " + Arrays.toString(axes.sizes()), each * axes.elements());
  }

  private static void apply(PlanBuilder b, Unary f, Value x, Value y, Axes axes) {
    float alpha = (float) f.alpha();
    float beta = (float) f.beta();
    switch (f.kind()) {
      case EXP -> eltwise(b, OneDnn.ELTWISE_EXP, x, y, 0, 0);
      case CLAMP -> eltwise(b, OneDnn.ELTWISE_CLIP_V2, x, y, alpha, beta);
      case RELU -> relu(b, x, y, axes);
      case SQRT -> eltwise(b, OneDnn.ELTWISE_SQRT, x, y, 0, 0);
      case ABS -> eltwise(b, OneDnn.ELTWISE_ABS, x, y, 0, 0);
      case SIGMOID -> eltwise(b, OneDnn.ELTWISE_LOGISTIC, x, y, 0, 0);
      case TANH -> eltwise(b, OneDnn.ELTWISE_TANH, x, y, 0, 0);
      case GELU -> eltwise(b, OneDnn.ELTWISE_GELU_ERF, x, y, 0, 0);
      case LINEAR -> eltwise(b, OneDnn.ELTWISE_LINEAR, x, y, alpha, beta);
      case POW -> eltwise(b, OneDnn.ELTWISE_POW, x, y, 1, alpha);
      case GELU_TANH -> eltwise(b, OneDnn.ELTWISE_GELU_TANH, x, y, 0, 0);
      case SILU -> eltwise(b, OneDnn.ELTWISE_SWISH, x, y, 1, 0);
      case MISH -> eltwise(b, OneDnn.ELTWISE_MISH, x, y, 0, 0);
      case HARD_SIGMOID -> eltwise(b, OneDnn.ELTWISE_HARD_SIGMOID, x, y, alpha, beta);
      case HARD_SWISH -> eltwise(b, OneDnn.ELTWISE_HARD_SWISH, x, y, alpha, beta);
      case HARD_TANH -> eltwise(b, OneDnn.ELTWISE_CLIP_V2, x, y, alpha, beta);
      case LEAKY_RELU -> {
        if (alpha == 0) {
          relu(b, x, y, axes);
        } else {
          eltwise(b, OneDnn.ELTWISE_RELU, x, y, alpha, 0);
        }
      }
      case SCALED_TANH ->
          Chain.of(b, axes)
              .then(OneDnn.ELTWISE_LINEAR, 2, 0)
              .then(OneDnn.ELTWISE_LOGISTIC)
              .run(x, y);
      // The four below are never less (or never more) than x: the comparison with it changes
      // nothing but brings back NaN.
      case ELU -> {
        var elu = Chain.of(b, axes).then(OneDnn.ELTWISE_ELU, alpha, 0);
        (losesNan(f) ? elu : elu.with(OneDnn.BINARY_MAX, x)).run(x, y);
      }
      case CELU ->
          Chain.of(b, axes)
              .then(OneDnn.ELTWISE_LINEAR, 1 / alpha, 0)
              .then(OneDnn.ELTWISE_ELU, 1, 0)
              .then(OneDnn.ELTWISE_LINEAR, alpha, 0)
              .with(OneDnn.BINARY_MAX, x)
              .run(x, y);
      case SOFTPLUS ->
          Chain.of(b, axes)
              .then(OneDnn.ELTWISE_SOFT_RELU, alpha, 0)
              .with(alpha > 0 ? OneDnn.BINARY_MAX : OneDnn.BINARY_MIN, x)
              .run(x, y);
      case SELU ->
          Chain.of(b, axes)
              .then(OneDnn.ELTWISE_ELU, (float) Unary.SELU_ALPHA, 0)
              .then(OneDnn.ELTWISE_LINEAR, (float) Unary.SELU_SCALE, 0)
              .run(x, y);
      case SOFTSIGN ->
          Chain.of(b, axes)
              .then(OneDnn.ELTWISE_ABS)
              .then(OneDnn.ELTWISE_LINEAR, 1, 1)
              .then(OneDnn.ELTWISE_POW, 1, -1)
              .with(OneDnn.BINARY_MUL, x)
              .run(x, y);
      case HARD_SHRINK ->
          Chain.of(b, axes)
              .then(OneDnn.ELTWISE_ABS)
              .with(OneDnn.BINARY_GT, number(b, alpha, axes))
              .with(OneDnn.BINARY_MUL, x)
              .run(x, y);
      case SOFT_SHRINK ->
          Chain.of(b, axes)
              .then(OneDnn.ELTWISE_CLIP_V2, -alpha, alpha)
              .then(OneDnn.ELTWISE_LINEAR, -1, 0)
              .with(OneDnn.BINARY_ADD, x)
              .run(x, y);
      case TANH_SHRINK ->
          Chain.of(b, axes)
              .then(OneDnn.ELTWISE_TANH)
              .then(OneDnn.ELTWISE_LINEAR, -1, 0)
              .with(OneDnn.BINARY_ADD, x)
              .run(x, y);
      case THRESHOLD -> threshold(b, x, y, alpha, beta, axes);
      // oneDNN's logarithm is wrong by up to 3e-6, and so around 1 in every digit.
      case LOG, SIGN, ERF -> throw new OneDnn.Unsupported();
    }
  }

  private static void eltwise(
      PlanBuilder b, int algorithm, Value x, Value y, float alpha, float beta) {
    long desc = b.fast(OneDnn.eltwise(algorithm, x.desc(), y.desc(), alpha, beta, OneDnn.PLAIN));
    b.add(desc).with(OneDnn.ARG_SRC, x).with(OneDnn.ARG_DST, y);
  }

  /// Functions of each element one after the other, as one primitive and in one pass: a product
  /// with 1, since oneDNN's primitives for functions of one number are slow where another follows,
  /// and those for functions of two are not.
  private static final class Chain {
    private final PlanBuilder builder;
    private final Value one;
    private final PlanBuilder.PostOps postOps;

    /// The other array of each link, where it has one.
    private final List<@Nullable Value> operands = new ArrayList<>();

    private Chain(PlanBuilder builder, Value one) {
      this.builder = builder;
      this.one = one;
      this.postOps = builder.postOps();
    }

    static Chain of(PlanBuilder builder, Axes axes) {
      return new Chain(builder, number(builder, 1, axes));
    }

    /// A function of what there is so far.
    Chain then(int eltwise, float alpha, float beta) {
      postOps.eltwise(eltwise, alpha, beta);
      operands.add(null);
      return this;
    }

    Chain then(int eltwise) {
      return then(eltwise, 0, 0);
    }

    /// A function of what there is so far, and of another array.
    Chain with(int binary, Value operand) {
      postOps.binary(binary, operand);
      operands.add(operand);
      return this;
    }

    void run(Value x, Value y) {
      long desc =
          OneDnn.binary(OneDnn.BINARY_MUL, x.desc(), one.desc(), y.desc(), postOps.attributes());
      var added =
          builder
              .add(builder.fast(desc))
              .with(OneDnn.ARG_SRC, x)
              .with(OneDnn.ARG_SRC_1, one)
              .with(OneDnn.ARG_DST, y);
      for (int i = 0; i < operands.size(); i++) {
        added.with(OneDnn.argPostOp(i), operands.get(i));
      }
    }
  }

  /// A number, as an array that repeats it.
  private static Value number(PlanBuilder b, float number, Axes axes) {
    var one = new long[axes.rank()];
    Arrays.fill(one, 1);
    return b.constant(Layout.dense(one), number);
  }

  /// max(x, alpha) + (x ≤ alpha)·(beta − alpha): sums and products with infinity would be NaN.
  private static void threshold(
      PlanBuilder b, Value x, Value y, float alpha, float beta, Axes axes) {
    var limit = number(b, alpha, axes);
    var above = b.temporary(x.desc());
    binary(b, OneDnn.BINARY_MAX, x, limit, above, OneDnn.PLAIN);
    long attr =
        b.postOps()
            .eltwise(OneDnn.ELTWISE_LINEAR, beta - alpha, 0)
            .binary(OneDnn.BINARY_ADD, above)
            .attributes();
    b.add(b.fast(OneDnn.binary(OneDnn.BINARY_LE, x.desc(), limit.desc(), y.desc(), attr)))
        .with(OneDnn.ARG_SRC, x)
        .with(OneDnn.ARG_SRC_1, limit)
        .with(OneDnn.argPostOp(1), above)
        .with(OneDnn.ARG_DST, y);
  }

  /// max(max(x, 0), x): the first forgets NaN, the second brings it back, in one pass that is as
  /// fast as oneDNN's own ReLU.
  private static void relu(PlanBuilder b, Value x, Value y, Axes axes) {
    var zero = number(b, 0, axes);
    long attr = b.postOps().binary(OneDnn.BINARY_MAX, x).attributes();
    b.add(b.fast(OneDnn.binary(OneDnn.BINARY_MAX, x.desc(), zero.desc(), y.desc(), attr)))
        .with(OneDnn.ARG_SRC, x)
        .with(OneDnn.ARG_SRC_1, zero)
        .with(OneDnn.argPostOp(0), x)
        .with(OneDnn.ARG_DST, y);
  }

  /// y = NaN where x is NaN, else t: adds √−(x ≠ x), which is √−1 = NaN or √−0 = −0.
  private static void repairNan(PlanBuilder b, Value x, Value t, Value y) {
    long attr =
        b.postOps()
            .eltwise(OneDnn.ELTWISE_LINEAR, -1, 0)
            .eltwise(OneDnn.ELTWISE_SQRT, 0, 0)
            .binary(OneDnn.BINARY_ADD, t)
            .attributes();
    b.add(b.fast(OneDnn.binary(OneDnn.BINARY_NE, x.desc(), x.desc(), y.desc(), attr)))
        .with(OneDnn.ARG_SRC, x)
        .with(OneDnn.ARG_SRC_1, x)
        .with(OneDnn.argPostOp(2), t)
        .with(OneDnn.ARG_DST, y);
  }

  static Plan unaryBackward(Unary f, NdArray saved, NdArray dy, NdArray dx) {
    var axes = Axes.of(dx, dy, saved);
    refuseRepeated(axes, 1);
    refuseRepeated(axes, 2);
    try (var b = builder(f, axes)) {
      int type = Layout.type(dx.dtype());
      var to = b.argument(2, axes.layout(0, type));
      long dense = b.desc(axes.dense(0, type));
      var result = b.standIn(to, dense);
      var from = b.as(b.argument(1, axes.layout(1, type)), dense);
      if (f.kind() == Unary.Kind.LINEAR) {
        eltwise(b, OneDnn.ELTWISE_LINEAR, from, result, (float) f.alpha(), 0);
      } else {
        var data = b.as(b.argument(0, axes.layout(2, type)), dense);
        var chain = derivative(b, f, data, axes);
        if (chain != null) {
          chain.with(OneDnn.BINARY_MUL, from).run(data, result);
        } else {
          backward(b, f, data, from, result);
        }
      }
      b.deliver(result, to);
      return b.build();
    }
  }

  /// The derivative where it is put together of several functions; else `null`.
  private static @Nullable Chain derivative(PlanBuilder b, Unary f, Value data, Axes axes) {
    float alpha = (float) f.alpha();
    return switch (f.kind()) {
      case SCALED_TANH ->
          Chain.of(b, axes).then(OneDnn.ELTWISE_LINEAR, -2, 2).with(OneDnn.BINARY_MUL, data);
      case CELU ->
          Chain.of(b, axes)
              .then(OneDnn.ELTWISE_LINEAR, 1 / alpha, 0)
              .then(OneDnn.ELTWISE_CLIP_V2, Float.NEGATIVE_INFINITY, 0)
              .then(OneDnn.ELTWISE_EXP);
      case SOFTPLUS ->
          Chain.of(b, axes).then(OneDnn.ELTWISE_LINEAR, alpha, 0).then(OneDnn.ELTWISE_LOGISTIC);
      case SOFTSIGN ->
          Chain.of(b, axes)
              .then(OneDnn.ELTWISE_ABS)
              .then(OneDnn.ELTWISE_LINEAR, 1, 1)
              .then(OneDnn.ELTWISE_POW, 1, -1)
              .then(OneDnn.ELTWISE_SQUARE);
      case HARD_SHRINK, SOFT_SHRINK ->
          Chain.of(b, axes).then(OneDnn.ELTWISE_ABS).with(OneDnn.BINARY_GT, number(b, alpha, axes));
      case TANH_SHRINK -> Chain.of(b, axes).then(OneDnn.ELTWISE_TANH).then(OneDnn.ELTWISE_SQUARE);
      case THRESHOLD -> Chain.of(b, axes).with(OneDnn.BINARY_GT, number(b, alpha, axes));
      default -> null;
    };
  }

  private static void backward(PlanBuilder b, Unary f, Value data, Value from, Value result) {
    float alpha = (float) f.alpha();
    float beta = (float) f.beta();
    switch (f.kind()) {
      case POW -> {
        beta = alpha;
        alpha = 1;
      }
      // Its derivative is 1 above alpha, exclusive; ours is 1 at the limit.
      case CLAMP -> alpha = Math.nextDown(alpha);
      case SILU -> alpha = 1;
      case SELU -> alpha = (float) Unary.SELU_ALPHA;
      default -> {}
    }
    long desc =
        b.fast(OneDnn.eltwiseBackward(backwardAlgorithm(f.kind()), result.desc(), alpha, beta));
    b.add(desc)
        .with(f.kind().derivativeFromResult() ? OneDnn.ARG_DST : OneDnn.ARG_SRC, data)
        .with(OneDnn.ARG_DIFF_DST, from)
        .with(OneDnn.ARG_DIFF_SRC, result);
    if (f.kind() == Unary.Kind.SELU) {
      eltwise(b, OneDnn.ELTWISE_LINEAR, result, result, (float) Unary.SELU_SCALE, 0);
    }
  }

  private static int backwardAlgorithm(Unary.Kind kind) {
    return switch (kind) {
      case EXP -> OneDnn.ELTWISE_EXP_FROM_RESULT;
      case LOG -> OneDnn.ELTWISE_LOG;
      case SQRT -> OneDnn.ELTWISE_SQRT_FROM_RESULT;
      case ABS -> OneDnn.ELTWISE_ABS;
      case SIGMOID -> OneDnn.ELTWISE_LOGISTIC_FROM_RESULT;
      case TANH -> OneDnn.ELTWISE_TANH_FROM_RESULT;
      case RELU -> OneDnn.ELTWISE_RELU_FROM_RESULT;
      case GELU -> OneDnn.ELTWISE_GELU_ERF;
      case POW -> OneDnn.ELTWISE_POW;
      case CLAMP -> OneDnn.ELTWISE_CLIP;
      case GELU_TANH -> OneDnn.ELTWISE_GELU_TANH;
      case LEAKY_RELU -> OneDnn.ELTWISE_RELU;
      case ELU, SELU -> OneDnn.ELTWISE_ELU;
      case SILU -> OneDnn.ELTWISE_SWISH;
      case MISH -> OneDnn.ELTWISE_MISH;
      case HARD_SIGMOID -> OneDnn.ELTWISE_HARD_SIGMOID;
      case HARD_SWISH -> OneDnn.ELTWISE_HARD_SWISH;
      case HARD_TANH -> OneDnn.ELTWISE_CLIP_V2;
      default -> throw new OneDnn.Unsupported();
    };
  }

  // ---- functions of two numbers

  /// @param inPlace whether y is a or b
  static Plan binary(Binary f, NdArray a, NdArray b, NdArray y, boolean inPlace) {
    var axes = Axes.of(y, a, b);
    int type = Layout.type(a.dtype());
    if (!axes.repeats(1)) {
      return binary(f, axes, 1, 2, type, inPlace, false);
    }
    if (!axes.repeats(2)) {
      // Only the second operand of a primitive can repeat elements.
      return binary(f, axes, 2, 1, type, inPlace, true);
    }
    throw new OneDnn.Unsupported();
  }

  /// @param whole the operand that has all elements, by its number in `axes`
  /// @param other the other one
  /// @param type of the operands
  /// @param swapped whether `whole` is the second operand of `f`
  private static Plan binary(
      Binary f, Axes axes, int whole, int other, int type, boolean inPlace, boolean swapped) {
    try (var b =
        new PlanBuilder(f + " of " + Arrays.toString(axes.sizes()), 0.15 * axes.elements())) {
      int inner = f == Binary.MAX || f == Binary.MIN ? OneDnn.F32 : type;
      var to = b.argument(2, axes.layout(0, f.isComparison() ? OneDnn.U8 : type));
      long dense = b.desc(axes.dense(0, inner));
      var result = b.standIn(to, dense);
      var p = b.as(b.argument(whole - 1, axes.layout(whole, type)), dense);
      var q =
          b.as(b.argument(other - 1, axes.layout(other, type)), b.desc(axes.dense(other, inner)));
      switch (f) {
        case ADD -> binary(b, OneDnn.BINARY_ADD, p, q, result, OneDnn.PLAIN);
        case ADD_RELU -> {
          long attr = b.postOps().eltwise(OneDnn.ELTWISE_RELU, 0, 0).attributes();
          binary(b, OneDnn.BINARY_ADD, p, q, result, attr);
        }
        case MUL -> binary(b, OneDnn.BINARY_MUL, p, q, result, OneDnn.PLAIN);
        case SUB -> {
          long attr =
              swapped
                  ? b.postOps().eltwise(OneDnn.ELTWISE_LINEAR, -1, 0).attributes()
                  : OneDnn.PLAIN;
          binary(b, OneDnn.BINARY_SUB, p, q, result, attr);
        }
        case DIV -> {
          if (swapped) {
            var inverse = inPlace ? b.temporary(dense) : result;
            eltwise(b, OneDnn.ELTWISE_POW, p, inverse, 1, -1);
            binary(b, OneDnn.BINARY_MUL, inverse, q, result, OneDnn.PLAIN);
          } else {
            binary(b, OneDnn.BINARY_DIV, p, q, result, OneDnn.PLAIN);
          }
        }
        case MAX, MIN -> {
          // A NaN of the second operand is kept, one of the first is not.
          var t = inPlace ? b.temporary(dense) : result;
          int algorithm = f == Binary.MAX ? OneDnn.BINARY_MAX : OneDnn.BINARY_MIN;
          binary(b, algorithm, p, q, t, OneDnn.PLAIN);
          repairNan(b, p, t, result);
        }
        case EQ -> binary(b, OneDnn.BINARY_EQ, p, q, result, OneDnn.PLAIN);
        case NE -> binary(b, OneDnn.BINARY_NE, p, q, result, OneDnn.PLAIN);
        case LT -> less(b, OneDnn.BINARY_LT, p, q, result, swapped);
        case LE -> less(b, OneDnn.BINARY_LE, p, q, result, swapped);
        case GT -> less(b, OneDnn.BINARY_LT, p, q, result, !swapped);
        case GE -> less(b, OneDnn.BINARY_LE, p, q, result, !swapped);
        case POW -> throw new OneDnn.Unsupported();
      }
      b.deliver(result, to);
      return b.build();
    }
  }

  private static void binary(PlanBuilder b, int algorithm, Value p, Value q, Value y, long attr) {
    b.add(b.fast(OneDnn.binary(algorithm, p.desc(), q.desc(), y.desc(), attr)))
        .with(OneDnn.ARG_SRC, p)
        .with(OneDnn.ARG_SRC_1, q)
        .with(OneDnn.ARG_DST, y);
  }

  /// Of oneDNN's comparisons, those for the greater are wrong where there is NaN, and hence not
  /// used: a > b is b < a.
  private static void less(
      PlanBuilder b, int algorithm, Value p, Value q, Value y, boolean swapped) {
    if (!swapped) {
      binary(b, algorithm, p, q, y, OneDnn.PLAIN);
    } else if (OneDnn.equal(p.desc(), q.desc())) {
      binary(b, algorithm, q, p, y, OneDnn.PLAIN);
    } else {
      throw new OneDnn.Unsupported();
    }
  }

  static Plan where(NdArray condition, NdArray a, NdArray b, NdArray y) {
    var axes = Axes.of(y, condition, a, b);
    refuseRepeated(axes, 1);
    try (var builder =
        new PlanBuilder("where " + Arrays.toString(axes.sizes()), 0.15 * axes.elements())) {
      var to = builder.argument(3, axes.layout(0, OneDnn.F32));
      long dense = builder.desc(axes.dense(0, OneDnn.F32));
      var result = builder.standIn(to, dense);
      var test =
          builder.as(
              builder.argument(0, axes.layout(1, OneDnn.S8)),
              builder.desc(axes.dense(1, OneDnn.S8)));
      var p = whole(builder, 1, axes, test, dense);
      var q = whole(builder, 2, axes, test, dense);
      builder
          .add(builder.fast(OneDnn.select(p.desc(), q.desc(), test.desc(), result.desc())))
          .with(OneDnn.ARG_SRC, p)
          .with(OneDnn.ARG_SRC_1, q)
          .with(OneDnn.ARG_SRC_2, test)
          .with(OneDnn.ARG_DST, result);
      builder.deliver(result, to);
      return builder.build();
    }
  }

  /// An argument with all its elements: oneDNN's selection takes none that repeats. As a factor of
  /// ones it may; those are made of the condition, the one array there is that is never infinite.
  private static Value whole(PlanBuilder b, int argument, Axes axes, Value test, long dense) {
    int array = argument + 1;
    var given =
        b.as(
            b.argument(argument, axes.layout(array, OneDnn.F32)),
            b.desc(axes.dense(array, OneDnn.F32)));
    if (!axes.repeats(array)) {
      return given;
    }
    var ones = b.temporary(dense);
    b.reorder(test, ones);
    eltwise(b, OneDnn.ELTWISE_LINEAR, ones, ones, 0, 1);
    binary(b, OneDnn.BINARY_MUL, ones, given, ones, OneDnn.PLAIN);
    return ones;
  }

  // ---- copies

  static Plan copy(NdArray x, NdArray y) {
    var axes = Axes.of(y, x);
    refuseRepeated(axes, 1);
    try (var b =
        new PlanBuilder("copy of " + Arrays.toString(axes.sizes()), 0.1 * axes.elements())) {
      b.reorder(
          b.argument(0, axes.layout(1, Layout.type(x.dtype()))),
          b.argument(1, axes.layout(0, Layout.type(y.dtype()))));
      return b.build();
    }
  }

  private static void refuseRepeated(Axes axes, int array) {
    if (axes.repeats(array)) {
      throw new OneDnn.Unsupported();
    }
  }
}
