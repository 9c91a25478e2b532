// Update rules racing on one surface, from one start: Rosenbrock's valley, f = (1 − x)² + 20·(y − x²)².
//
//   ./fovea run examples/OptimizerRace.java
//
// Prints how far each has come, and draws their ways in runs/optimizer-race.svg.

import module fovea.core;

static final int STEPS = 300;
static final double[] START = {-1.2, 1.4};
static final int SIDE = 560;
static final int GRID = 112;
static final double LEFT = -1.8;
static final double BOTTOM = -0.8;
static final double REACH = 3.2; // of the picture, both ways

/// The rate of each is the best of a few, as one would look for it.
Map<String, UpdateRule> rules() {
  var rules = new LinkedHashMap<String, UpdateRule>();
  rules.put("SGD", Sgd.sgd(0.008));
  rules.put("SGD, momentum 0.9", Sgd.sgd(0.002).momentum(0.9));
  rules.put("SGD, Nesterov 0.9", Sgd.sgd(0.003).nesterov(0.9));
  rules.put("AdaGrad", AdaGrad.adaGrad(0.4));
  rules.put("RMSProp", RmsProp.rmsProp(0.01));
  rules.put("Adam", Adam.adam(0.1));
  rules.put("Lion", Lion.lion(0.01));
  return rules;
}

static final String[] COLOURS = {
  "#d62728", "#ff7f0e", "#e0b000", "#2ca02c", "#17a2b8", "#1f4fd8", "#8e44ad"
};

Tensor surface(Tensor p) {
  var x = p.select(0, 0);
  var y = p.select(0, 1);
  var off = x.sub(1);
  var valley = y.sub(x.mul(x));
  return off.mul(off).add(valley.mul(valley).mul(20));
}

/// Where a rule is after each step.
List<double[]> way(UpdateRule rule) {
  var parameters = new LinkedHashMap<String, Tensor>();
  var p = Tensor.of(START, Shape.of(2)).withGrad();
  parameters.put("p", p);
  var optimizer = rule.over(parameters);
  var way = new ArrayList<double[]>();
  way.add(p.toDoubles());
  for (int step = 0; step < STEPS; step++) {
    optimizer.step(surface(p).backward());
    way.add(p.toDoubles());
  }
  return way;
}

double height(double... at) {
  return surface(Tensor.of(at, Shape.of(2))).itemAsDouble();
}

void main() throws Exception {
  var svg = new StringBuilder(ground());
  int[] after = {10, 30, 100, STEPS};
  IO.print("%-20s".formatted("f after"));
  for (int steps : after) {
    IO.print("%12s".formatted(steps + " steps"));
  }
  IO.println();
  int i = 0;
  for (var entry : rules().entrySet()) {
    var way = way(entry.getValue());
    IO.print("%-20s".formatted(entry.getKey()));
    for (int steps : after) {
      IO.print("%12.6f".formatted(height(way.get(steps))));
    }
    IO.println();
    svg.append(line(way, COLOURS[i]));
    svg.append(
        "<rect x=\"12\" y=\"%d\" width=\"14\" height=\"4\" fill=\"%s\"/><text x=\"32\" y=\"%d\">%s</text>\n"
            .formatted(16 + 18 * i, COLOURS[i], 22 + 18 * i, entry.getKey()));
    i++;
  }
  svg.append(mark(1, 1, "★"));
  var file = Path.of("runs", "optimizer-race.svg");
  Files.createDirectories(file.getParent());
  Files.writeString(
      file,
      """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">
      %s</svg>
      """
          .formatted(SIDE, SIDE, svg));
  IO.println("the lowest point is 0, at (1, 1); their ways are in " + file);
}

double right(double x) {
  return (x - LEFT) / REACH * SIDE;
}

double down(double y) {
  return SIDE - (y - BOTTOM) / REACH * SIDE;
}

/// The surface as bands of grey, each twice as high as the one before.
String ground() {
  var out = new StringBuilder();
  double square = SIDE / (double) GRID;
  for (int i = 0; i < GRID * GRID; i++) {
    double x = LEFT + (i % GRID + 0.5) / GRID * REACH;
    double y = BOTTOM + REACH - (i / GRID + 0.5) / GRID * REACH;
    long band = Math.round(Math.log(0.02 + height(x, y)) / Math.log(2));
    out.append(
        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"hsl(215,25%%,%d%%)\"/>\n"
            .formatted(i % GRID * square, i / GRID * square, square + 0.2, square + 0.2, 76 + 2 * band));
  }
  return out.toString();
}

String line(List<double[]> way, String colour) {
  var points = new StringBuilder();
  for (var p : way) {
    points.append("%.1f,%.1f ".formatted(right(p[0]), down(p[1])));
  }
  return "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.8\" stroke-opacity=\"0.85\"/>\n"
      .formatted(points, colour);
}

String mark(double x, double y, String sign) {
  return "<text x=\"%.1f\" y=\"%.1f\" font-size=\"22\" text-anchor=\"middle\">%s</text>\n"
      .formatted(right(x), down(y) + 7, sign);
}
