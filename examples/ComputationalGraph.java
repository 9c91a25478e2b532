// The computational graph: values flow forward, gradients back, by the chain rule.
//
//   ./fovea run examples/ComputationalGraph.java
//
// Prints the graphs of a few small functions and draws the first one, runs/computational-graph.svg.
// Or try your own: ./fovea graph "(x + y) * z" x=-2 y=5 z=-4

import module fovea.core;

void main() throws IOException {
  // Tensors made by withGrad() are where gradients are wanted; names are for the eye only.
  var x = number("x", -2);
  var y = number("y", 5);
  var z = number("z", -4);
  var q = x.add(y).named("q");
  var f = q.mul(z).named("f");
  show("f = (x + y)·z", f);

  // The gradient of a maximum goes to the larger operand. At a tie the course writes 1(x ≥ y) and
  // 1(y ≥ x), one for each; Fovea gives each one half, as PyTorch does, so that they add up to one.
  show("max(a, b)", number("a", 3).maximum(number("b", 1)).named("max"));
  show("max(a, b) at a tie", number("a", 2).maximum(number("b", 2)).named("max"));

  // Two layers in a row, without activation: the gradient of each weight holds the other one.
  var e = number("x", 3).mul(number("w1", 0.5)).mul(number("w2", -2)).named("e");
  show("e = x·w1·w2", e);

  // An operation of one's own, and, because its gradient is made of operations too, the gradient of
  // its gradient.
  var t = number("t", 1);
  var s = Softplus.of(t).named("s");
  show("s = softplus(t)", s);
  var slope = Graph.gradients(s, t).getFirst();
  var curvature = Graph.gradients(slope, t).getFirst();
  IO.println("s″ = %.6f, by differences %.6f\n".formatted(curvature.itemAsDouble(), curvature(1)));

  var picture = Path.of("runs", "computational-graph.svg");
  Files.createDirectories(picture.getParent());
  Files.writeString(picture, Graph.of(f).withGradients().toSvg());
  IO.println("the picture of f: " + picture);

  // For programs: backward() returns the gradients; nothing is stored in the tensors. It also drops
  // what the operations had remembered, so it comes last.
  var gradients = f.backward();
  for (var variable : List.of(x, y, z)) {
    IO.println("∂f/∂%s = %s".formatted(variable.name(), gradients.of(variable).item()));
  }
}

/// ln(1 + eᵗ), a smooth ReLU. A record holds what the way back needs; its name names the operation.
record Softplus(Tensor t) implements Backward {
  static Tensor of(Tensor t) {
    var values = t.toDoubles();
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.log1p(Math.exp(values[i]));
    }
    return Graph.record(NdArray.of(values, t.shape()), new Softplus(t), t);
  }

  @Override
  public Tensor[] backward(Tensor gradient) {
    return new Tensor[] {gradient.mul(t.sigmoid())};
  }
}

/// The second derivative of softplus by central differences.
double curvature(double t) {
  double h = 1e-4;
  double below = Math.log1p(Math.exp(t - h));
  double above = Math.log1p(Math.exp(t + h));
  return (above - 2 * Math.log1p(Math.exp(t)) + below) / (h * h);
}

Tensor number(String name, double value) {
  return Tensor.scalar(value, DType.F64).withGrad().named(name);
}

void show(String title, Tensor result) {
  IO.println(title);
  IO.println(Graph.of(result).withGradients().toText());
}
