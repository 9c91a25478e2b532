// What multi-layer perceptrons of different depth and width can tell apart: two spirals.
//
//   ./fovea run examples/DecisionBoundary.java
//
// Draws runs/decision-boundary.svg: a row for each depth, a column for each width; colour is what
// the network says of each point of the plane, dots are what it learned from.

import module fovea.core;

static final int[] DEPTHS = {0, 1, 2, 3};
static final int[] WIDTHS = {2, 4, 8, 32};
static final int POINTS = 100; // of each spiral
static final int STEPS = 500;
static final int GRID = 44; // squares along a side of a picture
static final int SIDE = 176; // of a picture, in pixels
static final double REACH = 1.2;

/// Two spirals, one the other turned by half a turn: x [2·POINTS, 2], classes [2·POINTS].
record Spirals(Tensor x, Tensor classes) {
  static Spirals draw(Rng rng) {
    var x = new float[4 * POINTS];
    var classes = new int[2 * POINTS];
    for (int i = 0; i < classes.length; i++) {
      classes[i] = i % 2;
      double along = (i / 2 + 0.5) / POINTS;
      double angle = 2.2 * Math.PI * along + Math.PI * classes[i];
      x[2 * i] = (float) ((0.1 + along) * Math.cos(angle) + 0.02 * rng.nextGaussian());
      x[2 * i + 1] = (float) ((0.1 + along) * Math.sin(angle) + 0.02 * rng.nextGaussian());
    }
    return new Spirals(Tensor.of(x, Shape.of(2 * POINTS, 2)), Tensor.of(classes, Shape.of(2 * POINTS)));
  }
}

/// Without hidden layers it is logistic regression.
Layer perceptron(int depth, int width) {
  var layers = new Sequential();
  int in = 2;
  for (int i = 0; i < depth; i++) {
    layers.add("hidden" + i, new Linear(in, width)).add("tanh" + i, Activation.tanh());
    in = width;
  }
  return layers.add("scores", new Linear(in, 2));
}

double learn(Layer network, Spirals data) {
  network.init(Rng.of(4));
  var optimizer = AdamW.adamW(0.02).weightDecay(0).over(network.parameters());
  for (int step = 0; step < STEPS; step++) {
    var loss = new CrossEntropy().of(network.forward(data.x), data.classes);
    optimizer.step(loss.backward(), Schedule.cosine().factor(step, STEPS));
  }
  var scores = Mode.evaluating(() -> network.forward(data.x));
  return Accuracy.correct(scores, data.classes) / (2.0 * POINTS);
}

void main() throws Exception {
  var data = Spirals.draw(Rng.of(1));
  var plane = plane();
  var svg = new StringBuilder();
  IO.println("accuracy on %d points of two spirals".formatted(2 * POINTS));
  IO.print("hidden layers");
  for (int width : WIDTHS) {
    IO.print("%10s".formatted("width " + width));
  }
  IO.println();
  for (int row = 0; row < DEPTHS.length; row++) {
    IO.print("%13d".formatted(DEPTHS[row]));
    for (int column = 0; column < WIDTHS.length; column++) {
      var network = perceptron(DEPTHS[row], WIDTHS[column]);
      double accuracy = learn(network, data);
      IO.print("%8.0f %%".formatted(100 * accuracy));
      var p = Mode.evaluating(() -> network.forward(plane).softmax(1).select(1, 1).toFloats());
      var title = "depth %d, width %d: %.0f %%".formatted(DEPTHS[row], WIDTHS[column], 100 * accuracy);
      svg.append(picture(column * (SIDE + 12) + 12, row * (SIDE + 30) + 28, title, p, data));
    }
    IO.println();
  }
  int width = WIDTHS.length * (SIDE + 12) + 12;
  int height = DEPTHS.length * (SIDE + 30) + 12;
  var file = Path.of("runs", "decision-boundary.svg");
  Files.createDirectories(file.getParent());
  Files.writeString(
      file,
      """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">
      <rect width="100%%" height="100%%" fill="white"/>
      %s</svg>
      """
          .formatted(width, height, svg));
  IO.println("drawn in " + file);
}

/// The middle of each square of a picture.
Tensor plane() {
  var x = new float[2 * GRID * GRID];
  for (int i = 0; i < GRID * GRID; i++) {
    x[2 * i] = (float) (REACH * ((i % GRID + 0.5) / GRID * 2 - 1));
    x[2 * i + 1] = (float) (REACH * ((i / GRID + 0.5) / GRID * 2 - 1));
  }
  return Tensor.of(x, Shape.of(GRID * GRID, 2));
}

String picture(int left, int top, String title, float[] p, Spirals data) {
  var out = new StringBuilder("<g transform=\"translate(%d %d)\">\n".formatted(left, top));
  out.append("<text y=\"-6\">%s</text>\n".formatted(title));
  int square = SIDE / GRID;
  for (int i = 0; i < p.length; i++) {
    // From blue at 0 over white at ½ to orange at 1.
    double off = Math.abs(2 * p[i] - 1);
    var colour =
        p[i] < 0.5
            ? "rgb(%.0f,%.0f,255)".formatted(255 - 155 * off, 255 - 105 * off)
            : "rgb(255,%.0f,%.0f)".formatted(255 - 85 * off, 255 - 175 * off);
    out.append(
        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/>\n"
            .formatted(i % GRID * square, i / GRID * square, square, square, colour));
  }
  var x = data.x.toFloats();
  var classes = data.classes.toInts();
  for (int i = 0; i < classes.length; i++) {
    out.append(
        "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2\" fill=\"%s\"/>\n"
            .formatted(
                (x[2 * i] / REACH + 1) / 2 * SIDE,
                (x[2 * i + 1] / REACH + 1) / 2 * SIDE,
                classes[i] == 0 ? "#1340a0" : "#a04a00"));
  }
  return out.append("</g>\n").toString();
}
