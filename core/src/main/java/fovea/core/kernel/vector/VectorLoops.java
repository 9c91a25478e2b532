package fovea.core.kernel.vector;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.kernel.AdamFactors;
import fovea.core.kernel.Loops;
import fovea.core.kernel.Norm;
import fovea.core.kernel.Taps;
import fovea.core.kernel.Team;
import fovea.core.kernel.Window;
import org.jspecify.annotations.Nullable;

/// The loops on Java's Vector API.
///
/// Work is cut into blocks by the image's size alone, and what blocks find is put together in their
/// order: results do not depend on how many threads there are.
public final class VectorLoops implements Loops {

  /// Loops on this processor's widest vectors.
  public VectorLoops() {}

  @Override
  public boolean takes(NdArray x) {
    return BatchNorms.take(x);
  }

  /// Whether they are float32 without gaps.
  static boolean areVectors(NdArray... parameters) {
    for (var p : parameters) {
      if (p.dtype() != DType.F32 || !p.isContiguous()) {
        return false;
      }
    }
    return true;
  }

  @Override
  public boolean batchNormTrain(
      Team team,
      NdArray x,
      NdArray gamma,
      NdArray beta,
      double eps,
      @Nullable NdArray residual,
      boolean relu,
      NdArray y,
      NdArray mean,
      NdArray variance) {
    return BatchNorms.train(team, x, gamma, beta, eps, residual, relu, y, mean, variance);
  }

  @Override
  public boolean batchNormBackward(
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
      NdArray dbeta) {
    return BatchNorms.backward(
        team, x, y, dy, gamma, beta, mean, variance, eps, relu, dx, dresidual, dgamma, dbeta);
  }

  @Override
  public boolean groupNorm(
      Team team,
      NdArray x,
      int groups,
      boolean centred,
      @Nullable NdArray gamma,
      @Nullable NdArray beta,
      double eps,
      NdArray y,
      NdArray mean,
      NdArray inverse) {
    if (!areVectors(mean, inverse) || !isVector(gamma) || !isVector(beta)) {
      return false;
    }
    if (GroupNorms.take(x, y)) {
      GroupNorms.forward(team, x, groups, centred, gamma, beta, eps, y, mean, inverse);
    } else if (GroupNormsLast.take(x, y)) {
      GroupNormsLast.forward(team, x, groups, centred, gamma, beta, eps, y, mean, inverse);
    } else {
      return false;
    }
    return true;
  }

  @Override
  public boolean groupNormBackward(
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
      @Nullable NdArray dbeta) {
    if (!areVectors(mean, inverse) || !isVector(gamma) || !isVector(dgamma) || !isVector(dbeta)) {
      return false;
    }
    if (GroupNorms.take(x, dy, dx)) {
      GroupNorms.backward(team, x, dy, groups, centred, gamma, mean, inverse, dx, dgamma, dbeta);
    } else if (GroupNormsLast.take(x, dy, dx)) {
      GroupNormsLast.backward(
          team, x, dy, groups, centred, gamma, mean, inverse, dx, dgamma, dbeta);
    } else {
      return false;
    }
    return true;
  }

  private static boolean isVector(@Nullable NdArray parameter) {
    return parameter == null || areVectors(parameter);
  }

  // ---- convolutions

  @Override
  public boolean takesConvolution(NdArray x, NdArray w, Window window, int groups, NdArray y) {
    return Winograd.suits(x, w, window, groups, y);
  }

  @Override
  public Filters filters(Team team, NdArray w, boolean transposed, boolean owned) {
    return WinogradFilters.of(team, w, transposed, owned);
  }

  @Override
  public void convolve(
      Team team,
      NdArray x,
      Filters filters,
      Window window,
      @Nullable NdArray bias,
      @Nullable Norm norm,
      @Nullable NdArray residual,
      boolean relu,
      NdArray y) {
    Winograd.convolve(team, x, (WinogradFilters) filters, window, bias, norm, residual, relu, y);
  }

  @Override
  public boolean convolutionBackwardWeights(
      Team team,
      NdArray x,
      NdArray dy,
      Window window,
      int groups,
      NdArray dw,
      @Nullable NdArray dbias) {
    if (!Winograd.suitsWeights(x, dw, window, groups, dy)) {
      return false;
    }
    Winograd.backwardWeights(team, x, dy, window, dw, dbias);
    return true;
  }

  // ---- pixels that lie apart

  @Override
  public boolean copy(Team team, NdArray x, NdArray y) {
    return Rows.are(x) && Rows.are(y) && Rows.copy(team, x, y);
  }

  @Override
  public boolean add(Team team, NdArray a, NdArray b, NdArray y) {
    if (!Rows.are(a) || !Rows.are(b) || !Rows.are(y)) {
      return false;
    }
    Rows.add(team, a, b, y);
    return true;
  }

  // ---- optimizers

  @Override
  public boolean resample(Team team, NdArray x, Taps rows, Taps columns, NdArray y) {
    return Interpolation.resample(team, x, rows, columns, y);
  }

  @Override
  public boolean gather(Team team, NdArray x, int axis, NdArray index, NdArray y) {
    return Places.run(team, Places.Kind.GATHER, y, index, x, axis)
        || PickedRows.run(team, Places.Kind.GATHER, y, index, x, axis);
  }

  @Override
  public boolean scatter(Team team, NdArray x, int axis, NdArray index, NdArray y) {
    return Places.run(team, Places.Kind.SCATTER, x, index, y, axis)
        || PickedRows.run(team, Places.Kind.SCATTER, x, index, y, axis);
  }

  @Override
  public boolean scatterAdd(Team team, NdArray x, int axis, NdArray index, NdArray y) {
    return Places.run(team, Places.Kind.ADD, x, index, y, axis)
        || PickedRows.run(team, Places.Kind.ADD, x, index, y, axis);
  }

  @Override
  public boolean sgd(
      Team team,
      NdArray p,
      NdArray g,
      @Nullable NdArray v,
      double rate,
      double momentum,
      boolean nesterov,
      double weightDecay) {
    return Descent.sgd(
        team, p, g, v, (float) rate, (float) momentum, nesterov, (float) weightDecay);
  }

  @Override
  public boolean adam(
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
      long step) {
    return Descent.adam(
        team, p, g, m, v, AdamFactors.of(rate, beta1, beta2, eps, weightDecay, keep, step));
  }
}
