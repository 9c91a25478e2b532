// The vanishing gradient: how much of the loss's gradient is left at each layer of a deep network.
//
//   ./fovea run examples/VanishingGradient.java
//
// Sigmoids, whose slope is at most ¼, leave almost nothing after twenty layers: the first ones
// cannot learn. ReLU lets half of the units' gradients through whole; batch norm scales what
// sigmoids are given, and with it what comes back. With ReLU it is the other way round: gradients
// grow by about a fifth from layer to layer (Yang et al. 2019, "A mean field theory of batch
// normalization"), and so deep a network wants shortcuts. Writes runs/vanishing-gradient.svg.

import module fovea.vision;

static final int DEPTH = 20;
static final int WIDTH = 64;
static final int STEPS = 150;

/// One kind of hidden layer, and how its weights start.
record Kind(String name, String colour, boolean norm, Supplier<Activation> activation, Init init) {

  /// [N, 1, 28, 28] → [N, 10], with DEPTH hidden layers of WIDTH units.
  Sequential network() {
    var net = new Sequential().add("flatten", new Flatten());
    int in = 784;
    for (int i = 1; i <= DEPTH; i++) {
      net.add("fc" + i, new Linear(in, WIDTH, true, init));
      if (norm) {
        net.add("bn" + i, new BatchNorm1d(WIDTH));
      }
      net.add("f" + i, activation.get());
      in = WIDTH;
    }
    net.add("head", new Linear(in, 10));
    net.init(Rng.of(1));
    return net;
  }
}

void main() throws IOException {
  var kinds =
      List.of(
          new Kind("sigmoid", "#c0392b", false, Activation::sigmoid, Init.glorotUniform()),
          new Kind("ReLU", "#2471a3", false, Activation::relu, Init.heNormal()),
          new Kind("sigmoid, batch norm", "#ca6f1e", true, Activation::sigmoid, Init.glorotUniform()),
          new Kind("ReLU, batch norm", "#1e8449", true, Activation::relu, Init.heNormal()));
  var data = Datasets.open("digits");
  var loader =
      Loader.shuffled(data.train(), Preprocessing.of(data.train(), 1, 28, 28), 64, Rng.of(1));

  IO.println("mean absolute gradient of a layer's weights at the start, and the loss after learning");
  IO.println("%-22s%10s%10s%10s%14s%12s".formatted("", "layer 1", "10", "20", "1 of 20", "loss"));
  var curves = new ArrayList<double[]>();
  for (var kind : kinds) {
    var net = kind.network();
    var first = loader.pass(0, 0).next();
    var gradients = gradients(net, first);
    curves.add(gradients);
    IO.println(
        "%-22s%10.1e%10.1e%10.1e%14.1e%12.3f"
            .formatted(
                kind.name,
                gradients[0],
                gradients[9],
                gradients[19],
                gradients[0] / gradients[19],
                learn(net, loader)));
  }
  var file = Path.of("runs", "vanishing-gradient.svg");
  Files.createDirectories(file.getParent());
  Files.writeString(file, picture(kinds, curves));
  IO.println("\n" + file);
}

/// The mean absolute gradient of each hidden layer's weights.
double[] gradients(Sequential net, Batch batch) {
  var loss = new CrossEntropy();
  var found =
      Mode.training(Rng.of(2), () -> loss.of(net.forward(batch.x()), batch.y())).backward();
  var means = new double[DEPTH];
  for (int i = 1; i <= DEPTH; i++) {
    means[i - 1] = found.of(net.parameters().get("fc" + i + ".weight")).abs().mean().item();
  }
  return means;
}

/// The mean loss of the last ten of STEPS steps.
double learn(Sequential net, Loader loader) {
  var loss = new CrossEntropy();
  var optimizer = Adam.adam(0.002).over(net.parameters());
  double sum = 0;
  int epoch = 0;
  var batches = loader.pass(epoch, 0);
  for (int step = 0; step < STEPS; step++) {
    if (!batches.hasNext()) {
      batches = loader.pass(++epoch, 0);
    }
    try (var _ = Scope.open("step")) {
      var batch = batches.next();
      var rng = Rng.of(step);
      var l = Mode.training(rng, () -> loss.of(net.forward(batch.x()), batch.y()));
      optimizer.step(l.backward());
      sum += step >= STEPS - 10 ? l.item() : 0;
    }
  }
  return sum / 10;
}

/// A curve for each kind over the layers, on a logarithmic scale.
String picture(List<Kind> kinds, List<double[]> curves) {
  double least = curves.stream().flatMapToDouble(Arrays::stream).min().orElseThrow();
  double most = curves.stream().flatMapToDouble(Arrays::stream).max().orElseThrow();
  int low = (int) Math.floor(Math.log10(least));
  int high = (int) Math.ceil(Math.log10(most));
  DoubleUnaryOperator y = v -> 30 + 320 * (high - Math.log10(v)) / (high - low);
  IntToDoubleFunction x = layer -> 70 + 440.0 * (layer - 1) / (DEPTH - 1);
  var svg = new StringBuilder();
  svg.append(
      """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 410" font-family="sans-serif" font-size="13">
      <rect width="720" height="410" fill="white"/>
      <text x="70" y="18">mean |gradient| of the weights of each layer, at the start</text>
      <text x="290" y="395" text-anchor="middle">layer, from the input to the output</text>
      """);
  for (int power = low; power <= high; power++) {
    double at = y.applyAsDouble(Math.pow(10, power));
    svg.append("<path d=\"M70 %.1fH510\" stroke=\"#ddd\"/>\n".formatted(at));
    svg.append("<text x=\"62\" y=\"%.1f\" text-anchor=\"end\">1e%d</text>\n".formatted(at + 4, power));
  }
  for (int layer : new int[] {1, 5, 10, 15, 20}) {
    svg.append(
        "<text x=\"%.1f\" y=\"370\" text-anchor=\"middle\">%d</text>\n"
            .formatted(x.applyAsDouble(layer), layer));
  }
  for (int k = 0; k < kinds.size(); k++) {
    var points = new StringBuilder();
    for (int layer = 1; layer <= DEPTH; layer++) {
      double value = curves.get(k)[layer - 1];
      points.append("%.1f,%.1f ".formatted(x.applyAsDouble(layer), y.applyAsDouble(value)));
    }
    var kind = kinds.get(k);
    svg.append(
        "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>\n"
            .formatted(points.toString().strip(), kind.colour));
    svg.append("<path d=\"M530 %dh20\" stroke=\"%s\" stroke-width=\"3\"/>\n".formatted(60 + 24 * k, kind.colour));
    svg.append("<text x=\"558\" y=\"%d\">%s</text>\n".formatted(64 + 24 * k, kind.name));
  }
  return svg.append("</svg>\n").toString();
}
