// A layer of one's own in a training loop of one's own: a maxout network on the built-in digits.
//
//   ./fovea run examples/OwnLayerOwnLoop.java
//
// Everything here is public API; Fovea's own layers and its own trainer are made of nothing else.

import module fovea.vision;
import fovea.core.nn.Parameter; // java.lang.reflect has one too

/// Maxout (Goodfellow et al. 2013): of `pieces` linear functions, the largest.
/// x [N, in] → y [N, out].
static final class Maxout extends Layer {
  private final int out;
  private final int pieces;
  private final Parameter weight;
  private final Parameter bias;

  Maxout(int in, int out, int pieces) {
    this.out = out;
    this.pieces = pieces;
    weight = param("weight", Shape.of(out * pieces, in), Init.heNormal());
    bias = param("bias", Shape.of(out * pieces), Init.constant(0));
  }

  @Override
  protected Tensor compute(Tensor x) {
    var all = x.linear(weight.get(), bias.get());
    return all.reshape(-1, out, pieces).max(2);
  }
}

void main() {
  var data = Datasets.open("digits");
  var pixels = Preprocessing.of(data.train(), 1, 28, 28);
  var training = Loader.shuffled(data.train(), pixels, 64, Rng.of(1));
  var testing = Loader.inOrder(data.test(), pixels, 500);

  var network = Sequential.of(new Flatten(), new Maxout(784, 64, 3), new Dropout(0.2), new Linear(64, 10));
  network.init(Rng.of(1));
  var loss = new CrossEntropy();
  var optimizer = Adam.adam(0.002).over(network.parameters());
  IO.println(network);

  for (int epoch = 0; epoch < 3; epoch++) {
    double sum = 0;
    var batches = training.pass(epoch, 0);
    for (int step = 0; batches.hasNext(); step++) {
      // What a step allocates goes back when it ends. Without the scope it would be the collector's.
      try (var _ = Scope.open("step")) {
        var batch = batches.next();
        var rng = Rng.of(1).split(epoch).split(step);
        var l = Mode.training(rng, () -> loss.of(network.forward(batch.x()), batch.y()));
        optimizer.step(l.backward());
        sum += l.item();
      }
    }
    var accuracy = new Accuracy();
    testing
        .pass(0, 0)
        .forEachRemaining(
            b -> accuracy.add(Mode.evaluating(() -> network.forward(b.x())), b.y()));
    IO.println(
        "epoch %d   loss %.3f   test accuracy %.1f %%"
            .formatted(epoch + 1, sum / training.count(), 100 * accuracy.value()));
  }
}
