// Why weights must not all begin alike: hidden units with equal weights have equal gradients, and
// stay one unit for ever.
//
//   ./fovea run examples/ConstantInitialisation.java
//
// Learns XOR, for which two different hidden units are needed, from several starts.

import module fovea.core;

static final int HIDDEN = 4;
static final int STEPS = 800;

final Tensor x = Tensor.of(new float[] {0, 0, 0, 1, 1, 0, 1, 1}, Shape.of(4, 2));
final Tensor xor = Tensor.of(new int[] {0, 1, 1, 0}, Shape.of(4));

void main() {
  var starts = new LinkedHashMap<String, Init>();
  starts.put("zero", Init.constant(0));
  starts.put("constant 0.5", Init.constant(0.5));
  starts.put("Glorot", Init.glorotUniform());
  starts.put("orthogonal", Init.orthogonal(1));
  for (var start : starts.entrySet()) {
    IO.println(start.getKey());
    learn(start.getValue());
  }
  IO.println("Of zero weights between the layers no gradient passes at all; of equal ones, all alike.");
}

void learn(Init start) {
  var network =
      Sequential.of(
          new Linear(2, HIDDEN, false, start),
          Activation.tanh(),
          new Linear(HIDDEN, 2, true, start));
  network.init(Rng.of(2));
  var parameters = network.parameters();
  var weights = Objects.requireNonNull(parameters.get("0.weight"));
  var optimizer = Sgd.sgd(0.3).momentum(0.9).over(parameters);
  for (int step = 0; step <= STEPS; step++) {
    var loss = new CrossEntropy().of(network.forward(x), xor);
    var value = loss.item();
    var gradients = loss.backward();
    if (step == 0 || step == STEPS) {
      IO.println("  step %3d   loss %.3f".formatted(step, value));
      print("weights", weights);
      print("gradient", gradients.of(weights));
    }
    optimizer.step(gradients);
  }
  int right = Accuracy.correct(Mode.evaluating(() -> network.forward(x)), xor);
  IO.println("  %d of 4 right, with %d different hidden units\n".formatted(right, different(weights)));
}

/// The weights of each hidden unit, side by side.
void print(String what, Tensor t) {
  var line = new StringBuilder("    %-9s".formatted(what));
  for (int unit = 0; unit < HIDDEN; unit++) {
    var w = t.detach().select(0, unit).toFloats();
    // Adding 0 makes −0 a plain 0.
    line.append("   (%6.3f, %6.3f)".formatted(w[0] + 0f, w[1] + 0f));
  }
  IO.println(line);
}

long different(Tensor weights) {
  return IntStream.range(0, HIDDEN)
      .mapToObj(unit -> Arrays.toString(weights.detach().select(0, unit).toFloats()))
      .distinct()
      .count();
}
