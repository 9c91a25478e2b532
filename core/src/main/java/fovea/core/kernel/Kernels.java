package fovea.core.kernel;

import fovea.core.array.NdArray;
import fovea.core.array.Rng;
import fovea.core.memory.Tape;
import org.jspecify.annotations.Nullable;

/// The arithmetic of the engine. Every method writes into arrays that its caller allocated, and
/// allocates no array itself. Callers have checked shapes and types: a kernel may assume what its
/// text says.
///
/// Arrays may be strided, broadcast (stride 0; never the destination) and empty. A destination
/// never overlaps a source, unless the text allows it. Floating kernels take float32, float64 or
/// bfloat16, all arrays of one call of the same type, unless said otherwise.
///
/// Image arrays are [N, C, H, W], convolution weights [K, C/groups, KH, KW]; or volumes, [N, C, D,
/// H, W], and weights [K, C/groups, KD, KH, KW]. Windows have their axes.
public interface Kernels {

  /// What computes, for people: `"oneDNN 3.11 (AVX-512)"`.
  String name();

  /// Whether products of bfloat16 are faster here than those of float32.
  default boolean hasFastBf16() {
    return false;
  }

  /// How many threads compute together.
  default int threads() {
    return 1;
  }

  /// The threads that loops of [#pass] run on.
  default Team team() {
    return Team.ALONE;
  }

  // ---- elementwise. x, y of one shape

  /// y = f(x). `y` may be `x`.
  void unary(Unary f, NdArray x, NdArray y);

  /// dx = dy · f′. `saved` is y where [Unary.Kind#derivativeFromResult()], else x. `dx` may be
  /// `dy`. At a corner: ABS has 0; RELU and CLAMP have 0 outside and, as PyTorch, RELU 0 at 0,
  /// CLAMP 1 at its limits.
  void unaryBackward(Unary f, NdArray saved, NdArray dy, NdArray dx);

  /// y = x where x > 0, else slope·x. `slopes` is broadcast: it has x's rank, with size 1 along all
  /// axes, or along all but axis 1.
  void prelu(NdArray x, NdArray slopes, NdArray y);

  /// dx = dy where x > 0, else slope·dy; dslopes, of the shape of `slopes`, is the sum of dy·x
  /// where x ≤ 0.
  void preluBackward(NdArray x, NdArray slopes, NdArray dy, NdArray dx, NdArray dslopes);

  /// y = f(a, b), a and b expanded to y's shape. Any one type; `y` may be a or b where that is not
  /// expanded. The y of a comparison is BOOL.
  void binary(Binary f, NdArray a, NdArray b, NdArray y);

  /// y = a where `condition` (BOOL), else b; all expanded to y's shape.
  void where(NdArray condition, NdArray a, NdArray b, NdArray y);

  void fill(NdArray y, double value);

  /// y = keep·y + add·x, for running averages; one shape and type.
  void blend(NdArray y, double keep, NdArray x, double add);

  /// Copies elements into another layout, another type, or both. To an integer: towards zero; to
  /// BOOL: whether not 0.
  void copy(NdArray x, NdArray y);

  /// Does something to each element of arrays of one shape, in one pass; the first `written` of
  /// them are changed. None is expanded.
  default void pass(Pass f, int written, NdArray... arrays) {
    Passes.run(team(), f, written, arrays);
  }

  // ---- reductions. y has x's rank, with size 1 along the axes to reduce

  void reduce(Reduction f, NdArray x, NdArray y);

  /// Σ x², in float64, read at once; 0 of nothing.
  ///
  /// @throws fovea.core.memory.Tape.CaptureException while a step is captured
  default double sumOfSquares(NdArray x) {
    return Passes.sumOfSquares(team(), x);
  }

  /// The index (I64) along `axis` of the first largest element; NaN counts as largest.
  void argMax(NdArray x, int axis, NdArray y);

  // ---- linear algebra. Operands may be of unlike floating types: where one is bfloat16, the
  // products are those of bfloat16 operands, summed in float32 at least. The same holds for
  // convolutions

  /// y [.., M, N] = a [.., M, K] · b [.., K, N] (+ bias [N]); leading axes of a and b expanded to
  /// y's, and of the same rank.
  void matmul(NdArray a, NdArray b, @Nullable NdArray bias, NdArray y);

  // ---- convolution (cross-correlation, as the field calls it)

  /// y [N, K, OH, OW] from x [N, C, H, W], w [K, C/groups, KH, KW], bias [K].
  void convolution(
      NdArray x, NdArray w, @Nullable NdArray bias, Window window, int groups, NdArray y);

  /// [#convolution], then [#batchNormEval], then + `residual`, then ReLU, as far as they are
  /// wanted: how a network that only infers ends a convolution, in one pass over y where that is
  /// possible. `residual` is an image like y. Natively, ReLU may make 0 of what a NaN of x led to.
  default void convolutionThen(
      NdArray x,
      NdArray w,
      @Nullable NdArray bias,
      Window window,
      int groups,
      @Nullable Norm norm,
      @Nullable NdArray residual,
      boolean relu,
      NdArray y) {
    convolution(x, w, bias, window, groups, y);
    if (norm != null) {
      batchNormEval(y, norm.gamma(), norm.beta(), norm.mean(), norm.variance(), norm.eps(), y);
    }
    if (residual != null) {
      binary(Binary.ADD, y, residual, y);
    }
    if (relu) {
      unary(Unary.RELU, y, y);
    }
  }

  /// dx [N, C, H, W] from dy [N, K, OH, OW].
  void convolutionBackwardData(NdArray dy, NdArray w, Window window, int groups, NdArray dx);

  /// dw [K, C/groups, KH, KW], and dbias [K] where wanted.
  void convolutionBackwardWeights(
      NdArray x, NdArray dy, Window window, int groups, NdArray dw, @Nullable NdArray dbias);

  // ---- pooling. Windows never lie in the padding alone

  /// The bytes that [#maxPool] wants for its workspace.
  long maxPoolWorkspaceBytes(NdArray x, Window window, NdArray y);

  /// The largest under the window (padding never is; NaN counts as largest). `workspace`, U8,
  /// remembers where, for [#maxPoolBackward]; its contents are this implementation's own. `null`
  /// where no gradient will be asked for.
  void maxPool(NdArray x, Window window, NdArray y, @Nullable NdArray workspace);

  /// dx = the sum of those dy whose window found its largest there. All of dx is written. `dx` has
  /// the physical layout that x had, `dy` any.
  void maxPoolBackward(NdArray dy, NdArray workspace, Window window, NdArray dx);

  /// Where [#maxPool] found what `workspace` remembers: the index (I64) of each in its channel of
  /// x, in row-major order. `indices` has the shape of y.
  void maxPoolIndices(NdArray x, Window window, NdArray workspace, NdArray indices);

  /// The index (I64) in its channel of x, in row-major order, of the median under the window,
  /// padding not counted: of n values the one of rank ⌊(n − 1)/2⌋, counted from 0; NaN counts as
  /// largest, of equals the earlier tap comes first.
  void medianIndices(NdArray x, Window window, NdArray indices);

  /// The mean under the window; padding counts as zeros where `countPad`, else not at all.
  void averagePool(NdArray x, Window window, boolean countPad, NdArray y);

  void averagePoolBackward(NdArray dy, Window window, boolean countPad, NdArray dx);

  // ---- resampling

  /// y [N, C, OH, OW] from x [N, C, H, W]: the map of columns applied to each row, that of rows to
  /// each column.
  void resample(NdArray x, Taps rows, Taps columns, NdArray y);

  // ---- normalisation. x [N, C, …]; gamma, beta, mean, variance [C], float32 where x is bfloat16

  /// Normalises by the batch's own statistics, which it also returns; the variance is the biased
  /// one.
  void batchNormTrain(
      NdArray x,
      NdArray gamma,
      NdArray beta,
      double eps,
      NdArray y,
      NdArray mean,
      NdArray variance);

  /// Normalises by given statistics. `y` may be `x`.
  void batchNormEval(
      NdArray x,
      NdArray gamma,
      NdArray beta,
      NdArray mean,
      NdArray variance,
      double eps,
      NdArray y);

  /// Gradients of [#batchNormTrain], or, where not `training`, of [#batchNormEval] (mean and
  /// variance are constants then).
  void batchNormBackward(
      NdArray x,
      NdArray dy,
      NdArray gamma,
      NdArray mean,
      NdArray variance,
      double eps,
      boolean training,
      NdArray dx,
      NdArray dgamma,
      NdArray dbeta);

  /// The bytes that [#batchNormReluTrain] wants for its workspace, or −1 where the operations are
  /// better done one by one.
  ///
  /// @param residual whether there is one
  default long batchNormReluWorkspaceBytes(
      NdArray x, NdArray gamma, NdArray beta, boolean residual) {
    return -1;
  }

  /// [#batchNormTrain], then + `residual` (an image like x) if there is one, then ReLU.
  /// `workspace`, U8, remembers what passed, for [#batchNormReluBackward]. Where x has a NaN, all
  /// of y is infinite, or its channel is NaN.
  default void batchNormReluTrain(
      NdArray x,
      NdArray gamma,
      NdArray beta,
      double eps,
      @Nullable NdArray residual,
      NdArray y,
      NdArray mean,
      NdArray variance,
      NdArray workspace) {
    throw new UnsupportedOperationException("fused batch norm and ReLU");
  }

  /// Gradients of [#batchNormReluTrain], of which y is the result.
  default void batchNormReluBackward(
      NdArray x,
      NdArray y,
      NdArray dy,
      NdArray gamma,
      NdArray beta,
      NdArray mean,
      NdArray variance,
      double eps,
      NdArray workspace,
      NdArray dx,
      @Nullable NdArray dresidual,
      NdArray dgamma,
      NdArray dbeta) {
    throw new UnsupportedOperationException("fused batch norm and ReLU");
  }

  /// Normalises each of `groups` parts of the channels of each image by itself: y = (x −
  /// mean)·inverse·gamma + beta, inverse = 1/√(variance + eps), the variance being the biased one;
  /// where not `centred`, mean is 0 and the variance the mean square. With one group and no axes
  /// but [N, C] this is layer norm, with as many groups as channels instance norm. All of one type,
  /// float32 or float64.
  ///
  /// @param gamma of each channel; 1 where there is none
  /// @param beta of each channel; 0 where there is none
  /// @param mean of each group, [N, groups]; to be kept for [#groupNormBackward]
  /// @param inverse as `mean`
  void groupNorm(
      NdArray x,
      int groups,
      boolean centred,
      @Nullable NdArray gamma,
      @Nullable NdArray beta,
      double eps,
      NdArray y,
      NdArray mean,
      NdArray inverse);

  /// Gradients of [#groupNorm]: dbeta = Σ dy, dgamma = Σ dy·normal, and with d = dy·gamma, dx =
  /// inverse·(d − mean(d) − normal·mean(d·normal)), means over a group; without mean(d) where not
  /// `centred`.
  void groupNormBackward(
      NdArray x,
      NdArray dy,
      int groups,
      boolean centred,
      @Nullable NdArray gamma,
      NdArray mean,
      NdArray inverse,
      NdArray dx,
      @Nullable NdArray dgamma,
      @Nullable NdArray dbeta);

  // ---- softmax along an axis

  /// y = exp(x) / Σ exp(x), or its logarithm.
  void softmax(NdArray x, int axis, boolean log, NdArray y);

  /// dx from the result y: y·(dy − Σ y·dy), or for the logarithm dy − exp(y)·Σ dy.
  void softmaxBackward(NdArray y, NdArray dy, int axis, boolean log, NdArray dx);

  // ---- indexing

  /// y[.., i, ..] = x[.., index[.., i, ..], ..] along `axis`, y of index's shape, other axes of x
  /// at least as long (PyTorch's gather). `index` is I32 or I64.
  ///
  /// @throws fovea.core.array.ShapeException for an index outside x's axis
  void gather(NdArray x, int axis, NdArray index, NdArray y);

  /// Adds: y[.., index[.., i, ..], ..] += x[.., i, ..]. The reverse of [#gather].
  void scatterAdd(NdArray x, int axis, NdArray index, NdArray y);

  /// Writes: y[.., index[.., i, ..], ..] = x[.., i, ..]; of several at one place the last, in
  /// row-major order of x.
  void scatter(NdArray x, int axis, NdArray index, NdArray y);

  // ---- randomness

  /// Uniform in [low, high), drawn in row-major order.
  void uniform(Rng rng, double low, double high, NdArray y);

  /// Normal, drawn in row-major order.
  void normal(Rng rng, double mean, double deviation, NdArray y);

  // ---- optimizers: in place on the parameter and its state

  /// g' = g + weightDecay·p; v = momentum·v + g'; p −= rate · (nesterov ? g' + momentum·v : v). `v`
  /// is null where momentum is 0. On the first step v starts as g' (PyTorch's rule, which equals v
  /// = 0 before).
  void sgd(
      NdArray p,
      NdArray g,
      @Nullable NdArray v,
      double rate,
      double momentum,
      boolean nesterov,
      double weightDecay);

  /// g' = g + weightDecay·p; m = β₁m + (1−β₁)g'; v = β₂v + (1−β₂)g'²; p = keep·p − rate·m̂/(√v̂ +
  /// eps), m̂ = m/(1−β₁^step), v̂ = v/(1−β₂^step); `step` counts from 1. `keep` is 1, or less where
  /// the decay is decoupled.
  void adam(
      NdArray p,
      NdArray g,
      NdArray m,
      NdArray v,
      double rate,
      double beta1,
      double beta2,
      double eps,
      double weightDecay,
      double keep,
      long step);

  /// The fastest implementation that loads here, chosen once: of the providers on the module path
  /// the one of highest [KernelProvider#rank()], else plain Java with one warning.
  static Kernels best() {
    return Tape.recording() == null ? Best.KERNELS : TapedKernels.BEST;
  }
}
