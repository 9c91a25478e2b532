// What one output pixel sees: the receptive field of stacks of 3×3 convolutions, found by asking
// the gradient which input pixels matter, and by how many ways they are reached.
//
//   ./fovea run examples/ReceptiveFields.java
//
// Prints and draws them, runs/receptive-fields.png: three plain layers; dilated by 1, 2 and 4; by 2
// each time (holes!); and with a pooling layer between.

import module fovea.vision;

static final int SIZE = 31;

void main() throws IOException {
  var stacks = new LinkedHashMap<String, Layer>();
  stacks.put("3×3, three times", Sequential.of(conv(1), conv(1), conv(1)));
  stacks.put("dilated by 1, 2, 4", Sequential.of(conv(1), conv(2), conv(4)));
  stacks.put("dilated by 2, 2, 2", Sequential.of(conv(2), conv(2), conv(2)));
  stacks.put(
      "3×3, pooled by 2, 3×3, 3×3",
      Sequential.of(conv(1), new AvgPool2d(2), conv(1), conv(1)));
  var pictures = new ArrayList<Tensor>();
  stacks.forEach(
      (name, stack) -> {
        var ways = waysToTheCentre(stack);
        var seen = ways.gt(0).to(DType.F32);
        int middle = SIZE / 2;
        int extent = extent(ways.select(2, middle).toFloats());
        IO.println(
            "%-27s %2d×%-2d  %3.0f pixels, %d weights"
                .formatted(name, extent, extent, seen.sum().item(), stack.parameterCount()));
        IO.println("   " + row(ways.select(2, middle).toFloats()));
        pictures.add(ways.div(ways.max().item()).sqrt());
      });
  var file = Path.of("runs", "receptive-fields.png");
  Files.createDirectories(file.getParent());
  Images.writePng(sideBySide(pictures), file);
  IO.println("the picture: " + file);
}

/// All weights one: then gradients count ways.
Layer conv(int dilation) {
  return new Conv2d(
      1,
      1,
      Window.of(3).dilation(dilation).same(),
      ConvOptions.standard().bias(false).init(Init.constant(1)));
}

/// The gradient of the output in the middle with respect to the input.
Tensor waysToTheCentre(Layer stack) {
  var x = Tensor.zeros(1, 1, SIZE, SIZE).withGrad();
  var y = stack.forward(x);
  int middle = y.shape().size(2) / 2;
  return y.select(2, middle).select(2, middle).sum().backward().of(x);
}

/// From the first pixel that is seen to the last.
int extent(float... ways) {
  var seen = IntStream.range(0, ways.length).filter(i -> ways[i] > 0).summaryStatistics();
  return seen.getMax() - seen.getMin() + 1;
}

/// A line of pixels: blank where the output does not look, else denser the more ways lead there.
String row(float... ways) {
  float most = 0;
  for (float w : ways) {
    most = Math.max(most, w);
  }
  var text = new StringBuilder();
  for (float w : ways) {
    text.append(w == 0 ? '.' : "-=+*#".charAt((int) Math.min(4, 5 * w / most)));
  }
  return text.toString();
}

Image sideBySide(List<Tensor> pictures) {
  var framed = pictures.stream().map(p -> Padding.constant(p, 0.4, 1)).toList();
  var all = Upsample.nearest(8).forward(Tensor.concat(3, framed));
  var values = all.mul(255).toFloats();
  var pixels = new byte[values.length];
  for (int i = 0; i < pixels.length; i++) {
    pixels[i] = (byte) Math.round(values[i]);
  }
  return new Image(all.shape().size(2), all.shape().size(3), 1, pixels);
}
