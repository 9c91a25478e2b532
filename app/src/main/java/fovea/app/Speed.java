package fovea.app;

import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.loss.CrossEntropy;
import fovea.core.memory.Scope;
import fovea.core.nn.Mode;
import fovea.core.optim.Adam;
import fovea.core.tensor.Graph;
import fovea.core.tensor.Tensor;
import fovea.vision.model.Models;
import java.util.Locale;

/// How fast this machine computes, by about a second of work.
///
/// @param matrix rows and columns of the matrices that were multiplied
/// @param gigaflops of their product, in 10⁹ operations a second
/// @param stepsPerSecond of training LeNet-5 on batches of 64
record Speed(int matrix, double gigaflops, double stepsPerSecond) {
  private static final double SECONDS = 0.4;
  private static final int SMALL = 256;
  private static final int LARGE = 1024;
  private static final int BATCH = 64;

  static Speed measure() {
    double small = gigaflops(SMALL, SECONDS / 4);
    // A large product must not take much longer than it is given.
    boolean fast = 2.0 * LARGE * LARGE * LARGE / (small * 1e9) < SECONDS / 4;
    return new Speed(fast ? LARGE : SMALL, fast ? gigaflops(LARGE, SECONDS) : small, training());
  }

  private static double gigaflops(int n, double seconds) {
    try (var _ = Scope.open("speed of matmul")) {
      var rng = Rng.of(0);
      var a = Tensor.normal(rng.split("a"), 0, 1, Shape.of(n, n), DType.F32);
      var b = Tensor.normal(rng.split("b"), 0, 1, Shape.of(n, n), DType.F32);
      return 2e-9 * n * n * n * perSecond(seconds, () -> Graph.unrecorded(() -> a.matmul(b)));
    }
  }

  private static double training() {
    var kind = Models.kind("lenet5");
    var network = Models.build("lenet5", kind.usual(), 10).network();
    network.initMissing(Rng.of(0));
    var optimizer = Adam.adam(1e-3).over(network.parameters());
    var loss = new CrossEntropy();
    try (var _ = Scope.open("speed of training")) {
      var x = Tensor.normal(Rng.of(1), 0, 1, kind.usual().batch(BATCH), DType.F32);
      var y = Tensor.of(new int[BATCH], Shape.of(BATCH));
      return perSecond(
          SECONDS,
          () ->
              optimizer.step(
                  Mode.training(Rng.of(2), () -> loss.of(network.forward(x), y)).backward()));
    }
  }

  /// How often a second something can be done, not counting the time that Java needs to get going.
  private static double perSecond(double seconds, Runnable work) {
    long until = System.nanoTime() + (long) (seconds / 2 * 1e9);
    do {
      once(work);
    } while (System.nanoTime() < until);
    long began = System.nanoTime();
    long now;
    int n = 0;
    do {
      once(work);
      n++;
      now = System.nanoTime();
    } while (now - began < seconds * 1e9);
    return n / ((now - began) * 1e-9);
  }

  private static void once(Runnable work) {
    try (var _ = Scope.open("speed check")) {
      work.run();
    }
  }

  String flops() {
    return String.format(Locale.ROOT, "%.1f GFLOP/s (%2$d×%2$d)", gigaflops, matrix);
  }

  String steps() {
    return String.format(
        Locale.ROOT, "%,.0f steps/s (%,.0f images/s)", stepsPerSecond, BATCH * stepsPerSecond);
  }
}
