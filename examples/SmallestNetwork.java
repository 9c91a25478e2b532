// The smallest network: nine pixels of a 3×3 image, four hidden units, three classes.
//
//   ./fovea run examples/SmallestNetwork.java
//
// Prints all that it learns from, and all that it learns.

import module fovea.core;

final String[] classes = {"horizontal", "vertical", "diagonal"};

// The images of each class, nine pixels row by row: # is 1, a dot is 0.
final String[][] images = {
  {"###......", "...###...", "......###"},
  {"#..#..#..", ".#..#..#.", "..#..#..#"},
  {"#...#...#", "..#.#.#.."},
};

static final int HIDDEN = 4;
static final int STEPS = 1000;
static final double RATE = 2;

/// What is learned: weights and biases of h = σ(W₁x + b₁) and of the scores s = W₂h + b₂.
record Network(Tensor w1, Tensor b1, Tensor w2, Tensor b2) {

  /// x [N, 9] → s [N, 3].
  Tensor scores(Tensor x) {
    return x.linear(w1, b1).sigmoid().linear(w2, b2);
  }

  /// Softmax cross-entropy: the mean of −ln p(the right class).
  Tensor loss(Tensor x, Tensor labels) {
    return scores(x).logSoftmax(1).gather(1, labels).mean().neg();
  }

  /// Gradient descent, w ← w − rate·∂loss/∂w. The change itself is not recorded in the graph.
  Network step(Gradients g) {
    return Graph.unrecorded(() -> map(w -> w.sub(g.of(w).mul(RATE))));
  }

  Network map(UnaryOperator<Tensor> change) {
    return new Network(
        change.apply(w1).withGrad(),
        change.apply(b1).withGrad(),
        change.apply(w2).withGrad(),
        change.apply(b2).withGrad());
  }
}

void main() {
  var x = new ArrayList<String>();
  var y = new ArrayList<Integer>();
  for (int c = 0; c < classes.length; c++) {
    IO.println(classes[c]);
    printInRows(Stream.of(images[c]).map(image -> image.split("")).toList());
    for (var image : images[c]) {
      x.add(image);
      y.add(c);
    }
  }
  var pixels = pixels(x);
  var labels = Tensor.of(ints(y), Shape.of(y.size(), 1));

  // Weights are random: were they equal, all hidden units would stay equal.
  var rng = Rng.of(1);
  var network =
      new Network(
              Tensor.normal(rng.split("w1"), 0, 1, Shape.of(HIDDEN, 9), DType.F32),
              Tensor.zeros(HIDDEN),
              Tensor.normal(rng.split("w2"), 0, 1, Shape.of(classes.length, HIDDEN), DType.F32),
              Tensor.zeros(classes.length))
          .map(w -> w);
  IO.println();
  for (int step = 0; step <= STEPS; step++) {
    var loss = network.loss(pixels, labels);
    if (step < 3 || Set.of(10, 30, 100, 300, STEPS).contains(step)) {
      IO.println("step %4d   loss %.4f".formatted(step, loss.item()));
    }
    if (step < STEPS) {
      network = network.step(loss.backward());
    }
  }

  IO.println("\nwhat each hidden unit looks for: its weights, as an image, and its bias");
  var w1 = network.w1.toFloats();
  var units = new ArrayList<String[]>();
  for (int unit = 0; unit < HIDDEN; unit++) {
    units.add(numbers(Arrays.copyOfRange(w1, 9 * unit, 9 * unit + 9)));
  }
  printInRows(units);
  for (float bias : network.b1.toFloats()) {
    IO.print("   %14.2f       ".formatted(bias));
  }
  IO.println();
  IO.println("\nwhat each class makes of them: its weight for each unit, and its bias");
  var w2 = network.w2.toFloats();
  var b2 = network.b2.toFloats();
  for (int c = 0; c < classes.length; c++) {
    var weights = Arrays.copyOfRange(w2, HIDDEN * c, HIDDEN * c + HIDDEN);
    var numbers = String.join("", numbers(weights)) + "   " + String.join("", numbers(b2[c]));
    IO.println("%-10s".formatted(classes[c]) + numbers);
  }

  IO.println("\nprobabilities of " + String.join(", ", classes));
  var p = network.scores(pixels).softmax(1);
  for (int i = 0; i < x.size(); i++) {
    IO.println(x.get(i) + String.join("", numbers(p.select(0, i).toFloats())));
  }
  IO.println("%d of %d are right".formatted(right(network, x, y), x.size()));

  var flipped = new ArrayList<String>();
  var theirs = new ArrayList<Integer>();
  for (int i = 0; i < x.size(); i++) {
    for (int at = 0; at < 9; at++) {
      var image = new StringBuilder(x.get(i));
      image.setCharAt(at, image.charAt(at) == '#' ? '.' : '#');
      flipped.add(image.toString());
      theirs.add(y.get(i));
    }
  }
  IO.println(
      "with one pixel flipped, never seen before: %d of %d"
          .formatted(right(network, flipped, theirs), flipped.size()));
}

Tensor pixels(List<String> images) {
  var values = new float[9 * images.size()];
  for (int i = 0; i < values.length; i++) {
    values[i] = images.get(i / 9).charAt(i % 9) == '#' ? 1 : 0;
  }
  return Tensor.of(values, Shape.of(images.size(), 9));
}

int[] ints(List<Integer> numbers) {
  return numbers.stream().mapToInt(n -> n).toArray();
}

/// How many images have their highest score at their own class.
int right(Network network, List<String> images, List<Integer> labels) {
  var answers = network.scores(pixels(images)).argMax(1).toInts();
  return (int) IntStream.range(0, answers.length).filter(i -> answers[i] == labels.get(i)).count();
}

String[] numbers(float... values) {
  var texts = new String[values.length];
  for (int i = 0; i < values.length; i++) {
    texts[i] = "%7.2f".formatted(values[i]);
  }
  return texts;
}

/// Prints 3×3 images side by side.
void printInRows(List<String[]> images) {
  for (int row = 0; row < 3; row++) {
    var line = new StringBuilder();
    for (var image : images) {
      line.append("   ").append(String.join("", Arrays.copyOfRange(image, 3 * row, 3 * row + 3)));
    }
    IO.println(line);
  }
}
