// Pooling, and how much of it can be undone: with the positions of the largest values remembered
// (max-unpooling), by repeating pixels, and by interpolation.
//
//   ./fovea run examples/PoolingAndUnpooling.java
//
// Prints a 4×4 image under each kind of pooling; draws what comes back of digits,
// runs/unpooling.png: the digits, then unpooled, repeated, interpolated, and what pooling kept.

import module fovea.vision;

void main() throws IOException {
  var x = image(1, 2, 6, 3, 3, 5, 2, 1, 1, 2, 2, 1, 7, 3, 4, 8);
  var window = Window.of(2).stride(2);
  show("x", x);
  show("max", Pooling.maxPool(x, window));
  show("average", Pooling.avgPool(x, window, true));
  show("min", Pooling.minPool(x, window));
  show("median (the smaller of the two in the middle)", Pooling.medianPool(x, window));
  show("L2, the root of the sum of squares", Pooling.lpPool(x, 2, window));
  show("global average", Pooling.globalAvgPool(x));
  show("adaptive: 3×3 whatever the size; parts overlap", Pooling.adaptiveMaxPool(x, 3, 3));

  // A pooling layer remembers its switches for the unpooling layer that it is given to.
  var pool = new MaxPool2d(2);
  var unpool = new MaxUnpool2d(pool);
  IO.println(
      "switches: where in x, row by row, each largest was found: "
          + Arrays.toString(pool.forwardWithIndices(x).indices().toInts()));
  show("max, then unpooled", unpool.forward(pool.forward(x)));
  show("max, then each repeated", Upsample.nearest(2).forward(pool.forward(x)));
  show("max, then bilinear", Upsample.linear(2).forward(pool.forward(x)));

  var data = Datasets.open("digits");
  var digits =
      Loader.inOrder(data.test(), Preprocessing.of(data.train(), 1, 28, 28), 6)
          .pass(0, 0)
          .next()
          .x();
  digits = digits.sub(digits.min()); // the background, black
  var pooled = pool.forward(digits);
  var found = unpool.forward(pooled);
  var versions =
      List.of(
          digits,
          found,
          Upsample.nearest(2).forward(pooled),
          Upsample.linear(2).forward(pooled),
          Padding.pad(pooled, Padding.Mode.ZEROS, 7));
  IO.println("how far from the digits, relative to their size:");
  var names = List.of("unpooled", "repeated", "bilinear");
  for (int i = 0; i < names.size(); i++) {
    var error = versions.get(i + 1).sub(digits).pow(2).sum().div(digits.pow(2).sum()).sqrt();
    IO.println("  %-9s %.3f".formatted(names.get(i), error.item()));
  }
  var file = Path.of("runs", "unpooling.png");
  Files.createDirectories(file.getParent());
  Images.writePng(sheet(versions), file);
  IO.println("the picture: " + file);
}

Tensor image(float... pixels) {
  return Tensor.of(pixels, Shape.of(1, 1, 4, pixels.length / 4));
}

void show(String what, Tensor image) {
  IO.println(what);
  var values = image.toFloats();
  int width = image.shape().size(3);
  for (int i = 0; i < values.length; i++) {
    IO.print("%7.2f%s".formatted(values[i], (i + 1) % width == 0 ? "\n" : ""));
  }
  IO.println();
}

/// A row for each version, a column for each image, each pixel three by three.
Image sheet(List<Tensor> versions) {
  var rows = new ArrayList<Tensor>();
  for (var version : versions) {
    var columns = new ArrayList<Tensor>();
    for (int i = 0; i < version.shape().size(0); i++) {
      columns.add(Padding.constant(version.slice(0, i, i + 1), version.max().item() / 3, 1));
    }
    rows.add(Tensor.concat(3, columns).div(version.max().item()));
  }
  var all = Upsample.nearest(3).forward(Tensor.concat(2, rows)).clamp(0, 1).mul(255).toFloats();
  var pixels = new byte[all.length];
  for (int i = 0; i < pixels.length; i++) {
    pixels[i] = (byte) Math.round(all[i]);
  }
  int width = rows.getFirst().shape().size(3) * 3;
  return new Image(pixels.length / width, width, 1, pixels);
}
