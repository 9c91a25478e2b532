package fovea.core.kernel.onednn;

import static fovea.core.array.DType.BF16;
import static fovea.core.array.DType.F32;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import fovea.core.array.NdArray;
import fovea.core.kernel.Kernels;
import fovea.core.kernel.Loops;
import fovea.core.kernel.Team;
import fovea.core.memory.Tape;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Of [OneDnnKernels], the normalisations, and all that its kernels are made of: the plain ones
/// that they hand on to, the loops, the team and the calls.
abstract sealed class OneDnnNorms implements Kernels permits OneDnnKernels {
  static final int KEPT_PLANS = 2048;

  static final long WORTH_A_LOOP = 16 << 10;

  /// The same where no kernel of oneDNN's is the alternative, but plain Java.
  static final long WORTH_A_ROW = 1 << 10;

  static final long NOT_BY_ONEDNN = -1;

  final Kernels plain;
  final @Nullable Loops loops;
  final Team team = OpenMpTeam.of(NativeLibrary.load());
  final Calls calls;
  private final ConcurrentHashMap<Key, Long> workspaces = new ConcurrentHashMap<>();

  OneDnnNorms(Kernels plain, @Nullable Loops loops, int keptPlans) {
    this.plain = plain;
    // Without a team, oneDNN's kernels on several threads are faster than loops on one.
    this.loops = team.equals(Team.ALONE) && NativeLibrary.threads() > 1 ? null : loops;
    this.calls = new Calls(keptPlans);
  }

  @Override
  public final Team team() {
    return team;
  }

  // ---- what is done where

  static boolean isNative(NdArray a) {
    return a.dtype() == F32 || a.dtype() == BF16;
  }

  /// Whether they are all float32 or all bfloat16.
  static boolean areNative(NdArray a, NdArray b) {
    return isNative(a) && a.dtype() == b.dtype();
  }

  static boolean areNative(NdArray a, NdArray b, NdArray c) {
    return areNative(a, b) && a.dtype() == c.dtype();
  }

  static boolean empty(NdArray a) {
    return a.shape().isEmpty();
  }

  /// Whether a list of parameters is absent, or float32 without gaps.
  static boolean isVector(@Nullable NdArray v) {
    return v == null || (v.dtype() == F32 && v.isContiguous());
  }

  /// The size of the workspace that oneDNN wants, or [#NOT_BY_ONEDNN]. It is asked once.
  final long workspace(Key key, LongSupplier ask) {
    if (workspaces.size() > KEPT_PLANS) {
      workspaces.clear();
    }
    return workspaces.computeIfAbsent(
        key,
        _ -> {
          try {
            return ask.getAsLong();
          } catch (OneDnn.Unsupported e) {
            return NOT_BY_ONEDNN;
          }
        });
  }

  static boolean areVectors(NdArray... parameters) {
    for (var p : parameters) {
      if (!isVector(p)) {
        return false;
      }
    }
    return true;
  }

  // ---- batch norm

  @Override
  public final void batchNormTrain(
      NdArray x,
      NdArray gamma,
      NdArray beta,
      double eps,
      NdArray y,
      NdArray mean,
      NdArray variance) {
    if (loops != null
        && loops(x)
        && loops.batchNormTrain(team, x, gamma, beta, eps, null, false, y, mean, variance)) {
      return;
    }
    if (areNative(x, y) && !empty(x) && areVectors(gamma, beta, mean, variance)) {
      var key = new Key(Op.BATCH_NORM_TRAIN).add(x).add(eps).add(y);
      if (calls.run(key, () -> BatchNorms.train(x, eps, y), x, gamma, beta, y, mean, variance)) {
        return;
      }
    }
    plain.batchNormTrain(x, gamma, beta, eps, y, mean, variance);
  }

  @Override
  public final void batchNormEval(
      NdArray x,
      NdArray gamma,
      NdArray beta,
      NdArray mean,
      NdArray variance,
      double eps,
      NdArray y) {
    if (areNative(x, y) && !empty(x) && areVectors(gamma, beta, mean, variance)) {
      var key = new Key(Op.BATCH_NORM_EVAL).add(x).add(eps).add(y);
      if (calls.run(key, () -> BatchNorms.eval(x, eps, y), x, gamma, beta, mean, variance, y)) {
        return;
      }
    }
    plain.batchNormEval(x, gamma, beta, mean, variance, eps, y);
  }

  @Override
  public final void batchNormBackward(
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
    if (training
        && loops != null
        && loops(x)
        && loops.batchNormBackward(
            team, x, x, dy, gamma, gamma, mean, variance, eps, false, dx, null, dgamma, dbeta)) {
      return;
    }
    if (areNative(x, dy, dx) && !empty(x) && areVectors(gamma, mean, variance, dgamma, dbeta)) {
      var key = new Key(Op.BATCH_NORM_BACKWARD).add(x).add(dy).add(eps).add(training).add(dx);
      if (calls.run(
          key,
          () -> BatchNorms.backward(x, dy, eps, training, dx),
          x,
          dy,
          gamma,
          mean,
          variance,
          dx,
          dgamma,
          dbeta)) {
        return;
      }
    }
    plain.batchNormBackward(x, dy, gamma, mean, variance, eps, training, dx, dgamma, dbeta);
  }

  /// Whether Java's own loops, which need one pass where oneDNN's kernels need several, shall do
  /// it: not while they may not have been compiled, for less than they would win.
  private boolean loops(NdArray x) {
    return loops != null && x.shape().elements() >= WORTH_A_LOOP && loops.takes(x);
  }

  @Override
  public final long batchNormReluWorkspaceBytes(
      NdArray x, NdArray gamma, NdArray beta, boolean residual) {
    if (!isNative(x) || empty(x) || !areVectors(gamma, beta)) {
      return -1;
    }
    if (loops(x)) {
      return 0;
    }
    if (residual) {
      return -1;
    }
    return workspace(
        new Key(Op.BATCH_NORM_RELU_TRAIN).add(x), () -> BatchNorms.reluWorkspaceBytes(x));
  }

  @Override
  public final void batchNormReluTrain(
      NdArray x,
      NdArray gamma,
      NdArray beta,
      double eps,
      @Nullable NdArray residual,
      NdArray y,
      NdArray mean,
      NdArray variance,
      NdArray workspace) {
    if (workspace.shape().isEmpty()) {
      demand(
          loops != null
              && loops.batchNormTrain(
                  team, x, gamma, beta, eps, residual, true, y, mean, variance));
      return;
    }
    var key = new Key(Op.BATCH_NORM_RELU_TRAIN).add(x).add(eps).add(y);
    if (!calls.run(
        key, () -> BatchNorms.trainRelu(x, eps, y), x, gamma, beta, y, mean, variance, workspace)) {
      throw new IllegalStateException("batch norm's ReLU has a workspace but no kernel");
    }
    keepNan(mean, variance, y);
    var tape = Tape.recording();
    if (tape != null) {
      tape.add(() -> keepNan(mean, variance, y));
    }
  }

  private static void demand(boolean done) {
    if (!done) {
      throw new IllegalStateException("batch norm has no workspace and no loops");
    }
  }

  /// oneDNN's ReLU makes 0 of NaN, and a training that has diverged would go on unnoticed. What
  /// infinity does to later layers does not pass unnoticed.
  private void keepNan(NdArray mean, NdArray variance, NdArray y) {
    float sum = 0;
    var means = mean.segment();
    var variances = variance.segment();
    for (int c = 0; c < mean.shape().size(0); c++) {
      sum +=
          means.getAtIndex(JAVA_FLOAT, mean.offset() + c)
              * 0
              * variances.getAtIndex(JAVA_FLOAT, variance.offset() + c);
    }
    if (Float.isNaN(sum)) {
      fill(y, Double.POSITIVE_INFINITY);
    }
  }

  @Override
  public final void batchNormReluBackward(
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
    if (workspace.shape().isEmpty()) {
      demand(
          loops != null
              && loops.batchNormBackward(
                  team, x, y, dy, gamma, beta, mean, variance, eps, true, dx, dresidual, dgamma,
                  dbeta));
      return;
    }
    var key = new Key(Op.BATCH_NORM_RELU_BACKWARD).add(x).add(dy).add(eps).add(dx);
    if (!calls.run(
        key,
        () -> BatchNorms.backwardRelu(x, dy, eps, dx),
        x,
        dy,
        gamma,
        mean,
        variance,
        dx,
        dgamma,
        dbeta,
        workspace)) {
      throw new IllegalStateException("batch norm's ReLU has no way back");
    }
  }

  // ---- layer, group, instance and RMS norm

  @Override
  public final void groupNorm(
      NdArray x,
      int groups,
      boolean centred,
      @Nullable NdArray gamma,
      @Nullable NdArray beta,
      double eps,
      NdArray y,
      NdArray mean,
      NdArray inverse) {
    if (loops == null
        || x.shape().elements() < WORTH_A_ROW
        || !loops.groupNorm(team, x, groups, centred, gamma, beta, eps, y, mean, inverse)) {
      plain.groupNorm(x, groups, centred, gamma, beta, eps, y, mean, inverse);
    }
  }

  @Override
  public final void groupNormBackward(
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
    if (loops == null
        || x.shape().elements() < WORTH_A_ROW
        || !loops.groupNormBackward(
            team, x, dy, groups, centred, gamma, mean, inverse, dx, dgamma, dbeta)) {
      plain.groupNormBackward(x, dy, groups, centred, gamma, mean, inverse, dx, dgamma, dbeta);
    }
  }
}
