// Equivariance and invariance to shifts, measured. A layer is equivariant where a shifted image
// gives the shifted result; invariant where it gives the same.
//
//   ./fovea run examples/Shifts.java
//
// First layers, on a random image; then whether networks that have learned digits still know them
// when they are shifted: a fully connected one, and one of convolutions.

import module fovea.vision;

void main() {
  var image = Tensor.normal(Rng.of(1), 0, 1, Shape.of(1, 4, 32, 32), DType.F32);
  var ring = ConvOptions.standard().padding(Padding.Mode.CIRCULAR);
  IO.println("|f(shifted x) − shifted f(x)| / |f(x)|, by columns shifted (– where no whole pixel)");
  IO.println("                                         1      2      3      4");
  equivariance("convolution, image on a ring", new Conv2d(4, 8, Window.of(3).same(), ring), image);
  equivariance("convolution, border of zeros", new Conv2d(4, 8, Window.of(3).same()), image);
  equivariance(
      "convolution at stride 2, ring",
      new Conv2d(4, 8, Window.of(3).same().stride(2), ring),
      image);
  equivariance("max pooling 2×2", new MaxPool2d(2), image);
  equivariance(
      "median 3×3, ring",
      Sequential.of(Pad.of(Padding.Mode.CIRCULAR, 1), Pool.median(Window.of(3))),
      image);
  equivariance(
      "locally connected", new LocallyConnected2d(4, 4, Window.of(3).same(), 32, 32), image);

  IO.println("\n|f(shifted x) − f(x)| / |f(x)|");
  IO.println("                                         1      2      3      4");
  invariance("max pooling 8×8", new MaxPool2d(8), image);
  invariance(
      "convolution on a ring, global average",
      Sequential.of(
          new Conv2d(4, 8, Window.of(3).same(), ring), Tensor::relu, Pool.globalAverage()),
      image);
  invariance(
      "the same, border of zeros",
      Sequential.of(new Conv2d(4, 8, Window.of(3).same()), Tensor::relu, Pool.globalAverage()),
      image);
  invariance("fully connected", Sequential.of(new Flatten(), new Linear(4 * 32 * 32, 64)), image);

  IO.println("\ndigits right of 100, by columns that they are shifted after training");
  IO.println("                                         0      1      2      3      4");
  var same = Window.of(5).same();
  accuracy(
      "fully connected",
      Sequential.of(new Flatten(), new Linear(784, 64), Tensor::relu, new Linear(64, 10)));
  accuracy(
      "convolutions, flattened",
      Sequential.of(
          new Conv2d(1, 8, same),
          Tensor::relu,
          new MaxPool2d(2),
          new Conv2d(8, 16, same),
          Tensor::relu,
          new MaxPool2d(2),
          new Flatten(),
          new Linear(784, 10)));
  accuracy(
      "convolutions, global max",
      Sequential.of(
          new Conv2d(1, 8, same),
          Tensor::relu,
          new MaxPool2d(2),
          new Conv2d(8, 32, same),
          Tensor::relu,
          new Conv2d(32, 32, same),
          Pool.globalMax(),
          new Flatten(),
          new Linear(32, 10)));
}

/// Moves an image to the right; what leaves it comes back on the left.
Tensor shifted(Tensor x, int columns) {
  int width = x.shape().size(3);
  int cut = width - columns;
  return Tensor.concat(3, x.slice(3, cut, width), x.slice(3, 0, cut));
}

double difference(Tensor a, Tensor b) {
  return Math.sqrt(a.sub(b).pow(2).sum().item() / b.pow(2).sum().item());
}

void equivariance(String name, Layer layer, Tensor x) {
  var y = layer.forward(x);
  int step = x.shape().size(3) / y.shape().size(3);
  measure(
      name,
      shift ->
          shift % step == 0
              ? difference(layer.forward(shifted(x, shift)), shifted(y, shift / step))
              : Double.NaN);
}

void invariance(String name, Layer layer, Tensor x) {
  var y = layer.forward(x);
  measure(name, shift -> difference(layer.forward(shifted(x, shift)), y));
}

void measure(String name, IntToDoubleFunction difference) {
  var line = new StringBuilder("%-38s".formatted(name));
  for (int shift = 1; shift <= 4; shift++) {
    double d = difference.applyAsDouble(shift);
    line.append(Double.isNaN(d) ? "     – " : "%7.3f".formatted(d));
  }
  IO.println(line);
}

void accuracy(String name, Layer network) {
  var data = Datasets.open("digits");
  var pixels = Preprocessing.of(data.train(), 1, 28, 28);
  var loader = Loader.shuffled(data.train(), pixels, 64, Rng.of(1));
  network.init(Rng.of(1));
  var loss = new CrossEntropy();
  var optimizer = Adam.adam(0.003).over(network.parameters());
  for (int epoch = 0; epoch < 4; epoch++) {
    var batches = loader.pass(epoch, 0);
    while (batches.hasNext()) {
      try (var _ = Scope.open("step")) {
        var batch = batches.next();
        var l = Mode.training(Rng.of(1), () -> loss.of(network.forward(batch.x()), batch.y()));
        optimizer.step(l.backward());
      }
    }
  }
  var line = new StringBuilder("%-38s".formatted(name));
  for (int shift = 0; shift <= 4; shift++) {
    int by = shift;
    var accuracy = new Accuracy();
    try (var _ = Scope.open("test")) {
      Loader.inOrder(data.test(), pixels, 250)
          .pass(0, 0)
          .forEachRemaining(
              b ->
                  accuracy.add(
                      Mode.evaluating(() -> network.forward(shifted(b.x(), by))), b.y()));
    }
    line.append("%7.1f".formatted(100 * accuracy.value()));
  }
  IO.println(line);
}
