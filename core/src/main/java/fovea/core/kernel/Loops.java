package fovea.core.kernel;

import fovea.core.array.NdArray;
import org.jspecify.annotations.Nullable;

/// Loops that do in one pass over memory what kernels of libraries do in several. Each method says
/// whether it did its work: it may refuse what it has no fast way for, and has touched nothing
/// then.
///
/// Images are [N, C, …], channels next to each other in memory, float32 or bfloat16; parameters and
/// statistics [C], float32.
public interface Loops {
  /// The loops on Java's Vector API, or `null` where its module, `jdk.incubator.vector`, is not
  /// there, or the system property `fovea.vectors` is `false`.
  static @Nullable Loops find() {
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()
        || "false".equals(System.getProperty("fovea.vectors"))) {
      return null;
    }
    try {
      // By name, since its class cannot even be loaded without the module.
      return Class.forName("fovea.core.kernel.vector.VectorLoops")
          .asSubclass(Loops.class)
          .getConstructor()
          .newInstance();
    } catch (ReflectiveOperationException | LinkageError e) {
      System.getLogger("fovea")
          .log(System.Logger.Level.DEBUG, "the Vector API cannot be used: {0}", e.toString());
      return null;
    }
  }

  /// Whether the methods below take such an image.
  boolean takes(NdArray x);

  /// y = gamma·(x − mean)/√(variance + eps) + beta, by the batch's own statistics, which are also
  /// returned; then + residual, then ReLU, as far as they are wanted. NaN stays NaN.
  boolean batchNormTrain(
      Team team,
      NdArray x,
      NdArray gamma,
      NdArray beta,
      double eps,
      @Nullable NdArray residual,
      boolean relu,
      NdArray y,
      NdArray mean,
      NdArray variance);

  /// Gradients of [#batchNormTrain].
  ///
  /// @param y its result, which tells what passed ReLU where there was a residual; else not read
  /// @param dresidual where the gradient of the residual goes, if there was one
  boolean batchNormBackward(
      Team team,
      NdArray x,
      NdArray y,
      NdArray dy,
      NdArray gamma,
      NdArray beta,
      NdArray mean,
      NdArray variance,
      double eps,
      boolean relu,
      NdArray dx,
      @Nullable NdArray dresidual,
      NdArray dgamma,
      NdArray dbeta);

  /// The filters of a convolution, made ready for [#convolve].
  interface Filters {}

  /// Whether these loops have a faster way than 36 products for four outputs: 3×3 filters without
  /// steps over float32 images whose channels fill vectors.
  boolean takesConvolution(NdArray x, NdArray w, Window window, int groups, NdArray y);

  /// Makes filters ready.
  ///
  /// @param w [K, C, 3, 3]
  /// @param transposed whether they shall take gradients of outputs to gradients of images
  /// @param owned whether they stay, else the next call on this thread may overwrite them
  Filters filters(Team team, NdArray w, boolean transposed, boolean owned);

  /// [Kernels#convolutionThen], or, with transposed filters, [Kernels#convolutionBackwardData] from
  /// x to y. NaN stays NaN; what is infinite becomes NaN and spreads to the pixels beside it.
  ///
  /// @param window of the convolution, also where this is its gradient
  void convolve(
      Team team,
      NdArray x,
      Filters filters,
      Window window,
      @Nullable NdArray bias,
      @Nullable Norm norm,
      @Nullable NdArray residual,
      boolean relu,
      NdArray y);

  /// [Kernels#convolutionBackwardWeights].
  boolean convolutionBackwardWeights(
      Team team,
      NdArray x,
      NdArray dy,
      Window window,
      int groups,
      NdArray dw,
      @Nullable NdArray dbias);

  /// y = x, images of one shape whose pixels may lie apart, as parts of joined channels do, or
  /// repeat one vector; float32 or bfloat16 each.
  boolean copy(Team team, NdArray x, NdArray y);

  /// y = a + b, images as those of [#copy]; `y` may be `a` or `b`.
  boolean add(Team team, NdArray a, NdArray b, NdArray y);

  /// [Kernels#groupNorm], of float32 images that lie row-major, or as [#takes] says.
  boolean groupNorm(
      Team team,
      NdArray x,
      int groups,
      boolean centred,
      @Nullable NdArray gamma,
      @Nullable NdArray beta,
      double eps,
      NdArray y,
      NdArray mean,
      NdArray inverse);

  /// [Kernels#groupNormBackward].
  boolean groupNormBackward(
      Team team,
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

  /// [Kernels#resample], of channels-last images; in float32.
  boolean resample(Team team, NdArray x, Taps rows, Taps columns, NdArray y);

  /// [Kernels#gather]. Refuses also where an index lies outside.
  boolean gather(Team team, NdArray x, int axis, NdArray index, NdArray y);

  /// [Kernels#scatter]. Where an index lies outside it refuses after having written.
  boolean scatter(Team team, NdArray x, int axis, NdArray index, NdArray y);

  /// [Kernels#scatterAdd], to the same bits as plain Java. As [#scatter] where an index lies
  /// outside.
  boolean scatterAdd(Team team, NdArray x, int axis, NdArray index, NdArray y);

  /// [Kernels#sgd], to the same bits as plain Java.
  boolean sgd(
      Team team,
      NdArray p,
      NdArray g,
      @Nullable NdArray v,
      double rate,
      double momentum,
      boolean nesterov,
      double weightDecay);

  /// [Kernels#adam], to the same bits as plain Java.
  boolean adam(
      Team team,
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
}
