// An operation of one's own: forward and backward in one record, checked by differences.
//
//   ./fovea run examples/OwnOperation.java
//
// Fovea's own operations are made in the same way; there is no other.

import module fovea.core;

/// x/(1 + |x|), a sigmoid with long tails (Glorot & Bengio 2010, section 3.2).
///
/// The record holds what the way back needs. That way is written in tensor operations, which have
/// gradients themselves: so the operation has a second derivative too.
record Softsign(Tensor x) implements Backward {
  static Tensor of(Tensor x) {
    var values = x.toDoubles();
    for (int i = 0; i < values.length; i++) {
      values[i] = values[i] / (1 + Math.abs(values[i]));
    }
    var y = Tensor.of(values, x.shape()).to(x.dtype());
    return Graph.record(y.array(), new Softsign(x), x);
  }

  @Override
  public Tensor[] backward(Tensor gradient) {
    return new Tensor[] {gradient.mul(x.abs().add(1).pow(-2))};
  }
}

/// The same with a mistake: the square is missing.
record Careless(Tensor x) implements Backward {
  static Tensor of(Tensor x) {
    return Graph.record(Softsign.of(x.detach()).array(), new Careless(x), x);
  }

  @Override
  public Tensor[] backward(Tensor gradient) {
    return new Tensor[] {gradient.div(x.abs().add(1))};
  }
}

/// And with a gradient that is not of its input's shape.
record Shapeless(Tensor x) implements Backward {
  static Tensor of(Tensor x) {
    return Graph.record(Softsign.of(x.detach()).array(), new Shapeless(x), x);
  }

  @Override
  public Tensor[] backward(Tensor gradient) {
    return new Tensor[] {gradient.sum()};
  }
}

void main() {
  var x = Tensor.of(-2f, -0.5f, 0.25f, 3).withGrad();
  IO.println(Graph.of(Softsign.of(x).named("y").sum()).withGradients());

  // Against central differences, in float64: the gradient, and the gradient of the gradient.
  IO.println("first derivative:  worst relative error %.0e".formatted(
      GradientCheck.check(in -> Softsign.of(in.getFirst()), x)));
  IO.println("second derivative: worst relative error %.0e".formatted(
      GradientCheck.checkSecond(in -> Softsign.of(in.getFirst()), x)));

  // What mistakes look like.
  try {
    GradientCheck.check(in -> Careless.of(in.getFirst()), x);
  } catch (AssertionError e) {
    IO.println("\na wrong formula:\n  " + e.getMessage());
  }
  try {
    Shapeless.of(x).sum().backward();
  } catch (RuntimeException e) {
    IO.println("a wrong shape:\n  " + e.getMessage());
  }

  // In a network it is a function as any other: XOR, learned with four hidden units.
  var inputs = Tensor.of(new float[] {0, 0, 0, 1, 1, 0, 1, 1}, Shape.of(4, 2));
  var targets = Tensor.of(new float[] {-0.5f, 0.5f, 0.5f, -0.5f}, Shape.of(4, 1));
  var network = Sequential.of(new Linear(2, 4), Softsign::of, new Linear(4, 1), Softsign::of);
  network.init(Rng.of(1));
  var optimizer = Adam.adam(0.05).over(network.parameters());
  var loss = new MeanSquaredError();
  for (int step = 0; step < 500; step++) {
    optimizer.step(loss.of(network.forward(inputs), targets).backward());
  }
  var found = network.forward(inputs).toFloats();
  IO.println("\nXOR: %.2f %.2f %.2f %.2f".formatted(found[0], found[1], found[2], found[3]));
}
