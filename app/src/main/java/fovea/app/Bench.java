package fovea.app;

import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.kernel.Kernels;
import fovea.core.loss.CrossEntropy;
import fovea.core.memory.Memory;
import fovea.core.memory.Scope;
import fovea.core.nn.Mode;
import fovea.core.nn.Summary;
import fovea.core.optim.Sgd;
import fovea.core.tensor.Captured;
import fovea.core.tensor.Precision;
import fovea.core.tensor.Tensor;
import fovea.vision.model.Classifier;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;

/// How long a network takes on this machine, for random images.
final class Bench {
  /// So small that the network stays about what it is: a well-trained one has gradients so close to
  /// 0 that processors are slow with them.
  private static final double RATE = 1e-5;

  private static final double MOMENTUM = 0.9;
  private static final double GIGA = 1e9;

  /// Of what the time for warming up is, as a share of that for measuring.
  private static final double WARM_UP = 0.5;

  private static final int LEAST_STEPS = 3;

  /// What a thread computes about, to say beforehand how long all will take.
  private static final double OPERATIONS_OF_A_THREAD = 50 * GIGA;

  /// What takes part of a step forward and back, in forward passes.
  private static final int PASSES_OF_TRAINING = 3;

  private final Classifier model;
  private final int batch;
  private final double seconds;
  private final BooleanSupplier stop;
  private final long multiplyAdds;
  private final long weightBytes;

  /// @param batch images in a step
  /// @param seconds to measure for, each time
  /// @param stop whether the user has had enough
  Bench(Classifier model, int batch, double seconds, BooleanSupplier stop) {
    this.model = model;
    this.batch = batch;
    this.seconds = seconds;
    this.stop = stop;
    model.network().initMissing(Rng.of(0));
    multiplyAdds = Summary.of(model.network(), model.input().batch(1)).multiplyAdds();
    weightBytes =
        model.network().state().values().stream()
            .mapToLong(t -> t.shape().elements() * t.dtype().bytes())
            .sum();
  }

  Classifier model() {
    return model;
  }

  int batch() {
    return batch;
  }

  /// Of one image, forward.
  long multiplyAdds() {
    return multiplyAdds;
  }

  /// What steps of one kind took.
  ///
  /// @param median in milliseconds
  /// @param min the fastest step, in milliseconds
  /// @param max the slowest step, in milliseconds
  /// @param steps that were measured
  /// @param imagesPerSecond by the median
  /// @param gigaflops by the median and the network's multiply-adds, two operations each
  /// @param bytes the most native memory that was in use for it, weights included
  record Times(
      double median,
      double min,
      double max,
      int steps,
      double imagesPerSecond,
      double gigaflops,
      long bytes) {}

  /// About how long [#training] and [#inference] will take together, in seconds.
  double expected() {
    double forward =
        2.0 * multiplyAdds * batch / (OPERATIONS_OF_A_THREAD * Kernels.best().threads());
    return DoubleStream.of(forward, PASSES_OF_TRAINING * forward)
        .map(step -> Math.max((1 + WARM_UP) * seconds, (1 + LEAST_STEPS) * step))
        .sum();
  }

  /// Measures steps forward, back and of SGD with momentum.
  ///
  /// @return `null` where it was stopped
  @Nullable Times training(Precision precision) {
    long before = settled();
    var network = model.network();
    var optimizer = Sgd.sgd(RATE).momentum(MOMENTUM).over(network.parameters());
    var loss = new CrossEntropy();
    var random = Rng.of(2);
    try (var _ = Scope.open("measuring training")) {
      var x = images();
      var y = labels();
      return times(
          () ->
              optimizer.step(
                  precision
                      .run(() -> Mode.training(random, () -> loss.of(network.forward(x), y)))
                      .backward()),
          PASSES_OF_TRAINING,
          before);
    }
  }

  /// Measures forward passes of a network whose weights stay as they are, with their results read.
  ///
  /// @return `null` where it was stopped
  @Nullable Times inference(Precision precision) {
    long before = settled();
    try (var _ = Scope.open("measuring inference")) {
      var x = images();
      try (var step =
          Captured.frozen(
              in ->
                  precision.run(
                      () -> Mode.evaluating(() -> model.network().forward(in.getFirst()))),
              x)) {
        return times(() -> step.run(x).toFloats(), 1, before);
      }
    }
  }

  /// Channels-last, as loaders make them.
  private Tensor images() {
    var images = Tensor.normal(Rng.of(1), 0, 1, model.input().batch(batch), DType.F32);
    var channelsLast = NdArray.channelsLast(DType.F32, images.shape());
    Kernels.best().copy(images.array(), channelsLast);
    return Tensor.of(channelsLast);
  }

  private Tensor labels() {
    var labels = new int[batch];
    Arrays.setAll(labels, i -> i % model.classes());
    return Tensor.of(labels, Shape.of(batch));
  }

  private @Nullable Times times(Runnable step, int passes, long bytesBefore) {
    double warm = 0;
    do {
      warm += once(step);
    } while (warm < WARM_UP * seconds && !stop.getAsBoolean());
    var times = DoubleStream.builder();
    double sum = 0;
    int n = 0;
    while ((sum < seconds || n < LEAST_STEPS) && !stop.getAsBoolean()) {
      double t = once(step);
      times.add(t);
      sum += t;
      n++;
    }
    if (stop.getAsBoolean()) {
      return null;
    }
    var sorted = times.build().sorted().toArray();
    double median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
    return new Times(
        1e3 * median,
        1e3 * sorted[0],
        1e3 * sorted[n - 1],
        n,
        batch / median,
        2.0 * passes * multiplyAdds * batch / median / GIGA,
        // The pool gives nothing back meanwhile, so this is the most there ever was.
        weightBytes + Memory.ownedBytes() - bytesBefore);
  }

  /// @return seconds
  private static double once(Runnable step) {
    long began = System.nanoTime();
    try (var _ = Scope.open("measured step")) {
      step.run();
    }
    return (System.nanoTime() - began) / GIGA;
  }

  /// Lets go of what earlier measurements left to the collector.
  ///
  /// @return bytes of native memory that are still owned
  private static long settled() {
    long live;
    do {
      live = Memory.liveBytes();
      System.gc();
      try {
        Thread.sleep(20); // The cleaner's thread needs a moment.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    } while (Memory.liveBytes() < live && !Thread.currentThread().isInterrupted());
    Memory.trim();
    return Memory.ownedBytes();
  }
}
