package fovea.core.kernel;

import fovea.core.array.NdArray;
import fovea.core.array.Rng;
import org.jspecify.annotations.Nullable;

/// The kernels in plain Java: the readable definition of each, the oracle that the others are
/// tested against, and what computes where no native library loads. On one thread, without state.
///
/// Everything but the optimizers' steps is computed in double, also for float32, and rounded once.
/// Results depend on shapes, layouts and values only: the same call gives the same bits.
public final class JavaKernels implements Kernels {

  public JavaKernels() {}

  @Override
  public String name() {
    return "plain Java";
  }

  @Override
  public void unary(Unary f, NdArray x, NdArray y) {
    JavaElementwise.unary(f, x, y);
  }

  @Override
  public void unaryBackward(Unary f, NdArray saved, NdArray dy, NdArray dx) {
    JavaElementwise.unaryBackward(f, saved, dy, dx);
  }

  @Override
  public void prelu(NdArray x, NdArray slopes, NdArray y) {
    JavaActivations.prelu(x, slopes, y);
  }

  @Override
  public void preluBackward(NdArray x, NdArray slopes, NdArray dy, NdArray dx, NdArray dslopes) {
    JavaActivations.preluBackward(x, slopes, dy, dx, dslopes);
  }

  @Override
  public void binary(Binary f, NdArray a, NdArray b, NdArray y) {
    JavaElementwise.binary(f, a, b, y);
  }

  @Override
  public void where(NdArray condition, NdArray a, NdArray b, NdArray y) {
    JavaElementwise.where(condition, a, b, y);
  }

  @Override
  public void fill(NdArray y, double value) {
    JavaElementwise.fill(y, value);
  }

  @Override
  public void blend(NdArray y, double keep, NdArray x, double add) {
    JavaElementwise.blend(y, keep, x, add);
  }

  @Override
  public void copy(NdArray x, NdArray y) {
    JavaElementwise.copy(x, y);
  }

  @Override
  public void reduce(Reduction f, NdArray x, NdArray y) {
    JavaReductions.reduce(f, x, y);
  }

  @Override
  public void argMax(NdArray x, int axis, NdArray y) {
    JavaReductions.argMax(x, axis, y);
  }

  @Override
  public void matmul(NdArray a, NdArray b, @Nullable NdArray bias, NdArray y) {
    JavaMatmul.matmul(a, b, bias, y);
  }

  @Override
  public void convolution(
      NdArray x, NdArray w, @Nullable NdArray bias, Window window, int groups, NdArray y) {
    JavaConvolution.forward(x, w, bias, window, groups, y);
  }

  @Override
  public void convolutionBackwardData(
      NdArray dy, NdArray w, Window window, int groups, NdArray dx) {
    JavaConvolution.backwardData(dy, w, window, groups, dx);
  }

  @Override
  public void convolutionBackwardWeights(
      NdArray x, NdArray dy, Window window, int groups, NdArray dw, @Nullable NdArray dbias) {
    JavaConvolution.backwardWeights(x, dy, window, groups, dw, dbias);
  }

  @Override
  public long maxPoolWorkspaceBytes(NdArray x, Window window, NdArray y) {
    return JavaPooling.workspaceBytes(y);
  }

  @Override
  public void maxPool(NdArray x, Window window, NdArray y, @Nullable NdArray workspace) {
    JavaPooling.max(x, window, y, workspace);
  }

  @Override
  public void maxPoolBackward(NdArray dy, NdArray workspace, Window window, NdArray dx) {
    JavaPooling.maxBackward(dy, workspace, window, dx);
  }

  @Override
  public void maxPoolIndices(NdArray x, Window window, NdArray workspace, NdArray indices) {
    JavaPooling.maxIndices(workspace, indices);
  }

  @Override
  public void medianIndices(NdArray x, Window window, NdArray indices) {
    JavaPooling.medianIndices(x, window, indices);
  }

  @Override
  public void averagePool(NdArray x, Window window, boolean countPad, NdArray y) {
    JavaPooling.average(x, window, countPad, y);
  }

  @Override
  public void averagePoolBackward(NdArray dy, Window window, boolean countPad, NdArray dx) {
    JavaPooling.averageBackward(dy, window, countPad, dx);
  }

  @Override
  public void resample(NdArray x, Taps rows, Taps columns, NdArray y) {
    JavaResampling.resample(x, rows, columns, y);
  }

  @Override
  public void batchNormTrain(
      NdArray x,
      NdArray gamma,
      NdArray beta,
      double eps,
      NdArray y,
      NdArray mean,
      NdArray variance) {
    JavaNormalisation.train(x, gamma, beta, eps, y, mean, variance);
  }

  @Override
  public void batchNormEval(
      NdArray x,
      NdArray gamma,
      NdArray beta,
      NdArray mean,
      NdArray variance,
      double eps,
      NdArray y) {
    JavaNormalisation.eval(x, gamma, beta, mean, variance, eps, y);
  }

  @Override
  public void batchNormBackward(
      NdArray x,
      NdArray dy,
      NdArray gamma,
      NdArray mean,
      NdArray variance,
      double eps,
      boolean training,
      NdArray dx,
      NdArray dgamma,
      NdArray dbeta) {
    JavaNormalisation.backward(x, dy, gamma, mean, variance, eps, training, dx, dgamma, dbeta);
  }

  @Override
  public void groupNorm(
      NdArray x,
      int groups,
      boolean centred,
      @Nullable NdArray gamma,
      @Nullable NdArray beta,
      double eps,
      NdArray y,
      NdArray mean,
      NdArray inverse) {
    JavaGroupNorm.forward(x, groups, centred, gamma, beta, eps, y, mean, inverse);
  }

  @Override
  public void groupNormBackward(
      NdArray x,
      NdArray dy,
      int groups,
      boolean centred,
      @Nullable NdArray gamma,
      NdArray mean,
      NdArray inverse,
      NdArray dx,
      @Nullable NdArray dgamma,
      @Nullable NdArray dbeta) {
    JavaGroupNorm.backward(x, dy, groups, centred, gamma, mean, inverse, dx, dgamma, dbeta);
  }

  @Override
  public void softmax(NdArray x, int axis, boolean log, NdArray y) {
    JavaReductions.softmax(x, axis, log, y);
  }

  @Override
  public void softmaxBackward(NdArray y, NdArray dy, int axis, boolean log, NdArray dx) {
    JavaReductions.softmaxBackward(y, dy, axis, log, dx);
  }

  @Override
  public void gather(NdArray x, int axis, NdArray index, NdArray y) {
    JavaIndexing.gather(x, axis, index, y);
  }

  @Override
  public void scatterAdd(NdArray x, int axis, NdArray index, NdArray y) {
    JavaIndexing.scatterAdd(x, axis, index, y);
  }

  @Override
  public void scatter(NdArray x, int axis, NdArray index, NdArray y) {
    JavaIndexing.scatter(x, axis, index, y);
  }

  @Override
  public void uniform(Rng rng, double low, double high, NdArray y) {
    JavaIndexing.uniform(rng, low, high, y);
  }

  @Override
  public void normal(Rng rng, double mean, double deviation, NdArray y) {
    JavaIndexing.normal(rng, mean, deviation, y);
  }

  @Override
  public void sgd(
      NdArray p,
      NdArray g,
      @Nullable NdArray v,
      double rate,
      double momentum,
      boolean nesterov,
      double weightDecay) {
    JavaOptimizers.sgd(p, g, v, rate, momentum, nesterov, weightDecay);
  }

  @Override
  public void adam(
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
      long step) {
    JavaOptimizers.adam(p, g, m, v, rate, beta1, beta2, eps, weightDecay, keep, step);
  }
}
