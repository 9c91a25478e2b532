/// Times a training step of LeNet-5 (forward, cross-entropy, backward, SGD with momentum) and a forward
/// pass, on random images. Prints medians over rounds, in milliseconds.
///
///     ./fovea run lab/LeNetStep.java [BATCH] [ROUNDS]

import module fovea.vision;

void main(String[] args) {
  int batch = args.length > 0 ? Integer.parseInt(args[0]) : 64;
  int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 15;
  var network = Models.build("lenet5", new InputSize(1, 28, 28), 10).network();
  var optimizer = Sgd.sgd(0.01).momentum(0.9).over(network.parameters());
  var x = Tensor.normal(Rng.of(1), 0, 1, Shape.of(batch, 1, 28, 28), DType.F32);
  var labels = new int[batch];
  for (int i = 0; i < batch; i++) {
    labels[i] = i % 10;
  }
  var y = Tensor.of(labels, Shape.of(batch));

  Runnable train =
      () -> {
        try (var _ = Scope.open("step")) {
          var loss =
              Mode.training(Rng.of(0), () -> new CrossEntropy().of(network.forward(x), y));
          optimizer.step(loss.backward());
        }
      };
  Runnable infer =
      () -> {
        try (var _ = Scope.open("step")) {
          Mode.evaluating(() -> network.forward(x)).toFloats();
        }
      };
  IO.println(Kernels.best().name());
  IO.println("LeNet-5, batch %d: training step %s, inference %s".formatted(batch, time(train, rounds), time(infer, rounds)));
}

/// Median and range over rounds of 100 calls, after 1,000 to warm up.
String time(Runnable work, int rounds) {
  for (int i = 0; i < 1000; i++) {
    work.run();
  }
  var ms = new double[rounds];
  for (int r = 0; r < rounds; r++) {
    long began = System.nanoTime();
    for (int i = 0; i < 100; i++) {
      work.run();
    }
    ms[r] = (System.nanoTime() - began) * 1e-6 / 100;
  }
  java.util.Arrays.sort(ms);
  return "%.3f ms (%.3f–%.3f)".formatted(ms[rounds / 2], ms[0], ms[rounds - 1]);
}
