// What helps where there is little to learn from: dropout and weight decay against over-fitting.
//
//   ./fovea run examples/Overfitting.java
//
// A wide network learns 60 noisy points, of which each fifth has the wrong class. Prints the loss on
// them and on 1,000 others, and draws both over time in runs/overfitting.svg.

import module fovea.core;

static final int FEW = 60;
static final int MANY = 1000;
static final int STEPS = 400;
static final int EVERY = 10;
static final int WIDTH = 300;
static final int HEIGHT = 240;
static final double HIGHEST = 4; // loss that the picture shows

/// Inside a circle or outside, as seen through noise.
record Points(Tensor x, Tensor classes) {
  static Points draw(int n, double wrong, Rng rng) {
    var x = new float[2 * n];
    var classes = new int[n];
    for (int i = 0; i < n; i++) {
      x[2 * i] = (float) rng.uniform(-1, 1);
      x[2 * i + 1] = (float) rng.uniform(-1, 1);
      boolean inside = Math.hypot(x[2 * i], x[2 * i + 1]) < 0.75;
      classes[i] = inside ^ rng.nextDouble() < wrong ? 1 : 0;
    }
    return new Points(Tensor.of(x, Shape.of(n, 2)), Tensor.of(classes, Shape.of(n)));
  }
}

Layer network(double dropout) {
  return Sequential.of(
      new Linear(2, 256),
      Activation.relu(),
      new Dropout(dropout),
      new Linear(256, 256),
      Activation.relu(),
      new Dropout(dropout),
      new Linear(256, 2));
}

/// The losses on what it learns from and on what it never sees, every so many steps.
record Course(String name, List<Double> seen, List<Double> unseen, double accuracy) {}

Course learn(String name, double dropout, double decay) {
  var few = Points.draw(FEW, 0.2, Rng.of(3));
  var many = Points.draw(MANY, 0.2, Rng.of(4));
  var network = network(dropout);
  var random = Rng.of(5);
  network.init(random.split("init"));
  var optimizer = AdamW.adamW(0.003).weightDecay(decay).over(network.parameters());
  var loss = new CrossEntropy();
  var seen = new ArrayList<Double>();
  var unseen = new ArrayList<Double>();
  for (int step = 0; step <= STEPS; step++) {
    if (step % EVERY == 0) {
      seen.add(Mode.evaluating(() -> loss.of(network.forward(few.x), few.classes).itemAsDouble()));
      unseen.add(Mode.evaluating(() -> loss.of(network.forward(many.x), many.classes).itemAsDouble()));
    }
    var chance = random.split(step);
    optimizer.step(
        Mode.training(chance, () -> loss.of(network.forward(few.x), few.classes)).backward());
  }
  var scores = Mode.evaluating(() -> network.forward(many.x));
  return new Course(name, seen, unseen, Accuracy.correct(scores, many.classes) / (double) MANY);
}

void main() throws Exception {
  var courses =
      List.of(
          learn("nothing", 0, 0),
          learn("dropout 0.5", 0.5, 0),
          learn("weight decay 5", 0, 5),
          learn("both", 0.5, 5));
  IO.println("%-16s%12s%12s%12s%14s".formatted("against it", "loss, seen", "unseen", "its lowest", "unseen right"));
  for (var c : courses) {
    IO.println(
        "%-16s%12.3f%12.3f%12.3f%12.1f %%"
            .formatted(
                c.name,
                c.seen.getLast(),
                c.unseen.getLast(),
                Collections.min(c.unseen),
                100 * c.accuracy));
  }
  IO.println("80 % is the most that can be right, since every fifth class is wrong.");
  var svg = new StringBuilder();
  for (int i = 0; i < courses.size(); i++) {
    svg.append(picture(courses.get(i), i % 2 * (WIDTH + 60) + 44, i / 2 * (HEIGHT + 60) + 30));
  }
  var file = Path.of("runs", "overfitting.svg");
  Files.createDirectories(file.getParent());
  Files.writeString(
      file,
      """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">
      <rect width="100%%" height="100%%" fill="white"/>
      %s</svg>
      """
          .formatted(2 * (WIDTH + 60), 2 * (HEIGHT + 60), svg));
  IO.println("drawn in " + file);
}

String picture(Course c, int left, int top) {
  var out = new StringBuilder("<g transform=\"translate(%d %d)\">\n".formatted(left, top));
  out.append("<text y=\"-8\" font-weight=\"bold\">against it: %s</text>\n".formatted(c.name));
  for (int i = 0; i <= 4; i++) {
    double y = HEIGHT * (1 - i / 4.0);
    out.append(
        "<path d=\"M0 %.0fH%d\" stroke=\"#ddd\"/><text x=\"-6\" y=\"%.0f\" text-anchor=\"end\">%.1f</text>\n"
            .formatted(y, WIDTH, y + 4, HIGHEST * i / 4));
  }
  out.append(
      "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">step %d</text>\n"
          .formatted(WIDTH, HEIGHT + 18, STEPS));
  out.append(line(c.unseen, "#d62728")).append(line(c.seen, "#1f77b4"));
  out.append("<text x=\"%d\" y=\"16\" fill=\"#d62728\">loss of unseen points</text>\n".formatted(WIDTH - 150));
  out.append("<text x=\"%d\" y=\"34\" fill=\"#1f77b4\">of those seen</text>\n".formatted(WIDTH - 150));
  return out.append("</g>\n").toString();
}

String line(List<Double> losses, String colour) {
  var points = new StringBuilder();
  for (int i = 0; i < losses.size(); i++) {
    points.append(
        "%.1f,%.1f "
            .formatted(
                WIDTH * i / (losses.size() - 1.0),
                HEIGHT * (1 - Math.min(losses.get(i), HIGHEST) / HIGHEST)));
  }
  return "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>\n"
      .formatted(points, colour);
}
