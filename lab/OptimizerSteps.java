/// What one step of update rules costs over the parameters of a ResNet-18, 11.7 million numbers.
/// `lab/peers/optimizer_steps.py` does the same with PyTorch.
///
///     ./fovea run lab/OptimizerSteps.java [RULE …]

import module fovea.vision;

void main(String[] args) {
  var texts =
      args.length > 0
          ? List.of(args)
          : List.of(
              "sgd", "adam", "adamw", "nadam", "radam", "adamax", "adagrad", "adadelta", "rmsprop",
              "lion");
  IO.println(Kernels.best().name());
  for (var text : texts) {
    var network = Models.build("resnet18", new InputSize(3, 224, 224), 1000).network();
    var parameters = network.parameters();
    var optimizer = UpdateRules.parse(text).over(parameters);
    // Small, so that the parameters stay finite and of ordinary size.
    var loss = Tensor.scalar(0, DType.F32);
    for (var p : parameters.values()) {
      loss = loss.add(p.mul(1e-6f).sum());
    }
    var gradients = loss.backward();
    var times = new double[40];
    for (int i = -20; i < times.length; i++) {
      long began = System.nanoTime();
      optimizer.step(gradients);
      if (i >= 0) {
        times[i] = (System.nanoTime() - began) * 1e-6;
      }
    }
    Arrays.sort(times);
    IO.println("%-10s %7.2f ms (least %.2f)".formatted(text, times[times.length / 2], times[0]));
  }
}
