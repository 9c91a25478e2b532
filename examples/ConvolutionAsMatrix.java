// A convolution is a sparse matrix with few weights, each in many places; its transpose is the
// transposed convolution.
//
//   ./fovea run examples/ConvolutionAsMatrix.java
//
// Prints the matrices of some small convolutions and draws one, runs/convolution-matrix.svg.

import module fovea.core;

void main() throws IOException {
  var w = Tensor.of(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, Shape.of(1, 1, 3, 3));
  var window = Window.of(3);
  var matrix = ConvolutionMatrix.of(w, window, 1, 4, 4);
  IO.println("4×4 pixels under a 3×3 filter: %d × %d".formatted(matrix.rows(), matrix.columns()));
  IO.println(matrix.toText());
  IO.println("at stride 2, with a border of zeros:");
  IO.println(ConvolutionMatrix.of(w, window.stride(2).pad(1), 1, 4, 4).toText());
  IO.println("dilated by 2, on 5×5 pixels: one place is left");
  IO.println(ConvolutionMatrix.of(w, window.dilation(2), 1, 5, 5).toText());

  // The product is what the layer computes.
  var x = Tensor.normal(Rng.of(1), 0, 1, Shape.of(1, 1, 4, 4), DType.F32);
  var y = Convolution.conv2d(x, w, null, window);
  IO.println("conv2d                   " + text(y));
  IO.println("matrix · x               " + text(matrix.multiply(x)));

  // The transpose makes 4×4 of 2×2 pixels: the transposed convolution, and the gradient of x.
  var up = matrix.transpose();
  IO.println("\ntransposed: %d × %d".formatted(up.rows(), up.columns()));
  IO.println(up.toText());
  IO.println("convTranspose2d          " + text(Convolution.convTranspose2d(y, w, null, window)));
  IO.println("matrixᵀ · y              " + text(up.multiply(y)));
  var leaf = x.withGrad();
  var gradient = Convolution.conv2d(leaf, w, null, window).backward(y).of(leaf);
  IO.println("gradient of x, given y   " + text(gradient));

  // The convolution of mathematics flips the filter, and has another matrix.
  IO.println("\nthe true convolution, with the filter flipped:");
  IO.println(ConvolutionMatrix.of(w.flip(2, 3), window, 1, 4, 4).toText());

  var file = Path.of("runs", "convolution-matrix.svg");
  Files.createDirectories(file.getParent());
  Files.writeString(file, matrix.toSvg());
  IO.println("the picture: " + file);
}

String text(Tensor t) {
  var text = new StringBuilder();
  for (float value : t.toFloats()) {
    text.append("%8.2f".formatted(value));
  }
  return text.toString();
}
