// Derivatives of derivatives, and what they are good for: the gradient penalty of a Wasserstein critic.
//
//   ./fovea run examples/GradientPenalty.java
//
// Gradients are tensors with a graph of their own, so that they can be differentiated again. A critic
// that may not be steeper than 1 measures how far two clouds of points are apart (Gulrajani et al.
// 2017): its loss holds its own gradient, whose gradient trains it. Without the penalty it only grows
// steeper.

import module fovea.core;

static final int POINTS = 128;
static final int STEPS = 400;
static final double APART = 3;

/// Points of the plane about (at, 0).
Tensor cloud(Rng rng, double at) {
  return Tensor.normal(rng, 0, 1, Shape.of(POINTS, 2), DType.F32).add(Tensor.of((float) at, 0));
}

/// How steep a critic is at some points: the mean of ‖∂critic/∂x‖.
double steepness(Layer critic, Tensor points) {
  var x = points.detach().withGrad();
  var slope = Graph.gradients(critic.forward(x).sum(), x).getFirst();
  return slope.mul(slope).sum(1).sqrt().mean().itemAsDouble();
}

void train(String name, double penalty) {
  var rng = Rng.of(1);
  var critic =
      Sequential.of(
          new Linear(2, 32), Activation.tanh(), new Linear(32, 32), Activation.tanh(), new Linear(32, 1));
  critic.init(rng.split("init"));
  var optimizer = Adam.adam(0.005).betas(0.5, 0.9).over(critic.parameters());
  IO.println("\n" + name);
  for (int step = 0; step <= STEPS; step++) {
    var chance = rng.split(step);
    var real = cloud(chance.split("real"), 0);
    var fake = cloud(chance.split("fake"), APART);
    var loss = Adversarial.WASSERSTEIN.discriminator(critic.forward(real), critic.forward(fake));
    if (step % 100 == 0) {
      IO.println(
          "step %3d   distance %8.2f   steepness %7.2f"
              .formatted(step, -loss.itemAsDouble(), steepness(critic, real)));
    }
    var held = Adversarial.gradientPenalty(critic::forward, real, fake, chance.split("between"));
    optimizer.step(loss.add(held.mul(penalty)).backward());
  }
}

void main() {
  var x = Tensor.of(2f).withGrad();
  var y = x.mul(x).mul(x);
  var first = Graph.gradients(y.sum(), x).getFirst();
  var second = Graph.gradients(first.sum(), x).getFirst();
  var third = Graph.gradients(second.sum(), x).getFirst();
  IO.println(
      "x³ at 2: %s, its derivatives %s, %s, %s"
          .formatted(y.item(), first.item(), second.item(), third.item()));
  IO.println("\nTwo clouds, %.0f apart, and what a critic makes of it:".formatted(APART));
  train("with the gradient penalty, times 10", 10);
  train("without", 0);
}
