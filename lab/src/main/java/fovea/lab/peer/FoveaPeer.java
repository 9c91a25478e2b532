package fovea.lab.peer;

import fovea.core.Version;
import fovea.core.array.DType;
import fovea.core.array.NdArray;
import fovea.core.array.Rng;
import fovea.core.array.Shape;
import fovea.core.kernel.Kernels;
import fovea.core.loss.CrossEntropy;
import fovea.core.memory.Scope;
import fovea.core.nn.Layer;
import fovea.core.nn.Mode;
import fovea.core.optim.Sgd;
import fovea.core.tensor.Captured;
import fovea.core.tensor.Gradients;
import fovea.core.tensor.Tensor;
import fovea.lab.work.Precision;
import fovea.lab.work.Work;
import java.util.Arrays;
import java.util.List;

/// Fovea, used as a program of a user's would use it.
final class FoveaPeer implements Peer {
  /// Each step runs op by op.
  static final String EAGER = "eager";

  /// Steps are captured and replayed; for inference with the weights frozen.
  static final String CAPTURED = "captured";

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

  private static Prepared train(Work work, Precision precision, Configuration configuration) {
    var network = FoveaNetworks.build(work);
    var sgd = work.sgd();
    var optimizer =
        new Sgd(sgd.rate(), sgd.momentum(), sgd.nesterov(), sgd.weightDecay())
            .over(network.parameters());
    var x = images(work);
    var y = labels(work);
    var loss = new CrossEntropy();
    var random = Rng.of(0);
    Captured.RandomStep<Gradients> gradients =
        (in, stream) ->
            in(precision)
                .run(
                    () ->
                        Mode.training(
                            stream, () -> loss.of(network.forward(in.get(0)), in.get(1))))
                .backward();
    Runnable step;
    if (configuration.variant().equals(CAPTURED)) {
      var captured = Captured.of(gradients, random, x, y);
      step = () -> optimizer.step(captured.run(random, x, y));
    } else {
      step = inScope(() -> optimizer.step(gradients.run(List.of(x, y), random)));
    }
    return new Prepared(step, weights(network));
  }

  private static Prepared infer(Work work, Precision precision, Configuration configuration) {
    var network = FoveaNetworks.build(work);
    Captured.Step<Tensor> logits =
        in -> in(precision).run(() -> Mode.evaluating(() -> network.forward(in.get(0))));
    return new Prepared(read(configuration, logits, images(work)), weights(network));
  }

  private static Prepared product(Work work, Precision precision, Configuration configuration) {
    var shape = Shape.of(work.batch(), work.batch());
    var a = Tensor.normal(Rng.of(1), 0, 1, shape, DType.F32).to(type(precision));
    var b = Tensor.normal(Rng.of(2), 0, 1, shape, DType.F32).to(type(precision));
    return new Prepared(alone(configuration, in -> in.get(0).matmul(in.get(1)), a, b), 0);
  }

  private static Prepared elementwise(Work work, Precision precision, Configuration configuration) {
    var shape = Shape.of(work.batch());
    var x = Tensor.normal(Rng.of(1), 0, 1, shape, DType.F32).to(type(precision));
    var y = Tensor.normal(Rng.of(2), 0, 1, shape, DType.F32).to(type(precision));
    Captured.Step<Tensor> chain =
        in -> {
          var a = in.get(0);
          var b = in.get(1);
          return a.mul(1.5).add(b).relu().mul(b).sigmoid().sub(a).abs().sqrt();
        };
    return new Prepared(alone(configuration, chain, x, y), 0);
  }

  /// A step whose result is read.
  private static Runnable read(
      Configuration configuration, Captured.Step<Tensor> step, Tensor... inputs) {
    if (configuration.variant().equals(CAPTURED)) {
      var captured = Captured.frozen(step, inputs);
      return () -> captured.run(inputs).toFloats();
    }
    return inScope(() -> step.run(List.of(inputs)).toFloats());
  }

  /// A step whose result stays where it is; captured ones, which copy their inputs, would do more.
  private static Runnable alone(
      Configuration configuration, Captured.Step<Tensor> step, Tensor... inputs) {
    if (configuration.variant().equals(CAPTURED)) {
      throw new Unavailable("captured steps are for networks");
    }
    return inScope(() -> step.run(List.of(inputs)));
  }

  private static Runnable inScope(Runnable step) {
    return () -> {
      try (var _ = Scope.open("step")) {
        step.run();
      }
    };
  }

  private static fovea.core.tensor.Precision in(Precision precision) {
    return precision == Precision.BF16
        ? fovea.core.tensor.Precision.BF16
        : fovea.core.tensor.Precision.F32;
  }

  private static DType type(Precision precision) {
    return precision == Precision.BF16 ? DType.BF16 : DType.F32;
  }

  private static Tensor images(Work work) {
    var images = Tensor.normal(Rng.of(1), 0, 1, Shape.of(work.inputShape()), DType.F32);
    // As data loaders make them.
    var channelsLast = NdArray.channelsLast(DType.F32, images.shape());
    Kernels.best().copy(images.array(), channelsLast);
    return Tensor.of(channelsLast);
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
