package fovea.lab.peer;

import fovea.core.Version;
import fovea.core.array.DType;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.kernel.Kernels;
import fovea.core.loss.CrossEntropy;
import fovea.core.memory.Scope;
import fovea.core.nn.Layer;
import fovea.core.nn.Mode;
import fovea.core.optim.Sgd;
import fovea.core.tensor.Tensor;
import fovea.lab.work.Precision;
import fovea.lab.work.Work;
import java.util.Arrays;
import java.util.function.Supplier;

/// Fovea, used as a program of a user's would use it.
final class FoveaPeer implements Peer {
  /// Each step runs op by op.
  static final String EAGER = "eager";

  @Override
  public String version() {
    return "Fovea " + Version.current() + ", " + Kernels.best().name();
  }

  @Override
  public Prepared prepare(Work work, Precision precision, Configuration configuration) {
    return switch (work.task()) {
      case TRAIN -> train(work, precision, configuration);
      case INFER -> infer(work, precision, configuration);
      case MATMUL -> product(work, precision, configuration);
      case ELEMENTWISE -> elementwise(work, precision, configuration);
    };
  }

  /// A step as it will be timed. Here go the other ways of running one: bf16 is to be
  /// `fovea.core.tensor.Precision.BF16.run(step)`, and a captured step is captured here.
  private static Runnable step(Precision precision, Configuration configuration, Runnable step) {
    if (precision == Precision.BF16) {
      throw new Unavailable("Fovea has no bf16 yet");
    }
    if (!configuration.variant().equals(EAGER)) {
      throw new Unavailable("Fovea does not run steps \"" + configuration.variant() + "\" yet");
    }
    return () -> {
      try (var _ = Scope.open("step")) {
        step.run();
      }
    };
  }

  private static Prepared train(Work work, Precision precision, Configuration configuration) {
    var network = FoveaNetworks.build(work);
    var sgd = work.sgd();
    var optimizer =
        new Sgd(sgd.rate(), sgd.momentum(), sgd.nesterov(), sgd.weightDecay())
            .over(network.parameters());
    var x = images(work);
    var y = labels(work);
    var loss = new CrossEntropy();
    Supplier<Tensor> forward = () -> loss.of(network.forward(x), y);
    return new Prepared(
        step(
            precision,
            configuration,
            () -> optimizer.step(Mode.training(Rng.of(0), forward).backward())),
        weights(network));
  }

  private static Prepared infer(Work work, Precision precision, Configuration configuration) {
    var network = FoveaNetworks.build(work);
    var x = images(work);
    return new Prepared(
        step(precision, configuration, () -> Mode.evaluating(() -> network.forward(x)).toFloats()),
        weights(network));
  }

  private static Prepared product(Work work, Precision precision, Configuration configuration) {
    var shape = Shape.of(work.batch(), work.batch());
    var a = Tensor.normal(Rng.of(1), 0, 1, shape, DType.F32);
    var b = Tensor.normal(Rng.of(2), 0, 1, shape, DType.F32);
    return new Prepared(step(precision, configuration, () -> a.matmul(b)), 0);
  }

  private static Prepared elementwise(Work work, Precision precision, Configuration configuration) {
    var shape = Shape.of(work.batch());
    var x = Tensor.normal(Rng.of(1), 0, 1, shape, DType.F32);
    var y = Tensor.normal(Rng.of(2), 0, 1, shape, DType.F32);
    return new Prepared(
        step(
            precision,
            configuration,
            () -> x.mul(1.5).add(y).relu().mul(y).sigmoid().sub(x).abs().sqrt()),
        0);
  }

  private static Tensor images(Work work) {
    return Tensor.normal(Rng.of(1), 0, 1, Shape.of(work.inputShape()), DType.F32);
  }

  private static Tensor labels(Work work) {
    var labels = new int[Arrays.stream(work.labelShape()).reduce(1, Math::multiplyExact)];
    Arrays.setAll(labels, i -> i % work.classes());
    return Tensor.of(labels, Shape.of(work.labelShape()));
  }

  private static long weights(Layer network) {
    long sum = 0;
    for (var p : network.state().values()) {
      if (p.shape().rank() > 1) {
        sum += p.shape().elements();
      }
    }
    return sum;
  }
}
