/// Trains LeNet-5 for many steps and shows that memory does not grow: resident memory, native memory, and how often
/// the collector was asked for native memory (it must be 0). Linux only, where /proc tells.
///
///     ./fovea run lab/FlatMemory.java [STEPS] [eager|captured]

import module fovea.vision;
import module java.management;

void main(String[] args) throws Exception {
  int steps = args.length > 0 ? Integer.parseInt(args[0]) : 21_000;
  boolean captured = args.length > 1 && args[1].equals("captured");
  var network = Models.build("lenet5", new InputSize(1, 28, 28), 10).network();
  var optimizer = Adam.adam(1e-3).over(network.parameters());
  var data = Datasets.open("digits");
  var loader =
      Loader.shuffled(data.train(), Preprocessing.of(data.train(), 1, 28, 28), 64, Rng.of(1));
  IO.println("   step   resident  native live  native owned  asked the collector  collections");
  Captured<Gradients> step = null;
  int done = 0;
  for (int epoch = 0; done < steps; epoch++) {
    var batches = loader.pass(epoch, 0);
    while (batches.hasNext() && done < steps) {
      try (var _ = Scope.open("step")) {
        var batch = batches.next();
        if (!captured || (step != null && !step.fits(batch.x(), batch.y()))) {
          optimizer.step(gradients(network, batch.x(), batch.y(), Rng.of(done)));
        } else if (step == null) {
          step =
              Captured.of(
                  (in, random) -> gradients(network, in.get(0), in.get(1), random),
                  Rng.of(done),
                  batch.x(),
                  batch.y());
          optimizer.step(step.result());
        } else {
          optimizer.step(step.run(Rng.of(done), batch.x(), batch.y()));
        }
      }
      if (++done % 1000 == 0) {
        IO.println(
            "%7d %7.1f MiB %8.1f MiB %9.1f MiB %20d %12d"
                .formatted(
                    done,
                    resident() / 1048576.0,
                    Memory.liveBytes() / 1048576.0,
                    Memory.ownedBytes() / 1048576.0,
                    Memory.collections(),
                    ManagementFactory.getGarbageCollectorMXBeans().stream()
                        .mapToLong(b -> b.getCollectionCount())
                        .sum()));
      }
    }
  }
}

Gradients gradients(Layer network, Tensor x, Tensor y, Rng random) {
  return Mode.training(random, () -> new CrossEntropy().of(network.forward(x), y)).backward();
}

long resident() throws Exception {
  for (var line : java.nio.file.Files.readAllLines(java.nio.file.Path.of("/proc/self/status"))) {
    if (line.startsWith("VmRSS:")) {
      return Long.parseLong(line.replaceAll("\\D+", "")) * 1024;
    }
  }
  return -1;
}
